"""Sees a receiver's RTP and RTCP packets as they come in, before its jitter buffer delays them.

Relies on two inner things of aiortc 1.16 that a unit test watches: its transport hands packets to the receiver's
`_handle_rtp_packet` and `_handle_rtcp_packet`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpReceiver
from aiortc.codecs import depayload
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtcpSrPacket, RtpPacket

from loadtests.watch.observations import ahead

H264 = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000)
SEQUENCES = 1 << 16
NTP_FRACTION = 1 << 32
FU_A = 28


def tap(
    receiver: RTCRtpReceiver, on_rtp: Callable[[RtpPacket], None], on_report: Callable[[RtcpSrPacket], None]
) -> None:
    """on_report is given sender reports alone."""
    inner: Any = receiver
    take_rtp, take_rtcp = inner._handle_rtp_packet, inner._handle_rtcp_packet

    async def rtp(packet: RtpPacket, arrival_time_ms: int) -> None:
        on_rtp(packet)
        await take_rtp(packet, arrival_time_ms=arrival_time_ms)

    async def rtcp(packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            on_report(packet)
        await take_rtcp(packet)

    inner._handle_rtp_packet, inner._handle_rtcp_packet = rtp, rtcp


def ntp_seconds(ntp_timestamp: int) -> float:
    """A 64-bit NTP timestamp (RFC 5905, 6) in seconds."""
    return float(ntp_timestamp / NTP_FRACTION)


class MediaClock:
    """Media time of one RTP stream: seconds since its first packet, across wraps."""

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._last: int | None = None
        self._ticks = 0

    @property
    def started(self) -> bool:
        """Whether a packet has come."""
        return self._last is not None

    def advance(self, timestamp: int) -> float:
        """Of a packet that has just come."""
        if self._last is None:
            self._last = timestamp
        self._ticks += ahead(timestamp, self._last)
        self._last = timestamp
        return self._ticks / self._clock_hz

    def of(self, timestamp: int) -> float:
        """Of a timestamp near the newest packet's."""
        return (self._ticks + ahead(timestamp, self._last or 0)) / self._clock_hz


class AccessUnits:
    """Puts H.264 access units together from RTP packets (RFC 6184).

    broken: how many were given up since it was last set, because a packet of theirs is missing.
    """

    def __init__(self) -> None:
        self.broken = 0
        self._timestamp: int | None = None
        self._packets: dict[int, RtpPacket] = {}
        self._next_sequence: int | None = None

    def add(self, packet: RtpPacket) -> bytes | None:
        """The access unit (Annex B) that this packet completes."""
        if self._is_past(packet):
            return None
        if packet.timestamp != self._timestamp:
            if self._packets:
                self.broken += 1
                self._next_sequence = None
            self._timestamp, self._packets = packet.timestamp, {}
        self._packets[packet.sequence_number] = packet
        return self._whole()

    def _is_past(self, packet: RtpPacket) -> bool:
        if self._timestamp is not None and ahead(packet.timestamp, self._timestamp) < 0:
            return True
        following = self._next_sequence
        return following is not None and (packet.sequence_number - following) % SEQUENCES >= SEQUENCES // 2

    def _whole(self) -> bytes | None:
        last = next((number for number, packet in self._packets.items() if packet.marker), None)
        if last is None:
            return None
        count = len(self._packets)
        first = (last - count + 1) % SEQUENCES
        numbers = [(first + index) % SEQUENCES for index in range(count)]
        if any(number not in self._packets for number in numbers):
            return None
        if self._next_sequence is not None and first != self._next_sequence:
            return None
        if _continues_a_unit(self._packets[first].payload):
            return None
        unit = b"".join(depayload(H264, self._packets[number].payload) for number in numbers)
        self._packets, self._next_sequence = {}, (last + 1) % SEQUENCES
        return unit


def _continues_a_unit(payload: bytes) -> bool:
    """A fragment (FU-A) without the start bit (RFC 6184, 5.8): what it continues is missing."""
    return len(payload) > 1 and payload[0] & 0x1F == FU_A and not payload[1] & 0x80
