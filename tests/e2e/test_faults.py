"""What viewers notice when a part of the running stack dies or is fed nonsense: little, and no event is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from cineloom.preference.v1 import preference_pb2
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from playwright.sync_api import Browser

from loadtests.chromium import chromium
from tests.e2e.film_page import PATIENCE_S, REQUEST_FAILED, FilmPage, ask, watching
from tests.stack import Stack

pytestmark = pytest.mark.e2e

FRAMES_PER_SECOND = 24
PREFERENCE_TOPIC = "cineloom.preference.v1"
DEAD_LETTER_TOPIC = f"{PREFERENCE_TOPIC}.dlq"
ANSWERED = {"OUTCOME_APPLIED", "OUTCOME_DEFERRED"}
BACK_LIMIT_S = 90.0
MOST_LOST_FRAMES = 5 * FRAMES_PER_SECOND


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def seat(stack: Stack, browser: Browser) -> Iterator[FilmPage]:
    """One viewer who stays through every fault."""
    with watching(browser, stack.player_url) as viewer:
        viewer.play()
        yield viewer


@pytest.fixture
def viewer(seat: FilmPage) -> Iterator[FilmPage]:
    """The viewer, with a film that plays; afterwards it must play again, without any trouble that a script made."""
    seat.until_moving(patience_s=BACK_LIMIT_S)
    seat.troubles.clear()
    yield seat
    seat.until_moving(patience_s=BACK_LIMIT_S)
    assert [trouble for trouble in seat.troubles if not REQUEST_FAILED.search(trouble)] == []


def during_fault(viewer: FilmPage, stack: Stack, fault: Callable[[], None], recovered: Callable[[], None]) -> None:
    """React before, while and after; each event gets one receipt, the film goes on, and the still time is told."""
    session_id, frame, since_ms = viewer.film("sessionId"), viewer.frame, viewer.now_ms()
    before = viewer.react("wow")
    viewer.until(lambda: viewer.is_safe(before))
    known = loves(viewer)
    fault()
    viewer.press_emotion("love")
    recovered()
    viewer.until_moving(2 * FRAMES_PER_SECOND, BACK_LIMIT_S)
    (meanwhile,) = viewer.until(lambda: loves(viewer) - known)
    after = viewer.react("tense")
    events = (before, meanwhile, after)
    viewer.until(lambda: all(viewer.log(stack.streaming_url).receipts(event_id) for event_id in events))
    viewer.watch(2.0)
    log = viewer.log(stack.streaming_url)
    for event_id in events:
        (receipt,) = log.receipts(event_id)
        assert receipt["outcome"] in ANSWERED, receipt
    print(f"\nthe picture stood still for {viewer.longest_still_s(since_ms):.2f} s at most")
    assert viewer.film("sessionId") == session_id
    assert viewer.film("eventsDropped") == 0
    assert viewer.frame > frame


def loves(viewer: FilmPage) -> set[str]:
    """Events of that emotion that left the page; one that was sent twice counts once."""
    return {event["eventId"] for event in viewer.sent("emoji") if event["emoji"]["name"] == "love"}


def test_a_dead_broker_is_not_noticed(stack: Stack, viewer: FilmPage) -> None:
    former_pid = 0

    def kill() -> None:
        nonlocal former_pid
        former_pid = stack.kill("broker")

    during_fault(viewer, stack, kill, lambda: ignore(stack.wait_until_back("broker", former_pid)))
    assert viewer.film("connectionState") == "live"


def ignore(_: object) -> None:
    """For callers that want no result."""


def test_a_dead_model_replica_costs_at_most_a_hold(stack: Stack, viewer: FilmPage) -> None:
    replicas = stack.replicas("animator")
    assert replicas
    victim = replicas[0]

    def is_replaced() -> bool:
        now = stack.replicas("animator")
        return len(now) >= len(replicas) and victim not in now

    during_fault(viewer, stack, victim.kill, lambda: ignore(viewer.until(is_replaced, BACK_LIMIT_S)))
    assert viewer.film("connectionState") == "live"


def test_a_dead_streaming_node_costs_a_reconnect(stack: Stack, viewer: FilmPage) -> None:
    frame, hellos = viewer.frame, len(viewer.told("hello"))
    former_pid = 0

    def kill() -> None:
        nonlocal former_pid
        former_pid = stack.kill("streaming")

    during_fault(viewer, stack, kill, lambda: ignore(stack.wait_until_back("streaming", former_pid)))
    viewer.until(lambda: viewer.film("connectionState") == "live")
    went_on_at = int(viewer.told("hello")[hellos]["frameIndex"])
    print(f"frame {frame} before; the film went on at {went_on_at}")
    assert frame - FRAMES_PER_SECOND <= went_on_at <= frame + MOST_LOST_FRAMES


def test_nonsense_is_refused_by_name_while_films_go_on(stack: Stack, viewer: FilmPage) -> None:
    frame, since_ms = viewer.frame, viewer.now_ms()
    session = viewer.session
    address, token = session["whepUrl"], session["token"]
    for offer in (b"", b"v=0\r\nnonsense", b"\xff\xfe\x00", b"v=0\r\n" + b"a=" + b"x" * 20_000):
        status, body = ask(address, offer, "application/sdp", token)
        assert status == 400, body
        assert json.loads(body)["error"]["field"] == "sdp"
    assert ask(address, b"v=0\r\n", "text/plain", token)[0] == 415
    log = f"{stack.streaming_url}/v1/sessions/{session['sessionId']}/log"
    for wrong in ("", "x" * 32):
        for url, request in ((address, b"v=0\r\n"), (log, None)):
            status, body = ask(url, request, "application/sdp", wrong)
            assert status == (404 if wrong else 401), body
            assert session["sessionId"] not in body
    events = f"{stack.streaming_url}/v1/sessions/{session['sessionId']}/events"
    for nonsense, field in ((b"{", "body"), (b'{"eventId": "12345678", "emoji": {"name": "rage"}}', "emoji.name")):
        status, body = ask(events, nonsense, token=token)
        assert (status, json.loads(body)["error"]["field"]) == (400, field)
    assert viewer.film("connectionState") == "live"
    viewer.until_moving()
    assert viewer.frame > frame
    print(f"\nthe picture stood still for {viewer.longest_still_s(since_ms):.2f} s at most")


def test_a_poison_message_becomes_a_dead_letter_and_the_next_event_counts(stack: Stack, viewer: FilmPage) -> None:
    session_id = viewer.film("sessionId")
    poison = b"\xff\xff this is no event"
    producer = KafkaProducer(bootstrap_servers=stack.kafka_bootstrap, acks="all")
    try:
        record = producer.send(PREFERENCE_TOPIC, key=session_id.encode(), value=poison).get(timeout=PATIENCE_S)
    finally:
        producer.close()
    letter = dead_letter(stack, poison)
    assert (letter.topic, letter.partition, letter.offset) == (PREFERENCE_TOPIC, record.partition, record.offset)
    assert letter.reason
    print(f"\nrefused with {letter.reason!r}")
    event_id = viewer.react("wow")
    viewer.until(lambda: viewer.receipts(event_id))
    (receipt,) = viewer.log(stack.streaming_url).receipts(event_id)
    assert receipt["outcome"] in ANSWERED
    assert viewer.film("connectionState") == "live"


def dead_letter(stack: Stack, value: bytes) -> preference_pb2.DeadLetter:
    """The dead letter with that value."""
    consumer = KafkaConsumer(bootstrap_servers=stack.kafka_bootstrap, group_id=None, enable_auto_commit=False)
    try:
        place = TopicPartition(DEAD_LETTER_TOPIC, 0)
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            for records in consumer.poll(timeout_ms=200).values():
                for record in records:
                    letter = preference_pb2.DeadLetter.FromString(record.value)
                    if letter.value == value:
                        return letter
    finally:
        consumer.close()
    raise AssertionError("no dead letter came")
