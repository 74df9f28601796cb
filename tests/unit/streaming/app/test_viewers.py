"""Forgetting a viewer takes along what was rendered of stories that were made of their words, and nothing else."""

from __future__ import annotations

import pytest

from services.streaming.app.viewers import Viewers
from services.streaming.domain.journal import SessionSpec
from services.streaming.ports import StoredStory
from tests.fakes.streaming import RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import evening, studio, until_frame

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_takes_of_a_viewers_own_story_go_with_the_viewer() -> None:
    stories = {"small": evening(), "made_small": evening()}
    async with studio(stories=stories) as made:
        await made.store.keep_story(StoredStory("made_small", "viewer-1", "a premise", "text", (), 0.0))
        scheduled = {}
        for story_id, viewer_id in (("made_small", "viewer-1"), ("small", "viewer-2")):
            grant = await made.sessions.create(
                SessionSpec(story_id, viewer_id, seed=len(scheduled) + 1, calm=bool(scheduled))
            )
            grant.session.attach(RecordingViewer())
            await until_frame(grant.session, 120)
            scheduled[story_id] = (grant.session, {take.take_id for take in grant.session.film.timeline.takes})
        own, others = scheduled["made_small"], scheduled["small"]
        assert own[1].isdisjoint(others[1])
        assert all(made.takes.take(take_id) for take_id in (*own[1], *others[1]))
        await Viewers(made.sessions).erase(own[0])
        assert not any(made.takes.take(take_id) for take_id in own[1])
        assert all(made.takes.take(take_id) for take_id in others[1])
