"""One WebRTC connection of the viewer: offers, listens, and writes down what comes in and when."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RtcpSrPacket, RtpPacket

from loadtests.watch.observations import SOUND_HZ, VIDEO_HZ, Arrival, Observations, SenderReport, Told
from loadtests.watch.pictures import Pictures
from loadtests.watch.rtp_tap import AccessUnits, MediaClock, ntp_seconds, tap
from loadtests.watch.signalling import Grant, Signalling, Unreachable

CONNECT_TIMEOUT_S = 10.0
SILENCE_LIMIT_S = 3.0


class Recorder(Protocol):
    """Takes the encoded film as it was received."""

    def picture(self, at_s: float, connection: int, media_s: float, data: bytes) -> None: ...

    def sound(self, at_s: float, connection: int, media_s: float, data: bytes) -> None: ...


class Connection:
    """number: counts from 0. now_s: seconds since the run began. on_told: called with each message of the timeline.

    opened: the data channels are there. playing: a picture was decoded. lost: the other side has gone.
    """

    def __init__(
        self,
        number: int,
        seen: Observations,
        now_s: Callable[[], float],
        pictures: Pictures,
        recorder: Recorder | None,
        on_told: Callable[[Told], None],
    ) -> None:
        self.number = number
        self._seen = seen
        self._now_s = now_s
        self._pictures = pictures
        self._recorder = recorder
        self._on_told = on_told
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._events: RTCDataChannel = self._peer.createDataChannel("events")
        self._clocks = {"video": MediaClock(VIDEO_HZ), "audio": MediaClock(SOUND_HZ)}
        self._units = AccessUnits()
        self._payload_types: dict[str, set[int]] = {"video": set(), "audio": set()}
        self._readers: list[asyncio.Task[None]] = []
        self._url = ""
        self._heard_at_s = 0.0
        self.opened = asyncio.Event()
        self.playing = asyncio.Event()
        self.lost = asyncio.Event()

    async def open(self, signalling: Signalling, grant: Grant) -> None:
        """Returns when the data channels are open. Raises Refused, Unreachable."""
        timeline = self._peer.createDataChannel("timeline")
        timeline.on("message", self._hear)
        self._events.on("open", self.opened.set)
        self._peer.on("connectionstatechange", self._on_state)
        self._peer.on("track", self._read)
        for kind in ("audio", "video"):
            receiver = self._peer.addTransceiver(kind, direction="recvonly").receiver
            tap(receiver, self._take_video if kind == "video" else self._take_sound, self._reporter(kind))
        await self._peer.setLocalDescription(await self._peer.createOffer())
        answer, self._url = await signalling.offer(grant, self._peer.localDescription.sdp)
        self._payload_types = {"video": payload_types(answer, "H264"), "audio": payload_types(answer, "opus")}
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        self._heard_at_s = self._now_s()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self.opened.wait()
        except TimeoutError as error:
            raise Unreachable("the connection was answered but never opened") from error

    def say(self, message: dict[str, Any]) -> bool:
        """Send on the data channel "events"; False where it is not open."""
        if self._events.readyState != "open":
            return False
        self._events.send(json.dumps(message, separators=(",", ":")))
        return True

    @property
    def heard_at_s(self) -> float:
        """When anything came in last, reports of a paused stream included."""
        return self._heard_at_s

    async def until_lost(self) -> None:
        """Returns when the other side has gone or has been silent for SILENCE_LIMIT_S."""
        while not self.lost.is_set():
            silent_s = self._now_s() - self._heard_at_s
            if silent_s >= SILENCE_LIMIT_S:
                return
            try:
                async with asyncio.timeout(SILENCE_LIMIT_S - silent_s):
                    await self.lost.wait()
            except TimeoutError:
                continue

    async def hang_up(self, signalling: Signalling, grant: Grant) -> None:
        """Take leave politely, then close."""
        if self._url:
            await signalling.hang_up(self._url, grant)

    async def close(self) -> None:
        """Free everything; leaves what was seen."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self._peer.close()

    # --- what comes in -------------------------------------------------------------------------------------------

    def _take_video(self, packet: RtpPacket) -> None:
        self._heard_at_s = self._now_s()
        if packet.payload_type not in self._payload_types["video"] or not packet.payload:
            return
        media_s = self._clocks["video"].advance(packet.timestamp)
        unit = self._units.add(packet)
        self._seen.broken_frames += self._units.broken
        self._units.broken = 0
        if unit is None:
            return
        self._seen.frames.append(Arrival(self.number, self._heard_at_s, packet.timestamp, media_s))
        if self._recorder is not None:
            self._recorder.picture(self._heard_at_s, self.number, media_s, unit)

    def _take_sound(self, packet: RtpPacket) -> None:
        self._heard_at_s = self._now_s()
        if packet.payload_type not in self._payload_types["audio"] or not packet.payload:
            return
        media_s = self._clocks["audio"].advance(packet.timestamp)
        self._seen.sounds.append(Arrival(self.number, self._heard_at_s, packet.timestamp, media_s))
        if self._recorder is not None:
            self._recorder.sound(self._heard_at_s, self.number, media_s, packet.payload)

    def _reporter(self, stream: str) -> Callable[[RtcpSrPacket], None]:
        clock = self._clocks[stream]

        def take(packet: RtcpSrPacket) -> None:
            self._heard_at_s = self._now_s()
            info = packet.sender_info
            if clock.started and info.packet_count:
                ntp_s, media_s = ntp_seconds(info.ntp_timestamp), clock.of(info.rtp_timestamp)
                self._seen.reports.append(SenderReport(self.number, stream, self._heard_at_s, ntp_s, media_s))

        return take

    def _hear(self, text: str | bytes) -> None:
        self._heard_at_s = self._now_s()
        try:
            message = json.loads(text)
            kind, body = next(iter(message.items()))
        except (ValueError, AttributeError, StopIteration):
            self._seen.errors.append(f"the timeline said what is no message: {text[:80]!r}")
            return
        told = Told(self.number, self._heard_at_s, kind, body)
        self._seen.told.append(told)
        self._on_told(told)

    def _read(self, track: MediaStreamTrack) -> None:
        reading = self._look(track) if track.kind == "video" else _drain(track)
        self._readers.append(asyncio.get_running_loop().create_task(reading))

    async def _look(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self._pictures.take(frame, self.number, self._now_s())
            self.playing.set()

    def _on_state(self) -> None:
        if self._peer.connectionState in ("failed", "closed", "disconnected"):
            self.lost.set()


async def _drain(track: MediaStreamTrack) -> None:
    """aiortc queues what it has decoded without a limit: somebody must take it."""
    while True:
        try:
            await track.recv()
        except MediaStreamError:
            return


def payload_types(sdp: str, codec: str) -> set[int]:
    """RTP payload types of a codec in an SDP, e.g. {99} for "H264"."""
    pattern = re.compile(rf"^a=rtpmap:(\d+) {re.escape(codec)}/", re.IGNORECASE | re.MULTILINE)
    return {int(number) for number in pattern.findall(sdp)}
