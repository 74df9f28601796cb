"""Whose words were spoken, over all sessions of a node: counters that only grow, also when sessions are put away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Spoken(Protocol):
    """What a session counts."""

    model_lines: int
    authored_lines: int
    refusals: dict[str, int]


@dataclass(slots=True)
class WordCounts:
    """refusals: reason -> lines that kept their authored words for it."""

    model_lines: int = 0
    authored_lines: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    def add(self, spoken: Spoken) -> None:
        """Count what a session says that it counted."""
        self.model_lines += spoken.model_lines
        self.authored_lines += spoken.authored_lines
        self.refusals.update(spoken.refusals)

    def with_live(self, live: Iterable[Spoken]) -> WordCounts:
        """These counts and those of sessions that still go on."""
        total = WordCounts(self.model_lines, self.authored_lines, Counter(self.refusals))
        for spoken in live:
            total.add(spoken)
        return total

    @property
    def accepted_share(self) -> float:
        """Of the lines that a model was asked for, those whose words were its own; 0 before it was asked."""
        asked = self.model_lines + _total(self.refusals)
        return self.model_lines / asked if asked else 0.0


def _total(refusals: Mapping[str, int]) -> int:
    return sum(refusals.values())
