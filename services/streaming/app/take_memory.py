"""The takes that are kept: the latest in memory, older ones on a shelf outside it, the oldest nowhere.

Knows bytes and what was used when; not who wants a take, nor how one is rendered.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Container, Iterable
from dataclasses import dataclass

from services.streaming.app.take import Take
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.ports import TakeShelf

logger = logging.getLogger(__name__)

SPILLS_WAITING_LIMIT = 64
"""Takes that wait to be written; with more the disk is too slow, and the oldest are forgotten instead."""


@dataclass(slots=True)
class MemoryCounts:
    """spilled: takes written to the shelf; recalled: read from it; forgotten: takes of which nothing is kept."""

    spilled: int = 0
    recalled: int = 0
    recall_failures: int = 0
    forgotten: int = 0


class TakeMemory:
    """limit_bytes: of chunks in memory. shelf: None where what memory has no room for is forgotten."""

    def __init__(self, limit_bytes: int, shelf: TakeShelf | None = None) -> None:
        self._limit_bytes = limit_bytes
        self._shelf = shelf
        self._takes: OrderedDict[str, Take] = OrderedDict()
        self._leaving: OrderedDict[str, Take] = OrderedDict()
        self._spilling: asyncio.Task[None] | None = None
        self.counts = MemoryCounts()

    @property
    def size_bytes(self) -> int:
        """What is in memory, takes that wait to be written included."""
        return sum(take.size_bytes for take in (*self._takes.values(), *self._leaving.values()))

    @property
    def shelf_bytes(self) -> int:
        """What is on the shelf."""
        return self._shelf.size_bytes if self._shelf is not None else 0

    def get(self, take_id: str) -> Take | None:
        """The take, if it is in memory; it counts as used now."""
        take = self._takes.get(take_id)
        if take is not None:
            self._takes.move_to_end(take_id)
        return take

    def obtain(self, take_id: str, order: TakeOrder) -> Take:
        """The take, an empty one where memory has none."""
        take = self.get(take_id)
        if take is None:
            take = self._leaving.pop(take_id, None) or Take(take_id, order)
            self._takes[take_id] = take
        return take

    def shelved(self, take_id: str) -> bool:
        """Whether the shelf has more of it than memory may have."""
        return self._shelf is not None and self._shelf.holds(take_id)

    async def recall(self, take: Take) -> bool:
        """Take from the shelf what memory does not have; False where that could not be read."""
        chunks = await self._shelf.get(take.take_id) if self._shelf is not None else None
        if chunks is None:
            self.counts.recall_failures += 1
            return False
        for chunk in chunks:
            if chunk.index not in take.chunks:
                take.add(chunk)
        self.counts.recalled += 1
        return True

    def make_room(self, busy: Container[str]) -> None:
        """Let the takes go that were not used for longest, until memory holds no more than it may. busy: to be kept."""
        size = sum(take.size_bytes for take in self._takes.values())
        for take_id in list(self._takes):
            if size <= self._limit_bytes:
                return
            if take_id not in busy:
                take = self._takes.pop(take_id)
                size -= take.size_bytes
                self._let_go(take)

    def forget(self, take_ids: Iterable[str]) -> None:
        """Keep nothing of some takes, here or on the shelf."""
        for take_id in take_ids:
            self._takes.pop(take_id, None)
            self._leaving.pop(take_id, None)
            if self._shelf is not None:
                self._shelf.drop(take_id)

    async def close(self) -> None:
        """Write nothing more."""
        if self._spilling is not None:
            self._spilling.cancel()
            await asyncio.gather(self._spilling, return_exceptions=True)
            self._spilling = None

    def _let_go(self, take: Take) -> None:
        if self._shelf is not None and self._shelf.holds(take.take_id):
            return
        # what is drawn in part, or simpler to keep time, would be found in place of the take itself
        chunks = take.chunks.values()
        sound = len(chunks) == take.chunk_count and all(chunk.whole and not chunk.degraded for chunk in chunks)
        if self._shelf is None or not sound:
            self.counts.forgotten += 1
            return
        self._leaving[take.take_id] = take
        if len(self._leaving) > SPILLS_WAITING_LIMIT:
            self._leaving.popitem(last=False)
            self.counts.forgotten += 1
        if self._spilling is None or self._spilling.done():
            self._spilling = asyncio.create_task(self._spill(self._shelf), name="spill takes")

    async def _spill(self, shelf: TakeShelf) -> None:
        while self._leaving:
            take_id, take = next(iter(self._leaving.items()))
            written = await shelf.put(take_id, [chunk for _, chunk in sorted(take.chunks.items())])
            if self._leaving.get(take_id) is not take:
                continue  # wanted again, or to be forgotten, meanwhile
            del self._leaving[take_id]
            self.counts.spilled += written
            self.counts.forgotten += not written
