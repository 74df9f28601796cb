"""WHEP to the letter, over real HTTP and WebRTC: states, restarts, redirects, guests and limits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.viewer_webrtc import aiortc_seams
from services.streaming.adapters.viewer_webrtc.sdp_fragment import parsed
from services.streaming.adapters.whep import ViewerLimits
from tests.fakes.streaming import MemoryStore
from tests.integration.streaming.pages import Node, Page, running_node, until

pytestmark = pytest.mark.integration

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running_node() as made:
        yield made


@pytest.fixture
async def page(node: Node) -> AsyncIterator[Page]:
    made = Page(node, *await node.session())
    await made.connect()
    yield made
    await made.peer.close()


async def guest_of(page: Page) -> Page:
    status, grant, _ = await page.node.ask("POST", f"/v1/sessions/{page.session_id}/guests", headers=page.headers)
    assert status == 201
    return Page(page.node, page.session_id, {"Authorization": f"Bearer {grant['token']}"})


# --- states ------------------------------------------------------------------------------------------------------


async def test_the_endpoint_says_what_it_takes(node: Node) -> None:
    session_id, headers = await node.session()
    status, _, told = await node.ask("OPTIONS", f"/whep/{session_id}")
    assert (status, told["Accept-Post"]) == (204, "application/sdp")
    assert "Link" not in told
    _, _, told = await node.ask("OPTIONS", f"/whep/{session_id}", headers=headers)
    assert len(told.getall("Link")) == 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_methods_are_not_for_the_endpoint(node: Node, method: str) -> None:
    session_id, headers = await node.session()
    status, body, told = await node.ask(method, f"/whep/{session_id}", headers=headers)
    assert (status, body["error"]["code"]) == (405, "http_error")
    assert "POST" in told["Allow"]


async def test_candidates_name_the_state_that_they_belong_to(page: Page) -> None:
    headers = {**page.headers, **FRAGMENT}
    etag = page.answer_headers["ETag"]
    for match in ({}, {"If-Match": etag}, {"If-Match": f'"other", {etag}'}):
        status, _, _ = await page.node.ask("PATCH", page.location, data="", headers={**headers, **match})
        assert status == 204
    status, body, _ = await page.node.ask("PATCH", page.location, data="", headers={**headers, "If-Match": '"old"'})
    assert (status, body["error"]["code"]) == (412, "other_ice_session")


async def test_an_offer_of_which_nothing_can_be_served(node: Node) -> None:
    session_id, headers = await node.session()
    page = Page(node, session_id, headers)
    offer = (await page.offer()).replace("H264", "H999").replace("opus", "supo")
    status, body, _ = await node.ask("POST", f"/whep/{session_id}", data=offer, headers={**headers, **SDP})
    assert (status, body["error"]["code"]) == (406, "nothing_to_send")
    assert node.api.connections == ()
    await page.peer.close()


async def test_an_offer_that_bundles_what_it_does_not_describe_is_refused(node: Node) -> None:
    session_id, headers = await node.session()
    page = Page(node, session_id, headers)
    good = await page.offer()
    bundled = [
        good.replace("a=group:BUNDLE 0 1 2", f"a=group:BUNDLE {bundle}") for bundle in ("9 0 1 2", "0 1 2 9", "\x00")
    ]
    misnamed = [good.replace("a=mid:1", named) for named in ("a=mid:0", "a=mid:1\r\na=mid:0", "a=x")]
    merged = re.sub(r"m=audio .*\r\n", "", good)
    unsafe = [re.sub(line, "", good) for line in (r"a=fingerprint:.*\r\n", r"a=ice-pwd:.*\r\n")]
    for offer in (*bundled, *misnamed, merged, *unsafe):
        status, body, _ = await node.ask("POST", f"/whep/{session_id}", data=offer, headers={**headers, **SDP})
        assert (status, body["error"]["code"]) == (400, "invalid_offer")
    assert node.api.connections == ()
    await page.peer.close()


async def test_a_viewer_may_want_pictures_alone(node: Node) -> None:
    from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

    session_id, headers = await node.session()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pictures: list[Any] = []
    receiver = peer.addTransceiver("video", direction="recvonly").receiver

    async def note(packet: Any, arrival_time_ms: int) -> None:
        pictures.append(packet)

    receiver._handle_rtp_packet = note
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp
    status, answer, _ = await node.ask("POST", f"/whep/{session_id}", data=offer, headers={**headers, **SDP})
    assert status == 201
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await until(lambda: len(pictures) > 20)
    await peer.close()


async def test_a_browser_that_hides_its_addresses_is_found_by_its_checks(node: Node) -> None:
    page = Page(node, *await node.session())
    shown = await page.offer()
    hidden = re.sub(r"(a=candidate:\S+ \d \S+ \d+) \S+", r"\1 nobody-knows-me.local", shown)
    page.offer = lambda: asyncio.sleep(0, hidden)  # type: ignore[method-assign]
    assert "a=end-of-candidates" in hidden
    assert hidden != shown
    await page.connect()
    await page.peer.close()


# --- ICE restart -------------------------------------------------------------------------------------------------


async def restart(page: Page) -> tuple[int, Any, Any]:
    """What a browser does at `restartIce()`, done by hand, because aiortc cannot."""
    transport = page.peer.getTransceivers()[0].receiver.transport
    own = aiortc_seams.IceRestart(transport, lambda: None)
    username, password = own.credentials
    fragment = f"a=ice-ufrag:{username}\r\na=ice-pwd:{password}\r\n"
    headers = {**page.headers, **FRAGMENT, "If-Match": "*"}
    status, answer, told = await page.node.ask("PATCH", page.location, data=fragment, headers=headers)
    if status == 200:
        given = parsed(answer)
        await own.gather(given.username, given.password)
        for candidate in given.candidates:
            await own.add(candidate)
        async with asyncio.timeout(20):
            await own.finish()
    else:
        await own.abandon()
    return status, answer, told


async def test_an_ice_restart_moves_the_film_to_another_way(page: Page) -> None:
    viewer = page.node.api.connections[0]
    assert viewer.film.video is not None
    before = aiortc_seams.nominated(viewer.film.video.transport)[1]
    for number in (1, 2):
        status, answer, told = await restart(page)
        assert status == 200, answer
        assert told["Content-Type"].startswith("application/trickle-ice-sdpfrag")
        assert told["ETag"] != page.answer_headers["ETag"]
        await until(lambda number=number: viewer.restarts == number)
        seen = page.pictures
        await until(lambda seen=seen: page.pictures > seen + 24)
    after = aiortc_seams.nominated(viewer.film.video.transport)[1]
    assert after.local_addr != before.local_addr
    assert before.protocol.transport.is_closing()
    assert viewer.film.dropped == 0
    await page.say({"eventId": "restarted-event-1", "emoji": {"name": "wow"}})
    await until(lambda: page.of("ack"))


async def test_a_restart_that_nobody_follows_changes_nothing(page: Page) -> None:
    fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:" + "p" * 22 + "\r\n"
    headers = {**page.headers, **FRAGMENT, "If-Match": "*"}
    status, _, _ = await page.node.ask("PATCH", page.location, data=fragment, headers=headers)
    assert status == 200
    seen = page.pictures
    await until(lambda: page.pictures > seen + 24)
    assert (await page.node.ask("DELETE", page.location, headers=page.headers))[0] == 200


async def test_a_restart_without_credentials_is_refused(page: Page) -> None:
    headers = {**page.headers, **FRAGMENT, "If-Match": "*"}
    status, body, _ = await page.node.ask("PATCH", page.location, data="a=mid:0\r\n", headers=headers)
    assert (status, body["error"]["field"]) == (400, "ice-ufrag")


# --- several nodes -----------------------------------------------------------------------------------------------


async def test_a_session_is_found_at_the_node_that_holds_it() -> None:
    store = MemoryStore(SystemClock())
    async with running_node(store, "http://a.test") as holder, running_node(store, "http://b.test") as other:
        session_id, headers = await holder.session()
        offer = {**headers, **SDP}
        status, _, told = await other.ask(
            "POST", f"/whep/{session_id}", data="v=0", headers=offer, allow_redirects=False
        )
        assert status == 307
        address, _, ticket = told["Location"].partition("?ticket=")
        assert address == f"http://a.test/whep/{session_id}"
        page = Page(holder, session_id, SDP)
        status, answer, _ = await holder.ask(
            "POST", f"/whep/{session_id}?ticket={ticket}", data=await page.offer(), headers=SDP
        )
        assert status == 201, answer
        await page.peer.close()
        for path in (f"/v1/sessions/{session_id}", f"/v1/sessions/{session_id}/log"):
            status, _, told = await other.ask("GET", path, headers=headers, allow_redirects=False)
            assert (status, told["Location"].partition("?")[0]) == (307, f"http://a.test{path}")
        assert (
            await other.ask("POST", f"/whep/{session_id}", data="v=0", headers={**SDP, "Authorization": "Bearer x"})
        )[0] == 404


async def test_a_session_whose_node_has_gone_is_taken_over() -> None:
    store = MemoryStore(SystemClock())
    async with running_node(store, "http://b.test") as other:
        async with running_node(store, "http://a.test") as holder:
            session_id, headers = await holder.session()
            assert (await other.ask("GET", f"/v1/sessions/{session_id}", headers=headers, allow_redirects=False))[
                0
            ] == 307
        assert (await other.ask("GET", f"/v1/sessions/{session_id}", headers=headers))[0] == 200
        assert [session.session_id for session in other.sessions.live] == [session_id]


# --- together ----------------------------------------------------------------------------------------------------


async def test_guests_watch_along_and_their_events_count(page: Page) -> None:
    guest = await (await guest_of(page)).connect()
    assert len(page.node.api.connections) == 2
    await guest.say({"eventId": "event-of-a-guest", "emoji": {"name": "wow"}})
    await until(lambda: [r for r in page.of("receipt") if r["eventId"] == "event-of-a-guest"])
    session = page.node.sessions.live[0]
    log = await page.node.sessions.around.store.log(session.session_id)
    events = [e.entry.event for e in log if hasattr(e.entry, "event")]
    assert [event.viewer_id for event in events] != [session.film.spec.viewer_id]
    seen = page.pictures
    again = await Page(page.node, page.session_id, guest.headers).connect()
    assert len(page.node.api.connections) == 2, "a guest that comes back takes its own place only"
    await until(lambda: page.pictures > seen + 24)
    for other in (guest, again):
        await other.peer.close()


async def test_each_who_opens_the_link_becomes_a_guest_of_their_own(page: Page) -> None:
    node, session = page.node, f"/v1/sessions/{page.session_id}"
    status, told, _ = await node.ask("POST", f"{session}/invitations", headers=page.headers)
    assert (status, told["sessionId"]) == (201, page.session_id)
    invited = {"Authorization": f"Bearer {told['invitation']}"}
    guests = [await node.ask("POST", f"{session}/guests", headers=invited) for _ in range(2)]
    assert [status for status, _, _ in guests] == [201, 201]
    assert guests[0][1]["viewerId"] != guests[1][1]["viewerId"]
    pages = [Page(node, page.session_id, {"Authorization": f"Bearer {grant['token']}"}) for _, grant, _ in guests]
    for guest in pages:
        await guest.connect()
    assert len(node.api.connections) == 3
    assert (await node.ask("POST", f"{session}/invitations", headers=pages[0].headers))[0] == 403
    for method, path in (("GET", session), ("POST", f"{session}/events"), ("POST", f"/whep/{page.session_id}")):
        assert (await node.ask(method, path, data="v=0", headers={**invited, **SDP}))[0] == 404, path
    other, _ = await node.session()
    assert (await node.ask("POST", f"/v1/sessions/{other}/guests", headers=invited))[0] == 404
    for guest in pages:
        await guest.peer.close()


async def test_a_guest_ends_its_own_connection_only(page: Page) -> None:
    guest = await (await guest_of(page)).connect()
    assert (await page.node.ask("DELETE", page.location, headers=guest.headers))[0] == 404
    assert (await page.node.ask("POST", f"/v1/sessions/{page.session_id}/guests", headers=guest.headers))[0] == 403
    assert (await page.node.ask("DELETE", guest.location, headers=guest.headers))[0] == 200
    await guest.peer.close()


# --- limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ViewerLimits(viewers=1), "too_many_viewers"),
        (ViewerLimits(per_session=1), "session_full"),
        (ViewerLimits(egress_bps=2_000_000), "too_much_traffic"),
    ],
)
async def test_who_does_not_fit_is_told_when_to_come_again(limits: ViewerLimits, code: str) -> None:
    async with running_node(limits=limits) as node:
        page = await Page(node, *await node.session()).connect()
        guest = await guest_of(page)
        headers = {**guest.headers, **SDP}
        status, body, told = await node.ask(
            "POST", f"/whep/{page.session_id}", data=await guest.offer(), headers=headers
        )
        assert (status, body["error"]["code"]) == (503, code)
        assert int(told["Retry-After"]) > 0
        again = await Page(node, page.session_id, page.headers).connect()
        for other in (page, guest, again):
            await other.peer.close()
