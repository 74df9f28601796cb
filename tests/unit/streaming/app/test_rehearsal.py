"""Openings are there before anybody plays them: the first story's at once, the others' on a guess."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.streaming.app.rehearsal import opening_key, openings, rehearse
from services.streaming.app.speculation import Speculation
from services.streaming.domain.journal import SessionSpec
from tests.fakes.streaming import FakeAnimator, FakeModels, RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import evening, studio

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_a_stranger_is_shown_the_rehearsed_opening() -> None:
    animator = FakeAnimator(first_s=3.0, chunk_s=0.05)
    async with studio(FakeModels(animator=animator)) as made:
        await rehearse((evening(),), made.around)
        await asyncio.sleep(20.0)
        rehearsed = {take_id for take_id, _ in animator.asked}
        grant = await made.sessions.create(SessionSpec("small", ""))
        viewer = RecordingViewer()
        grant.session.attach(viewer)
        began_s = asyncio.get_running_loop().time()
        await asyncio.sleep(1.0)
        assert viewer.sent_at_s[0] - began_s < 0.5
        shown = [take.take_id for take in grant.session.film.timeline.takes]
        assert shown[0] in rehearsed
        assert len(rehearsed.intersection(shown)) >= 2


@in_virtual_time
async def test_every_story_can_begin_at_once_when_the_rehearsal_is_over() -> None:
    stories = {name: replace(evening(), story_id=name) for name in ("one", "two", "three")}
    animator = FakeAnimator(first_s=3.0, chunk_s=0.05)
    async with studio(FakeModels(animator=animator), stories) as made:
        await rehearse(tuple(stories.values()), made.around)
        for name in stories:
            rehearsed = {take_id for take_id, _ in animator.asked}
            grant = await made.sessions.create(SessionSpec(name, ""))
            viewer = RecordingViewer()
            grant.session.attach(viewer)
            began_s = asyncio.get_running_loop().time()
            await asyncio.sleep(1.0)
            assert viewer.sent_at_s[0] - began_s < 0.5
            assert grant.session.film.timeline.takes[0].take_id in rehearsed


@in_virtual_time
async def test_of_the_stories_after_the_first_only_the_beginning_is_made_before_it_is_ready() -> None:
    stories = tuple(replace(evening(), story_id=name) for name in ("one", "two"))
    animator = FakeAnimator(chunk_s=0.05)
    async with studio(FakeModels(animator=animator), {story.story_id: story for story in stories}) as made:
        await rehearse(stories, made.around)
        await asyncio.sleep(30.0)
        both = {take_id for take_id, _ in animator.asked}
        animator.asked.clear()
        await rehearse(stories[:1], made.around)
        await rehearse(stories[1:], made.around)
        await asyncio.sleep(30.0)
        assert {take_id for take_id, _ in animator.asked} - both, "what else the second opening needs was made before"
        assert len(both) > len(stories)


@in_virtual_time
async def test_other_openings_are_guesses_that_come_true_when_they_are_played() -> None:
    stories = {"one": evening(), "two": evening()}
    stories = {name: replace(story, story_id=name) for name, story in stories.items()}
    animator = FakeAnimator(chunk_s=0.05)
    async with studio(FakeModels(animator=animator), stories) as made:
        speculation = Speculation(made.takes, made.clock)
        made.sessions.around = around = replace(made.around, speculation=speculation)
        speculation.start()
        try:
            speculation.propose("openings", openings(stories.values(), around))
            assert {guess.key for guess in speculation.order()} == {opening_key("one"), opening_key("two")}
            await asyncio.sleep(30.0)
            assert speculation.counts.made == 2
            rendered = len(animator.asked)
            grant = await made.sessions.create(SessionSpec("two", ""))
            grant.session.attach(RecordingViewer())
            await asyncio.sleep(2.0)
            first = grant.session.film.timeline.takes[0].take_id
            assert first in {take_id for take_id, _ in animator.asked[:rendered]}
            assert speculation.counts.hits >= 2
            assert speculation.counts.rendered_s >= 20.0
        finally:
            await speculation.close()


def test_a_node_that_makes_no_guesses_has_none() -> None:
    from tests.fakes.virtual_time import run_virtually

    async def none() -> None:
        async with studio() as made:
            assert openings([evening()], made.around) == ()

    run_virtually(none())
