"""The language of canon: every shape, and a helpful refusal of everything else."""

from __future__ import annotations

import pytest

from services.streaming.domain.story import Condition, Effect, FactDeclaration
from services.streaming.domain.story_grammar import Names, PhraseError, parse_condition, parse_effect

pytestmark = pytest.mark.unit

NAMES = Names(
    facts={
        "lit": FactDeclaration("lit", "bool", False),
        "warmth": FactDeclaration("warmth", "int", 0, (0, 5)),
        "season": FactDeclaration("season", "enum", "spring", ("spring", "winter")),
    },
    characters=frozenset({"ann", "bob"}),
    places=frozenset({"house", "yard"}),
    topics=frozenset({"well"}),
    things=frozenset({"radio"}),
    beats=frozenset({"start"}),
)


@pytest.mark.parametrize(
    ("phrase", "condition"),
    [
        ("lit", Condition("fact", "lit", "==", True)),
        ("not  lit", Condition("fact", "lit", "==", True, negated=True)),
        ("lit == false", Condition("fact", "lit", "==", False)),
        ("warmth >= 2", Condition("fact", "warmth", ">=", 2)),
        ("warmth<5", Condition("fact", "warmth", "<", 5)),
        ("season != winter", Condition("fact", "season", "!=", "winter")),
        ("not season == winter", Condition("fact", "season", "==", "winter", negated=True)),
        ("ann knows well", Condition("knows", "ann", "==", "well")),
        ("not ann knows well", Condition("knows", "ann", "==", "well", negated=True)),
        ("bob at yard", Condition("at", "bob", "==", "yard")),
        ("bob alive", Condition("alive", "bob")),
        ("bob dead", Condition("alive", "bob", negated=True)),
        ("not bob dead", Condition("alive", "bob", negated=False)),
        ("ann suited", Condition("suited", "ann")),
        ("radio works", Condition("works", "radio")),
        ("radio broken", Condition("works", "radio", negated=True)),
        ("played start", Condition("played", "start")),
        ("ann can reach yard", Condition("reachable", "yard", "==", "ann")),
    ],
)
def test_conditions_are_read(phrase: str, condition: Condition) -> None:
    assert parse_condition(phrase, NAMES) == condition


@pytest.mark.parametrize(
    ("phrase", "effect"),
    [
        ("lit = true", Effect("set", "lit", True)),
        ("season = winter", Effect("set", "season", "winter")),
        ("warmth = 3", Effect("set", "warmth", 3)),
        ("warmth += 2", Effect("add", "warmth", 2)),
        ("warmth -= 2", Effect("add", "warmth", -2)),
        ("ann learns well", Effect("learns", "ann", "well")),
        ("ann goes to yard", Effect("moves", "ann", "yard")),
        ("bob dies", Effect("dies", "bob")),
        ("radio breaks", Effect("breaks", "radio")),
        ("radio repaired", Effect("repairs", "radio")),
    ],
)
def test_effects_are_read(phrase: str, effect: Effect) -> None:
    assert parse_effect(phrase, NAMES) == effect


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("litt", "did you mean 'lit'"),
        ("warmth", "is no bool"),
        ("warmth > hot", "whole number"),
        ("warmth > 9", "between 0 and 5"),
        ("season > winter", "only == and !="),
        ("season == wintr", "did you mean 'winter'"),
        ("lit == 1", "true or false"),
        ("anne knows well", "did you mean 'ann'"),
        ("ann at moon", "known: house, yard"),
        ("ann dances with bob", "cannot read the condition"),
    ],
)
def test_bad_conditions_say_what_would_be_right(phrase: str, message: str) -> None:
    with pytest.raises(PhraseError, match=message):
        parse_condition(phrase, NAMES)


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("lit += 1", "only an int"),
        ("warmth += x", "no number"),
        ("warmth = 7", "between 0 and 5"),
        ("radio explodes", "cannot read the effect"),
        ("radoi breaks", "did you mean 'radio'"),
    ],
)
def test_bad_effects_say_what_would_be_right(phrase: str, message: str) -> None:
    with pytest.raises(PhraseError, match=message):
        parse_effect(phrase, NAMES)
