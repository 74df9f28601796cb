"""What a beat is made of, on the axes of taste: themes, tones, science, pace, looks, and who carries it.

A flavour says how a beat differs from its story's average beat, so that liking one teaches what sets it apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from services.streaming.domain.story import TONE_AXES, Beat, Story

OVERALL = "film"
WORDS_OF_LONG_LINE = 24.0
CHARACTER_WEIGHT = 0.8
STYLE_WEIGHT = 0.5
FULL_SPECTACLE = 2.5
"""Strengths of effects that together make a beat as spectacular as any."""

Flavour = Mapping[str, float]


def character_axis(story: Story, character_id: str) -> str:
    """A character is liked within a story: two stories may use one id for two people."""
    return f"character:{story.story_id}/{character_id}"


def raw_flavour(beat: Beat, story: Story) -> dict[str, float]:
    """Shares 0..1 on each axis, before the story's average is taken off."""
    flavour = {f"theme:{theme}": weight for theme, weight in beat.themes.items()}
    flavour |= {axis: beat.tone.get(axis, 0.0) for axis in TONE_AXES}
    flavour["tension"] = max(flavour["tension"], beat.tension)
    flavour["science"] = beat.science_depth
    flavour["pace"] = _pace(beat)
    flavour["style:spectacle"] = STYLE_WEIGHT * _spectacle(beat)
    flavour["style:open_air"] = STYLE_WEIGHT * (not story.place(beat.place).inside)
    flavour["style:night"] = STYLE_WEIGHT * (beat.time_of_day in ("night", "dusk"))
    return flavour | _characters(beat, story)


def _pace(beat: Beat) -> float:
    """Short lines and tense scenes move fast: 0 slow .. 1 fast."""
    words = [len(line.text.split()) for line in beat.lines] or [0]
    shortness = 1.0 - min(1.0, sum(words) / len(words) / WORDS_OF_LONG_LINE)
    return 0.5 * shortness + 0.5 * beat.tension


def _spectacle(beat: Beat) -> float:
    shown = [*beat.cues.effects, *(effect for shot in beat.shots for effect in shot.effects)]
    return min(1.0, sum(strength for _, strength in shown) / FULL_SPECTACLE)


def _characters(beat: Beat, story: Story) -> dict[str, float]:
    spoken: Counter[str] = Counter()
    for line in beat.lines:
        if not story.character(line.speaker).narrates:
            spoken[line.speaker] += len(line.text.split())
    total = sum(spoken.values())
    return {character_axis(story, name): CHARACTER_WEIGHT * count / total for name, count in spoken.items()}


def flavours_of(story: Story) -> dict[str, Flavour]:
    """Beat id -> flavour: the difference to the story's average, and 1 on the axis of liking the film as such."""
    raw = {beat.beat_id: raw_flavour(beat, story) for beat in story.beats}
    names = {name for flavour in raw.values() for name in flavour}
    average = {name: sum(flavour.get(name, 0.0) for flavour in raw.values()) / len(raw) for name in names}
    flavours: dict[str, Flavour] = {}
    for beat_id, flavour in raw.items():
        apart = {name: round(flavour.get(name, 0.0) - average[name], 4) for name in names}
        flavours[beat_id] = {name: weight for name, weight in apart.items() if weight} | {OVERALL: 1.0}
    return flavours
