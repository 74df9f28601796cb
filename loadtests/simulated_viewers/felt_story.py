"""How a story's beats are felt by people: not quite as tagged, and in more ways than the director knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from services.streaming.domain.story import TONE_AXES, Beat, Story

TAG_NOISE = 0.12
QUALITY_SPREAD = 0.12
LONG_LINE_WORDS = 25.0


@dataclass(frozen=True, slots=True)
class FeltStory:
    """names: what a beat is felt on; felt: (beats, names); quality: what every viewer likes or dislikes of a beat.

    tagged: how many of the names, the first ones, have to do with something that the director knows as well.
    rows: beat id -> row.
    """

    story: Story
    names: tuple[str, ...]
    felt: NDArray[np.float64]
    quality: NDArray[np.float64]
    tagged: int
    rows: Mapping[str, int]

    def row(self, beat: Beat) -> int:
        """The beat's row."""
        return self.rows[beat.beat_id]


def feel(story: Story, seed: int) -> FeltStory:
    """The story as people feel it; the same for all of them."""
    random = Random(f"felt {story.story_id} {seed}")
    people = [sheet.character_id for sheet in story.cast if not sheet.narrates]
    moods = sorted({beat.cues.music for beat in story.beats})
    tagged = [*story.themes, *TONE_AXES, "science", *(f"with {name}" for name in people)]
    names = [*tagged, "talk", "crowd", "outdoors", "night", "narrated", "long", *(f"music {mood}" for mood in moods)]
    rows = []
    for beat in story.beats:
        tags = [_blurred(beat.themes.get(theme, 0.0), random) for theme in story.themes]
        tags += [_blurred(beat.tone.get(axis, 0.0), random) for axis in TONE_AXES]
        tags += [_blurred(beat.science_depth, random)]
        tags += [0.6 * (name in beat.present) + 0.4 * _spoken_share(beat, name) for name in people]
        rows.append([*tags, *_untagged(beat, story), *(float(beat.cues.music == mood) for mood in moods)])
    felt = np.array(rows)
    felt -= felt.mean(axis=0)
    quality = np.array([random.gauss(0.0, QUALITY_SPREAD) for _ in story.beats])
    numbers = {beat.beat_id: at for at, beat in enumerate(story.beats)}
    return FeltStory(story, tuple(names), felt, quality, len(tagged), numbers)


def _blurred(tag: float, random: Random) -> float:
    return min(1.2, max(0.0, tag * random.uniform(0.7, 1.3) + random.gauss(0.0, TAG_NOISE)))


def _spoken_share(beat: Beat, name: str) -> float:
    return sum(line.speaker == name for line in beat.lines) / max(1, len(beat.lines))


def _untagged(beat: Beat, story: Story) -> list[float]:
    words = [len(line.text.split()) for line in beat.lines] or [0]
    narrated = sum(story.character(line.speaker).narrates for line in beat.lines) / max(1, len(beat.lines))
    return [
        min(1.5, sum(words) / len(words) / LONG_LINE_WORDS),
        len(beat.cast) / 4.0,
        0.7 * (not story.place(beat.place).inside),
        0.7 * (beat.time_of_day in ("night", "dusk")),
        narrated,
        sum(words) / 150.0,
    ]
