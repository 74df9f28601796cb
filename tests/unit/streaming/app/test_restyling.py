"""A scene cut anew: only when its pictures can be there, and never a hold for it."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.app.restyling import Restyler
from services.streaming.domain.events import Dial
from tests.fakes.streaming import FakeAnimator, FakeModels, away
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import studio, until_frame
from tests.unit.streaming.app.test_session import receipt_of, to_the_end

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_the_old_cut_goes_on_until_the_new_one_is_painted() -> None:
    animator = FakeAnimator()
    async with studio(FakeModels(animator=animator)) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        plan = session.film.playing(60)
        assert plan is not None
        before = plan.scene
        animator.prepare_s = 4.0
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await asyncio.sleep(2.0)
        assert plan.scene is before
        animator.prepare_s = 0.5
        await asyncio.sleep(10.0)
        assert plan.scene is not before
        assert plan.scene.frame_count == before.frame_count
        await to_the_end(session)
        assert session.playout.counts.holds == 0


@in_virtual_time
async def test_what_cannot_be_painted_in_time_is_cut_at_the_last_try() -> None:
    animator = FakeAnimator()
    async with studio(FakeModels(animator=animator)) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        plan = session.film.playing(60)
        assert plan is not None
        before = plan.scene
        animator.prepare_s = 60.0
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await asyncio.sleep(20.0)
        assert plan.scene is not before
        await to_the_end(session)


@in_virtual_time
async def test_while_holds_move_the_cuts_the_scene_is_cut_anew_as_soon_as_they_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fits, asked = Restyler._fits, []

    def moved(restyler: Restyler, proposal: object) -> bool:
        asked.append(proposal)
        return len(asked) > 6 and fits(restyler, proposal)  # type: ignore[arg-type]

    monkeypatch.setattr(Restyler, "_fits", moved)
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        plan = session.film.playing(60)
        assert plan is not None
        before = plan.scene
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await asyncio.sleep(12.0)
        assert plan.scene is not before
        assert len(asked) == 7
        await to_the_end(session)


@in_virtual_time
async def test_who_turns_a_dial_while_the_film_holds_gets_the_new_cut_when_it_goes_on() -> None:
    animator = FakeAnimator()
    async with studio(FakeModels(animator=animator)) as made:
        session, _, _ = await made.watch()
        await until_frame(session, 60)
        plan = session.film.playing(60)
        assert plan is not None
        before = plan.scene
        animator.chunk_s = 3.0
        while session.playout.counts.holds == 0 or session.film.playing(session.playout.frame) is not None:
            await asyncio.sleep(0.01)
        await made.act(session, Dial("pace", 1.0))
        await asyncio.sleep(0.3)
        animator.chunk_s = 0.05
        await asyncio.sleep(15.0)
        assert plan.scene is not before


@in_virtual_time
async def test_a_painter_that_fails_leaves_the_film_going() -> None:
    animator = FakeAnimator()
    async with studio(FakeModels(animator=animator)) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        animator.fail_next.extend([away()] * 2)
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await to_the_end(session)
        assert session.film.canon.over


@in_virtual_time
async def test_a_newer_wish_takes_the_place_of_an_older_one() -> None:
    animator = FakeAnimator()
    async with studio(FakeModels(animator=animator)) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        plan = session.film.playing(60)
        assert plan is not None
        animator.prepare_s = 1.0
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await receipt_of(viewer, await made.act(session, Dial("pace", -1.0)))
        await asyncio.sleep(6.0)
        written = [
            entry for entry in await made.store.log(session.session_id) if "SceneWritten" in repr(entry.entry)[:40]
        ]
        cut_anew = [entry for entry in written if entry.entry.scene.scene_id == plan.scene.scene_id]  # type: ignore[union-attr]
        assert len(cut_anew) == 2
        assert session.film.manner.pace == -1.0
