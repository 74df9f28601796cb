"""One suite for every event bus: the fake that unit tests use, and Kafka's protocol against a real broker."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import TypeAlias

import pytest
from cineloom.preference.v1 import preference_pb2
from cineloom.session.v1 import session_pb2
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.streaming.adapters import wire
from services.streaming.adapters.bus_kafka import KafkaBus, Topics
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.domain.events import Depth, Emoji, FreeText, Outcome, PreferenceEvent, Receipt
from services.streaming.domain.journal import Progress
from services.streaming.domain.taste import Axis, Taste
from tests.contract.broker import Broker
from tests.fakes.streaming import MemoryBus

pytestmark = [
    pytest.mark.contract,
    # As below, where the garbage collector comes by itself.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

AnyBus: TypeAlias = KafkaBus | MemoryBus
PATIENCE_S = 40.0


@pytest.fixture(scope="module", autouse=True)
def _refused_connections() -> Iterator[None]:
    """kafka-python 3.0.12 leaves their sockets to the garbage collector: it comes here, while nobody minds."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    started = Broker()
    started.start()
    try:
        yield started
    finally:
        started.stop()


async def until(condition: object, patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition holds."""
    assert callable(condition)
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.02)


async def kafka(broker: Broker) -> KafkaBus:
    bus = KafkaBus(broker.address, SystemClock())
    bus.start()
    await until(lambda: bus.available)
    return bus


@pytest.fixture(params=["memory", "kafka"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[AnyBus]:
    if request.param == "memory":
        made: AnyBus = MemoryBus(SystemClock())
        made.start()
    else:
        made = await kafka(request.getfixturevalue("broker"))
    try:
        yield made
    finally:
        await made.close()


class Listener:
    """A session that takes note of its events."""

    def __init__(self, bus: AnyBus, session_id: str) -> None:
        self.session_id = session_id
        self.heard: list[PreferenceEvent] = []
        self.fails_at: str = ""
        bus.follow(session_id, self.on_event)

    async def on_event(self, event: PreferenceEvent, consumed_at_s: float) -> None:
        assert consumed_at_s > 1_700_000_000
        if event.event_id == self.fails_at:
            raise RuntimeError("a bug in a session")
        self.heard.append(event)

    @property
    def ids(self) -> list[str]:
        return [event.event_id for event in self.heard]


def event(session_id: str, number: int) -> PreferenceEvent:
    act = Emoji("wow") if number % 2 else FreeText(f"words {number}")
    return PreferenceEvent(f"{session_id}-event-{number:04}", session_id, "viewer-1", act, 100.5, 101.25)


async def following(bus: AnyBus, *names: str) -> list[Listener]:
    """Sessions whose partitions are being read."""
    listeners = [Listener(bus, name) for name in names]
    if isinstance(bus, KafkaBus):
        wanted = {bus.topics.partition_of(name) for name in names}
        await until(lambda: wanted <= set(bus._reader._positions))
    return listeners


async def test_a_session_hears_its_events_in_order(bus: AnyBus) -> None:
    [listener] = await following(bus, "in-order")
    sent = [event("in-order", number) for number in range(30)]
    for one in sent:
        assert await bus.publish_event(one) is True
    await until(lambda: len(listener.heard) >= 30)
    assert listener.heard == sent


async def test_sessions_do_not_hear_each_other(bus: AnyBus) -> None:
    listeners = await following(bus, *(f"apart-{n}" for n in range(12)))
    for number in range(5):
        for listener in listeners:
            await bus.publish_event(event(listener.session_id, number))
    for listener in listeners:
        await until(lambda listener=listener: len(listener.heard) >= 5)  # type: ignore[misc]
        assert listener.heard == [event(listener.session_id, number) for number in range(5)]


async def test_who_no_longer_follows_hears_nothing(bus: AnyBus) -> None:
    left, stays = await following(bus, "left", "stays")
    bus.unfollow("left")
    await bus.publish_event(event("left", 1))
    await bus.publish_event(event("stays", 1))
    await until(lambda: stays.heard)
    assert left.heard == []


async def test_what_is_decided_can_be_published_at_any_time(bus: AnyBus) -> None:
    bus.publish_receipt(Receipt("event-0001", "session", Outcome.APPLIED, Depth.GRADE))
    bus.publish_entry("session", 3, 100.0, Progress(48))
    bus.publish_taste("viewer-1", Taste({"pace": Axis(0.5)}), 100.0)
    assert bus.available
    assert bus.dropped == 0


def records(broker: Broker, topic: str, partitions: int = 8) -> list[tuple[bytes, bytes, dict[str, bytes]]]:
    """All records of a topic: key, value, headers."""
    consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id=None, auto_offset_reset="earliest")
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(places)
        consumer.seek_to_beginning()
        left, found = sum(consumer.end_offsets(places).values()), []
        while len(found) < left:
            for batch in consumer.poll(timeout_ms=500).values():
                found += [(record.key, record.value, dict(record.headers)) for record in batch]
        return found
    finally:
        consumer.close(autocommit=False)


async def found(broker: Broker, topic: str, key: str, partitions: int = 8) -> tuple[bytes, dict[str, bytes]]:
    """The newest record of a key, as soon as it is there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            mine = [
                (v, h) for k, v, h in await asyncio.to_thread(records, broker, topic, partitions) if k == key.encode()
            ]
            if mine:
                return mine[-1]
            await asyncio.sleep(0.1)


async def test_records_are_protobuf_with_cloudevents_headers(broker: Broker) -> None:
    bus = await kafka(broker)
    topics = Topics()
    try:
        receipt = Receipt("event-0001", "headers", Outcome.MERGED, Depth.NONE, merged_into="event-0002")
        bus.publish_receipt(receipt)
        bus.publish_entry("headers", 3, 100.0, Progress(48))
        bus.publish_taste("viewer-headers", Taste({"pace": Axis(0.5)}), 100.0)
        await bus.publish_event(event("headers", 1))
        value, headers = await found(broker, topics.receipt, "headers")
        assert wire.receipt_from_message(preference_pb2.Receipt.FromString(value)) == receipt
        assert headers["ce_specversion"] == b"1.0"
        assert headers["ce_type"] == b"cineloom.preference.v1.Receipt"
        assert headers["content-type"] == b"application/protobuf"
        version, trace, span, flags = headers["traceparent"].decode().split("-")
        assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
        assert {"ce_id", "ce_source", "ce_time"} <= set(headers)
        value, _ = await found(broker, topics.session, "headers")
        assert wire.entry_from_message(session_pb2.SessionLogEntry.FromString(value)) == Progress(48)
        value, _ = await found(broker, topics.taste, "viewer-headers")
        assert wire.taste_from_message(session_pb2.Taste.FromString(value)).mean("pace") == 0.5
        value, headers = await found(broker, topics.preference, "headers")
        assert headers["ce_id"] == event("headers", 1).event_id.encode()
        assert wire.event_from_message(preference_pb2.PreferenceEvent.FromString(value)) == event("headers", 1)
    finally:
        await bus.close()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfenot protobuf", "Error parsing message"),
        (b"", "act"),
        (preference_pb2.PreferenceEvent(event_id="event-0001", session_id="p").SerializeToString(), "act"),
        (
            preference_pb2.PreferenceEvent(
                event_id="event-0001", session_id="p", emoji=preference_pb2.Emoji(name="angry")
            ).SerializeToString(),
            "emoji.name",
        ),
    ],
    ids=["garbage", "empty", "no act", "bad value"],
)
async def test_poison_goes_to_the_dead_letters_and_the_partition_goes_on(
    broker: Broker, value: bytes, reason: str
) -> None:
    bus = await kafka(broker)
    name = f"poisoned-{abs(hash(value))}"
    try:
        [listener] = await following(bus, name)
        await bus.publish_event(event(name, 1))
        partition = bus.topics.partition_of(name)
        producer = KafkaProducer(bootstrap_servers=broker.address)
        producer.send(bus.topics.preference, key=name.encode(), value=value, partition=partition).get(10)
        producer.close()
        await bus.publish_event(event(name, 2))
        await until(lambda: len(listener.heard) >= 2)
        assert listener.heard == [event(name, 1), event(name, 2)]
        assert bus.poison == 1
        raw, _ = await found(broker, bus.topics.dead_letters, str(partition), partitions=1)
        letter = preference_pb2.DeadLetter.FromString(raw)
        assert (letter.value, letter.topic, letter.partition) == (value, bus.topics.preference, partition)
        assert reason in letter.reason
    finally:
        await bus.close()


