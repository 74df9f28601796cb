"""A streaming service that shows a test pattern: the player's contract over real HTTP and WebRTC, without a film.

Run by hand: `python -m tests.fakes.streaming_server --port 8081`.
"""

from __future__ import annotations

import argparse
import asyncio
import fractions
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import av
import numpy as np
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcrtpsender import RTCRtpSender

from tests.fakes.pattern import Pattern

FRAMES_PER_SECOND = 24
TICKS_PER_FRAME = 3750
PACKET_SAMPLES = 960
ANSWER_FRAMES = 4
CUE_FRAMES = 60
SHOT_FRAMES = 144
Message = dict[str, Any]

STORIES: list[Message] = [
    {
        "storyId": "red-silence",
        "title": "Red Silence",
        "logline": "A dust storm buries the last relay on Mars. Two engineers and a machine that hums to itself "
        "have one night to be heard.",
        "themes": ["survival", "trust", "first contact"],
        "plannedMinutes": 14,
        "leastMinutes": 8,
        "mostMinutes": 30,
        "language": "en",
        "factCount": 2,
        "interests": [
            {"name": "theme:trust", "label": "trust"},
            {"name": "humour", "label": "humour"},
            {"name": "tension", "label": "tension"},
        ],
    },
    {
        "storyId": "the-long-corridor",
        "title": "The Long Corridor",
        "logline": "A repair robot wakes on a station that insists nobody is missing.",
        "themes": ["memory", "machines", "mystery"],
        "plannedMinutes": 11,
        "language": "en",
    },
    {
        "storyId": "tidewater-light",
        "title": "Tidewater Light",
        "logline": "The keeper of the last lighthouse hears a ship that sank a hundred years ago ask for a harbour.",
        "themes": ["sea", "grief", "wonder"],
        "plannedMinutes": 18,
        "language": "en",
    },
    {
        "storyId": "under-the-ice",
        "title": "Under the Ice",
        "logline": "Four kilometres down in Antarctica, the drill comes up warm.",
        "themes": ["science", "dread", "ice"],
        "plannedMinutes": 16,
        "language": "en",
    },
]
FACTS: Message = {
    "facts": [
        {
            "id": "sol",
            "claim": "A day on Mars lasts 24 hours, 39 minutes and 35 seconds.",
            "citation": "Allison, M. and McEwen, M. (2000). Planetary and Space Science 48, 215-235.",
            "url": "https://doi.org/10.1016/S0032-0633(99)00092-6",
            "scenes": ["The night watch"],
            "lines": ["Keep the mast up. If it falls, nobody hears us until spring."],
        },
        {"id": "odd", "claim": "Odd.", "citation": "Nobody.", "url": "javascript:alert(1)", "scenes": [], "lines": []},
    ],
    "fiction": ["Mara, Ilse and Tock are invented."],
}
MADE: Message = {
    "storyId": "made_cafe",
    "title": "What Coldwell Heard",
    "logline": "Coldwell is failing, and Imani finds a machine that nobody on Earth has built.",
    "themes": ["alien_technology", "robotics"],
    "plannedMinutes": 9,
    "language": "en",
    "cast": [{"name": "Imani Reyes", "role": "engineer"}, {"name": "Rivet", "role": "service robot"}],
    "places": ["the control room of Coldwell", "the plain"],
    "canon": ["Coldwell is failing."],
    "beatCount": 24,
    "endingCount": 3,
    "factCount": 3,
    "parts": [
        {"text": "Mars", "use": "used", "note": "where it is set"},
        {"text": "violin", "use": "told_as", "note": "spoken of and carried; it cannot be drawn"},
        {"text": "dragon", "use": "unused", "note": "figures of legend cannot be drawn or acted here"},
    ],
}
LINES = (
    ("Mara", "Keep the mast up. If it falls, nobody hears us until spring."),
    ("Ilse", "The wind isn’t random. Listen: it repeats."),
    ("Tock", "I have counted it eleven times. It is counting back."),
    ("", "wind, far away"),
)
SHOTS = (
    ("The mast goes down", "Ridge camp, dusk"),
    ("Something answers", "Relay station"),
    ("The night watch", "Habitat, lower deck"),
)


