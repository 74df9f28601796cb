"""Within a day light only goes one way, and rooms see the weather that there is, in whatever order beats are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.canon import Canon
from services.streaming.domain.description import describe
from services.streaming.domain.outdoors import as_seen, outdoors, told_weather
from services.streaming.domain.picture_words import TIMES_OF_DAY
from services.streaming.domain.story import Beat, Story
from tests.unit.streaming.domain.small_story import small_story, start

pytestmark = pytest.mark.unit


def told(*hours: str, passing: tuple[int, ...] = ()) -> tuple[Story, tuple[Beat, ...]]:
    """A story whose beats have these hours, in this order; before those of the numbers time passes."""
    beats = tuple(
        replace(start(), beat_id=f"b{number}", time_of_day=hour, time_passes="always" if number in passing else "never")
        for number, hour in enumerate(hours)
    )
    return replace(small_story(), beats=beats), beats


def seen(*hours: str, passing: tuple[int, ...] = ()) -> list[str]:
    story, beats = told(*hours, passing=passing)
    return [
        outdoors(beat, replace(Canon.of(story), played=tuple(one.beat_id for one in beats[:number]))).hour
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


def test_between_acts_there_may_be_a_night() -> None:
    first, second = (start(beat_id=name, time_of_day="dusk") for name in ("first", "second"))
    for act, hour in ((2, "day"), (1, "dusk")):
        turn = start(beat_id="turn", time_of_day="day", act=act, time_passes="between_acts")
        late = start(beat_id="late", time_of_day="day", act=2)
        story = replace(small_story(), beats=(first, second, turn, late))
        canon = replace(Canon.of(story), played=("first", "second"))
        assert outdoors(turn, canon).hour == hour
        assert outdoors(late, replace(canon, played=("first", "second", "turn"))).hour == hour
    again = start(beat_id="again", time_of_day="day", act=2, time_passes="between_acts")
    story = replace(small_story(), beats=(first, replace(second, act=2), again))
    assert outdoors(again, replace(Canon.of(story), played=("first", "second"))).hour == "dusk"


def test_the_same_before_and_after_the_beat_was_played() -> None:
    story, (first, second, third) = told("dusk", "day", "night")
    for number, beat in enumerate((first, second, third)):
        before = replace(Canon.of(story), played=(first.beat_id, second.beat_id, third.beat_id)[:number])
        after = replace(before, played=(*before.played, beat.beat_id))
        assert outdoors(beat, before) == outdoors(beat, after)


def test_a_beat_that_comes_again_comes_later() -> None:
    story, (noon, _) = told("day", "dusk")
    again = replace(Canon.of(story), played=("b0", "b1"))
    assert outdoors(noon, Canon.of(story)).hour == "day"
    assert outdoors(noon, again).hour == "dusk"


@given(st.lists(st.sampled_from(TIMES_OF_DAY), min_size=2, max_size=12))
def test_light_never_goes_back_within_a_day(hours: list[str]) -> None:
    found = seen(*hours)
    assert found[0] == hours[0]
    assert not {("dusk", "day"), ("night", "dusk")}.intersection(pairwise(found))


def weathers(*told: tuple[str, str], hours: Sequence[str] = (), passing: tuple[int, ...] = ()) -> list[str]:
    """What is seen of the weather. told: place and what its beat says of it."""
    story = small_story()
    beats = tuple(
        replace(
            start(),
            beat_id=f"b{number}",
            place=place,
            weather=weather,
            time_of_day=hours[number] if hours else "day",
            time_passes="always" if number in passing else "never",
        )
        for number, (place, weather) in enumerate(told)
    )
    story = replace(story, beats=beats)
    played = tuple(beat.beat_id for beat in beats)
    return [outdoors(beat, replace(Canon.of(story), played=played[:at])).weather for at, beat in enumerate(beats)]


def test_a_storm_that_was_seen_is_seen_through_the_windows() -> None:
    assert weathers(("house", ""), ("yard", "storm"), ("house", ""), ("house", "")) == ["clear", *["storm"] * 3]


def test_outside_the_sky_is_clear_where_nothing_is_said_and_the_storm_goes_on_elsewhere() -> None:
    assert weathers(("yard", "storm"), ("yard", ""), ("house", "")) == ["storm", "clear", "storm"]


def test_what_is_said_holds() -> None:
    assert weathers(("yard", "dust"), ("house", "storm"), ("house", ""), ("yard", "clear"), ("house", "")) == [
        "dust", "storm", "storm", "clear", "clear",
    ]  # fmt: skip


def test_a_storm_does_not_ease_within_the_day() -> None:
    assert weathers(("yard", "storm"), ("yard", "dust"), ("house", "")) == ["storm"] * 3
    assert weathers(("yard", "storm"), ("yard", "clear"), ("yard", "dust")) == ["storm", "clear", "dust"]
    assert weathers(("yard", "storm"), ("yard", "dust"), passing=(1,)) == ["storm", "dust"]


def test_another_day_begins_with_a_clear_sky() -> None:
    assert weathers(("yard", "storm"), ("house", ""), hours=("night", "day")) == ["storm", "clear"]
    assert weathers(("yard", "storm"), ("house", ""), hours=("day", "dawn")) == ["storm", "clear"]
    assert weathers(("yard", "storm"), ("house", ""), passing=(1,)) == ["storm", "clear"]
    assert weathers(("yard", "storm"), ("house", ""), hours=("dusk", "day")) == ["storm", "storm"]


def test_a_screenplay_names_the_weather_of_a_room_only_where_the_story_does() -> None:
    house, yard = (small_story().place(place_id) for place_id in ("house", "yard"))
    assert told_weather(start(weather=""), house, "storm") == "clear"
    assert told_weather(start(weather="dust"), house, "storm") == "storm"
    assert told_weather(start(weather=""), yard, "clear") == "clear"
    assert told_weather(start(weather="storm"), yard, "storm") == "storm"


def test_a_beat_as_seen_differs_in_nothing_else() -> None:
    story, (first, second) = told("dusk", "day")
    canon = replace(Canon.of(story), played=(first.beat_id,))
    assert as_seen(second, canon) == replace(second, time_of_day="dusk", weather="clear")


def test_the_narrator_tells_the_hour_that_is_seen() -> None:
    story, (evening, later) = told("dusk", "day")
    outside = replace(story, places=tuple(replace(place, inside=False) for place in story.places))
    canon = replace(Canon.of(outside), played=(evening.beat_id,))
    assert describe(outside, later, canon, True).startswith("Dusk, ")
    assert describe(outside, later, Canon.of(outside), True).startswith("Day, ")
