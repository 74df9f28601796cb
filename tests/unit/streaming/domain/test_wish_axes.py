"""What taste knows can be asked for in sentences, and a model's reading adds to plain words without contradicting them."""

from __future__ import annotations

import pytest

from services.streaming.domain.story import TONE_AXES
from services.streaming.domain.wish_axes import TONES_ASKED, read_beyond, wish_axes
from services.streaming.domain.wishes import wishes_in
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

STORY = small_story(start(), end(), themes=("robotics", "lost_ships"))


def test_every_tone_and_theme_can_be_asked_for() -> None:
    names = [axis.name for axis in wish_axes(STORY)]
    assert {*TONE_AXES, "science", "pace", "theme:robotics", "theme:lost_ships"} == set(names)
    assert len(names) == len(set(names))


def test_a_theme_that_nobody_described_is_asked_for_by_its_name() -> None:
    assert next(axis for axis in wish_axes(STORY) if axis.name == "theme:lost_ships").more == ("lost ships",)


def test_no_sentence_belongs_to_two_ways() -> None:
    sentences = [
        sentence for axis in wish_axes(STORY) for sentence in (*axis.more, *axis.less, *axis.too_much, *axis.too_little)
    ]
    assert len(sentences) == len(set(sentences))
    assert all(axis.more and axis.less for axis in TONES_ASKED)


def test_plain_words_have_the_first_word() -> None:
    text = "make it funny, and let them hug"
    assert wishes_in(text, STORY) == {"humour": 0.8, "warmth": 0.7}
    assert read_beyond(text, STORY, {"humour": -0.5, "wonder": 0.4}) == {"wonder": 0.4}
