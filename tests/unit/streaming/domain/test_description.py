"""Audio description: what the pictures show, in whole sentences, and nothing that cannot be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.description import WORDS_LIMIT, describe
from services.streaming.domain.story import Appearance, Beat, Cues
from tests.unit.streaming.domain.small_story import small_story, start

pytestmark = pytest.mark.unit


def told(beat: Beat, new_place: bool = True) -> str:
    story = small_story()
    return describe(story, beat, Canon.of(story).entered(beat), new_place)


def test_place_people_and_light_are_told_in_that_order() -> None:
    text = told(start(cues=Cues("calm", effects=(("alarm", 0.5),))))
    story = small_story()
    place, ann, bob = story.place("house").name, story.character("ann").name, story.character("bob").name
    order = [text.lower().index(word.lower()) for word in (place, ann, bob, "red alarm light")]
    assert order == sorted(order)
    assert text.endswith(".")
    assert "on the left" in text


def test_a_place_that_was_just_seen_is_not_told_again() -> None:
    name = small_story().place("house").name
    assert name.lower() in told(start()).lower()
    assert name.lower() not in told(start(), new_place=False).lower()


def test_what_somebody_does_is_what_the_picture_shows() -> None:
    beat = start(cast=(Appearance("ann", "left", pose="walk"), Appearance("bob", "right", pose="recoil")))
    text = told(beat)
    assert "walks" in text
    assert "shrinks back" in text


def test_only_whole_sentences_and_never_too_many_words() -> None:
    story = small_story()
    wordy = replace(
        story, places=tuple(replace(p, description="word " * 60 + "; seen from afar") for p in story.places)
    )
    text = describe(wordy, start(), Canon.of(wordy).entered(start()), True)
    assert len(text.split()) <= WORDS_LIMIT
    assert "word word" not in text
    assert text.endswith("Seen from afar.")


def test_an_empty_scene_in_the_same_place_tells_its_light_alone() -> None:
    assert told(start(cast=()), new_place=False) == "The lights are out."
