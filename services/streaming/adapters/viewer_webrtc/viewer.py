"""One viewer's WebRTC connection: offer and answer, candidates, the two data channels as JSON, and its end."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from services.streaming.adapters.page_messages import timeline_to_json
from services.streaming.adapters.viewer_webrtc import aiortc_seams as seams
from services.streaming.adapters.viewer_webrtc.fan_out import FanOut
from services.streaming.adapters.viewer_webrtc.film_sender import VIDEO_HZ, FilmSender
from services.streaming.adapters.viewer_webrtc.media_sender import MediaSender
from services.streaming.domain.timebase import SAMPLE_RATE_HZ
from services.streaming.domain.timeline_messages import TimelineMessage
from services.streaming.ports import VideoFrame

PENDING_MESSAGES = 256
MESSAGE_LIMIT_BYTES = 8192
MESSAGES_UNDER_WAY = 64
GATHER_TIMEOUT_S = 5.0
CODECS = ("video/h264", "video/rtx", "audio/opus")


class BadOffer(ValueError):
    """An SDP offer that cannot be answered."""


class WebRtcViewer:
    """ports.Viewer. tick_of: session frame -> sending tick. on_message: called with each text from the page.

    on_connected, on_gone: once each. on_away, on_back: the line is silent for a while, and comes back.
    """

    def __init__(
        self,
        connection_id: str,
        fan_out: FanOut,
        tick_of: Callable[[int], int],
        on_message: Callable[[str], Awaitable[None]],
        on_connected: Callable[[], None],
        on_gone: Callable[[], None],
        on_away: Callable[[], None] = lambda: None,
        on_back: Callable[[], None] = lambda: None,
    ) -> None:
        self.connection_id = connection_id
        self._tick_of = tick_of
        self._on_message = on_message
        self._on_connected = on_connected
        self._on_gone = on_gone
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._fan_out = fan_out
        self.film = FilmSender(
            fan_out, self._flush, lambda: self._unless_gone(on_away), lambda: self._unless_gone(on_back)
        )
        self._timeline: RTCDataChannel | None = None
        self._pending: deque[TimelineMessage] = deque(maxlen=PENDING_MESSAGES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = False
        self.messages_dropped = 0
        self.malformed = 0
        self._closing: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Packets and frames that this viewer was too slow for."""
        return self.film.dropped

    @property
    def rung(self) -> int:
        """The rung of the ladder of renditions that this viewer's line carries now."""
        return self.film.bandwidth.rung

    async def answer(self, sdp: str) -> str:
        """The SDP answer to an offer. Raises BadOffer."""
        self._peer.on("datachannel", self._on_channel)
        self._peer.on("connectionstatechange", self._on_state)
        try:
            # Preferences count only for transceivers that are there when the offer comes.
            self.film.video = self._sender("video", VIDEO_HZ)
            self.film.audio = self._sender("audio", SAMPLE_RATE_HZ)
            self.film.video.reports = self.film
            self._prefer_codecs()
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            async with asyncio.timeout(GATHER_TIMEOUT_S):
                await self._peer.setLocalDescription(await self._peer.createAnswer())
            seams.harden(self._peer, self._count_malformed)
        except Exception as error:
            # aiortc answers broken SDP with whatever its parser stumbles over; to the sender it is one thing.
            await self.close()
            raise BadOffer(f"the offer cannot be answered: {type(error).__name__}: {error}") from error
        answer = self._peer.localDescription.sdp
        if "m=video 0 " in answer or "m=video" not in answer or "m=audio" not in answer:
            await self.close()
            raise BadOffer("the offer must ask for one audio and one video stream, with Opus and H.264")
        return str(answer)

    def _count_malformed(self) -> None:
        self.malformed += 1

    def _sender(self, kind: str, clock_hz: int) -> MediaSender:
        transceiver = self._peer.addTransceiver(kind, direction="sendonly")
        transport, make_stream = transceiver.sender.transport, self.film.make_stream(clock_hz)
        sender = MediaSender(kind, transport, make_stream, self.film.path_of, self._on_open)
        seams.put_sender(transceiver, sender)
        return sender

    def _on_open(self) -> None:
        if self.film.open and not self._gone:
            self._fan_out.serve(self.film)
            self._on_connected()

    async def add_candidates(self, fragment: str) -> int:
        """Take in trickled candidates (RFC 8840); how many there were. Raises ValueError for a broken line."""
        mid, count = "0", 0
        for line in fragment.splitlines():
            if line.startswith("a=mid:"):
                mid = line.removeprefix("a=mid:").strip()
            elif line.startswith("a=candidate:"):
                await self._add_candidate(line.removeprefix("a=candidate:"), mid)
                count += 1
        return count

    async def _add_candidate(self, text: str, mid: str) -> None:
        try:
            candidate = candidate_from_sdp(text)
        except (AssertionError, IndexError, ValueError) as error:
            raise ValueError(f"candidate: {text[:80]!r} cannot be read") from error
        if candidate.ip.endswith(".local"):
            # A browser hides its address behind mDNS; the pair is found from the browser's own checks.
            return
        candidate.sdpMid = mid
        await self._peer.addIceCandidate(candidate)

    def send_video(self, frame: VideoFrame, tick: int) -> None:
        """One access unit."""
        self.film.send_video(frame, tick)

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        """One Opus packet."""
        self.film.send_audio(packet, sample_tick)

    def rtp_timestamp(self, tick: int) -> int | None:
        """Of a video tick; None until the first picture is on its way."""
        return self.film.rtp_timestamp(tick)

    def tell(self, message: TimelineMessage) -> None:
        """Sent at once, or as soon as the channel is open and timestamps are known."""
        self._pending.append(message)
        self._flush()

    async def close(self) -> None:
        """Close the connection, or wait until it is closed."""
        await asyncio.shield(self._begin_to_close())

    def _begin_to_close(self) -> asyncio.Task[None]:
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        return self._closing

    async def _close(self) -> None:
        self._leave()
        self._fan_out.leave(self.film)
        for task in list(self._tasks):
            task.cancel()
        await self._peer.close()
        self.film.close()

    def _prefer_codecs(self) -> None:
        """H.264 and its retransmissions, and Opus: what takes are made of."""
        for transceiver in self._peer.getTransceivers():
            capabilities = RTCRtpSender.getCapabilities(transceiver.kind).codecs
            wanted = [codec for codec in capabilities if codec.mimeType.lower() in CODECS]
            transceiver.setCodecPreferences(wanted)

    def _flush(self) -> None:
        channel = self._timeline
        if channel is None or channel.readyState != "open" or not self.film.started:
            return
        while self._pending:
            message = timeline_to_json(self._pending.popleft(), self._stamp)
            channel.send(json.dumps(message, separators=(",", ":")))

    def _stamp(self, frame: int) -> int:
        return self.rtp_timestamp(self._tick_of(frame)) or 0

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label == "timeline":
            self._timeline = channel
            self._flush()
        elif channel.label == "events":
            channel.on("message", self._on_text)

    def _on_text(self, text: str | bytes) -> None:
        if isinstance(text, bytes) or len(text) > MESSAGE_LIMIT_BYTES:
            text = ""
        if len(self._tasks) >= MESSAGES_UNDER_WAY:
            self.messages_dropped += 1
            return
        task = asyncio.get_running_loop().create_task(self._handle(text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, text: str) -> None:
        await self._on_message(text)

    def _on_state(self) -> None:
        state = self._peer.connectionState
        if state in ("failed", "closed", "disconnected"):
            # Nobody will close a connection that was lost, and it keeps sockets and tasks.
            self._leave()
            self._begin_to_close()

    def _unless_gone(self, tell: Callable[[], None]) -> None:
        if not self._gone:
            tell()

    def _leave(self) -> None:
        if not self._gone:
            self._gone = True
            self._on_gone()
