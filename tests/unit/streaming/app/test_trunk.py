"""Films depart when their viewers differ, and come together again; what they share is rendered once."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.app.session import Session
from services.streaming.domain.events import Emoji
from services.streaming.domain.journal import SessionSpec, TakeScheduled
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from tests.fakes.streaming import FakeAnimator, FakeModels, RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import Studio, evening, studio, until_frame

pytestmark = pytest.mark.unit


async def strangers(made: Studio, count: int, apart_s: float = 0.0) -> list[Session]:
    """Viewers of whom nothing is known, one after the other."""
    sessions = []
    for _ in range(count):
        grant = await made.sessions.create(SessionSpec("small", ""))
        grant.session.attach(RecordingViewer())
        sessions.append(grant.session)
        await asyncio.sleep(apart_s)
    return sessions


async def takes_of(made: Studio, session: Session) -> dict[int, str]:
    """By the session frame at which each was to begin last."""
    await session.flush()
    log = await made.store.log(session.session_id)
    return {stored.entry.first_frame: stored.entry.take_id for stored in log if isinstance(stored.entry, TakeScheduled)}


@in_virtual_time
@pytest.mark.parametrize("emoji", ["love", "bored", "wow"])
async def test_a_film_whose_viewer_reacted_comes_together_with_the_others_again(emoji: str) -> None:
    async with studio(FakeModels(animator=FakeAnimator(first_s=0.05, chunk_s=0.05))) as made:
        one, two = await strangers(made, 2)
        await until_frame(one, 100)
        await made.act(one, Emoji(emoji))
        await asyncio.sleep(40.0)
        reacted, quiet = await takes_of(made, one), await takes_of(made, two)
        own = [frame for frame, take_id in sorted(reacted.items()) if take_id not in quiet.values()]
        assert own
        assert min(own) >= 100
        assert max(own) < 100 + 12 * FRAMES_PER_SECOND
        later = {frame for frame in reacted if frame > max(own)}
        assert len(later) >= 3
        assert {reacted[frame] for frame in later} <= set(quiet.values())


@in_virtual_time
async def test_a_take_of_which_one_film_departs_is_rendered_on_for_the_other_without_a_second_call() -> None:
    animator = FakeAnimator(first_s=0.05, chunk_s=0.25)
    async with studio(FakeModels(animator=animator)) as made:
        one, two = await strangers(made, 2, apart_s=0.3)
        await until_frame(one, 60)
        await made.act(one, Emoji("love"))
        await asyncio.sleep(8.0)
        assert two.playout.counts.holds == 0
        trunk = set((await takes_of(made, two)).values())
        calls = [take_id for take_id, _ in animator.asked if take_id in trunk]
        assert len(calls) == len(set(calls))


@in_virtual_time
async def test_who_comes_later_is_shown_what_is_there() -> None:
    async with studio() as made:
        (first,) = await strangers(made, 1)
        await asyncio.sleep(60.0)
        first.detach(first.playout.viewers[0])  # type: ignore[arg-type]
        await asyncio.sleep(5.0)
        asked = len(made.models.animator.asked), len(made.models.writer.briefs)
        (late,) = await strangers(made, 1)
        await asyncio.sleep(45.0)
        assert late.playout.frame > 1_000
        assert late.playout.counts.holds == 0
        assert (len(made.models.animator.asked), len(made.models.writer.briefs)) == asked
        assert made.takes.counts.hits >= 8


@in_virtual_time
async def test_a_session_that_closes_wants_nothing_any_more() -> None:
    animator = FakeAnimator(chunk_s=2.0)
    async with studio(FakeModels(animator=animator), {"small": evening()}) as made:
        (session,) = await strangers(made, 1)
        await asyncio.sleep(3.0)
        assert made.takes.claimed_by(session.session_id)
        await made.sessions.drop(session.session_id)
        assert not made.takes.claimed_by(session.session_id)
        await asyncio.sleep(5.0)
        assert animator.under_way == 0
