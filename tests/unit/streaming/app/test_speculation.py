"""Guesses: the worthiest first, in spare capacity only, given up when nobody could need them, and counted."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from services.streaming.app.speculation import FAILED_FOR_S, SPECULATION, WASTED_AFTER_S, Prospect, Speculation
from services.streaming.app.takes import TakeLibrary
from tests.fakes.streaming import FakeAnimator, away
from tests.fakes.virtual_time import FakeClock, in_virtual_time
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.unit

LONG, SHORT = order(192), order(48)


class Work:
    """What prospects make: notes their names, takes its time."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.begun: list[str] = []
        self.done: list[str] = []
        self.failure: Exception | None = None

    def of(self, key: str) -> Callable[[], Awaitable[None]]:
        async def make() -> None:
            self.begun.append(key)
            await asyncio.sleep(self.seconds)
            if self.failure is not None:
                raise self.failure
            self.done.append(key)

        return make

    def prospect(self, key: str, probability: float = 0.5, saved_s: float = 4.0) -> Prospect:
        return Prospect(key, "scene", probability, saved_s, self.of(key))


@asynccontextmanager
async def machine(
    animator: FakeAnimator | None = None, streams: int = 1
) -> AsyncIterator[tuple[Speculation, TakeLibrary]]:
    takes = TakeLibrary(animator or FakeAnimator(chunk_s=0.5), FakeClock(), streams, 10_000_000)
    speculation = Speculation(takes, FakeClock())
    takes.start()
    speculation.start()
    try:
        yield speculation, takes
    finally:
        await speculation.close()
        await takes.close()


def rendering(takes: TakeLibrary, take_id: str) -> Prospect:
    async def make() -> None:
        take = takes.want(take_id, SHORT, 0, math.inf, by=SPECULATION)
        assert await takes.starts_at(take, 36, 60.0)

    return Prospect(take_id, "take", 0.5, 4.0, make)


@in_virtual_time
async def test_the_worthiest_guess_of_all_films_comes_first() -> None:
    work = Work()
    async with machine() as (speculation, _):
        speculation.propose("one", [work.prospect("rare", 0.1), work.prospect("shared", 0.3)])
        speculation.propose("two", [work.prospect("likely", 0.45), work.prospect("shared", 0.3)])
        assert [guess.key for guess in speculation.order()] == ["shared", "likely", "rare"]
        await asyncio.sleep(10.0)
        assert work.done == ["shared", "likely", "rare"]
        assert speculation.counts.made == speculation.counts.begun == 3


@in_virtual_time
async def test_nothing_is_guessed_while_there_is_no_room() -> None:
    work = Work()
    async with machine() as (speculation, takes):
        takes.want("needed", LONG, 0, 0.0)
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(5.0)
        assert work.begun == []
        await asyncio.sleep(10.0)
        assert work.done == ["guess"]


@in_virtual_time
async def test_a_turn_beside_what_is_rendered_is_room_if_another_is_left_for_what_comes() -> None:
    work = Work()
    async with machine(streams=2) as (speculation, takes):
        takes.want("needed", LONG, 0, 0.0)
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(2.0)
        assert work.begun == []
    async with machine(streams=3) as (speculation, takes):
        takes.want("needed", LONG, 0, 0.0)
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(2.0)
        assert work.done == ["guess"]


@in_virtual_time
async def test_on_a_full_machine_guesses_stop_first_and_are_taken_up_again() -> None:
    work = Work(seconds=3.0)
    async with machine() as (speculation, takes):
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(1.0)
        assert work.begun == ["guess"]
        needed = takes.want("needed", SHORT, 0, asyncio.get_running_loop().time() + 5.0)
        await asyncio.sleep(0.3)
        assert speculation.counts.stopped == 1
        assert work.done == []
        assert await takes.starts_at(needed, 0, 1.0)
        await asyncio.sleep(10.0)
        assert work.done == ["guess"]


