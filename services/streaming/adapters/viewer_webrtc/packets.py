"""Access units cut into RTP payloads, once for all viewers (RFC 6184, packetization-mode 1). Knows no viewer."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from aiortc.codecs.h264 import H264Encoder

CACHE_FRAMES = 1_024
_TIME_BASE = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True)
class PacketisedFrame:
    """payloads: of the RTP packets in order, the last one carries the marker. size_bytes: of all payloads."""

    payloads: tuple[bytes, ...]
    size_bytes: int


class PacketCache:
    """Frames that were cut lately, most recently used last; bounded, because a take is sent to many at nearly one time.

    Keyed by the frame's bytes object: its hash is computed once, and equal takes share one object.
    """

    def __init__(self, limit_frames: int = CACHE_FRAMES) -> None:
        self._limit = limit_frames
        self._frames: OrderedDict[bytes, PacketisedFrame] = OrderedDict()
        self._packetiser = H264Encoder()
        self.cut = 0

    def of(self, access_unit: bytes) -> PacketisedFrame:
        """The frame's payloads, cut now or before."""
        found = self._frames.get(access_unit)
        if found is not None:
            return found
        self.cut += 1
        made = self._cut(access_unit)
        self._frames[access_unit] = made
        if len(self._frames) > self._limit:
            self._frames.popitem(last=False)
        return made

    def _cut(self, access_unit: bytes) -> PacketisedFrame:
        packet: Any = av.Packet(access_unit)
        packet.pts, packet.time_base = 0, _TIME_BASE
        payloads, _ = self._packetiser.pack(packet)
        return PacketisedFrame(tuple(payloads), sum(map(len, payloads)))
