"""One viewer's WebRTC connection: pre-encoded pictures and sound as RTP, the two data channels as JSON.

Relies on two inner things of aiortc 1.16 that its contract test watches: a track may give packets, and a sender keeps
the RTP timestamp that it sent last.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any, TypeAlias

import av
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp

from services.streaming.adapters.page_messages import timeline_to_json
from services.streaming.domain.timebase import RTP_TICKS_PER_FRAME
from services.streaming.domain.timeline_messages import TimelineMessage
from services.streaming.ports import VideoFrame

logger = logging.getLogger(__name__)

AnyPacket: TypeAlias = "av.Packet[Any]"

VIDEO_QUEUE_FRAMES = 48
AUDIO_QUEUE_PACKETS = 100
PENDING_MESSAGES = 256
MESSAGE_LIMIT_BYTES = 8192
VIDEO_TIME_BASE = Fraction(1, 90_000)
AUDIO_TIME_BASE = Fraction(1, 48_000)
GATHER_TIMEOUT_S = 5.0
LAST_RTP_TIMESTAMP = "_RTCRtpSender__rtp_timestamp"


class BadOffer(ValueError):
    """An SDP offer that cannot be answered."""


class PacketTrack(MediaStreamTrack):
    """A track of encoded packets. When its reader is slow it drops up to the next key frame, and counts."""

    def __init__(self, kind: str, limit: int, on_read: Callable[[], None]) -> None:
        super().__init__()
        self.kind = kind
        self.dropped = 0
        self.sent_pts = -1
        self._limit = limit
        self._on_read = on_read
        self._packets: deque[AnyPacket] = deque()
        self._news = asyncio.Event()
        self._skipping = False

    def put(self, packet: AnyPacket, key_frame: bool) -> None:
        """Add a packet for sending; never blocks."""
        if self._skipping and not key_frame:
            self.dropped += 1
            return
        self._skipping = False
        if len(self._packets) >= self._limit:
            self.dropped += len(self._packets) + (0 if key_frame else 1)
            self._packets.clear()
            self._skipping = not key_frame
            if self._skipping:
                return
        self._packets.append(packet)
        self._news.set()

    async def recv(self) -> AnyPacket:
        """The next packet, for the sender."""
        if self.sent_pts >= 0:
            self._on_read()
        while not self._packets:
            if self.readyState != "live":
                raise MediaStreamError
            self._news.clear()
            await self._news.wait()
        packet = self._packets.popleft()
        self.sent_pts = packet.pts or 0
        return packet

    def stop(self) -> None:
        """End the track and let go who waits for it."""
        super().stop()
        self._news.set()


class WebRtcViewer:
    """ports.Viewer. tick_of: session frame -> sending tick. on_message: called with each text from the page."""

    def __init__(
        self,
        connection_id: str,
        tick_of: Callable[[int], int],
        on_message: Callable[[str], Awaitable[None]],
        on_connected: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        self.connection_id = connection_id
        self._tick_of = tick_of
        self._on_message = on_message
        self._on_connected = on_connected
        self._on_gone = on_gone
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._video = PacketTrack("video", VIDEO_QUEUE_FRAMES, self._learn_origin)
        self._audio = PacketTrack("audio", AUDIO_QUEUE_PACKETS, lambda: None)
        self._sender: RTCRtpSender | None = None
        self._origin: int | None = None
        self._timeline: RTCDataChannel | None = None
        self._pending: deque[TimelineMessage] = deque(maxlen=PENDING_MESSAGES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = False
        self._closing: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Packets that this viewer was too slow for."""
        return self._video.dropped + self._audio.dropped

    async def answer(self, sdp: str) -> str:
        """The SDP answer to an offer. Raises BadOffer."""
        self._peer.on("datachannel", self._on_channel)
        self._peer.on("connectionstatechange", self._on_state)
        try:
            # Preferences count only for transceivers that are there when the offer comes.
            self._sender = self._peer.addTrack(self._video)
            self._peer.addTrack(self._audio)
            self._prefer_codecs()
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            async with asyncio.timeout(GATHER_TIMEOUT_S):
                await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:
            # aiortc answers broken SDP with whatever its parser stumbles over; to the sender it is one thing.
            await self.close()
            raise BadOffer(f"the offer cannot be answered: {type(error).__name__}: {error}") from error
        answer = self._peer.localDescription.sdp
        if "m=video 0 " in answer or "m=video" not in answer or "m=audio" not in answer:
            await self.close()
            raise BadOffer("the offer must ask for one audio and one video stream, with Opus and H.264")
        return str(answer)

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
        packet = av.Packet(frame.data)
        packet.pts = tick * RTP_TICKS_PER_FRAME
        packet.time_base = VIDEO_TIME_BASE
        self._video.put(packet, frame.key_frame)

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        """One Opus packet."""
        sound = av.Packet(packet)
        sound.pts = sample_tick
        sound.time_base = AUDIO_TIME_BASE
        self._audio.put(sound, True)

    def rtp_timestamp(self, tick: int) -> int | None:
        """Of a video tick; None until the first picture is on its way."""
        return None if self._origin is None else (self._origin + tick * RTP_TICKS_PER_FRAME) & 0xFFFFFFFF

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
        self._video.stop()
        self._audio.stop()
        for task in list(self._tasks):
            task.cancel()
        await self._peer.close()

    def _prefer_codecs(self) -> None:
        capabilities = RTCRtpSender.getCapabilities("video").codecs
        h264 = [codec for codec in capabilities if codec.mimeType.lower() == "video/h264"]
        for transceiver in self._peer.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(h264)

    def _learn_origin(self) -> None:
        if self._origin is None and self._sender is not None and self._video.sent_pts >= 0:
            sent = int(getattr(self._sender, LAST_RTP_TIMESTAMP))
            self._origin = (sent - self._video.sent_pts) & 0xFFFFFFFF
            self._flush()

    def _flush(self) -> None:
        channel = self._timeline
        if channel is None or channel.readyState != "open" or self._origin is None:
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
        task = asyncio.get_running_loop().create_task(self._handle(text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, text: str) -> None:
        await self._on_message(text)

    def _on_state(self) -> None:
        state = self._peer.connectionState
        if state == "connected":
            self._on_connected()
        elif state in ("failed", "closed", "disconnected"):
            # Nobody will close a connection that was lost, and it keeps sockets and tasks.
            self._leave()
            self._begin_to_close()

    def _leave(self) -> None:
        if not self._gone:
            self._gone = True
            self._on_gone()
