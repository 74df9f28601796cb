"""Access units cut into RTP payloads, once for all viewers (RFC 6184, packetization-mode 1). Knows no viewer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CACHE_FRAMES = 1_024
PAYLOAD_LIMIT_BYTES = 1_200
"""With the headers of RTP, SRTP, UDP, IPv6 and TURN it stays below 1,280, which every IPv6 path carries."""
RUN_PACKETS = 6
STAP_A = 24
FU_A = 28
_START_CODE = b"\x00\x00\x01"


Run = tuple[bytes, ...]
"""Payloads of one size and, at the end, a shorter one: what the kernel can be given at once."""


@dataclass(frozen=True, slots=True)
class PacketisedFrame:
    """runs: payloads of the RTP packets in order, the very last one carries the marker. size_bytes: of all payloads."""

    runs: tuple[Run, ...]
    size_bytes: int
    packet_count: int


class PacketCache:
    """Frames that were cut lately, most recently used last; bounded, because a take is sent to many at nearly one time.

    Keyed by the frame's bytes object: its hash is computed once, and equal takes share one object.
    """

    def __init__(self, limit_frames: int = CACHE_FRAMES) -> None:
        self._limit = limit_frames
        self._frames: OrderedDict[bytes, PacketisedFrame] = OrderedDict()
        self.cut = 0

    def of(self, access_unit: bytes) -> PacketisedFrame:
        """The frame's payloads, cut now or before."""
        found = self._frames.get(access_unit)
        if found is not None:
            return found
        self.cut += 1
        payloads = tuple(payloads_of(access_unit))
        made = PacketisedFrame(tuple(runs_of(payloads)), sum(map(len, payloads)), len(payloads))
        self._frames[access_unit] = made
        if len(self._frames) > self._limit:
            self._frames.popitem(last=False)
        return made


def runs_of(payloads: Iterable[bytes]) -> Iterator[Run]:
    """At most RUN_PACKETS in each."""
    run: list[bytes] = []
    for payload in payloads:
        fits = run and len(run) < RUN_PACKETS and len(run[-1]) == len(run[0]) >= len(payload)
        if run and not fits:
            yield tuple(run)
            run = []
        run.append(payload)
    if run:
        yield tuple(run)


def payloads_of(access_unit: bytes) -> Iterator[bytes]:
    """Payloads of an Annex B access unit: small units together, large ones in fragments of one size.

    All fragments of a unit but the last are equally long, so that the kernel can cut them apart (UDP_SEGMENT).
    """
    together: list[bytes] = []
    for unit in units_of(access_unit):
        if len(unit) > PAYLOAD_LIMIT_BYTES:
            yield from _joined(together)
            together = []
            yield from _fragments(unit)
            continue
        if 1 + sum(len(one) + 2 for one in (*together, unit)) > PAYLOAD_LIMIT_BYTES:
            yield from _joined(together)
            together = []
        together.append(unit)
    yield from _joined(together)


def units_of(access_unit: bytes) -> list[bytes]:
    """NAL units without start codes (ISO/IEC 14496-10, Annex B)."""
    parts = access_unit.split(_START_CODE)[1:]
    units = [part.removesuffix(b"\x00") if number < len(parts) - 1 else part for number, part in enumerate(parts)]
    return [unit for unit in units if unit]


def _joined(units: list[bytes]) -> Iterator[bytes]:
    """A single NAL unit packet, or one STAP-A (RFC 6184, sections 5.6 and 5.7.1)."""
    if len(units) == 1:
        yield units[0]
    elif units:
        importance = max(unit[0] & 0x60 for unit in units)
        yield bytes([importance | STAP_A]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _fragments(unit: bytes) -> Iterator[bytes]:
    """FU-A (RFC 6184, section 5.8)."""
    head, body = unit[0], unit[1:]
    count = -(-len(body) // (PAYLOAD_LIMIT_BYTES - 2))
    size = -(-len(body) // count)
    for start in range(0, len(body), size):
        first, last = start == 0, start + size >= len(body)
        yield bytes([head & 0xE0 | FU_A, head & 0x1F | first << 7 | last << 6]) + body[start : start + size]
