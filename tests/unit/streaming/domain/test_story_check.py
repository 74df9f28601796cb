"""Lints: each flaw, planted in a small story, is found at its beat with a remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.domain.story import Appearance, Beat, Choice, Condition, Effect, Line, Option, Story
from services.streaming.domain.story_check import Finding, check
from tests.unit.streaming.domain.small_story import LIT, end, lamp, small_story, start

pytestmark = pytest.mark.unit


def found(story: Story, rule: str) -> list[Finding]:
    return [finding for finding in check(story, walks=12) if finding.rule == rule]


def sound_lamp(**changes: object) -> Beat:
    options = lamp().choice.options[:2]  # type: ignore[union-attr]
    return lamp(**{"choice": Choice("Keep it?", options), **changes})


def story_of(*beats: Beat) -> Story:
    return small_story(*(beats or (start(), sound_lamp(), end())))


def test_a_dead_end_names_the_beat_after_which_nothing_follows() -> None:
    story = story_of(start(), sound_lamp(effects=(Effect("learns", "ann", "well"),)), end())
    [finding] = found(story, "dead-end")
    assert (finding.severity, finding.beat_id) == ("error", "lamp")
    assert found(story_of(), "dead-end") == []


def test_no_ending_reachable_is_found_before_the_walk_gets_stuck() -> None:
    story = story_of(start(), sound_lamp(effects=(Effect("learns", "ann", "well"),)), end())
    assert found(story, "no-way-out")
    assert found(story_of(), "no-way-out") == []


def test_an_unreachable_beat_is_an_error_once_the_search_is_exhausted() -> None:
    lost = lamp(beat_id="lost", choice=None, requires=(Condition("fact", "season", "==", "winter"),), source_line=77)
    story = story_of(start(), sound_lamp(), lost, end())
    [finding] = found(story, "unreachable")
    assert (finding.severity, finding.beat_id, finding.line) == ("error", "lost", 77)
    thawed = story_of(start(effects=(Effect("set", "season", "winter"),)), sound_lamp(), lost, end())
    assert found(thawed, "unreachable") == []


def test_requirements_that_hold_while_canon_forbids_the_beat_are_told_with_the_reason() -> None:
    early = lamp(beat_id="early", choice=None, effects=(), lines=(Line("bob", "What about the well?"),))
    [finding] = found(story_of(start(), sound_lamp(), early, end()), "contradiction")
    assert finding.beat_id == "early"
    assert "nobody told them" in finding.message


def test_a_single_way_on_is_told() -> None:
    assert [finding.beat_id for finding in found(story_of(), "no-freedom")] == ["start", "lamp"]


def test_an_effect_that_nothing_reads_is_told() -> None:
    [finding] = found(story_of(), "unread-effect")
    assert "'warmth'" in finding.message
    reading = end(requires=(LIT, Condition("fact", "warmth", ">=", 0)))
    assert found(story_of(start(), sound_lamp(), reading), "unread-effect") == []


def test_a_test_of_what_never_changes_is_told() -> None:
    story = story_of(start(), sound_lamp(), end(requires=(LIT, Condition("fact", "season", "!=", "winter"))))
    assert any("'season'" in finding.message for finding in found(story, "never-changed"))


def test_a_fact_that_is_never_used_is_told() -> None:
    assert [finding.message for finding in found(story_of(), "unused-fact")] == ["'season' is never used"]


def test_bodies_without_a_puppet_and_speakers_without_a_voice_are_errors() -> None:
    story = story_of(start(cast=(*start().cast, Appearance("mind", "far"))), sound_lamp(), end())
    assert [finding.beat_id for finding in found(story, "no-puppet")] == ["start"]
    mute = tuple(replace(sheet, voice="") if sheet.character_id == "bob" else sheet for sheet in story.cast)
    assert len(found(replace(story, cast=mute), "no-voice")) == 1


def test_a_line_said_twice_is_told_unless_the_echo_is_meant() -> None:
    again = Line("bob", "Good evening, Bob, and  welcome to this house of ours.", source_line=9)
    [finding] = found(story_of(start(), sound_lamp(), end(lines=(again,))), "repeated-line")
    assert (finding.beat_id, finding.line) == ("end", 9)
    meant = end(lines=(replace(again, may_vary=False),))
    assert found(story_of(start(), sound_lamp(), meant), "repeated-line") == []


def test_options_must_differ_in_what_they_do() -> None:
    same = (Effect("add", "warmth", 1),)
    choice = Choice("Which?", (Option("a", "A", same, default=True), Option("b", "B", same)))
    assert len(found(story_of(start(), sound_lamp(choice=choice), end()), "empty-choice")) == 2
    assert found(story_of(), "empty-choice") == []


def test_an_option_that_is_never_open_is_told() -> None:
    story = story_of(start(), lamp(), end())
    assert [finding.message for finding in found(story, "closed-option")] == ["option 'never' is never open"]


def test_a_story_needs_an_opening_and_an_ending() -> None:
    rules = {finding.rule for finding in check(story_of(sound_lamp()))}
    assert {"no-opening", "no-ending"} <= rules


def test_themes_must_be_served_and_beats_must_serve_one() -> None:
    story = replace(story_of(start(themes={}), sound_lamp(), end()), themes=("robotics", "astronomy"))
    assert [finding.beat_id for finding in found(story, "no-theme")] == ["start"]
    assert [finding.message for finding in found(story, "unserved-theme")] == ["no beat serves 'astronomy'"]


def test_findings_are_the_same_every_time_errors_first() -> None:
    story = story_of(start(), lamp(effects=()), end())
    first = check(story, walks=12)
    assert first == check(story, walks=12)
    assert [finding.severity for finding in first] == sorted(finding.severity for finding in first)
    assert "; " in str(first[0])
