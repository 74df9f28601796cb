"""What plain words wish for: a small vocabulary, for when no model has read them."""

from __future__ import annotations

import re

from services.streaming.domain.flavour import character_axis
from services.streaming.domain.story import CharacterSheet, Story

_WORDS = {
    "tension": {
        "scary scarier scared tense tenser action danger dangerous exciting thrill thrilling suspense": 0.7,
        "relax relaxing relaxed calm calmer quiet quieter peaceful": -0.7,
    },
    "humour": {
        "funny funnier fun joke jokes laugh laughs humour humor comedy comic witty": 0.8,
        "serious graver grave": -0.7,
    },
    "science": {
        "science scientific explain explained physics technical facts": 0.8,
        "simple simpler easier": -0.6,
    },
    "pace": {"fast faster quick quicker hurry boring dull": 0.8, "slow slower slowly": -0.8},
    "wonder": {"beautiful beauty wonder wonders mystery mysterious alien aliens awe": 0.7},
    "warmth": {"love friend friends friendship kind kinder romance family hug": 0.7},
    "darkness": {"dark darker horror grim grimmer bleak": 0.7, "happy happier hopeful cheerful": -0.7},
    "style:night": {"night nights": 0.6},
    "style:open_air": {"outside landscape landscapes outdoors": 0.7},
    "style:spectacle": {"explosion explosions spectacle spectacular epic": 0.7},
}
_VALUE_OF = {
    word: (axis, value) for axis, groups in _WORDS.items() for words, value in groups.items() for word in words.split()
}
_DENIALS = {"less", "no", "not", "don't", "dont", "without", "too", "stop", "hate", "enough", "never", "fewer"}
DENIAL_REACH = 3
THEME_LIKING = 0.8
_WORD = re.compile(r"[a-z']+")


def wishes_in(text: str, story: Story) -> dict[str, float]:
    """Axis -> -1..1 for what the words name: tones, themes of the story, its people."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    found: dict[str, float] = {}
    for at, word in enumerate(words):
        sign = -1.0 if denied(words, at) else 1.0
        if word in _VALUE_OF:
            axis, value = _VALUE_OF[word]
            # What is "too slow" is complained of, what is "slower" is wished for: both are denied or not alike.
            found[axis] = sign * value
        for axis in _named(word, story):
            found[axis] = sign * THEME_LIKING
    return found


def denied(words: list[str], at: int) -> bool:
    """Whether one of the words before takes it back."""
    return any(word in _DENIALS for word in words[max(0, at - DENIAL_REACH) : at])


def _named(word: str, story: Story) -> list[str]:
    themes = [
        f"theme:{theme}"
        for theme in story.themes
        if any(len(part) > 4 and word.startswith(part[: max(4, len(part) - 3)]) for part in theme.split("_"))
    ]
    people = [
        character_axis(story, sheet.character_id)
        for sheet in story.cast
        if not sheet.narrates and word in _called(sheet)
    ]
    return themes + people


def _called(sheet: CharacterSheet) -> set[str]:
    parts = {part.lower() for name in (sheet.name, *sheet.called) for part in name.split()}
    return {part for part in parts if len(part) > 2} - {"the", "doctor"}
