"""The canon as a page of text: everything that holds stands in it, at any moment of a film."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.canon import Canon
from services.streaming.domain.canon_words import canon_text
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

STORY = small_story(start(), start(beat_id="gate", purpose="setup", title="Gate"), end())


def test_what_holds_at_the_start_is_told() -> None:
    told = canon_text(Canon.of(STORY))
    assert told.startswith("Small: canon after 0 beats, act 1\n")
    for fact in STORY.facts:
        assert f"  {fact.name}" in told
    assert "(start)" in told.split("May come next")[1]
    assert "Tale" not in told


def test_what_was_played_broken_or_died_is_told() -> None:
    canon = replace(Canon.of(STORY).after(STORY.beat("start")), dead=frozenset({"bob"}), broken=frozenset({"fuse"}))
    told = canon_text(canon)
    assert " 1. " in told
    assert "(start, act 1)" in told
    assert "Bob" in told
    assert "dead" in told
    assert "broken" in told
    assert "(gate)" not in told.split("May come next")[1]
    assert "Mind             everywhere" in told


def test_an_ended_film_says_so() -> None:
    story = small_story(start(), end(requires=()))
    over = Canon.of(story).after(story.beat("start")).after(story.beat("end"))
    assert "over" in canon_text(over).splitlines()[0]