async def test_a_session_that_fails_does_not_stop_the_others(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    bus = await kafka(broker)
    try:
        failing, fine = await following(bus, "failing", "fine")
        failing.fails_at = event("failing", 1).event_id
        for number in (1, 2):
            await bus.publish_event(event("failing", number))
            await bus.publish_event(event("fine", number))
        await until(lambda: len(fine.heard) == 2 and len(failing.heard) == 1)
        assert "could not be handed to its session" in caplog.text
    finally:
        await bus.close()


async def test_what_was_sent_before_a_session_was_followed_is_not_heard(broker: Broker) -> None:
    bus = await kafka(broker)
    try:
        await bus.publish_event(event("early", 1))
        [listener] = await following(bus, "early")
        await bus.publish_event(event("early", 2))
        await until(lambda: listener.heard)
        assert listener.heard == [event("early", 2)]
    finally:
        await bus.close()


async def test_producers_and_readers_agree_on_the_partition(broker: Broker) -> None:
    bus = await kafka(broker)
    try:
        for number in range(10):
            await bus.publish_event(event(f"where-{number}", 1))
        topics = Topics()
        for number in range(10):
            name = f"where-{number}"
            consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id=None)
            place = TopicPartition(topics.preference, topics.partition_of(name))
            consumer.assign([place])
            consumer.seek_to_beginning()
            end, keys = consumer.end_offsets([place])[place], []
            while len(keys) < end:
                keys += [record.key for batch in consumer.poll(500).values() for record in batch]
            consumer.close(autocommit=False)
            assert name.encode() in keys
    finally:
        await bus.close()


