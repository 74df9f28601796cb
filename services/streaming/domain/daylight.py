"""The hour at which a scene is seen. Stories name one for each beat, but not the order in which a film tells them.

Within a day light only goes one way, so that nobody who came in from the dusk stands in the noon a minute later. A
night or a dawn always comes as the story has it, and after a night so does the next day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Beat

_GOES_BACK: Final = frozenset({("dusk", "day"), ("night", "dusk")})
"""Hours that need a night in between, which only a beat before which time passes has had."""


def hour_of(beat: Beat, canon: Canon) -> str:
    """One of TIMES_OF_DAY. canon: before or after the beat; what was played before it says how late it is."""
    seen = canon.played[: canon.played.index(beat.beat_id)] if beat.beat_id in canon.played else canon.played
    return _hour((*(canon.story.beat(beat_id) for beat_id in seen), beat))


def at_its_hour(beat: Beat, canon: Canon) -> Beat:
    """The beat with the hour at which it is seen."""
    return replace(beat, time_of_day=hour_of(beat, canon))


def _hour(beats: Iterable[Beat]) -> str:
    hour = "day"
    for number, beat in enumerate(beats):
        held = number > 0 and not beat.time_passes and (hour, beat.time_of_day) in _GOES_BACK
        hour = hour if held else beat.time_of_day
    return hour
