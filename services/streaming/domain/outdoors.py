"""The hour and the weather in which a scene is seen. Stories name both beat by beat; films tell beats in many orders.

Within a day light only goes one way, so that nobody who came in from the dusk stands in the noon a minute later. A
night or a dawn always comes as the story has it, and after a night so does the next day. A room whose story says
nothing of the weather shows that of the last scene that did through its windows; another day begins with a clear sky.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Beat, Place

CLEAR: Final = "clear"
_GOES_BACK: Final = frozenset({("dusk", "day"), ("night", "dusk")})
"""Hours that need a night in between, which only a beat before which time passes has had."""
_ANOTHER_DAY: Final = frozenset({("day", "dawn"), ("dusk", "dawn"), ("night", "dawn"), ("night", "day")})
_EASES: Final = ("storm", "dust")
"""A storm that has come is not mere dust until somebody says that the sky is clear, or another day comes."""


class Outdoors(NamedTuple):
    """hour: one of TIMES_OF_DAY. weather: one of WEATHERS."""

    hour: str
    weather: str


def outdoors(beat: Beat, canon: Canon) -> Outdoors:
    """In what the beat is seen. canon: just before or just after it; what was played before says how late it is."""
    seen, hour, weather = Outdoors("day", CLEAR), "", CLEAR
    act = 0
    for one in _until(beat, canon):
        inside = canon.story.place(one.place).inside
        passes = one.time_passes == "always" or (one.time_passes == "between_acts" and one.act > act)
        held = not passes and (hour, one.time_of_day) in _GOES_BACK
        if passes or (hour, one.time_of_day) in _ANOTHER_DAY:
            weather = CLEAR
        act = max(act, one.act)
        hour = hour if held else one.time_of_day
        weather = one.weather if one.weather and (weather, one.weather) != _EASES else weather
        seen = Outdoors(hour, weather if inside or one.weather else CLEAR)
    return seen


def as_seen(beat: Beat, canon: Canon) -> Beat:
    """The beat with the hour and the weather in which it is seen."""
    hour, weather = outdoors(beat, canon)
    return replace(beat, time_of_day=hour, weather=weather)


def told_weather(beat: Beat, place: Place, weather: str) -> str:
    """What a screenplay says of the weather that is seen: in a room only what the story says itself."""
    return weather if beat.weather or not place.inside else CLEAR


def _until(beat: Beat, canon: Canon) -> Iterator[Beat]:
    before = canon.played[:-1] if canon.played[-1:] == (beat.beat_id,) else canon.played
    yield from (canon.story.beat(beat_id) for beat_id in before)
    yield beat
