"""A story's shots on a storyboard are those that a session would order."""

from __future__ import annotations

from itertools import pairwise

import pytest

from loadtests.contact_sheet.storyboard import STORIES, as_drawn, planned_shots
from services.inference.adapters.animator_stage.checks import check_order
from services.inference.domain.shot import TakeOrder
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain.cutting import Setup, likeness
from services.streaming.domain.story import Story

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def story() -> Story:
    return load(STORIES / "mars_colony_2095.yaml")


def test_every_shot_of_a_way_through_the_story_can_be_ordered(story: Story) -> None:
    shots = [as_drawn(planned.shot) for _, planned in planned_shots(story, 3)]
    assert len(shots) > 60
    for shot in shots:
        check_order(TakeOrder(shot))
    assert len({shot.view.framing for shot in shots}) >= 6


def test_a_way_is_the_same_each_time_and_another_one_differs(story: Story) -> None:
    first, again, other = ([planned.shot_id for _, planned in planned_shots(story, seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_the_film_never_cuts_a_picture_to_one_that_looks_the_same(story: Story) -> None:
    for seed in range(4):
        for (scene, before), (following, after) in pairwise(planned_shots(story, seed)):
            if scene.scene_id != following.scene_id or before.shot.view.set_name != after.shot.view.set_name:
                continue
            kept = Setup(0, 48, before.shot.view.framing, before.shot.view.subject)
            view = after.shot.view
            same = likeness(view.framing, view.subject, kept)
            assert same < 1.0, f"{after.shot_id}: {view.framing} of {view.subject or 'the place'} twice"
