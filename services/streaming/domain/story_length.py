"""How long a beat speaks at the most: lines that stand for one another never come together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod

from services.streaming.domain.outlook import WORDS_PER_S, compares
from services.streaming.domain.story import Beat, Condition, Line, Story

WORLDS_LIMIT = 20_000
"""Of worlds that a beat's lines tell apart; beyond it every line is taken to be said."""

_Holding = frozenset[Condition]


def speech_s(lines: Iterable[Line]) -> float:
    """Roughly how long the lines take to say."""
    return sum(len(line.text.split()) for line in lines) / WORDS_PER_S


def longest_speech_s(beat: Beat, story: Story) -> float:
    """The same for the most that can be said in one playing of the beat, whatever happened before it."""
    asked = [*beat.requires, *(condition for line in beat.lines for condition in line.requires)]
    about: dict[tuple[str, str, object], list[Condition]] = {}
    for condition in dict.fromkeys(asked):
        value = None if condition.kind == "fact" else condition.value
        about.setdefault((condition.kind, condition.subject, value), []).append(condition)
    choices = [_worlds(conditions, story) for conditions in about.values()]
    if prod(map(len, choices)) > WORLDS_LIMIT:
        return speech_s(beat.lines)
    longest = 0.0
    for world in product(*choices):
        holding: _Holding = frozenset().union(*world)
        if holding.issuperset(beat.requires):
            longest = max(longest, speech_s(line for line in beat.lines if holding.issuperset(line.requires)))
    return longest


def _worlds(conditions: Sequence[Condition], story: Story) -> tuple[_Holding, ...]:
    """Each set of these conditions, all about one thing, that can hold together."""
    first = conditions[0]
    if first.kind != "fact":
        found = [frozenset(one for one in conditions if one.negated != outcome) for outcome in (True, False)]
        return tuple(dict.fromkeys(found))
    fact = story.fact(first.subject)
    values: Sequence[object] = (False, True) if fact.kind == "bool" else fact.values
    if fact.kind == "int":
        least, most = (int(value) for value in fact.values)
        values = range(least, most + 1)
    found = [frozenset(one for one in conditions if compares(one, value)) for value in values]
    return tuple(dict.fromkeys(found))
