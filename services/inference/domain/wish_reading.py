"""What words wish for, from how near they are to sentences that wish for it: clause by clause, denials turned round.

How near two texts are is asked of an embedder that this module is given; thresholds are for all-MiniLM-L6-v2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.inference.domain.errors import InvalidAsk

Nearness = Callable[[Sequence[str], Sequence[str]], Sequence[Sequence[float]]]
"""Cosines of sentence embeddings: (texts, others) -> one row for each text."""

AXES_LIMIT = 48
SENTENCES_LIMIT = 24
"""Of one axis."""
TEXT_LIMIT = 1000
CLAUSES_LIMIT = 8
NEAR_ENOUGH = 0.48
"""Cosine below which a clause is about something else."""
APART_ENOUGH = 0.04
"""By how much one way must be nearer than the other."""
BESIDE_BEST = 0.06
"""An axis this much further than the clause's best one is only near by kinship."""
SURE = 0.76
"""Cosine from which on a wish is as plain as it gets."""
LEAST_LEANING, MOST_LEANING = 0.35, 0.8

_BREAKS = re.compile(r"[.,;:!?\n]+|\s+(?:but|and|though|although|yet|while|instead)\s+", re.IGNORECASE)
_NOT_REALLY = re.compile(
    r"\b(?:can(?:no|')?t get enough(?: of)?|not bad|not enough|never enough|do(?:n't| not) stop|why not|no less|"
    r"don't mind|do not mind)\b",
    re.IGNORECASE,
)
"""What holds a word of denial and denies nothing: it wishes for more."""
_DENIES = re.compile(
    r"\b(?:less|no|not|never|without|too|enough|stop|hate|hates|dislike|fewer|skip|drop|avoid|tired of|sick of|"
    r"bored of|fed up with|had enough of|can't stand|cannot stand|don't|doesn't|didn't|isn't|aren't|cannot|can't)\b",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"\b(?:want|need|like|love|more|so|much|many|any|please|really|very|of|the|with|a|an|to|be|do|does)\b"
)


@dataclass(frozen=True, slots=True)
class WishAxis:
    """more, less: how somebody would ask for it, and for its opposite. too_much, too_little: how they would complain,
    which a denial does not turn round: "do not rush me" complains as "you rush me" does."""

    name: str
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    too_much: tuple[str, ...] = ()
    too_little: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them, in this order."""
        return (*self.more, *self.less, *self.too_much, *self.too_little)


@dataclass(frozen=True, slots=True)
class Leaning:
    """value: -1 for less .. 1 for more."""

    axis: str
    value: float


@dataclass(frozen=True, slots=True)
class Clause:
    """text: what is spoken of, its denial taken out. sign: -1 where it was denied."""

    text: str
    sign: int


def clauses_in(text: str) -> tuple[Clause, ...]:
    """The parts of a text that each may wish for something."""
    found = []
    for part in _BREAKS.split(text.replace("’", "'")[:TEXT_LIMIT]):
        plain = _NOT_REALLY.sub("more", part)
        denials = _DENIES.findall(plain)
        kept = " ".join(_DENIES.sub(" ", plain).split())
        if _SMALL.sub("", kept.lower()).strip(" '"):
            found.append(Clause(kept, -1 if len(denials) % 2 else 1))
    return tuple(found[:CLAUSES_LIMIT])


def read_wish(text: str, axes: Sequence[WishAxis], nearness: Nearness) -> tuple[Leaning, ...]:
    """Axes on which the text leans, the plainest first; empty where it wishes for nothing that there is.

    Raises InvalidAsk for more axes or sentences than can be compared, or an axis without a name or a sentence.
    """
    _check(axes)
    clauses = clauses_in(text)
    if not clauses or not axes:
        return ()
    sentences = [sentence for axis in axes for sentence in axis.sentences]
    rows = nearness([clause.text for clause in clauses], sentences)
    leanings: dict[str, float] = {}
    for clause, row in zip(clauses, rows, strict=True):
        for name, value in _clause_leanings(clause, row, axes).items():
            if abs(value) > abs(leanings.get(name, 0.0)):
                leanings[name] = value
    ordered = sorted(leanings.items(), key=lambda item: -abs(item[1]))
    return tuple(Leaning(name, round(value, 4)) for name, value in ordered)


def _check(axes: Sequence[WishAxis]) -> None:
    if len(axes) > AXES_LIMIT:
        raise InvalidAsk("axes", f"must be at most {AXES_LIMIT}")
    for axis in axes:
        if not axis.name or not 0 < len(axis.sentences) <= SENTENCES_LIMIT:
            raise InvalidAsk("axes", f"each needs a name and from 1 to {SENTENCES_LIMIT} sentences")
        if any(not 0 < len(sentence) <= TEXT_LIMIT for sentence in axis.sentences):
            raise InvalidAsk("axes", f"sentences must have from 1 to {TEXT_LIMIT} characters")
    if len({axis.name for axis in axes}) < len(axes):
        raise InvalidAsk("axes", "no two may have one name")


def _clause_leanings(clause: Clause, row: Sequence[float], axes: Sequence[WishAxis]) -> dict[str, float]:
    near: dict[str, tuple[float, float]] = {}
    at = 0
    for axis in axes:
        ways = []
        for sentences in (axis.more, axis.less, axis.too_much, axis.too_little):
            ways.append(max(row[at : at + len(sentences)], default=-1.0))
            at += len(sentences)
        more, less = (ways[0], ways[1]) if clause.sign > 0 else (ways[1], ways[0])
        near[axis.name] = (max(more, ways[3]), max(less, ways[2]))
    best = max(max(ways) for ways in near.values())
    return {
        name: _strength(max(more, less)) * (1.0 if more > less else -1.0)
        for name, (more, less) in near.items()
        if max(more, less) >= max(NEAR_ENOUGH, best - BESIDE_BEST) and abs(more - less) >= APART_ENOUGH
    }


def _strength(cosine: float) -> float:
    share = min(1.0, (cosine - NEAR_ENOUGH) / (SURE - NEAR_ENOUGH))
    return LEAST_LEANING + (MOST_LEANING - LEAST_LEANING) * share
