"""The small language of canon: "tam knows signal", "trust >= 2", "power = failing", "drill breaks".

Turns one phrase into a Condition or an Effect, checked against the names that the story declares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from services.streaming.domain.story import Condition, Effect, FactDeclaration, FactValue

_COMPARISON = re.compile(r"^(\w+)\s*(==|!=|<=|>=|<|>)\s*(-?\w+)$")
_ASSIGNMENT = re.compile(r"^(\w+)\s*(=|\+=|-=)\s*(-?\w+)$")
_CONDITION_SHAPES = (
    "fact, not fact, fact == value, character knows topic, character at place, character alive, character suited, "
    "thing works, thing broken, played beat, character can reach place"
)
_EFFECT_SHAPES = (
    "fact = value, fact += number, character learns topic, character goes to place, character dies, thing breaks, "
    "thing repaired"
)


class PhraseError(ValueError):
    """A phrase that means nothing in this story; the message says what would."""


@dataclass(frozen=True, slots=True)
class Names:
    """Everything that a phrase may speak of."""

    facts: Mapping[str, FactDeclaration]
    characters: frozenset[str]
    places: frozenset[str]
    topics: frozenset[str]
    things: frozenset[str]
    beats: frozenset[str]
    sources: frozenset[str] = frozenset()


def near(word: str, known: frozenset[str] | tuple[str, ...]) -> str:
    """A sentence that helps whoever wrote an unknown word."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(sorted(known)[:24]) or 'none'}"


def parse_condition(phrase: str, names: Names) -> Condition:
    """Raises PhraseError."""
    text = " ".join(phrase.split())
    negated = text.startswith("not ")
    text = text.removeprefix("not ")
    comparison = _COMPARISON.match(text)
    if comparison:
        name, operator, word = comparison.groups()
        declared = _fact(name, names)
        if operator not in ("==", "!=") and declared.kind != "int":
            raise PhraseError(f"{name!r} is {declared.kind}: only == and != compare it")
        return Condition("fact", name, operator, read_value(declared, word), negated)
    return _worded_condition(text.split(" "), negated, names, phrase)


def _worded_condition(words: list[str], negated: bool, names: Names, phrase: str) -> Condition:
    match words:
        case [name]:
            if _fact(name, names).kind != "bool":
                raise PhraseError(f"{name!r} is no bool: compare it with a value")
            return Condition("fact", name, "==", True, negated)
        case [name, "knows", topic]:
            return Condition("knows", _known(name, names.characters), "==", _known(topic, names.topics), negated)
        case [name, "at", place]:
            return Condition("at", _known(name, names.characters), "==", _known(place, names.places), negated)
        case [name, ("alive" | "dead") as state]:
            return Condition("alive", _known(name, names.characters), negated=negated != (state == "dead"))
        case [name, "suited"]:
            return Condition("suited", _known(name, names.characters), negated=negated)
        case [name, ("works" | "broken") as state]:
            return Condition("works", _known(name, names.things), negated=negated != (state == "broken"))
        case ["played", beat]:
            return Condition("played", _known(beat, names.beats), negated=negated)
        case [name, "can", "reach", place]:
            character = _known(name, names.characters)
            return Condition("reachable", _known(place, names.places), "==", character, negated)
    raise PhraseError(f"cannot read the condition {phrase!r}; write one of: {_CONDITION_SHAPES}")


def parse_effect(phrase: str, names: Names) -> Effect:
    """Raises PhraseError."""
    text = " ".join(phrase.split())
    assignment = _ASSIGNMENT.match(text)
    if assignment:
        name, operator, word = assignment.groups()
        return _assigned(_fact(name, names), operator, word)
    match text.split(" "):
        case [name, "learns", topic]:
            return Effect("learns", _known(name, names.characters), _known(topic, names.topics))
        case [name, "goes", "to", place]:
            return Effect("moves", _known(name, names.characters), _known(place, names.places))
        case [name, "dies"]:
            return Effect("dies", _known(name, names.characters))
        case [name, "breaks"]:
            return Effect("breaks", _known(name, names.things))
        case [name, "repaired"]:
            return Effect("repairs", _known(name, names.things))
    raise PhraseError(f"cannot read the effect {phrase!r}; write one of: {_EFFECT_SHAPES}")


def _assigned(declared: FactDeclaration, operator: str, word: str) -> Effect:
    if operator == "=":
        return Effect("set", declared.name, read_value(declared, word))
    if declared.kind != "int":
        raise PhraseError(f"{declared.name!r} is {declared.kind}: only an int can be added to")
    if not re.fullmatch(r"\d+", word):
        raise PhraseError(f"{word!r} is no number")
    return Effect("add", declared.name, int(word) if operator == "+=" else -int(word))


def read_value(declared: FactDeclaration, word: str) -> FactValue:
    """The word as a value of the fact. Raises PhraseError."""
    if declared.kind == "bool":
        if word not in ("true", "false"):
            raise PhraseError(f"{declared.name!r} is true or false, not {word!r}")
        return word == "true"
    if declared.kind == "int":
        return _int_value(declared, word)
    if word not in declared.values:
        raise PhraseError(f"{declared.name!r} cannot be {word!r}: {near(word, tuple(str(v) for v in declared.values))}")
    return word


def _int_value(declared: FactDeclaration, word: str) -> int:
    if not re.fullmatch(r"-?\d+", word):
        raise PhraseError(f"{declared.name!r} is a whole number, not {word!r}")
    least, most = (int(value) for value in declared.values)
    if not least <= int(word) <= most:
        raise PhraseError(f"{declared.name!r} lies between {least} and {most}, not at {word}")
    return int(word)


def _fact(name: str, names: Names) -> FactDeclaration:
    if name not in names.facts:
        raise PhraseError(f"unknown fact {name!r}; {near(name, frozenset(names.facts))}")
    return names.facts[name]


def _known(word: str, known: frozenset[str]) -> str:
    if word not in known:
        raise PhraseError(f"unknown name {word!r}; {near(word, known)}")
    return word
