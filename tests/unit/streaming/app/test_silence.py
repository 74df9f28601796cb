"""What is learned from a viewer who says nothing: scenes watched to their end, and scenes that were left."""

from __future__ import annotations

import pytest

from services.streaming.domain.events import Emoji
from services.streaming.domain.sameness import repeats
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import studio, until_frame

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_a_scene_watched_to_its_end_teaches_a_little_and_is_kept() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        await until_frame(session, 48)
        await until_frame(session, session.film.plans[0].scene.frame_count + 48)
        taught = session.film.taste.axis("film").taught_by
        assert taught == (f"watched:{session.session_id}/s0",)
        await session.flush()
        assert await made.store.taste("viewer-1") == session.film.taste


@in_virtual_time
async def test_a_silent_scene_is_remembered_with_what_it_repeated() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        film = session.film
        await until_frame(session, 48)
        while not (len(film.plans) > 1 and film.plans[1].begun):
            await until_frame(session, session.playout.frame + 24)
        second = film.plans[1]
        await until_frame(session, second.start_frame + second.scene.frame_count + 48)
        impression = film.taste.impressions[f"small/{second.beat.beat_id}"]
        assert impression.repeats == repeats(second.beat, (film.plans[0].beat,))
        assert any(impression.repeats)
        moment = film.moment(second.start_frame + 24)
        assert (moment.beat, moment.before, moment.earlier) == (second.beat, film.plans[0].beat, ())


@in_virtual_time
async def test_a_scene_that_was_answered_teaches_by_the_answer_alone() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        await until_frame(session, 200)
        answer = await made.act(session, Emoji("love"))
        await until_frame(session, session.film.plans[0].scene.frame_count + 48)
        assert session.film.taste.axis("film").taught_by == (answer,)


@in_virtual_time
async def test_going_away_in_the_middle_says_a_little_against_it() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 200)
        session.detach(viewer)
        assert session.film.taste.axis("film").taught_by == (f"left:{session.session_id}/s0",)
        assert session.film.taste.mean("film") < 0.0
        await session.flush()
        assert await made.store.taste("viewer-1") == session.film.taste