@dataclass(slots=True)
class Session:
    """One viewer's film. frame_index counts on over reconnects; tint is what reactions change."""

    session_id: str
    token: str
    story: Message
    wish: Message
    frame_index: int = 0
    paused: bool = False
    ended: bool = False
    silent: bool = False
    tint_from_frame: int = 0
    tint: int = 0
    connection: RTCPeerConnection | None = None
    timeline: Any = None
    track: FilmTrack | None = None
    events: list[Message] = field(default_factory=list)
    events_by_http: list[Message] = field(default_factory=list)
    connections: int = 0
    fragments: list[str] = field(default_factory=list)
    restarts: int = 0
    guests: set[str] = field(default_factory=set)

    def say(self, kind: str, **message: Any) -> None:
        """Sends one timeline message, when the channel is open."""
        if self.timeline is not None and self.timeline.readyState == "open":
            self.timeline.send(json.dumps({kind: message}))


class FilmTrack(MediaStreamTrack):
    """The pattern at 24 frames a second, standing still while the session is paused or silent."""

    kind = "video"

    def __init__(self, session: Session, pattern: Pattern) -> None:
        super().__init__()
        self._session = session
        self._pattern = pattern
        self._next_s = time.monotonic()
        self.sender: RTCRtpSender | None = None
        self.rtp_origin: int | None = None
        self.started = asyncio.Event()
        self._last_pts: int | None = None

    async def recv(self) -> av.VideoFrame:
        """The next frame when it is due."""
        self._learn_origin()
        while self._session.paused or self._session.silent:
            await asyncio.sleep(0.02)
            self._next_s = time.monotonic()
        self._next_s = max(self._next_s + 1 / FRAMES_PER_SECOND, time.monotonic() - 0.2)
        await asyncio.sleep(max(0.0, self._next_s - time.monotonic()))
        session = self._session
        tint = session.tint if session.frame_index >= session.tint_from_frame else session.tint - 1
        frame = av.VideoFrame.from_ndarray(self._pattern.frame(session.frame_index, tint), format="rgb24")
        frame.pts = self._last_pts = session.frame_index * TICKS_PER_FRAME
        frame.time_base = fractions.Fraction(1, 90_000)
        session.frame_index += 1
        return frame

    def rtp(self, frame_index: int) -> int:
        """RTP timestamp of a frame of the film on this connection."""
        assert self.rtp_origin is not None
        return (self.rtp_origin + frame_index * TICKS_PER_FRAME) % 2**32

    def _learn_origin(self) -> None:
        # aiortc adds a random origin to the timestamps and tells it to nobody: it is read off the packet sent last.
        if self.rtp_origin is None and self._last_pts is not None and self.sender is not None:
            self.rtp_origin = (self.sender._RTCRtpSender__rtp_timestamp - self._last_pts) % 2**32
            self.started.set()


