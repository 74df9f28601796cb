"""Lints of lines: each flaw, planted in a small story, is found at its line with a remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.story import Line, Source, Story
from services.streaming.domain.story_speech import check_speech
from tests.unit.streaming.domain.small_story import end, lamp, small_story, start

pytestmark = pytest.mark.unit

SOURCE = Source("s1", "Water is wet.", "A book (2020).", "https://example.org/book", source_line=3)


def saying(*lines: Line) -> Story:
    return small_story(start(lines=lines), lamp(lines=(Line("bob", "That will do."),)), end())


def rules(story: Story) -> list[str]:
    return [finding.rule for finding in check_speech(story)]


def test_a_clean_line_has_no_finding() -> None:
    assert rules(saying(Line("ann", "Good evening, and welcome to this house of ours."))) == rules(saying())


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (Line("ann", "Good *evening* to you, Bob."), "markup"),
        (Line("ann", "It is 7 o'clock in here."), "digits"),
        (Line("ann", "I was about to say that the"), "unfinished-line"),
        (Line("ann", " ".join(["word"] * 46) + "."), "long-line"),
    ],
)
def test_what_cannot_be_spoken_is_found(line: Line, rule: str) -> None:
    assert rule in rules(saying(line))


def test_a_line_that_is_cut_off_on_purpose_may_stop() -> None:
    line = Line("ann", "I was about to say that the", intent="cut off by the door")
    assert "unfinished-line" not in rules(saying(line))


def test_a_misspelt_name_is_found_with_the_right_one() -> None:
    story = saying(Line("ann", "Good evening to you, Robertt."))
    named = replace(story, cast=(*story.cast[:1], replace(story.cast[1], called=("Robert",)), *story.cast[2:]))
    [finding] = [finding for finding in check_speech(named) if finding.rule == "unknown-name"]
    assert "Robert" in finding.remedy


def test_the_same_line_in_other_words_is_found_unless_the_echo_is_meant() -> None:
    first = Line("ann", "The river below this house carries cold water all winter.", source_line=5)
    second = Line("ann", "The river below this house carries cold water in winter.", source_line=9)
    [finding] = [found for found in check_speech(saying(first, second)) if found.rule == "repeated-line"]
    assert finding.line == 9
    assert "line 5" in finding.message
    assert "repeated-line" not in rules(saying(first, replace(second, may_vary=False)))


def test_words_to_someone_who_is_not_there_are_found() -> None:
    story = saying(Line("ann", "Hold on to me, Bob.", listener="bob"))
    alone = small_story(replace(story.beats[0], cast=story.beats[0].cast[:1]), *story.beats[1:])
    assert "absent-listener" in rules(alone)
    assert "absent-listener" not in rules(story)


def test_a_story_with_sources_must_mark_every_figure() -> None:
    bare = replace(saying(Line("ann", "It has seven moons.")), sources=(SOURCE,), fiction=("All of it.",))
    assert rules(bare).count("unmarked-claim") == 1
    assert "uncited-source" in rules(bare)
    cited = replace(saying(Line("ann", "It has seven moons.", cites=("s1",), may_vary=False)), sources=(SOURCE,))
    assert "unmarked-claim" not in rules(cited)
    assert "uncited-source" not in rules(cited)
    assert "no-fiction" in rules(cited)
    invented = replace(saying(Line("ann", "It has seven moons.", invented=True)), sources=(SOURCE,))
    assert "unmarked-claim" not in rules(invented)


def test_a_story_without_sources_promises_nothing() -> None:
    assert "unmarked-claim" not in rules(saying(Line("ann", "It has seven moons.")))
