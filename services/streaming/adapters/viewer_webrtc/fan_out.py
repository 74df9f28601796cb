"""What all viewers of a node share: frames cut into packets once, the pacer's timer, and the rounds of reports.

The pacer runs only while packets wait, the rounds only while there are viewers; `close()` ends both.
"""

from __future__ import annotations

import asyncio
import logging
from random import Random, SystemRandom
from typing import Protocol

from services.streaming.adapters.viewer_webrtc.packets import PacketCache
from services.streaming.adapters.viewer_webrtc.rtp_stream import SLICE_S, RtpStream, Scratch
from services.streaming.ports import Clock

logger = logging.getLogger(__name__)

ROUND_S = 0.25


class Served(Protocol):
    """What the rounds look after."""

    def look_after(self, now_s: float) -> None:
        """Send what is due, notice what is missing."""


class FanOut:
    """needs_bps: what each rung of the ladder of renditions takes on the line, the best first."""

    def __init__(self, clock: Clock, needs_bps: tuple[int, ...], random: Random | None = None) -> None:
        self.clock = clock
        self.needs_bps = needs_bps
        self.random = random or SystemRandom()
        self.packets = PacketCache()
        self.scratch = Scratch()
        self._paced: dict[RtpStream, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._served: set[Served] = set()
        self._rounds: asyncio.Task[None] | None = None

    def pace(self, stream: RtpStream, limit_bps: float) -> None:
        """Have the rest of the stream's frame sent in slices, at no more than a rate (0: no limit)."""
        self._paced[stream] = limit_bps
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SLICE_S, self._drain)

    def _drain(self) -> None:
        self._timer = None
        self._paced = {stream: limit for stream, limit in self._paced.items() if stream.drain(limit)}
        if self._paced:
            self._timer = asyncio.get_running_loop().call_later(SLICE_S, self._drain)

    def serve(self, served: Served) -> None:
        """Look after a viewer from now on."""
        self._served.add(served)
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.get_running_loop().create_task(self._go_round(), name="viewers' reports")

    def leave(self, served: Served) -> None:
        """Look after a viewer no more; the last one ends the rounds."""
        self._served.discard(served)
        if not self._served and self._rounds is not None:
            self._rounds.cancel()
            self._rounds = None

    async def close(self) -> None:
        """End the timers; viewers must have been closed."""
        self._served.clear()
        self._paced.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.gather(self._rounds, return_exceptions=True)
            self._rounds = None

    async def _go_round(self) -> None:
        while True:
            await asyncio.sleep(ROUND_S)
            now_s = self.clock.monotonic_s()
            for served in tuple(self._served):
                try:
                    served.look_after(now_s)
                except Exception:
                    # One viewer's trouble is not another's; its connection ends by its own means.
                    logger.exception("a viewer could not be looked after")
