"""Within a day light only goes one way, whatever the order in which a film tells its beats."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.canon import Canon
from services.streaming.domain.daylight import hour_of
from services.streaming.domain.description import describe
from services.streaming.domain.picture_words import TIMES_OF_DAY
from services.streaming.domain.story import Beat, Story
from tests.unit.streaming.domain.small_story import small_story, start

pytestmark = pytest.mark.unit


def told(*hours: str, passing: tuple[int, ...] = ()) -> tuple[Story, tuple[Beat, ...]]:
    """A story whose beats have these hours, in this order; before those of the numbers time passes."""
    beats = tuple(
        replace(start(), beat_id=f"b{number}", time_of_day=hour, time_passes=number in passing)
        for number, hour in enumerate(hours)
    )
    return replace(small_story(), beats=beats), beats


def seen(*hours: str, passing: tuple[int, ...] = ()) -> list[str]:
    story, beats = told(*hours, passing=passing)
    return [
        hour_of(beat, replace(Canon.of(story), played=tuple(one.beat_id for one in beats[:number])))
        for number, beat in enumerate(beats)
    ]


def test_who_comes_in_from_the_dusk_does_not_stand_in_the_noon() -> None:
    assert seen("day", "dusk", "day", "day") == ["day", "dusk", "dusk", "dusk"]


def test_a_dusk_after_the_night_is_still_night() -> None:
    assert seen("night", "dusk") == ["night", "night"]


def test_after_a_night_comes_the_next_day() -> None:
    assert seen("dusk", "night", "day", "dusk") == ["dusk", "night", "day", "dusk"]


def test_a_dawn_is_always_another_morning() -> None:
    assert seen("day", "dawn", "dusk", "dawn") == ["day", "dawn", "dusk", "dawn"]


def test_where_time_passes_the_hour_holds() -> None:
    assert seen("dusk", "day", "dusk", passing=(1,)) == ["dusk", "day", "dusk"]
    assert seen("night", "dusk", passing=(1,)) == ["night", "dusk"]


def test_the_same_before_and_after_the_beat_was_played() -> None:
    story, (first, second, third) = told("dusk", "day", "night")
    every = replace(Canon.of(story), played=(first.beat_id, second.beat_id, third.beat_id))
    assert [hour_of(beat, every) for beat in (first, second, third)] == ["dusk", "dusk", "night"]


@given(st.lists(st.sampled_from(TIMES_OF_DAY), min_size=2, max_size=12))
def test_light_never_goes_back_within_a_day(hours: list[str]) -> None:
    found = seen(*hours)
    assert found[0] == hours[0]
    assert not {("dusk", "day"), ("night", "dusk")}.intersection(pairwise(found))


def test_the_narrator_tells_the_hour_that_is_seen() -> None:
    story, (evening, later) = told("dusk", "day")
    outside = replace(story, places=tuple(replace(place, inside=False) for place in story.places))
    canon = replace(Canon.of(outside), played=(evening.beat_id,))
    assert describe(outside, later, canon, True).startswith("Dusk, ")
    assert describe(outside, later, Canon.of(outside), True).startswith("Day, ")