async def test_a_broker_that_comes_back_empty_is_used_again() -> None:
    own = Broker()
    own.start()
    bus = await kafka(own)
    try:
        [listener] = await following(bus, "restart")
        for number in range(3):
            await bus.publish_event(event("restart", number))
        await until(lambda: len(listener.heard) == 3)
        await asyncio.to_thread(own.stop)
        assert await bus.publish_event(event("restart", 3)) is False
        await until(lambda: not bus.available)
        bus.publish_receipt(Receipt("event-0001", "restart", Outcome.APPLIED, Depth.GRADE))
        assert bus.dropped >= 1
        await asyncio.to_thread(own.start)
        await until(lambda: bus.available)
        assert await bus.publish_event(event("restart", 4)) is True
        await until(lambda: event("restart", 4) in listener.heard)
        assert event("restart", 3) not in listener.heard
    finally:
        await bus.close()
        own.stop()


async def test_closing_without_a_broker_is_quick_and_clean() -> None:
    absent = Broker()
    bus = KafkaBus(absent.address, SystemClock())
    threads = set(threading.enumerate())
    bus.start()
    bus.follow("nobody", Listener(bus, "nobody").on_event)
    assert await bus.publish_event(event("nobody", 1)) is False
    await asyncio.sleep(1.5)
    assert not bus.available
    assert bus._reader.restarts >= 2
    await bus.close()
    left = set(threading.enumerate()) - threads
    assert [thread.name for thread in left if not thread.name.startswith("asyncio")] == []
