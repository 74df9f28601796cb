"""The story that ships: it loads, lints clean, ends on every way, and taste has something to choose from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from services import streaming
from services.streaming.adapters.stories_yaml import list_stories, load
from services.streaming.domain.story import Story
from services.streaming.domain.story_check import check
from services.streaming.domain.story_length import speech_s
from services.streaming.domain.story_walk import Walk, random_walk

pytestmark = pytest.mark.unit

STORIES = Path(streaming.__file__).parent / "stories"


@pytest.fixture(scope="module")
def story() -> Story:
    [path] = [path for path in list_stories(STORIES) if path.stem == "mars_colony_2095"]
    return load(path)


@pytest.fixture(scope="module")
def walks(story: Story) -> list[Walk]:
    return [random_walk(story, Random(seed)) for seed in range(30)]


def test_it_lints_clean(story: Story) -> None:
    assert [str(finding) for finding in check(story, walks=12)] == []


def test_it_has_the_size_of_a_film(story: Story) -> None:
    acts = Counter(beat.act for beat in story.beats)
    assert acts[1] >= 8
    assert acts[2] >= 10
    assert acts[3] >= 6
    assert len(story.endings) >= 4
    assert len({beat.place for beat in story.beats}) >= 8
    assert sum(beat.choice is not None for beat in story.beats) >= 5
    assert len({line.speaker for beat in story.beats for line in beat.lines}) >= 5


def test_every_walk_ends_and_no_beat_contradicts_canon(walks: list[Walk]) -> None:
    for walk in walks:
        assert not walk.stuck
        assert all(step.before.contradictions(step.beat) == () for step in walk.steps)
    assert len({walk.beat_ids for walk in walks}) == len(walks)


def test_until_the_third_act_there_is_always_another_way_on(walks: list[Walk]) -> None:
    free = [step for walk in walks for step in walk.steps if step.before.played and step.before.act < 3]
    assert min(len(step.ready) for step in free) >= 2


def test_each_theme_is_served_by_several_beats_of_each_free_act(story: Story) -> None:
    for theme in story.themes:
        for act in (1, 2):
            serving = [beat for beat in story.beats if beat.act == act and beat.themes.get(theme, 0.0) >= 0.3]
            assert len(serving) >= 2, (theme, act)


def test_every_scene_speaks_for_a_scenes_time(story: Story, walks: list[Walk]) -> None:
    for walk in walks[:20]:
        for step in walk.steps:
            lines = step.before.spoken(step.beat)
            assert 4 <= len(lines) <= 11, step.beat.beat_id
            assert 25 <= speech_s(lines) <= 60, step.beat.beat_id


def test_the_film_opens_with_the_narrator(story: Story) -> None:
    for beat in story.openings:
        assert story.character(beat.lines[0].speaker).narrates
        assert len(beat.lines[0].text.split()) <= 8


def test_nothing_comes_between_what_decides_the_film_and_its_ending(story: Story, walks: list[Walk]) -> None:
    for walk in walks:
        assert story.beat(walk.beat_ids[-1]).ends
        assert story.beat(walk.beat_ids[-2]).purpose == "climax"
