"""What is kept of takes: bounded memory, what it has no room for on a shelf, and nothing lost that is wanted again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from services.streaming.app.take import Take
from services.streaming.app.take_memory import SPILLS_WAITING_LIMIT, TakeMemory
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.timebase import FRAMES_PER_CHUNK
from services.streaming.ports import Chunk
from tests.fakes.streaming import FakeAnimator, chunk_of
from tests.fakes.virtual_time import FakeClock, in_virtual_time
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.unit

SHORT = order(48)


@dataclass
class FakeShelf:
    """ports.TakeShelf in memory. put_s, get_s: how long it takes. full, broken: it does not take or give anything."""

    put_s: float = 0.0
    get_s: float = 0.0
    full: bool = False
    broken: bool = False
    kept: dict[str, tuple[Chunk, ...]] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return len(self.kept)

    def holds(self, take_id: str) -> bool:
        return take_id in self.kept

    async def put(self, take_id: str, chunks: Sequence[Chunk]) -> bool:
        self.puts.append(take_id)
        await asyncio.sleep(self.put_s)
        if not self.full:
            self.kept[take_id] = tuple(chunks)
        return not self.full

    async def get(self, take_id: str) -> tuple[Chunk, ...] | None:
        await asyncio.sleep(self.get_s)
        if self.broken:
            self.drop(take_id)
        return self.kept.get(take_id)

    def drop(self, take_id: str) -> None:
        self.kept.pop(take_id, None)


def whole(take_id: str) -> Take:
    take = Take(take_id, SHORT)
    for index in range(take.chunk_count):
        take.add(chunk_of(take_id, index, index * FRAMES_PER_CHUNK))
    return take


def keep(memory: TakeMemory, take: Take) -> Take:
    kept = memory.obtain(take.take_id, take.order)
    for chunk in (*take.chunks.values(), *take.forks.values()):
        kept.add(chunk)
    return kept


def test_a_take_that_was_not_used_for_longest_makes_room() -> None:
    memory = TakeMemory(2 * whole("a").size_bytes)
    for name in "abc":
        keep(memory, whole(name))
    assert memory.get("a") is not None
    memory.make_room(())
    assert [memory.get(name) is not None for name in "abc"] == [True, False, True]
    assert memory.counts.forgotten == 1


def test_what_is_being_rendered_makes_no_room() -> None:
    memory = TakeMemory(0)
    keep(memory, whole("a"))
    memory.make_room({"a"})
    assert memory.get("a") is not None


@in_virtual_time
async def test_what_makes_room_goes_to_the_shelf_once_and_comes_back_as_it_was() -> None:
    shelf = FakeShelf()
    memory = TakeMemory(0, shelf)
    for _ in range(2):
        take = keep(memory, whole("a"))
        memory.make_room(())
        await asyncio.sleep(0.1)
        assert memory.get("a") is None
    assert shelf.puts == ["a"]
    again = memory.obtain("a", SHORT)
    assert await memory.recall(again)
    assert again.chunks == take.chunks
    assert again.size_bytes == take.size_bytes
    assert (memory.counts.spilled, memory.counts.recalled) == (1, 1)


@in_virtual_time
@pytest.mark.parametrize("lack", ["part", "degraded", "under way"])
async def test_what_is_not_the_take_itself_is_not_shelved(lack: str) -> None:
    shelf = FakeShelf()
    memory = TakeMemory(0, shelf)
    take = whole("a")
    changes = {"degraded": {"degraded": ("rain",)}, "under way": {"whole": False}}.get(lack, {})
    take.chunks[2] = replace(take.chunks[2], **changes)  # type: ignore[arg-type]
    if lack == "part":
        del take.chunks[2]
        take.add(chunk_of("a", 2, 2 * FRAMES_PER_CHUNK + 1))
    keep(memory, take)
    memory.make_room(())
    await asyncio.sleep(0.1)
    assert not shelf.puts
    assert memory.counts.forgotten == 1


@in_virtual_time
async def test_a_take_that_waits_to_be_written_is_there_at_once_when_it_is_wanted() -> None:
    shelf = FakeShelf(put_s=5.0)
    memory = TakeMemory(0, shelf)
    for name in "ab":
        keep(memory, whole(name))
    memory.make_room(())
    await asyncio.sleep(0.1)
    assert sorted(memory.obtain("b", SHORT).chunks) == [0, 1, 2, 3]
    await asyncio.sleep(20.0)
    assert shelf.puts == ["a"]


@in_virtual_time
async def test_a_slow_disk_forgets_rather_than_fills_memory() -> None:
    memory = TakeMemory(0, FakeShelf(put_s=1e6))
    for number in range(SPILLS_WAITING_LIMIT + 10):
        keep(memory, whole(f"take-{number}"))
    memory.make_room(())
    assert memory.size_bytes <= SPILLS_WAITING_LIMIT * whole("take-10").size_bytes
    assert memory.counts.forgotten == 10
    await asyncio.sleep(0.1)
    await memory.close()
    assert len(asyncio.all_tasks()) == 1


@in_virtual_time
async def test_a_full_disk_costs_the_take_alone() -> None:
    memory = TakeMemory(0, FakeShelf(full=True))
    keep(memory, whole("a"))
    memory.make_room(())
    await asyncio.sleep(0.1)
    assert (memory.counts.spilled, memory.counts.forgotten, memory.size_bytes) == (0, 1, 0)


@in_virtual_time
async def test_nothing_is_left_of_a_take_that_is_to_be_forgotten() -> None:
    shelf = FakeShelf(put_s=1.0)
    memory = TakeMemory(0, shelf)
    keep(memory, whole("a"))
    memory.make_room(())
    await asyncio.sleep(2.0)
    keep(memory, whole("b"))
    memory.forget(["a", "b", "c"])
    assert not shelf.kept
    assert memory.get("b") is None


# --- with the library ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def library(animator: FakeAnimator, shelf: FakeShelf, limit_bytes: int = 0) -> AsyncIterator[TakeLibrary]:
    takes = TakeLibrary(animator, FakeClock(), 1, limit_bytes, shelf)
    takes.start()
    try:
        yield takes
    finally:
        await takes.close()


async def settled(takes: TakeLibrary) -> None:
    async with asyncio.timeout(60.0):
        while takes.waiting or takes.rendering("a"):
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)


@in_virtual_time
async def test_a_shelved_take_is_not_rendered_again() -> None:
    animator, shelf = FakeAnimator(), FakeShelf(get_s=0.01)
    async with library(animator, shelf) as takes:
        takes.want("a", SHORT, 0, 0.0)
        await settled(takes)
        assert takes.take("a") is None
        many = [takes.want("a", SHORT, 0, 0.0, by=str(number)) for number in range(3)]
        assert takes.rendering("a")
        assert await takes.starts_at(many[0], 0, 1.0)
        assert all(sorted(take.chunks) == [0, 1, 2, 3] for take in many)
        assert animator.asked == [("a", 0)]
        assert (takes.counts.recalled, takes.counts.shared) == (1, 2)


@in_virtual_time
async def test_what_the_shelf_cannot_give_is_rendered() -> None:
    animator, shelf = FakeAnimator(), FakeShelf()
    async with library(animator, shelf) as takes:
        takes.want("a", SHORT, 0, 0.0)
        await settled(takes)
        shelf.broken = True
        take = takes.want("a", SHORT, 0, 0.0)
        assert await takes.starts_at(take, 0, 1.0)
        assert animator.asked == [("a", 0), ("a", 0)]
        assert takes.memory.counts.recall_failures == 1


@in_virtual_time
async def test_what_nobody_wants_any_more_when_the_shelf_fails_is_not_rendered() -> None:
    animator, shelf = FakeAnimator(), FakeShelf(get_s=1.0)
    async with library(animator, shelf) as takes:
        takes.want("a", SHORT, 0, 0.0)
        await settled(takes)
        shelf.broken = True
        takes.want("a", SHORT, 0, 0.0, by="one")
        takes.drop("a", by="one")
        takes.drop("a")
        await settled(takes)
        assert len(animator.asked) == 1
