"""The take library: one render for all who want it, the most urgent first, nothing lost when the animator fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.streaming.app.takes import GIVE_UP_AFTER_S, REFUSAL_AFTER_OUTAGE_S, TakeLibrary
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_CHUNK
from services.streaming.ports import ModelRefused
from tests.fakes.streaming import FakeAnimator, away
from tests.fakes.virtual_time import FakeClock, in_virtual_time
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.unit

LONG, SHORT = order(192), order(48)


@asynccontextmanager
async def library(
    animator: FakeAnimator, streams: int = 1, limit_bytes: int = 10_000_000
) -> AsyncIterator[TakeLibrary]:
    takes = TakeLibrary(animator, FakeClock(), streams, limit_bytes)
    takes.start()
    try:
        yield takes
    finally:
        await takes.close()


def takes_time() -> float:
    return asyncio.get_running_loop().time()


async def rendered(takes: TakeLibrary, patience_s: float = 120.0) -> None:
    async with asyncio.timeout(patience_s):
        while takes.waiting:
            await asyncio.sleep(0.05)


@in_virtual_time
async def test_a_take_is_rendered_whole_and_its_hold_chunk_when_it_is_wanted() -> None:
    async with library(FakeAnimator(chunk_s=0.1)) as takes:
        take = takes.want("a", LONG, 0, 0.0)
        await rendered(takes)
        assert sorted(take.chunks) == list(range(16))
        assert take.chunk_count == 16
        assert take.hold is None
        takes.want_hold("a", 9.0)
        await rendered(takes)
        assert take.hold is not None
        assert take.missing_from(0) is None
        assert not takes.rendering("a")


@in_virtual_time
async def test_many_who_want_a_take_share_one_render() -> None:
    animator = FakeAnimator(chunk_s=0.1)
    async with library(animator, streams=4) as takes:
        wanted = [takes.want("a", LONG, 0, 5.0) for _ in range(50)]
        await asyncio.sleep(0.3)
        wanted += [takes.want("a", LONG, 0, 5.0) for _ in range(50)]
        await rendered(takes)
        wanted.append(takes.want("a", LONG, 0, 5.0))
        assert animator.asked == [("a", 0)]
        assert animator.held == []
        assert all(take is wanted[0] for take in wanted)
        assert (takes.counts.wanted, takes.counts.shared, takes.counts.hits) == (101, 99, 1)


@in_virtual_time
async def test_streams_bound_the_renders_under_way() -> None:
    animator = FakeAnimator(chunk_s=0.1)
    async with library(animator, streams=2) as takes:
        for number in range(6):
            takes.want(str(number), LONG, 0, 600.0)
        await rendered(takes)
        assert animator.most_under_way == 2


@in_virtual_time
async def test_what_cannot_wait_is_rendered_beside_the_others() -> None:
    animator = FakeAnimator(chunk_s=10.0)
    async with library(animator, streams=2) as takes:
        for number in range(4):
            takes.want(str(number), LONG, 0, 600.0)
        await asyncio.sleep(1.0)
        takes.want("urgent", LONG, 0, takes_time() + 0.5)
        await asyncio.sleep(0.01)
        assert [take_id for take_id, _ in animator.asked] == ["0", "1", "urgent"]


@in_virtual_time
async def test_what_has_waited_until_it_is_urgent_waits_no_longer() -> None:
    animator = FakeAnimator(chunk_s=10.0)
    async with library(animator) as takes:
        takes.want("first", LONG, 0, 0.0)
        await asyncio.sleep(0.1)
        takes.want("second", LONG, 0, 600.0)
        takes.want("third", LONG, 0, takes_time() + 4.0)
        await asyncio.sleep(2.9)
        assert [take_id for take_id, _ in animator.asked] == ["first"]
        await asyncio.sleep(0.5)
        assert [take_id for take_id, _ in animator.asked] == ["first", "third"]


@in_virtual_time
async def test_the_most_urgent_take_comes_first() -> None:
    animator = FakeAnimator(chunk_s=0.1)
    async with library(animator) as takes:
        takes.want("late", SHORT, 0, 30.0)
        takes.want("soon", SHORT, 0, 1.0)
        takes.want("later", SHORT, 0, 60.0)
        await rendered(takes)
        assert [take_id for take_id, _ in animator.asked] == ["soon", "late", "later"]


@in_virtual_time
async def test_a_waiting_take_that_becomes_urgent_overtakes() -> None:
    animator = FakeAnimator(chunk_s=0.1)
    async with library(animator) as takes:
        takes.want("under way", SHORT, 0, 0.0)
        await asyncio.sleep(0.05)
        takes.want("first", SHORT, 0, 10.0)
        takes.want("second", SHORT, 0, 20.0)
        takes.want("second", SHORT, 0, 2.0)
        await rendered(takes)
        assert [take_id for take_id, _ in animator.asked] == ["under way", "second", "first"]


@in_virtual_time
async def test_a_render_gives_way_and_goes_on_where_it_was() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with library(animator) as takes:
        long_take = takes.want("long", LONG, 0, 60.0)
        await asyncio.sleep(1.2)
        takes.want("express", LONG, 0, takes_time())
        await asyncio.sleep(0.01)
        urgent = takes.want("urgent", SHORT, 0, takes_time())
        assert await takes.starts_at(urgent, 0, 1.0)
        await rendered(takes)
        assert [take_id for take_id, _ in animator.asked] == ["long", "express", "urgent", "long"]
        resumed = animator.asked[3][1]
        assert resumed % FRAMES_PER_CHUNK == 0
        assert 0 < resumed < 192
        assert sorted(long_take.chunks) == list(range(16))
        assert takes.counts.preempted == 1
        assert takes.counts.rendered_chunks == 16 + 16 + 4


@in_virtual_time
async def test_a_render_that_is_nearly_as_urgent_is_not_broken_off() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with library(animator) as takes:
        takes.want("first", LONG, 0, 5.0)
        await asyncio.sleep(0.7)
        takes.want("other", SHORT, 0, 6.0)
        await asyncio.sleep(0.6)
        assert takes.counts.preempted == 0


@in_virtual_time
async def test_the_animator_is_asked_again_when_it_was_away() -> None:
    animator = FakeAnimator()
    animator.fail_next.extend([away(), away(), away()])
    async with library(animator) as takes:
        take = takes.want("a", SHORT, 0, 0.0)
        assert await takes.starts_at(take, 0, 10.0)
        await rendered(takes)
        assert takes.counts.failures == 3
        assert len(animator.asked) == 4
        assert take.refused == ""


@in_virtual_time
async def test_a_render_that_breaks_off_goes_on_where_it_broke() -> None:
    animator = FakeAnimator(stops_after=2)
    async with library(animator) as takes:
        take = takes.want("a", LONG, 0, 0.0)
        await rendered(takes)
        assert animator.asked == [("a", 0), ("a", 24)]
        assert sorted(take.chunks) == list(range(16))


@in_virtual_time
async def test_a_long_outage_gives_the_take_up_for_a_while_and_not_for_good() -> None:
    animator = FakeAnimator()
    animator.fail_next.extend([away()] * 40)
    async with library(animator) as takes:
        take = takes.want("a", SHORT, 0, 0.0)
        assert not await takes.starts_at(take, 0, 2 * GIVE_UP_AFTER_S)
        assert "away" in take.refused
        animator.fail_next.clear()
        await asyncio.sleep(REFUSAL_AFTER_OUTAGE_S + 0.1)
        again = takes.take("a")
        assert again is not None
        assert again.refused == ""
        takes.want("a", SHORT, 0, 0.0)
        assert await takes.starts_at(again, 0, 1.0)


@in_virtual_time
async def test_a_refused_take_says_why_at_once_and_others_go_on() -> None:
    def refuses(wanted: TakeOrder) -> Exception | None:
        return ModelRefused("view.set_name: unknown 'moon'") if wanted.shot.view.set_name == "moon" else None

    animator = FakeAnimator(refuses=refuses)
    async with library(animator) as takes:
        bad, good = takes.want("bad", order(48, "moon"), 0, 0.0), takes.want("good", SHORT, 0, 1.0)
        assert not await takes.starts_at(bad, 0, 60.0)
        assert asyncio.get_running_loop().time() < 1.0
        assert "moon" in bad.refused
        assert await takes.starts_at(good, 0, 1.0)
        known = takes.take("bad")
        assert known is not None
        assert known.refused


@in_virtual_time
async def test_a_fork_begins_in_the_middle_of_a_chunk_and_brings_no_sound_there() -> None:
    animator = FakeAnimator()
    async with library(animator) as takes:
        take = takes.want("a", LONG, 31, 0.0, fork=True)
        assert await takes.starts_at(take, 31, 1.0)
        await rendered(takes)
        assert animator.asked[0] == ("a", 31)
        fork = take.forks[31]
        assert (fork.first_frame, len(fork.video), fork.video[0].key_frame) == (31, 5, True)
        assert (fork.whole, fork.audio) == (True, ())
        assert sorted(take.chunks) == list(range(3, 16))
        assert take.chunk_at(30) is None
        assert take.chunk_at(31) is fork
        assert take.chunk_at(36) is take.chunks[3]


@in_virtual_time
async def test_a_take_that_is_there_is_entered_within_its_half_second_and_nothing_is_made() -> None:
    animator = FakeAnimator()
    async with library(animator) as takes:
        take = takes.want("a", SHORT, 0, 0.0)
        await rendered(takes)
        takes.want("a", SHORT, 7, 0.0, fork=True)
        await rendered(takes)
        assert animator.asked == [("a", 0)]
        assert take.can_be_entered(7)
        assert take.fork_at(7) is take.chunks[0]
        assert not take.can_be_entered(SHORT.shot.frame_count)


@in_virtual_time
async def test_only_who_goes_on_meanwhile_lets_late_pictures_be_left_out() -> None:
    animator = FakeAnimator()
    async with library(animator) as takes:
        takes.want("passing", LONG, 31, takes_time() + 0.125, fork=True, passing=True)
        takes.want("waiting", LONG, 0, takes_time() + 0.5, fork=True)
        takes.want("ahead", LONG, 0, takes_time() + 9.0)
        await rendered(takes)
        due: dict[str, float | None] = {}
        for (take_id, _), due_in_s in zip(animator.asked, animator.due, strict=True):
            due.setdefault(take_id, due_in_s)
        assert due == {"passing": 0.125, "waiting": None, "ahead": None}


@in_virtual_time
async def test_what_comes_before_a_fork_can_be_wanted_later() -> None:
    animator = FakeAnimator()
    async with library(animator) as takes:
        take = takes.want("a", SHORT, 31, 0.0, fork=True)
        await rendered(takes)
        takes.want("a", SHORT, 0, 0.0)
        await rendered(takes)
        assert sorted(take.chunks) == list(range(4))


@in_virtual_time
async def test_a_dropped_take_is_not_rendered_on() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with library(animator) as takes:
        take = takes.want("a", LONG, 0, 0.0)
        takes.want("waiting", LONG, 0, 10.0)
        await asyncio.sleep(1.2)
        takes.drop("a")
        takes.drop("waiting")
        await asyncio.sleep(5.0)
        assert len(take.chunks) <= 4
        assert animator.ended == 1
        assert [take_id for take_id, _ in animator.asked] == ["a"]
        takes.want("a", LONG, 0, 0.0)
        await rendered(takes)
        assert sorted(take.chunks) == list(range(16))


@in_virtual_time
async def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    animator = FakeAnimator()
    async with library(animator, limit_bytes=10_000) as takes:
        for number in range(12):
            takes.want(f"take-{number}", SHORT, 0, float(number))
            await rendered(takes)
            takes.want("take-0", SHORT, 0, 0.0)
            await rendered(takes)
        kept = [number for number in range(12) if takes.take(f"take-{number}") is not None]
        sizes = [take.size_bytes for number in kept if (take := takes.take(f"take-{number}")) is not None]
        assert sum(sizes) <= 10_000
        assert 0 in kept
        assert 11 in kept
        assert 1 not in kept
        assert takes.memory.counts.forgotten == 12 - len(kept)


@in_virtual_time
async def test_a_chunk_that_is_rendered_twice_counts_once() -> None:
    async with library(FakeAnimator()) as takes:
        take = takes.want("a", LONG, 96, 0.0)
        await rendered(takes)
        takes.want("a", LONG, 0, 0.0)
        await rendered(takes)
        held = [*take.chunks.values(), *take.forks.values()]
        assert take.size_bytes == sum(
            sum(len(frame.data) for frame in chunk.video) + sum(map(len, chunk.audio)) for chunk in held
        )


@in_virtual_time
async def test_takes_are_prepared_once_in_spare_time_and_trouble_is_counted() -> None:
    animator = FakeAnimator()
    animator.fail_next.append(away())
    async with library(animator) as takes:
        for _ in range(3):
            takes.prepare("failing", LONG)
            takes.prepare("other", SHORT)
            await asyncio.sleep(1.0)
        assert animator.prepared == [SHORT]
        assert takes.counts.prepare_failures == 1


@in_virtual_time
async def test_who_waits_too_long_is_told() -> None:
    async with library(FakeAnimator(first_s=5.0)) as takes:
        take = takes.want("a", SHORT, 0, 0.0)
        assert not await takes.starts_at(take, 0, 2.0)
        assert asyncio.get_running_loop().time() == pytest.approx(2.0)


@in_virtual_time
async def test_closing_ends_the_renders() -> None:
    animator = FakeAnimator(chunk_s=1.0)
    async with library(animator, streams=3) as takes:
        for name in "abc":
            takes.want(name, LONG, 0, 0.0)
        await asyncio.sleep(2.5)
    assert animator.under_way == 0
    assert animator.ended == 3


@in_virtual_time
async def test_a_take_that_one_session_drops_is_rendered_on_for_the_others() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with library(animator) as takes:
        take = takes.want("a", LONG, 0, 0.0, by="one")
        await asyncio.sleep(1.2)
        takes.want("a", LONG, 0, 0.0, by="two")
        takes.drop("a", by="one")
        takes.drop("a")
        await rendered(takes)
        assert sorted(take.chunks) == list(range(16))
        assert animator.asked == [("a", 0)]


@in_virtual_time
async def test_a_session_that_goes_drops_all_that_nobody_else_wants() -> None:
    animator = FakeAnimator(chunk_s=0.5)
    async with library(animator) as takes:
        alone = takes.want("a", LONG, 0, 0.0, by="one")
        takes.want("b", LONG, 0, 5.0, by="one")
        shared = takes.want("c", SHORT, 0, 9.0, by="one")
        takes.want("c", SHORT, 0, 9.0, by="two")
        await asyncio.sleep(1.2)
        takes.drop_all("one")
        await rendered(takes)
        assert len(alone.chunks) < 16
        assert takes.take("b") is None or not takes.take("b").chunks  # type: ignore[union-attr]
        assert sorted(shared.chunks) == list(range(4))
