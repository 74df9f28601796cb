"""Plain words and what they wish for, without a model."""

from __future__ import annotations

import pytest

from services.streaming.domain.wishes import wishes_in
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

STORY = small_story(start(), end(), themes=("robotics", "artificial_intelligence"))


@pytest.mark.parametrize(
    ("text", "axis", "sign"),
    [
        ("Make it funny!", "humour", 1),
        ("please less funny", "humour", -1),
        ("This is too scary", "tension", -1),
        ("I want it SCARY", "tension", 1),
        ("explain the physics", "science", 1),
        ("no science please", "science", -1),
        ("slower", "pace", -1),
        ("too slow", "pace", 1),
        ("this is boring", "pace", 1),
        ("not boring at all", "pace", -1),
        ("more robotics", "theme:robotics", 1),
        ("robots, please", "theme:robotics", 1),
        ("without robotics", "theme:robotics", -1),
        ("I don’t want intelligence", "theme:artificial_intelligence", -1),
        ("it is so beautiful", "wonder", 1),
        ("stop the dark scenes", "darkness", -1),
        ("more of Ann", "character:small/ann", 1),
        ("less Ann", "character:small/ann", -1),
    ],
)
def test_words_wish_for_what_they_name(text: str, axis: str, sign: int) -> None:
    assert sign * wishes_in(text, STORY)[axis] > 0.4


@pytest.mark.parametrize(
    "text", ["the surreal corridor", "unscientific", "where are my keys", "", "!!! 123", "a scarce funeral"]
)
def test_words_of_nothing_known_wish_for_nothing(text: str) -> None:
    assert wishes_in(text, STORY) == {}
