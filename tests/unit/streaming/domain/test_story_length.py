"""The longest that a beat can speak: what stands for one another is counted once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from services import streaming
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain import story_length
from services.streaming.domain.story import Condition, Line
from services.streaming.domain.story_length import longest_speech_s, speech_s
from services.streaming.domain.story_walk import random_walk
from tests.unit.streaming.domain.small_story import DARK, LIT, lamp, small_story

pytestmark = pytest.mark.unit

TEN_WORDS = "one two three four five six seven eight nine ten"
STORIES = Path(streaming.__file__).parent / "stories"


def longest_s(*needs: tuple[Condition, ...], requires: tuple[Condition, ...] = ()) -> float:
    """Of a beat that has a line of ten words for each of `needs`; four seconds a line."""
    beat = lamp(lines=tuple(Line("ann", TEN_WORDS, requires=need) for need in needs), requires=requires)
    return longest_speech_s(beat, small_story())


def season(value: str, *, negated: bool = False) -> Condition:
    return Condition("fact", "season", "==", value, negated=negated)


def warmth(operator: str, value: int) -> Condition:
    return Condition("fact", "warmth", operator, value)


PLAYED = Condition("played", "start")
NOT_PLAYED = replace(PLAYED, negated=True)


def test_lines_without_conditions_all_count() -> None:
    assert longest_s((), (), ()) == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("needs", "together"),
    [
        ([(LIT,), (DARK,)], 1),
        ([(LIT,), (LIT,), (DARK,)], 2),
        ([(season("spring"),), (season("winter"),)], 1),
        ([(season("spring"),), (season("winter", negated=True),)], 2),
        ([(warmth("<", 2),), (warmth(">=", 3),)], 1),
        ([(warmth("<", 4),), (warmth(">=", 3),)], 2),
        ([(PLAYED,), (NOT_PLAYED,), ()], 2),
        ([(PLAYED, LIT), (PLAYED, DARK), (NOT_PLAYED,)], 1),
        ([(PLAYED, LIT), (PLAYED, season("winter"))], 2),
    ],
)
def test_only_what_can_be_said_together_counts(needs: list[tuple[Condition, ...]], together: int) -> None:
    assert longest_s(*needs) == pytest.approx(4.0 * together)


def test_what_the_beat_requires_holds() -> None:
    assert longest_s((LIT,), (DARK,), (DARK,), requires=(LIT,)) == pytest.approx(4.0)
    assert longest_s((LIT,), (DARK,), (DARK,)) == pytest.approx(8.0)


def test_too_many_ways_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story_length, "WORLDS_LIMIT", 1)
    assert longest_s((LIT,), (DARK,)) == pytest.approx(8.0)


@pytest.mark.parametrize("name", ["mars_colony_2095", "small_talk", "true_things"])
def test_no_walk_through_a_story_says_more(name: str) -> None:
    story = load(STORIES / f"{name}.yaml")
    longest = {beat.beat_id: longest_speech_s(beat, story) for beat in story.beats}
    met = 0
    for seed in range(30):
        for step in random_walk(story, Random(seed)).steps:
            said_s = speech_s(step.before.spoken(step.beat))
            assert said_s <= longest[step.beat.beat_id] + 1e-9, step.beat.beat_id
            met += said_s == pytest.approx(longest[step.beat.beat_id])
    assert met >= 100