class ToneTrack(MediaStreamTrack):
    """A quiet chord."""

    kind = "audio"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._position = 0
        self._start_s = time.monotonic()

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms when they are due."""
        await asyncio.sleep(max(0.0, self._start_s + self._position / 48_000 - time.monotonic()))
        seconds = (self._position + np.arange(PACKET_SAMPLES)) / 48_000
        wave = sum(np.sin(2 * np.pi * pitch_hz * seconds) for pitch_hz in (110.0, 164.8, 220.0))
        level = 0 if self._session.paused else 900
        frame = av.AudioFrame.from_ndarray((wave * level).astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate = 48_000
        frame.pts = self._position
        frame.time_base = fractions.Fraction(1, 48_000)
        self._position += PACKET_SAMPLES
        return frame


class StreamingServer:
    """The fake. refusal: what POST /v1/sessions answers instead of a session: (status, error, Retry-After)."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.refusal: tuple[int, Message, str] | None = None
        self.premises: list[Message] = []
        self.whep_down = False
        self.url = ""
        self._pattern = Pattern(640, 360)
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; `url` says where."""
        application = web.Application(middlewares=[_cross_origin])
        application.router.add_get("/v1/stories", self._stories)
        application.router.add_post("/v1/stories", self._make)
        application.router.add_get("/v1/stories/{story}", self._describe)
        application.router.add_get("/v1/stories/{story}/facts", self._facts)
        application.router.add_post("/v1/sessions", self._create)
        application.router.add_get("/v1/sessions/{session}", self._status)
        application.router.add_post("/v1/sessions/{session}/events", self._event)
        application.router.add_post("/v1/sessions/{session}/invitations", self._invite)
        application.router.add_post("/v1/sessions/{session}/guests", self._guest)
        application.router.add_post("/whep/{session}", self._offer)
        application.router.add_patch("/whep/{session}/{resource}", self._trickle)
        application.router.add_delete("/whep/{session}/{resource}", self._delete)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        address = self._runner.addresses[0]
        self.url = f"http://{address[0]}:{address[1]}"

    async def stop(self) -> None:
        """Ends every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self.sessions.values():
            await self.drop(session)
        if self._runner is not None:
            await self._runner.cleanup()

    async def drop(self, session: Session) -> None:
        """Cuts the connection as a dead node would: without a word over HTTP."""
        if session.connection is not None:
            await session.connection.close()
        session.connection = session.timeline = session.track = None

    async def offer_choice(self, session: Session, countdown_s: float = 12) -> None:
        """Asks the viewer something."""
        session.say(
            "choiceOffered",
            choiceId="mast",
            prompt="The mast will not hold the night. What does Mara do?",
            options=[
                {"optionId": "climb", "label": "Climb out and tie it down"},
                {"optionId": "listen", "label": "Stay in, and listen to the wind"},
            ],
            countdownS=countdown_s,
            defaultOptionId="listen",
        )

    async def end(self, session: Session, title: str = "Heard") -> None:
        """The film is over."""
        session.ended = True
        session.say("ended", endingTitle=title)

    async def _stories(self, _request: web.Request) -> web.Response:
        return web.json_response({"stories": STORIES})

    async def _make(self, request: web.Request) -> web.Response:
        self.premises.append(await request.json())
        if self.refusal is not None:
            status, error, _ = self.refusal
            return web.json_response({"error": error}, status=status)
        await asyncio.sleep(0.3)
        return web.json_response(MADE, status=201)

    async def _describe(self, request: web.Request) -> web.Response:
        if request.match_info["story"] == MADE["storyId"] and self.premises:
            return web.json_response(MADE)
        return web.json_response({"error": {"code": "unknown_story", "message": "There is no such story."}}, status=404)

    async def _facts(self, _request: web.Request) -> web.Response:
        return web.json_response(FACTS)

    async def _create(self, request: web.Request) -> web.Response:
        wish = await request.json()
        if self.refusal is not None:
            status, error, retry_after = self.refusal
            headers = {"Retry-After": retry_after} if retry_after else {}
            return web.json_response({"error": error}, status=status, headers=headers)
        story = next((story for story in [*STORIES, MADE] if story["storyId"] == wish.get("storyId")), None)
        if story is None:
            error = {"code": "UNKNOWN_STORY", "message": "There is no such story.", "field": "storyId"}
            return web.json_response({"error": error}, status=404)
        session = Session(session_id=uuid.uuid4().hex[:12], token=uuid.uuid4().hex, story=story, wish=wish)
        self.sessions[session.session_id] = session
        return web.json_response(
            {
                "sessionId": session.session_id,
                "viewerId": wish.get("viewerId") or f"viewer-{session.session_id}",
                "token": session.token,
                "whepUrl": f"/whep/{session.session_id}",
            },
            status=201,
        )

    async def _status(self, request: web.Request) -> web.Response:
        session = self._known(request)
        state = "ended" if session.ended else "paused" if session.paused else "playing"
        return web.json_response(
            {
                "sessionId": session.session_id,
                "storyId": session.story["storyId"],
                "title": session.story["title"],
                "state": state,
                "frameIndex": str(session.frame_index),
            }
        )

    async def _invite(self, request: web.Request) -> web.Response:
        session = self._known(request)
        return web.json_response({"sessionId": session.session_id, "invitation": f"9.{session.token}"}, status=201)

    async def _guest(self, request: web.Request) -> web.Response:
        session = self.sessions.get(request.match_info["session"])
        if session is None or request.headers.get("Authorization") != f"Bearer 9.{session.token}":
            error = {"code": "NO_SESSION", "message": "That film is no longer kept."}
            return web.json_response({"error": error}, status=404)
        token = uuid.uuid4().hex
        session.guests.add(token)
        address = f"/whep/{session.session_id}"
        grant = {"sessionId": session.session_id, "viewerId": f"g{token[:6]}", "token": token, "whepUrl": address}
        return web.json_response(grant, status=201)

    async def _event(self, request: web.Request) -> web.Response:
        session = self._known(request)
        event = await request.json()
        session.events_by_http.append(event)
        self._take(session, event)
        return web.Response(status=202)

    async def _offer(self, request: web.Request) -> web.Response:
        session = self._known(request)
        if self.whep_down:
            error = {"code": "UNAVAILABLE", "message": "This node is going away."}
            return web.json_response({"error": error}, status=503, headers={"Retry-After": "1"})
        await self.drop(session)
        session.connections += 1
        connection = session.connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)
        )
        track = session.track = FilmTrack(session, self._pattern)
        track.sender = connection.addTrack(track)
        connection.addTrack(ToneTrack(session))
        connection.on("datachannel", lambda channel: self._channel(session, channel))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=await request.text(), type="offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return web.Response(
            status=201,
            text=connection.localDescription.sdp,
            content_type="application/sdp",
            headers={"Location": f"/whep/{session.session_id}/{session.connections}", "ETag": '"1"'},
        )

    async def _trickle(self, request: web.Request) -> web.Response:
        session = self._known(request)
        if request.headers.get("If-Match") == "*":
            session.restarts += 1
        session.fragments.append(await request.text())
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        session = self._known(request)
        if request.match_info["resource"] == str(session.connections):
            await self.drop(session)
        return web.Response(status=200)

    def _known(self, request: web.Request) -> Session:
        session = self.sessions.get(request.match_info["session"])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if session is None or token not in {session.token, *session.guests}:
            error = {"code": "NO_SESSION", "message": "That film is no longer kept."}
            raise web.HTTPNotFound(text=json.dumps({"error": error}), content_type="application/json")
        return session

    def _channel(self, session: Session, channel: Any) -> None:
        if channel.label == "timeline":
            session.timeline = channel
            self._run(self._tell(session, session.connections))
        elif channel.label == "events":
            channel.on("message", lambda text: self._take(session, json.loads(text)))

    async def _tell(self, session: Session, connection: int) -> None:
        if session.track is None:
            return
        await session.track.started.wait()
        now = session.frame_index
        session.say(
            "hello",
            sessionId=session.session_id,
            frameIndex=str(now),
            title=session.story["title"],
            rtpTimestamp=session.track.rtp(now),
        )
        shot = now // SHOT_FRAMES
        self._start_shot(session, shot, now)
        cue = now // CUE_FRAMES
        while session.connections == connection and session.track is not None and not session.ended:
            if session.frame_index >= (shot + 1) * SHOT_FRAMES - FRAMES_PER_SECOND:
                shot += 1
                self._start_shot(session, shot, shot * SHOT_FRAMES)
            if session.frame_index >= cue * CUE_FRAMES - FRAMES_PER_SECOND:
                self._caption(session, cue)
                cue += 1
            await asyncio.sleep(0.05)

    def _start_shot(self, session: Session, number: int, frame_index: int) -> None:
        assert session.track is not None
        title, place = SHOTS[number % len(SHOTS)]
        session.say(
            "shotStarted",
            shotId=f"shot-{number}",
            sceneId=f"scene-{number}",
            beatTitle=title,
            place=place,
            frameIndex=str(frame_index),
            rtpTimestamp=session.track.rtp(frame_index),
            takeId=f"{number:08x}",
        )

    def _caption(self, session: Session, number: int) -> None:
        assert session.track is not None
        speaker, text = LINES[number % len(LINES)]
        start, end = number * CUE_FRAMES, number * CUE_FRAMES + CUE_FRAMES + 12
        session.say(
            "caption",
            cueId=f"cue-{number}",
            speaker=speaker,
            text=text,
            sound=speaker == "",
            startFrame=str(start),
            endFrame=str(end),
            startRtpTimestamp=session.track.rtp(start),
            endRtpTimestamp=session.track.rtp(end),
        )

    def _take(self, session: Session, event: Message) -> None:
        if "askWhy" in event:
            session.say(
                "why",
                text="You leaned in when the wind repeated itself, so the storm takes its time "
                "and Ilse gets to be right before Mara does.",
                terms=[
                    {"name": "liked tension", "value": 0.62},
                    {"name": "curious about science", "value": 0.48},
                    {"name": "time since a quiet scene", "value": 0.21},
                    {"name": "already seen", "value": -0.17},
                ],
            )
            return
        session.events.append(event)
        session.say("ack", eventId=event["eventId"])
        if "pause" in event or "resume" in event:
            session.paused = "pause" in event
        elif {"emoji", "dial", "choice", "freeText", "skip", "rewind", "calm"} & event.keys():
            self._answer(session, event)

    def _answer(self, session: Session, event: Message) -> None:
        receipt: Message = {
            "eventId": event["eventId"],
            "outcome": "OUTCOME_APPLIED",
            "depth": "DEPTH_GRADE",
            "changed": ["light", "weather"],
            "hops": _hops(),
        }
        first = session.frame_index + ANSWER_FRAMES
        if "freeText" in event and "ghost" in event["freeText"]["text"].lower():
            receipt |= {
                "outcome": "OUTCOME_REFUSED",
                "depth": "DEPTH_NONE",
                "explanation": "There are no ghosts in this story: the wind is only wind.",
            }
        elif "choice" in event:
            receipt |= {
                "outcome": "OUTCOME_DEFERRED",
                "depth": "DEPTH_STORY",
                "explanation": "Mara will act on it in the next scene",
            }
            # A guest watches with somebody: one vote does not decide.
            if not session.guests:
                session.say("choiceClosed", **event["choice"])
        else:
            session.tint += 1
            session.tint_from_frame = first
            receipt |= {"explanation": "The storm answers you", "why": "You reacted to the wind"}
            if session.track is not None and session.track.rtp_origin is not None:
                receipt |= {"firstFrameIndex": str(first), "firstRtpTimestamp": session.track.rtp(first)}
        session.say("receipt", **receipt)

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _hops() -> Message:
    """As of an event that was 4 ms in the broker and 200 ms in the renderer."""
    now = datetime.now(UTC)
    after_s = {"acted": 0.0, "received": 0.0, "consumed": 0.004, "rendered": 0.204, "decided": 0.205, "sent": 0.206}
    return {name: (now + timedelta(seconds=at_s)).isoformat() for name, at_s in after_s.items()}


@web.middleware
async def _cross_origin(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
        "Access-Control-Expose-Headers": "Location, Link, ETag, Retry-After",
        "Access-Control-Max-Age": "600",
    }
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=headers)
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(headers)
        raise
    response.headers.update(headers)
    return response


async def _serve(port: int) -> None:
    server = StreamingServer()
    await server.start(port=port)
    print(f"fake streaming service on {server.url}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8081)
    asyncio.run(_serve(parser.parse_args().port))
