"""Stories of premises: guarded, asked for, read and linted before they can be played, kept, restored and erased."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.streaming.adapters.stories_yaml import read_made
from services.streaming.app.commissions import (
    WAITING_LIMIT,
    Commissions,
    InvalidPremise,
    NoSoundStory,
    PremiseRefused,
    WritersBusy,
)
from services.streaming.domain.journal import SessionSpec
from services.streaming.ports import ModelUnavailable, PremisePart, StoredStory, WrittenStory
from services.streaming.settings import STORIES
from tests.fakes.streaming import FakeModels, FakeWriter, MemoryStore
from tests.fakes.virtual_time import FakeClock, in_virtual_time
from tests.unit.streaming.app.studio import Studio, evening, studio

pytestmark = pytest.mark.unit

TEXT = (STORIES / "small_talk.yaml").read_text(encoding="utf-8")
STUCK = TEXT.replace("requires: [minute, strain >= 5, outcome == none]", "requires: [minute, not minute]")
PARTS = (PremisePart("a dragon", "unused", "cannot be drawn"),)
PREMISE = "two clerks and an ambassador"


def written(text: str = TEXT) -> WrittenStory:
    return WrittenStory(text, PARTS, "fake-writer", model_lines=3, lines=150)


async def at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """Virtual time knows no threads."""
    await asyncio.sleep(0)
    return work(*arguments)


@asynccontextmanager
async def office(*stories: WrittenStory, store: MemoryStore | None = None) -> AsyncIterator[tuple[Commissions, Studio]]:
    """A running node that makes stories of premises."""
    models = FakeModels(writer=FakeWriter(stories=deque(stories)))
    playable = {"small": evening()}
    async with studio(models, stories=playable, store=store) as made:
        commissions = Commissions(playable, made.around, read_made, at_once)
        try:
            yield commissions, made
        finally:
            await commissions.close()


@in_virtual_time
async def test_a_premise_becomes_a_story_that_plays() -> None:
    async with office(written()) as (commissions, made):
        commission = await commissions.make(PREMISE, "teen", "viewer-1")
        assert commission.parts == PARTS
        [(premise, story_id, _, age_band)] = made.models.writer.premises
        assert (premise, age_band) == (PREMISE, "teen")
        assert story_id.startswith("made_")
        assert made.models.guard.judged[0] == (PREMISE, "teen")
        grant = await made.sessions.create(SessionSpec(commission.story.story_id, "viewer-1", seed=3))
        assert grant.session.film.story.title == "Small Talk"
        assert (commissions.counts.made, commissions.counts.model_lines) == (1, 3)


@pytest.mark.parametrize("premise", ["", "short", "  a  b  ", "x" * 601])
@in_virtual_time
async def test_what_is_no_premise_costs_no_model_call(premise: str) -> None:
    async with office() as (commissions, made):
        with pytest.raises(InvalidPremise):
            await commissions.make(premise, "general", "")
        assert made.models.guard.judged == []
        assert made.models.writer.premises == []


@in_virtual_time
async def test_what_the_guard_refuses_is_never_written() -> None:
    async with office() as (commissions, made):
        with pytest.raises(PremiseRefused) as refusal:
            await commissions.make("something forbidden happens", "child", "")
        assert refusal.value.reasons
        assert made.models.writer.premises == []
        assert commissions.counts.refused == {"guard": 1}


@pytest.mark.parametrize("bad", ["no: story", "{", STUCK])
@in_virtual_time
async def test_a_story_with_faults_is_made_again_with_another_seed(bad: str) -> None:
    async with office(written(bad), written()) as (commissions, made):
        await commissions.make(PREMISE, "general", "")
        first, second = made.models.writer.premises
        assert first[1] == second[1]
        assert first[2] != second[2]


@in_virtual_time
async def test_when_no_try_holds_together_nothing_is_kept() -> None:
    async with office(*[written("no: story")] * 3) as (commissions, made):
        with pytest.raises(NoSoundStory):
            await commissions.make(PREMISE, "general", "viewer-1")
        assert set(made.sessions.stories) == {"small"}
        assert await made.store.made_stories(9) == ()
        assert commissions.counts.refused == {"unsound": 1}


@in_virtual_time
async def test_a_writer_that_does_not_answer_is_told_and_the_next_premise_goes_through() -> None:
    async with office(written()) as (commissions, made):
        made.models.writer.failure = ModelUnavailable("down")
        with pytest.raises(ModelUnavailable):
            await commissions.make(PREMISE, "general", "")
        made.models.writer.failure = None
        assert (await commissions.make(PREMISE, "general", "")).story.beats


@in_virtual_time
async def test_more_premises_than_may_wait_are_turned_away() -> None:
    async with office(*[written()] * 9) as (commissions, made):
        made.models.writer.takes_s = 2.0
        waiting = [asyncio.create_task(commissions.make(f"{PREMISE} {n}", "general", "")) for n in range(WAITING_LIMIT)]
        await asyncio.sleep(1.0)
        with pytest.raises(WritersBusy):
            await commissions.make(PREMISE, "general", "")
        assert len({(await task).premise for task in waiting}) == WAITING_LIMIT
        assert (await commissions.make(PREMISE, "general", "")).story.beats


@in_virtual_time
async def test_a_made_story_outlives_its_node_and_a_spoilt_one_is_left_out() -> None:
    store = MemoryStore(FakeClock())
    await store.keep_story(StoredStory("made_spoilt", "v", "p", "no: story", (), 1.0))
    async with office(written(), store=store) as (commissions, _):
        story_id = (await commissions.make(PREMISE, "general", "viewer-1")).story.story_id
    async with office(store=store) as (commissions, made):
        await commissions.restore()
        found = commissions.found(story_id)
        assert found is not None
        assert (found.parts, found.premise) == (PARTS, PREMISE)
        assert set(made.sessions.stories) == {"small", story_id}


@in_virtual_time
async def test_a_story_that_goes_by_another_name_is_not_taken() -> None:
    async with office(*[written(TEXT.replace("story_id: small_talk", "story_id : small"))] * 3) as (commissions, made):
        with pytest.raises(NoSoundStory, match="calls itself"):
            await commissions.make(PREMISE, "general", "")
        assert made.sessions.stories["small"].title == "Small"


@in_virtual_time
async def test_a_viewers_premises_and_stories_can_be_erased() -> None:
    async with office(written(), written()) as (commissions, made):
        await commissions.make(PREMISE, "general", "viewer-1")
        await commissions.forget("somebody-else")
        assert len(await made.store.made_stories(9)) == 1
        await commissions.forget("viewer-1")
        assert await made.store.made_stories(9) == ()


@in_virtual_time
async def test_the_oldest_story_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.streaming.app.commissions.KEPT", 2)
    async with office(*[written()] * 3) as (commissions, made):
        ids = [(await commissions.make(f"{PREMISE} {n}", "general", "")).story.story_id for n in range(3)]
        assert [commissions.found(story_id) is not None for story_id in ids] == [False, True, True]
        assert ids[0] not in made.sessions.stories
        story = await commissions.fetch(ids[0])
        assert story is not None
        assert story.story_id == ids[0]
        assert await commissions.fetch("made_nothing") is None
        assert await commissions.fetch("small_talk") is None
