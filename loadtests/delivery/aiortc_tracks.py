"""How aiortc itself sends a film, for comparison: a track of shared packets that it does not encode, or of frames."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Any

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

VIDEO_TIME_BASE = Fraction(1, 90_000)
AUDIO_TIME_BASE = Fraction(1, 48_000)


class SharedTrack(MediaStreamTrack):
    """Gives whatever was put in: av.Packet goes out as it is, a frame is encoded by aiortc for this viewer alone."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self._items: asyncio.Queue[Any] = asyncio.Queue(100)
        self.dropped = 0

    def put(self, item: Any) -> None:
        if self._items.full():
            self.dropped += 1
            return
        self._items.put_nowait(item)

    async def recv(self) -> Any:
        if self.readyState != "live":
            raise MediaStreamError
        return await self._items.get()


def video_packet(data: bytes, pts: int) -> Any:
    packet: Any = av.Packet(data)
    packet.pts, packet.time_base = pts, VIDEO_TIME_BASE
    return packet


def audio_packet(data: bytes, pts: int) -> Any:
    packet: Any = av.Packet(data)
    packet.pts, packet.time_base = pts, AUDIO_TIME_BASE
    return packet
