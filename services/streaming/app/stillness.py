"""What is heard while a film holds on a shot: half a second of its place, to be looped, made before it is needed.

Knows the Animator port; not why or when a film holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace

from services.streaming.domain.screenplay import Shot, TakeOrder
from services.streaming.ports import Animator, ModelRefused, ModelUnavailable

logger = logging.getLogger(__name__)

SHOTS_KNOWN = 64


class Stillness:
    """`prepare` a shot's while something of it is rendered; `sound` of it from then on. failures: shots that have none,
    in which a film would hold in silence."""

    def __init__(self, animator: Animator) -> None:
        self._animator = animator
        self._sounds: OrderedDict[Shot, tuple[bytes, ...]] = OrderedDict()
        self._making: set[asyncio.Task[None]] = set()
        self.failures = 0

    async def close(self) -> None:
        """Make no more."""
        for task in self._making:
            task.cancel()
        await asyncio.gather(*self._making, return_exceptions=True)

    def sound(self, shot: Shot) -> tuple[bytes, ...]:
        """Packets of half a second; empty where nothing was made."""
        return self._sounds.get(shot, ())

    def prepare(self, order: TakeOrder, take_id: str) -> None:
        """Have it made, unless it is there or under way; it does not hang on a take's grade."""
        if order.shot in self._sounds:
            self._sounds.move_to_end(order.shot)
            return
        self._sounds[order.shot] = ()
        while len(self._sounds) > SHOTS_KNOWN:
            self._sounds.popitem(last=False)
        task = asyncio.create_task(self._make(order, take_id), name=f"stillness {take_id[:12]}")
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    async def _make(self, order: TakeOrder, take_id: str) -> None:
        # of two tracks the bed is what remains when nobody speaks, and no picture has to be drawn for it
        apart = replace(order, rendition=replace(order.rendition, two_tracks=True))
        try:
            chunk = await self._animator.hold(apart, take_id)
        except (ModelUnavailable, ModelRefused) as error:
            self.failures += 1
            self._sounds.pop(order.shot, None)
            logger.warning("a shot has no sound to hold with: %s", error)
            return
        if order.shot in self._sounds:
            self._sounds[order.shot] = chunk.bed
