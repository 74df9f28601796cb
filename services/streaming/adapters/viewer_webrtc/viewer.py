"""One viewer's WebRTC connection: offer and answer, candidates, the two data channels as JSON, and its end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError

from services.streaming.adapters.page_messages import timeline_to_json
from services.streaming.adapters.viewer_webrtc import aiortc_seams as seams
from services.streaming.adapters.viewer_webrtc.fan_out import FanOut
from services.streaming.adapters.viewer_webrtc.film_sender import VIDEO_HZ, FilmSender
from services.streaming.adapters.viewer_webrtc.media_sender import MediaSender
from services.streaming.adapters.viewer_webrtc.offers import BadOffer, NothingToSend, check_offer
from services.streaming.adapters.viewer_webrtc.sdp_fragment import left_open, parsed, restart_answer
from services.streaming.domain.timebase import SAMPLE_RATE_HZ
from services.streaming.domain.timeline_messages import TimelineMessage
from services.streaming.ports import VideoFrame

logger = logging.getLogger(__name__)

PENDING_MESSAGES = 256
MESSAGE_LIMIT_BYTES = 8192
MESSAGES_UNDER_WAY = 64
GATHER_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 20.0
RESTART_TIMEOUT_S = 10.0
CODECS = ("video/h264", "video/rtx", "audio/opus")


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
        # By its default aiortc 1.16 leaves the second sound of a bundled offer on a transport that is thrown away.
        policy = RTCBundlePolicy.MAX_COMPAT
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=policy))
        self._fan_out = fan_out
        self.film = FilmSender(
            fan_out, self._flush, lambda: self._unless_gone(on_away), lambda: self._unless_gone(on_back)
        )
        self._timeline: RTCDataChannel | None = None
        self._pending: deque[TimelineMessage] = deque(maxlen=PENDING_MESSAGES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = False
        self._levels_itself = False
        self.messages_dropped = 0
        self.malformed = 0
        self.restarts = 0
        self._restart: seams.IceRestart | None = None
        self._moving: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Packets and frames that this viewer was too slow for."""
        return self.film.dropped

    @property
    def rung(self) -> int:
        """The rung of the ladder of renditions that this viewer's line carries now."""
        return self.film.bandwidth.rung

    @property
    def two_tracks(self) -> bool:
        """Whether the page levels dialogue and bed itself: it asked for that, and for a second sound in its offer."""
        return self._levels_itself and self.film.bed is not None and self.film.bed.stream is not None

    def level_itself(self, does: bool) -> None:
        """The page levels dialogue and bed from the next half second on, or no longer."""
        self._levels_itself = does

    async def answer(self, sdp: str) -> str:
        """The SDP answer to an offer. Raises BadOffer."""
        check_offer(sdp)
        seams.watch_connecting(self._peer, self._on_failure)
        self._peer.on("datachannel", self._on_channel)
        self._peer.on("connectionstatechange", self._on_state)
        try:
            # Preferences count only for transceivers that are there when the offer comes.
            if "\nm=video " in sdp:
                self.film.video = self._sender("video", VIDEO_HZ)
                self.film.video.reports = self.film
            if "\nm=audio " in sdp:
                self.film.audio = self._sender("audio", SAMPLE_RATE_HZ)
            if sdp.count("\nm=audio ") > 1:
                self.film.bed = self._sender("audio", SAMPLE_RATE_HZ)
            self._prefer_codecs()
            await self._peer.setRemoteDescription(RTCSessionDescription(left_open(sdp), "offer"))
            async with asyncio.timeout(GATHER_TIMEOUT_S):
                await self._peer.setLocalDescription(await self._peer.createAnswer())
            seams.harden(self._peer, self._count_malformed)
        except OperationError as error:
            await self.close()
            raise NothingToSend("the offer has no codec that takes are made in: H.264 and Opus") from error
        except Exception as error:
            # aiortc answers broken SDP with whatever its parser stumbles over; to the sender it is one thing.
            await self.close()
            raise BadOffer(f"the offer cannot be answered: {type(error).__name__}: {error}") from error
        answer = str(self._peer.localDescription.sdp)
        if not self._serves("video"):
            await self.close()
            raise BadOffer("the offer must ask for a video stream, and may ask for an audio stream")
        self._patience = asyncio.get_running_loop().call_later(CONNECT_TIMEOUT_S, self._give_up)
        return answer

    def _serves(self, kind: str) -> bool:
        """Whether a stream was negotiated."""
        return any(one.kind == kind and one.currentDirection == "sendonly" for one in self._peer.getTransceivers())

    def _give_up(self) -> None:
        """The other side never came; aiortc would wait for it for ever."""
        if not self.film.connected:
            self._leave()
            self._begin_to_close()

    def _on_failure(self, error: Exception) -> None:
        """ICE or DTLS could not be begun, or were closed meanwhile."""
        logger.info("a viewer could not be connected: %s: %s", type(error).__name__, error)
        self._give_up()

    def _count_malformed(self) -> None:
        self.malformed += 1

    def _sender(self, kind: str, clock_hz: int) -> MediaSender:
        transceiver = self._peer.addTransceiver(kind, direction="sendonly")
        transport, make_stream = transceiver.sender.transport, self.film.make_stream(clock_hz)
        sender = MediaSender(kind, transport, make_stream, self.film.path_of, self._on_open)
        seams.put_sender(transceiver, sender)
        return sender

    def _on_open(self) -> None:
        wanted = [one for one in self._peer.getTransceivers() if one.currentDirection == "sendonly"]
        if len(self.film.streams) == len(wanted) and not self._gone:
            self.film.connected = True
            self._fan_out.serve(self.film)
            self._on_connected()

    async def add_candidates(self, fragment: str) -> int:
        """Take in trickled candidates (RFC 8840); how many there were. Raises ValueError for a broken line."""
        candidates = parsed(fragment).candidates
        for candidate in candidates:
            if self._restart is not None:
                await self._restart.add(candidate)
            else:
                await self._peer.addIceCandidate(candidate)
        return len(candidates)

    async def restart_ice(self, fragment: str) -> str:
        """Look for a way anew while the film goes on over the old one; the answering fragment.

        Raises ValueError for a fragment without credentials, and where there is no connection to be moved.
        """
        given = parsed(fragment)
        if not given.username or not given.password:
            raise ValueError("ice-ufrag: an ICE restart needs new credentials")
        if self._gone or self.film.video is None or self._peer.iceConnectionState != "completed":
            raise ValueError("connection: there is none that could be restarted")
        await self._end_restart()
        restart = seams.IceRestart(self.film.video.transport, self._count_malformed)
        self._restart = restart
        candidates = await restart.gather(given.username, given.password)
        for candidate in given.candidates:
            await restart.add(candidate)
        self._moving = asyncio.get_running_loop().create_task(self._move(restart))
        first = self._peer.getTransceivers()[0]
        # The npm client whip-whep 1.2.0 joins several candidates with commas, which no browser reads: it gets the one
        # of the address that is in use; others are found from the browser's checks.
        return restart_answer(*restart.credentials, first.mid or "0", first.kind, candidates[:1])

    async def _move(self, restart: seams.IceRestart) -> None:
        try:
            async with asyncio.timeout(RESTART_TIMEOUT_S):
                await restart.finish()
            self.restarts += 1
        except (ConnectionError, TimeoutError) as error:
            logger.info("an ICE restart found no way: %s", error)
            await restart.abandon()
        finally:
            if self._restart is restart:
                self._restart = None

    async def _end_restart(self) -> None:
        moving, restart = self._moving, self._restart
        self._moving = self._restart = None
        if moving is not None and not moving.done():
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)
            if restart is not None:
                await restart.abandon()

    def send_video(self, frame: VideoFrame, tick: float) -> None:
        """One access unit."""
        self.film.send_video(frame, tick)

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        """One Opus packet."""
        self.film.send_audio(packet, sample_tick)

    def send_bed(self, packet: bytes, sample_tick: int) -> None:
        """One Opus packet of the second track."""
        self.film.send_bed(packet, sample_tick)

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
        if self._patience is not None:
            self._patience.cancel()
        self._fan_out.leave(self.film)
        for task in list(self._tasks):
            task.cancel()
        await self._end_restart()
        try:
            await self._peer.close()
        except Exception:
            # An offer that bundles what it does not describe leaves aiortc without transports to close.
            logger.exception("a connection could not be closed in order")
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
