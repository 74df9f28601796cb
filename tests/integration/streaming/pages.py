"""A node of fakes behind the real API, and pages that connect to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.http_stories import StoryApi
from services.streaming.adapters.http_viewers import ViewerApi
from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.stories_yaml import read_made
from services.streaming.adapters.whep import ViewerLimits
from services.streaming.app.commissions import Commissions
from services.streaming.app.sessions import Sessions
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.ladder import ladder_from
from services.streaming.domain.screenplay import Rendition, TakeOrder
from services.streaming.ports import Chunk, VideoFrame
from tests.fakes.streaming import FakeAnimator, FakeModels, MemoryBus, MemoryStore
from tests.unit.streaming.app.studio import evening

PATIENCE_S = 30.0
ORIGIN = "http://page.test"


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.02)


class NalAnimator(FakeAnimator):
    """Pictures that are H.264 NAL units in form, so that they can be sent."""

    async def animate(  # type: ignore[no-untyped-def]
        self, order: TakeOrder, take_id: str, first_frame: int, hurry: bool = False, due_in_s: float | None = None
    ):
        async for chunk in super().animate(order, take_id, first_frame, hurry, due_in_s):
            yield self._as_nal(chunk)

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        return self._as_nal(await super().hold(order, take_id))

    @staticmethod
    def _as_nal(chunk: Chunk) -> Chunk:
        video = tuple(
            VideoFrame(b"\x00\x00\x00\x01" + (b"\x65" if f.key_frame else b"\x41") + f.data, f.key_frame)
            for f in chunk.video
        )
        return replace(chunk, video=video)


class StandingClock(SystemClock):
    """For the limits of how often: however slow the machine, no time passes between two requests."""

    def monotonic_s(self) -> float:
        return 0.0


@dataclass
class Node:
    """A node on a free port, and how a page talks to it."""

    server: TestServer
    api: ViewerApi
    sessions: Sessions
    client: aiohttp.ClientSession
    models: FakeModels

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any, Any]:
        """Status, JSON body (None where there is none), headers."""
        async with self.client.request(method, self.server.make_url(path), **more) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return response.status, json.loads(text) if is_json else text, response.headers

    async def session(self) -> tuple[str, dict[str, str]]:
        """A new session's id and the headers that open it."""
        status, body, _ = await self.ask("POST", "/v1/sessions", json={"storyId": "small"})
        assert status == 201
        return body["sessionId"], {"Authorization": f"Bearer {body['token']}"}


@dataclass
class Page:
    """A browser in small: connects, takes note of what it is told, counts pictures."""

    node: Node
    session_id: str
    headers: dict[str, str]
    told: list[dict[str, Any]] = field(default_factory=list)
    pictures: int = 0
    sounds: list[list[bytes]] = field(default_factory=list)
    location: str = ""
    answer_headers: Any = None

    def __post_init__(self) -> None:
        self.use(RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)))

    def use(self, peer: RTCPeerConnection) -> None:
        """Connect by this peer connection."""
        self.peer = peer
        self.timeline = self.peer.createDataChannel("timeline")
        self.events = self.peer.createDataChannel("events")
        self.timeline.on("message", lambda text: self.told.append(json.loads(text)))
        for kind in ("video", "audio"):
            self.hear(kind)

    def hear(self, kind: str) -> list[bytes]:
        """Ask for one more stream; what comes in on it."""
        receiver = self.peer.addTransceiver(kind, direction="recvonly").receiver
        heard: list[bytes] = []

        async def note(packet: Any, arrival_time_ms: int) -> None:
            self.pictures += kind == "video" and packet.marker
            if kind == "audio":
                heard.append(bytes(packet.payload))

        receiver._handle_rtp_packet = note
        self.sounds.append(heard)
        return heard

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def connect(self) -> Page:
        headers = {**self.headers, "Content-Type": "application/sdp"}
        status, answer, self.answer_headers = await self.node.ask(
            "POST", f"/whep/{self.session_id}", data=await self.offer(), headers=headers
        )
        assert status == 201, answer
        self.location = self.answer_headers["Location"]
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await until(lambda: self.pictures > 5 and self.of("hello"))
        return self

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message[kind] for message in self.told if kind in message]

    async def say(self, value: Any) -> None:
        await until(lambda: self.events.readyState == "open")
        self.events.send(value if isinstance(value, str | bytes) else json.dumps(value))


@asynccontextmanager
async def running_node(
    store: MemoryStore | None = None,
    node_url: str = "",
    limits: ViewerLimits | None = None,
    ice_servers: IceServers | None = None,
) -> AsyncIterator[Node]:
    """A node out of fakes behind its real API. store: shared with other nodes. node_url: what those are told."""
    clock = SystemClock()
    models = FakeModels(animator=NalAnimator())
    store, bus = store or MemoryStore(clock), MemoryBus(clock)
    takes = TakeLibrary(models.animator, clock, 2, 64 * 1024 * 1024)
    around = Surroundings(
        models.all(),
        takes,
        store,
        bus,
        clock,
        SharedScenes(),
        SessionPolicy(),
        ladder_from(Rendition()),
        "fake-animator",
    )
    stories = {"small": evening()}
    commissions = Commissions(stories, around, read_made)
    sessions = Sessions(stories, around, 20, node_url, commissions.fetch)
    ice_servers = ice_servers or IceServers(("stun:stun.test:3478",), ("turn:turn.test:3478?transport=udp",), "secret")
    api = ViewerApi(sessions, StandingClock(), (ORIGIN,), ice_servers, limits)
    bus.start()
    takes.start()
    sessions.start()
    application = api.application()
    StoryApi(stories, commissions, StandingClock()).add_to(application)
    server = TestServer(application)
    await server.start_server()
    async with aiohttp.ClientSession() as client:
        yield Node(server, api, sessions, client, models)
    await api.close()
    await sessions.close()
    await commissions.close()
    await takes.close()
    await bus.close()
    await server.close()
