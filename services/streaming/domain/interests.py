"""What a viewer may say before the film that they want more of, and what that teaches. Knows no session."""

from __future__ import annotations

from collections.abc import Iterable

from services.streaming.domain.story import TONE_AXES, Story
from services.streaming.domain.taste import Taste

INTEREST_LIKING = 0.5
INTEREST_NOISE = 0.05
"""People mostly know what they like; what they pick on an evening is less than what they correct in their taste."""


def interests_in(story: Story) -> tuple[str, ...]:
    """The axes that may be named for a story: its themes, and of the tones and science what there is in it."""
    tones = [axis for axis in TONE_AXES if axis == "tension" or any(beat.tone.get(axis) for beat in story.beats)]
    science = ["science"] if any(beat.science_depth for beat in story.beats) else []
    return (*(f"theme:{theme}" for theme in story.themes), *tones, *science)


def asked_for(taste: Taste, interests: Iterable[str], lesson_id: str) -> Taste:
    """The taste of a viewer who has just named these."""
    for axis in interests:
        taste = taste.observe(axis, INTEREST_LIKING, INTEREST_NOISE, lesson_id)
    return taste
