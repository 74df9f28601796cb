"""The pages' API over real HTTP and real WebRTC, models faked: what is wrong is named, and the film goes on for others."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from services.streaming.adapters.http_viewers import BODY_LIMIT_BYTES, EVENTS_BURST
from services.streaming.adapters.viewer_webrtc import MESSAGE_LIMIT_BYTES
from services.streaming.domain.events import FREE_TEXT_LIMIT
from tests.integration.streaming.pages import ORIGIN, Node, Page, running_node, until

pytestmark = pytest.mark.integration


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running_node() as made:
        yield made


@pytest.fixture
async def pages(node: Node) -> AsyncIterator[Any]:
    """Makes connected pages, each in a session of its own."""
    made: list[Page] = []

    async def connected() -> Page:
        page = Page(node, *await node.session())
        made.append(page)
        return await page.connect()

    yield connected
    for page in made:
        await page.peer.close()


def event_id() -> str:
    return uuid.uuid4().hex


def emoji(name: str = "wow", **more: Any) -> dict[str, Any]:
    return {"eventId": event_id(), "emoji": {"name": name}, **more}


def assert_refused(answer: tuple[int, Any, Any], status: int, code: str, field: str | None = None) -> None:
    assert answer[0] == status, answer
    error = answer[1]["error"]
    assert error["code"] == code
    assert error["message"]
    assert "Traceback" not in error["message"]
    if field is not None:
        assert error["field"] == field


# --- sessions ----------------------------------------------------------------------------------------------------


async def test_stories_are_listed(node: Node) -> None:
    status, body, _ = await node.ask("GET", "/v1/stories")
    assert status == 200
    assert [(story["storyId"], story["title"]) for story in body["stories"]] == [("small", "Small")]


async def test_a_session_tells_its_state_and_log(node: Node) -> None:
    session_id, headers = await node.session()
    status, body, _ = await node.ask("GET", f"/v1/sessions/{session_id}", headers=headers)
    assert (status, body["state"], body["frameIndex"]) == (200, "ready", 0)
    status, body, _ = await node.ask("GET", f"/v1/sessions/{session_id}/log", headers=headers)
    assert status == 200
    assert "started" in body["entries"][0]
    status, text, answer = await node.ask("GET", f"/v1/sessions/{session_id}/captions.vtt", headers=headers)
    assert (status, answer["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert text.startswith("WEBVTT\n")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"storyId": "no-such"}, 404, "unknown_story", "storyId"),
        ({}, 400, "invalid_session", "storyId"),
        ({"storyId": 7}, 400, "invalid_session", "body"),
        ({"storyId": "small", "colour": "red"}, 400, "invalid_session", "body"),
        ({"storyId": "small", "interests": ["theme:nothing"]}, 400, "unknown_interest", "interests"),
        ({"storyId": "small", "interests": "tension"}, 400, "invalid_session", "body"),
        ({"storyId": "small", "ageBand": "baby"}, 400, "invalid_session", "ageBand"),
        ({"storyId": "small", "viewerId": "x" * 65}, 400, "invalid_session", "viewerId"),
        ({"storyId": "small", "viewerId": "nul\x00"}, 400, "invalid_session", "viewerId"),
        ({"storyId": "small", "viewerId": "\ud800"}, 400, "invalid_session", None),
        ({"storyId": "small", "seed": -1}, 400, "invalid_session", "body"),
        ({"storyId": "small", "seed": 1e400}, 400, "invalid_session", "body"),
        ({"storyId": "small", "seed": 2**70}, 400, "invalid_session", "body"),
        ([], 400, "invalid_json", "body"),
        ("small", 400, "invalid_json", "body"),
    ],
)
async def test_a_bad_session_is_refused_by_field(
    node: Node, body: Any, status: int, code: str, field: str | None
) -> None:
    assert_refused(await node.ask("POST", "/v1/sessions", json=body), status, code, field)
    assert node.sessions.live == ()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b"NaN"])
async def test_what_is_not_json_is_refused(node: Node, data: bytes) -> None:
    assert_refused(
        await node.ask("POST", "/v1/sessions", data=data),
        400,
        "invalid_json" if data != b"\xff\xfe" else "invalid_text",
        "body",
    )


async def test_an_unknown_encoding_is_refused(node: Node) -> None:
    answer = await node.ask(
        "POST", "/v1/sessions", data=b"{}", headers={"Content-Type": "application/json; charset=klingon"}
    )
    assert answer[0] == 400


async def test_a_body_that_is_too_large_is_refused(node: Node) -> None:
    session_id, headers = await node.session()
    large = b" " * (BODY_LIMIT_BYTES + 1)
    assert (await node.ask("POST", "/v1/sessions", data=large))[0] == 413
    sdp = {**headers, "Content-Type": "application/sdp"}
    assert (await node.ask("POST", f"/whep/{session_id}", data=large, headers=sdp))[0] == 413
    assert (await node.ask("POST", f"/v1/sessions/{session_id}/events", data=large, headers=headers))[0] == 413


async def test_too_many_sessions_are_told_when_to_come_again(node: Node) -> None:
    for _ in range(20):
        await node.session()
    answer = await node.ask("POST", "/v1/sessions", json={"storyId": "small"})
    assert_refused(answer, 503, "too_many_sessions")
    assert int(answer[2]["Retry-After"]) > 0


# --- tokens ------------------------------------------------------------------------------------------------------

GUARDED = [
    ("GET", "/v1/sessions/{}"),
    ("GET", "/v1/sessions/{}/log"),
    ("GET", "/v1/sessions/{}/captions.vtt"),
    ("POST", "/v1/sessions/{}/events"),
    ("POST", "/whep/{}"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_a_token_nothing_opens(node: Node, method: str, path: str) -> None:
    session_id, _ = await node.session()
    sdp = {"Content-Type": "application/sdp"}
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}):
        answer = await node.ask(method, path.format(session_id), headers={**sdp, **headers})
        assert_refused(answer, 401, "unauthorised", "Authorization")
        assert answer[2]["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_a_wrong_token_and_an_unknown_session_are_not_told_apart(node: Node, method: str, path: str) -> None:
    session_id, _ = await node.session()
    _, others = await node.session()
    headers = {**others, "Content-Type": "application/sdp"}
    wrong = await node.ask(method, path.format(session_id), headers=headers)
    unknown = await node.ask(method, path.format("0" * 16), headers=headers)
    assert_refused(wrong, 404, "unknown_session")
    assert wrong[:2] == unknown[:2]


# --- events ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"emoji": {"name": "angry"}}, "emoji.name"),
        ({"dial": {"name": "gravity", "value": 0}}, "dial.name"),
        ({"dial": {"name": "pace", "value": 7}}, "dial.value"),
        ({"dial": {"name": "pace", "value": "NaN"}}, "dial.value"),
        ({"volume": {"level": 1.5}}, "volume.level"),
        ({"freeText": {"text": " "}}, "freeText.text"),
        ({"freeText": {"text": "x" * (FREE_TEXT_LIMIT + 1)}}, "freeText.text"),
        ({"choice": {"choiceId": "s1.choice"}}, "choice"),
        ({"explode": {}}, "message"),
        ({"emoji": {"name": 7}}, "message"),
        ({"emoji": {"name": "wow"}, "skip": {}}, "message"),
        ({"emoji": {"name": "wow"}, "actedAt": "yesterday"}, "message"),
        ({"freeText": {"text": "half\ud800pair"}}, "message"),
        ({}, "act"),
        ({"eventId": "short", "skip": {}}, "eventId"),
        ({"eventId": "with\x00nul-byte", "skip": {}}, "eventId"),
    ],
)
async def test_a_bad_event_is_refused_by_field(node: Node, event: dict[str, Any], field: str) -> None:
    session_id, headers = await node.session()
    answer = await node.ask(
        "POST", f"/v1/sessions/{session_id}/events", json={"eventId": event_id(), **event}, headers=headers
    )
    assert_refused(answer, 400, "invalid_event", field)
    assert await node.sessions.around.store.undecided() == ()


async def test_a_good_event_is_accepted_and_its_double_too(node: Node) -> None:
    session_id, headers = await node.session()
    event = emoji()
    for _ in range(2):
        status, body, _ = await node.ask("POST", f"/v1/sessions/{session_id}/events", json=event, headers=headers)
        assert (status, body) == (202, {"eventId": event["eventId"]})


async def test_too_many_events_are_told_when_to_come_again(node: Node) -> None:
    session_id, headers = await node.session()
    path = f"/v1/sessions/{session_id}/events"
    answers = [await node.ask("POST", path, json=emoji(), headers=headers) for _ in range(int(EVENTS_BURST) + 5)]
    refused = [answer for answer in answers if answer[0] != 202]
    assert len(refused) == 5
    assert_refused(refused[0], 429, "too_many_events")
    assert int(refused[0][2]["Retry-After"]) >= 1
    other_id, other = await node.session()
    assert (await node.ask("POST", f"/v1/sessions/{other_id}/events", json=emoji(), headers=other))[0] == 202


# --- WHEP --------------------------------------------------------------------------------------------------------

GARBAGE = {
    "empty": b"",
    "words": b"hello, this is no SDP",
    "binary": bytes(range(256)),
    "no media": b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
    "cut off": b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96",
    "json": b'{"type": "offer"}',
    "nul": b"v=0\x00" * 50,
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
async def test_a_broken_offer_is_refused(node: Node, data: bytes) -> None:
    session_id, headers = await node.session()
    answer = await node.ask(
        "POST", f"/whep/{session_id}", data=data, headers={**headers, "Content-Type": "application/sdp"}
    )
    assert answer[0] == 400, answer
    assert answer[1]["error"]["field"] == "sdp"
    assert node.api.connections == ()


MANGLED = {
    "no fingerprint": ("a=fingerprint:", "a=thumbprint:"),
    "no ice": ("a=ice-ufrag:", "a=ice-nothing:"),
    "odd fingerprint": ("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 zz"),
    "no codec we have": ("H264/90000", "MPV/90000"),
    "odd port": ("m=video ", "m=video x"),
    "odd payloads": ("a=rtpmap:", "a=rtpmap:x"),
    "no audio": ("m=audio", "m=other"),
    "no bundle": ("a=mid:", "a=mud:"),
}


@pytest.mark.parametrize(("old", "new"), MANGLED.values(), ids=MANGLED)
async def test_a_mangled_offer_is_refused_or_answered_and_never_an_error_of_ours(
    node: Node, old: str, new: str
) -> None:
    session_id, headers = await node.session()
    page = Page(node, session_id, headers)
    offer = (await page.offer()).replace(old, new)
    answer = await node.ask(
        "POST", f"/whep/{session_id}", data=offer, headers={**headers, "Content-Type": "application/sdp"}
    )
    await page.peer.close()
    assert answer[0] in (201, 400, 406), answer
    if answer[0] == 400:
        assert_refused(answer, 400, "invalid_offer", "sdp")
        assert node.api.connections == ()


async def test_an_offer_of_sound_alone_is_refused(node: Node) -> None:
    session_id, headers = await node.session()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("audio", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    answer = await node.ask(
        "POST",
        f"/whep/{session_id}",
        data=peer.localDescription.sdp,
        headers={**headers, "Content-Type": "application/sdp"},
    )
    await peer.close()
    assert_refused(answer, 400, "invalid_offer", "sdp")


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/octet-stream"])
async def test_an_offer_of_another_type_is_refused(node: Node, content_type: str) -> None:
    session_id, headers = await node.session()
    answer = await node.ask(
        "POST", f"/whep/{session_id}", data="v=0", headers={**headers, "Content-Type": content_type}
    )
    assert_refused(answer, 415, "unsupported_media_type", "Content-Type")


async def test_options_say_what_may_be_posted(node: Node) -> None:
    session_id, _ = await node.session()
    status, _, headers = await node.ask("OPTIONS", f"/whep/{session_id}")
    assert (status, headers["Accept-Post"]) == (204, "application/sdp")


async def test_a_page_of_another_origin_may_ask(node: Node) -> None:
    session_id, _ = await node.session()
    asking = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    for path in (f"/whep/{session_id}", "/v1/sessions", f"/v1/sessions/{session_id}/events"):
        status, _, headers = await node.ask("OPTIONS", path, headers=asking)
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "POST" in headers["Access-Control-Allow-Methods"]
        assert "Authorization" in headers["Access-Control-Allow-Headers"]
    _, _, headers = await node.ask("POST", "/v1/sessions", json={}, headers={"Origin": ORIGIN})
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]
    _, _, headers = await node.ask("GET", "/v1/stories", headers={"Origin": "http://evil.test"})
    assert "Access-Control-Allow-Origin" not in headers


async def test_a_connection_is_made_as_whep_says(node: Node, pages: Any) -> None:
    page = await pages()
    assert page.location.startswith(f"/whep/{page.session_id}/")
    assert page.answer_headers["ETag"]
    stun, turn = page.answer_headers.getall("Link")
    assert stun == '<stun:stun.test:3478>; rel="ice-server"'
    assert turn.startswith('<turn:turn.test:3478?transport=udp>; rel="ice-server"; username="')
    assert page.of("hello")[0]["sessionId"] == page.session_id
    await until(lambda: page.of("shotStarted"))
    status, body, _ = await node.ask("GET", f"/v1/sessions/{page.session_id}", headers=page.headers)
    assert (status, body["state"]) == (200, "playing")


async def test_candidates_trickle_in_or_are_refused(node: Node, pages: Any) -> None:
    page = await pages()
    typed = {**page.headers, "Content-Type": "application/trickle-ice-sdpfrag"}
    good = "a=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    good += "a=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host\r\na=end-of-candidates\r\n"
    hidden = "a=mid:0\r\na=candidate:1 1 udp 2130706431 0f1e.local 50000 typ host\r\n"
    for fragment in (good, hidden, "", "a=end-of-candidates\r\n"):
        assert (await node.ask("PATCH", page.location, data=fragment, headers=typed))[0] == 204
    for broken in ("a=candidate:\r\n", "a=candidate:1 1 udp\r\n", "a=candidate:1 x udp y 127.0.0.1 z typ host\r\n"):
        answer = await node.ask("PATCH", page.location, data=broken, headers=typed)
        assert_refused(answer, 400, "invalid_candidate", "candidate")
    unknown_media = good.replace("a=mid:0", "a=mid:77")
    assert (await node.ask("PATCH", page.location, data=unknown_media, headers=typed))[0] in (204, 400)
    assert (await node.ask("PATCH", page.location, data=b"\xff\xfe", headers=typed))[0] == 400
    answer = await node.ask("PATCH", page.location, data=good, headers={**page.headers, "Content-Type": "text/plain"})
    assert_refused(answer, 415, "unsupported_media_type", "Content-Type")


async def test_a_deleted_connection_is_gone(node: Node, pages: Any) -> None:
    page = await pages()
    _, others = await node.session()
    assert (await node.ask("DELETE", page.location, headers=others))[0] == 404
    assert (await node.ask("DELETE", page.location, headers=page.headers))[0] == 200
    await until(lambda: not node.api.connections)
    assert_refused(await node.ask("DELETE", page.location, headers=page.headers), 404, "unknown_connection")
    assert_refused(await node.ask("PATCH", page.location, data="", headers=page.headers), 404, "unknown_connection")
    status, body, _ = await node.ask("GET", f"/v1/sessions/{page.session_id}", headers=page.headers)
    assert (status, body["state"]) == (200, "ready")


async def test_a_page_that_comes_back_takes_the_place_of_its_lost_connection(node: Node, pages: Any) -> None:
    page = await pages()
    again = Page(node, page.session_id, page.headers)
    await again.connect()
    assert len(node.api.connections) == 1
    assert int(again.of("hello")[0]["frameIndex"]) > 0
    await again.peer.close()
    await until(lambda: not node.api.connections)


async def test_two_pages_that_come_back_at_once_do_not_trip(node: Node, pages: Any) -> None:
    page = await pages()
    others = [Page(node, page.session_id, page.headers) for _ in range(3)]
    offers = [await other.offer() for other in others]
    headers = {**page.headers, "Content-Type": "application/sdp"}
    answers = await asyncio.gather(
        *(node.ask("POST", f"/whep/{page.session_id}", data=offer, headers=headers) for offer in offers)
    )
    assert [answer[0] for answer in answers] == [201, 201, 201]
    for other in others:
        await other.peer.close()


# --- data channels -----------------------------------------------------------------------------------------------


async def test_an_event_is_acknowledged_and_gets_one_receipt(pages: Any) -> None:
    page = await pages()
    await until(lambda: page.of("shotStarted"))
    event = emoji()
    await page.say(event)
    await page.say(event)
    await until(lambda: page.of("receipt") and len(page.of("ack")) == 2)
    await asyncio.sleep(0.5)
    [receipt] = page.of("receipt")
    assert receipt["eventId"] == event["eventId"]
    assert receipt["outcome"] == "OUTCOME_APPLIED"
    assert receipt["firstRtpTimestamp"] > 0
    hops = receipt["hops"]
    assert {"acted", "received", "consumed", "decided", "rendered"} <= set(hops)
    kinds = [next(iter(message)) for message in page.told]
    assert kinds.index("ack") < kinds.index("receipt")


async def test_a_receipts_rtp_timestamp_is_that_of_its_frame(pages: Any) -> None:
    page = await pages()
    await until(lambda: page.of("shotStarted"))
    await page.say(emoji())
    await until(lambda: page.of("receipt"))
    [receipt] = page.of("receipt")
    hello = page.of("hello")[0]
    frames = int(receipt["firstFrameIndex"]) - int(hello["frameIndex"])
    assert (receipt["firstRtpTimestamp"] - hello["rtpTimestamp"]) % 2**32 == frames * 3_750


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x01binary",
        "x" * (MESSAGE_LIMIT_BYTES + 1),
        "",
        "{",
        "[]",
        "null",
        '{"askWhy": 7}',
        '{"shown": {"eventId": 1}}',
    ],
    ids=["binary", "oversized", "empty", "cut off", "array", "null", "odd why", "odd shown"],
)
async def test_what_is_no_message_gets_an_error_and_the_film_goes_on(pages: Any, said: str | bytes) -> None:
    page = await pages()
    await page.say(said)
    await until(lambda: page.of("error"))
    [error] = page.of("error")
    assert error["code"] == "invalid_event"
    assert error["field"] == "message"
    pictures = page.pictures
    await until(lambda: page.pictures > pictures + 10)


async def test_a_bad_event_on_the_channel_gets_an_error_with_its_field(pages: Any) -> None:
    page = await pages()
    await page.say({"eventId": event_id(), "dial": {"name": "pace", "value": 3}})
    await until(lambda: page.of("error"))
    assert page.of("error")[0]["field"] == "dial.value"
    assert page.of("ack") == []


async def test_why_is_answered(pages: Any) -> None:
    page = await pages()
    await until(lambda: page.of("shotStarted"))
    await page.say({"askWhy": {}})
    await until(lambda: page.of("why"))
    why = page.of("why")[0]
    assert "“Start”" in why["text"]
    assert why["terms"]
    event = emoji()
    await page.say(event)
    await until(lambda: page.of("receipt"))
    await page.say({"askWhy": {"eventId": event["eventId"]}})
    await until(lambda: len(page.of("why")) == 2)
    assert "this amazed you" in page.of("why")[1]["text"]


async def test_the_page_reports_what_it_has_shown(node: Node, pages: Any) -> None:
    page = await pages()
    await page.say({"shown": {"eventId": event_id(), "shownAfterS": 0.31, "rtpTimestamp": 77}})
    await until(lambda: node.api.shown_after_s)
    assert node.api.shown_after_s == [pytest.approx(0.31)]


async def test_a_flood_on_the_channel_is_told_to_slow_down(pages: Any) -> None:
    page = await pages()
    for _ in range(int(EVENTS_BURST) + 40):
        await page.say(emoji())
    await until(lambda: len(page.of("ack")) + len(page.of("error")) == EVENTS_BURST + 40)
    assert {error["code"] for error in page.of("error")} == {"too_many_events"}
    assert len(page.of("ack")) == EVENTS_BURST
    await until(lambda: len(page.of("receipt")) == len(page.of("ack")))


async def test_after_all_kinds_of_abuse_another_viewer_still_plays(node: Node, pages: Any) -> None:
    bad, good = await pages(), await pages()
    headers = {**bad.headers, "Content-Type": "application/sdp"}
    for data in GARBAGE.values():
        await node.ask("POST", f"/whep/{bad.session_id}", data=data, headers=headers)
        await node.ask("POST", f"/v1/sessions/{bad.session_id}/events", data=data, headers=bad.headers)
        await node.ask("PATCH", bad.location, data=data, headers=headers)
        await bad.say(data)
    await bad.peer.close()
    pictures = good.pictures
    await until(lambda: good.pictures > pictures + 48)
    await good.say(emoji())
    await until(lambda: good.of("receipt"))
    assert good.of("hold") == []
    await until(lambda: len(node.api.connections) == 1)
