"""The stories that ship: each loads, lints clean, ends on every way, and leaves taste something to choose."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from services import streaming
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain.dramaturgy import answers_of
from services.streaming.domain.simulated_film import simulate
from services.streaming.domain.story import Story
from services.streaming.domain.story_check import check
from services.streaming.domain.story_walk import random_walk
from services.streaming.domain.taste import Axis, Taste

pytestmark = pytest.mark.unit

FOLDER = Path(streaming.__file__).parent / "stories"
STORIES = {name: load(FOLDER / f"{name}.yaml") for name in ("true_things", "small_talk")}


@pytest.fixture(params=STORIES, scope="module")
def story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]


def test_it_lints_clean(story: Story) -> None:
    assert [str(finding) for finding in check(story, walks=30)] == []


def test_it_is_full(story: Story) -> None:
    assert len(story.beats) >= 18
    assert len(story.endings) >= 3
    assert sum(beat.choice is not None for beat in story.beats) >= 3
    assert len({beat.place for beat in story.beats}) >= 6


def test_every_walk_ends_and_no_beat_contradicts_canon(story: Story) -> None:
    walks = [random_walk(story, Random(seed)) for seed in range(60)]
    for walk in walks:
        assert not walk.stuck
        assert all(step.before.contradictions(step.beat) == () for step in walk.steps)
    assert len({walk.beat_ids for walk in walks}) >= 50


def test_every_ending_is_reached(story: Story) -> None:
    ends = {random_walk(story, Random(seed)).beat_ids[-1] for seed in range(200)}
    assert ends == {beat.beat_id for beat in story.endings}


def test_films_of_different_viewers_differ_and_keep_to_the_planned_length(story: Story) -> None:
    likes = [{"humour": 0.8}, {"wonder": 0.8, "humour": -0.6}, {"tension": 0.9}, {}]
    films = [
        simulate(story, Taste({axis: Axis(value, 0.05) for axis, value in like.items()}), seed)
        for seed, like in enumerate(likes)
    ]
    planned_s = 60 * story.planned_minutes.default
    assert len({tuple(played.beat.beat_id for played in film.beats) for film in films}) == len(films)
    for film in films:
        assert film.ended
        assert 0.7 * planned_s <= film.beats[-1].end_s <= 1.3 * planned_s


def test_every_fact_of_the_lesson_has_a_source_that_can_be_opened() -> None:
    story = STORIES["true_things"]
    cited = {source for beat in story.beats for line in beat.lines for source in line.cites}
    assert cited == {source.source_id for source in story.sources}
    assert all(source.url.startswith("https://") and source.citation for source in story.sources)
    assert story.fiction
    assert not any(line.may_vary for beat in story.beats for line in beat.lines if line.cites)


def test_nothing_comes_between_what_decides_the_film_and_its_ending(story: Story) -> None:
    for seed in range(60):
        *_, deciding, ending = random_walk(story, Random(seed)).beat_ids
        assert story.beat(ending).ends
        assert story.beat(deciding).purpose == "climax"


def test_in_small_talk_his_confession_and_hers_are_parted_by_the_row_and_the_row_has_a_stake() -> None:
    orders = [random_walk(STORIES["small_talk"], Random(seed)).beat_ids for seed in range(200)]
    assert any("mo_alone" in order for order in orders)
    for order in orders:
        if "mo_alone" in order:
            assert order.index("the_row") < order.index("mo_alone")
        if {"dell_alone", "the_row"} <= set(order):
            assert order.index("dell_alone") < order.index("the_row")
        if {"harrow_calls", "the_row"} <= set(order):
            assert order.index("the_row") < order.index("harrow_calls")


def test_what_is_chosen_is_soon_shown(story: Story) -> None:
    answers = answers_of(story)
    asking = set().union(*answers.values())
    waited: list[int] = []
    for seed in range(24):
        film = simulate(story, Taste({"humour": Axis((-0.8, 0.0, 0.8)[seed % 3], 0.05)}), seed)
        shown = [played.beat.beat_id for played in film.beats]
        for at, beat_id in enumerate(shown):
            if beat_id in asking and not film.beats[at + 1].beat.ends:
                after = (n for n in range(at + 1, len(shown)) if beat_id in answers.get(shown[n], ()))
                waited.append(next(after, len(shown)) - at)
    assert len(waited) >= 5
    assert sum(scenes == 1 for scenes in waited) >= 0.95 * len(waited)
