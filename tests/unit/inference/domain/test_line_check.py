"""What may be spoken in place of an authored line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.inference.domain.line_check import (
    CLOSE_RULES,
    FREE_RULES,
    LineRules,
    Refusal,
    check_meaning,
    check_wording,
    contradicts,
)
from services.inference.domain.writing import AuthoredLine, Character, SceneBrief

CAST = (
    Character("ilya", "Ilya", "dry engineer"),
    Character("mara", "Mara", "curious scientist"),
    Character("aurora", "Aurora", "formal announcements"),
)
BRIEF = SceneBrief(
    beat_id="b",
    purpose="p",
    place="Hellas base",
    cast=CAST,
    lines=(),
    facts=("The drill is off.", "Captain Osei is dead.", "The east wing has no power."),
    said=("The storm took the antenna and two rovers.",),
    names=("Ilya", "Mara", "Aurora", "Earth"),
)
LINE = AuthoredLine("ilya", "We have eleven minutes of air left in this section, Mara. Move.", "urgent")


def fault(text: str, line: AuthoredLine = LINE, rules: LineRules = FREE_RULES, *heard: str) -> Refusal | None:
    return check_wording(text, line, BRIEF, heard, rules)


@pytest.mark.parametrize(
    "text",
    [
        "Mara, we have eleven minutes of air left in this section. Move.",
        "Move, Mara. Eleven minutes of air are left in this section.",
        "We've got 11 minutes of air in this section, Mara. Move now.",
    ],
)
def test_good_lines_pass(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Refusal.NOTHING_PROPOSED),
        ("Move.", Refusal.TOO_SHORT),
        ("Mara, " + "air " * 30 + "eleven minutes.", Refusal.TOO_LONG),
        ("Eleven minutes, Mara.", Refusal.LENGTH_CHANGED),
        ("We have eleven minutes of air left in this section, Mara", Refusal.UNFINISHED),
        ("As an AI language model, I have eleven minutes of air, Mara.", Refusal.META_TALK),
        ("The original line says eleven minutes of air, Mara. Move.", Refusal.META_TALK),
        ('"We have eleven minutes of air left, Mara. Move."', Refusal.MARKUP),
        ("(whispers) We have eleven minutes of air left, Mara.", Refusal.MARKUP),
        ("**Eleven minutes** of air left in this section, Mara.", Refusal.MARKUP),
        ("Ilya: we have eleven minutes of air left, Mara.", Refusal.MARKUP),
        ("We have eleven minutes of air left, Mara 😱.", Refusal.NOT_ENGLISH),
        ("У нас eleven minutes of air left, Mara.", Refusal.NOT_ENGLISH),
        ("We have eleven fucking minutes of air left, Mara.", Refusal.PROFANITY),
        ("We have eleven minutes of air left in this section, Mara. Move.", Refusal.UNCHANGED),
        ("Move. Move. We have eleven minutes of air left, Mara.", Refusal.REPEATS),
        ("We have eleven minutes of air left, Mara. Tell Boris to move.", Refusal.UNKNOWN_NAME),
        ("Boris, we have eleven minutes of air left, Mara.", Refusal.UNKNOWN_NAME),
        ("We have eleven minutes of air left in this section. Go.", Refusal.LOST_NAME),
        ("We have twelve minutes of air left in this section, Mara.", Refusal.NUMBERS_CHANGED),
        ("We have minutes of air left in this section, Mara. Move.", Refusal.NUMBERS_CHANGED),
        ("I am Mara. We have eleven minutes of air left here.", Refusal.SPEAKS_AS_OTHER),
        ("Ilya, we have eleven minutes of air left, Mara. Move.", Refusal.SPEAKS_AS_OTHER),
        ("The drill is on. Eleven minutes of air left, Mara.", Refusal.CONTRADICTS_CANON),
        ("Captain Osei is alive, Mara. Eleven minutes of air left.", Refusal.CONTRADICTS_CANON),
        ("We do not have eleven minutes of air left in this section, Mara.", Refusal.NEGATION_CHANGED),
        ("Do we have eleven minutes of air left in this section, Mara?", Refusal.QUESTION_CHANGED),
        ("We have eleven wonderful minutes of air left, Mara. Move.", Refusal.TONE),
        ("Mara, my cat ate eleven green birthday cakes this morning.", Refusal.WORDS_LOST),
    ],
)
def test_bad_lines_are_refused_for_their_reason(text: str, reason: Refusal) -> None:
    assert fault(text) is reason


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Get back to the window, it breaks.", "Get back from the window, it breaks.", Refusal.SENSE_CHANGED),
        ("The crates were carried to bay two.", "The crates are carried to bay two.", Refusal.SENSE_CHANGED),
        ("You made the soup that you like.", "I made the soup that you like.", Refusal.PERSON_CHANGED),
        ("The soup that you like is good, I made it.", "I made the soup that you like.", Refusal.SENSE_CHANGED),
        ("I made the cold soup that you like.", "I made the soup that you like.", Refusal.WORDS_ADDED),
        ("I made the thing that you like.", "I made the soup that you like.", Refusal.WORDS_LOST),
    ],
)  # fmt: skip
def test_close_rules_let_no_small_word_change(text: str, line: str, reason: Refusal) -> None:
    assert fault(text, AuthoredLine("ilya", line, "calm"), CLOSE_RULES) is reason


def test_close_rules_allow_moved_and_contracted_words() -> None:
    line = AuthoredLine("ilya", "If this patch holds, I am naming it after my mother.", "amused")
    assert fault("I'm naming it after my mother if this patch holds.", line, CLOSE_RULES) is None


def test_what_was_said_before_is_not_said_again() -> None:
    text = "Mara, eleven minutes of air are left in this section. Move."
    assert fault(text, LINE, FREE_RULES, "Eleven minutes of air left in this section. Move, Mara.") is Refusal.REPEATS
    said = replace(BRIEF, said=("Move, Mara, eleven minutes of air left in this section.",))
    assert check_wording(text, LINE, said, (), FREE_RULES) is Refusal.REPEATS


def test_a_formal_speaker_does_not_contract() -> None:
    line = AuthoredLine("aurora", "I am closing the outer doors now.", "calm")
    assert fault("Now I'm closing the outer doors.", line) is Refusal.MANNER
    assert fault("Now I'm closing the outer doors.", replace(line, speaker="ilya")) is None


def test_an_author_may_contradict_canon_and_then_the_model_may() -> None:
    lie = AuthoredLine("ilya", "The drill is on, I promise you.", "calm")
    assert fault("I promise you, the drill is on.", lie) is None


@pytest.mark.parametrize(
    ("text", "fact", "clash"),
    [
        ("The east wing has power again.", "The east wing has no power.", True),
        ("There is no power in the east wing.", "The east wing has no power.", False),
        ("The reactor door is open.", "The reactor door is closed.", True),
        ("The reactor door is not open.", "The reactor door is closed.", False),
        ("The kitchen door is open.", "The reactor hatch is closed.", False),
    ],
)
def test_contradiction_is_one_negation_or_opposite_apart(text: str, fact: str, clash: bool) -> None:
    assert contradicts(text, fact) is clash


def test_meaning_is_a_threshold() -> None:
    assert check_meaning(FREE_RULES.min_similarity, FREE_RULES) is None
    assert check_meaning(FREE_RULES.min_similarity - 0.01, FREE_RULES) is Refusal.MEANING