@in_virtual_time
async def test_a_render_on_a_guess_gives_its_turn_to_what_is_needed() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with machine(animator) as (speculation, takes):
        speculation.propose("one", [rendering(takes, "guess")])
        await asyncio.sleep(0.3)
        assert animator.asked == [("guess", 0)]
        takes.want("needed", SHORT, 0, asyncio.get_running_loop().time() + 30.0)
        await asyncio.sleep(0.7)
        assert animator.asked == [("guess", 0), ("needed", 0)]


@in_virtual_time
async def test_a_guess_that_is_needed_meanwhile_goes_on_for_who_needs_it() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with machine(animator) as (speculation, takes):
        speculation.propose("one", [rendering(takes, "guess")])
        await asyncio.sleep(0.7)
        take = takes.want("guess", SHORT, 0, 2.0, by="one")
        await asyncio.sleep(5.0)
        assert sorted(take.chunks) == [0, 1, 2, 3]
        assert animator.asked == [("guess", 0)]
        assert speculation.counts.hits == 1
        assert speculation.counts.misses == 0


@in_virtual_time
async def test_a_guess_that_no_film_proposes_any_more_is_given_up() -> None:
    work = Work(seconds=3.0)
    async with machine() as (speculation, _):
        speculation.propose("one", [work.prospect("old")])
        await asyncio.sleep(1.0)
        speculation.propose("one", [work.prospect("new")])
        await asyncio.sleep(5.0)
        speculation.withdraw("one")
        assert work.done == ["new"]
        assert speculation.counts.superseded == 1
        assert speculation.order() == ()


@in_virtual_time
async def test_a_guess_given_up_by_one_film_is_made_for_another() -> None:
    work = Work(seconds=3.0)
    async with machine() as (speculation, _):
        for film in ("one", "two"):
            speculation.propose(film, [work.prospect("same")])
        await asyncio.sleep(1.0)
        speculation.withdraw("one")
        await asyncio.sleep(3.0)
        assert work.done == ["same"]


@in_virtual_time
async def test_hits_misses_and_waste_are_counted() -> None:
    async with machine() as (speculation, takes):
        speculation.propose("one", [rendering(takes, "right"), rendering(takes, "wrong")])
        await asyncio.sleep(10.0)
        assert speculation.counts.rendered_s == 4.0
        takes.want("right", SHORT, 0, 12.0, by="one")
        assert (speculation.counts.hits, speculation.counts.misses) == (1, 0)
        await asyncio.sleep(WASTED_AFTER_S)
        assert (speculation.counts.hits, speculation.counts.misses) == (1, 1)
        assert speculation.counts.wasted_s == 2.0
        assert speculation.counts.hit_rate == 0.5
        # what comes true at last was not wasted
        takes.want("wrong", SHORT, 0, 0.0, by="two")
        assert (speculation.counts.hits, speculation.counts.misses, speculation.counts.wasted_s) == (2, 0, 0.0)


@in_virtual_time
async def test_what_is_made_is_not_made_again() -> None:
    work = Work()
    async with machine() as (speculation, _):
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(30.0)
        assert work.begun == ["guess"]


@in_virtual_time
async def test_a_model_that_fails_is_not_asked_the_same_again_at_once() -> None:
    work = Work()
    work.failure = away()
    async with machine() as (speculation, _):
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(FAILED_FOR_S - 1.0)
        assert work.begun == ["guess"]
        assert speculation.counts.failed == 1
        work.failure = None
        await asyncio.sleep(5.0)
        assert work.done == ["guess"]


@in_virtual_time
async def test_what_guesses_cost_is_learned() -> None:
    work = Work(seconds=20.0)
    async with machine() as (speculation, _):
        before = speculation.cost_s("scene")
        speculation.propose("one", [work.prospect("guess")])
        await asyncio.sleep(30.0)
        assert before < speculation.cost_s("scene") < 20.0


@in_virtual_time
async def test_closing_leaves_nothing_under_way() -> None:
    animator = FakeAnimator(chunk_s=5.0)
    async with machine(animator) as (speculation, takes):
        speculation.propose("one", [rendering(takes, "guess")])
        await asyncio.sleep(1.0)
    assert animator.under_way == 0
    assert len(asyncio.all_tasks()) == 1
