"""The shape of a film: when its acts end and how tense each moment should be, fitted to the planned length.

Three acts that rise, each with a breather, a climax near the end and a quiet close. Knows no beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

ACTS = 3
PEAK_TENSION = 0.9
CLOSE_TENSION = 0.28
IDEAL_SHARES = (0.26, 0.44, 0.30)
_CURVES = (
    ((0.0, 0.2), (0.3, 0.28), (0.5, 0.16), (1.0, 0.5)),
    ((0.0, 0.7), (0.18, 0.5), (0.38, 0.75), (0.52, 0.3), (0.75, 0.6), (1.0, 0.88)),
    ((0.0, 0.66), (0.16, 0.42), (0.36, 0.74), (0.56, 0.55), (0.72, 0.7), (0.84, PEAK_TENSION), (1.0, CLOSE_TENSION)),
)
"""(share of the act, tension) for each act."""


@dataclass(frozen=True, slots=True)
class Shape:
    """ends_s: film time at which each act should be over; the last one is the planned length."""

    ends_s: tuple[float, ...]

    @property
    def planned_s(self) -> float:
        """The planned length."""
        return self.ends_s[-1]

    def end_of(self, act: int) -> float:
        """When the act should be over, seconds."""
        return self.ends_s[min(max(act, 1), ACTS) - 1]

    def act_at(self, at_s: float) -> int:
        """The act that the film should be in."""
        return next((act for act, end_s in enumerate(self.ends_s, start=1) if at_s < end_s), ACTS)

    def tension_at(self, at_s: float) -> float:
        """How tense the film should be, 0..1."""
        act = self.act_at(at_s)
        start_s = self.ends_s[act - 2] if act > 1 else 0.0
        share = min(1.0, max(0.0, (at_s - start_s) / max(1e-9, self.ends_s[act - 1] - start_s)))
        points = _CURVES[act - 1]
        for (left, low), (right, high) in pairwise(points):
            if share <= right:
                return low + (high - low) * (share - left) / (right - left)
        return points[-1][1]


def fitted(planned_s: float, least_s: Sequence[float], most_s: Sequence[float]) -> Shape:
    """Acts as long as they ideally are, but none shorter or longer than the story can make it; seconds for each act."""
    lengths = [share * planned_s for share in IDEAL_SHARES]
    for _ in range(ACTS):
        lengths = [max(least, min(most, length)) for length, least, most in zip(lengths, least_s, most_s, strict=True)]
        spare_s = planned_s - sum(lengths)
        room = [
            (most - length) if spare_s > 0 else (length - least)
            for length, least, most in zip(lengths, least_s, most_s, strict=True)
        ]
        if abs(spare_s) < 1.0 or sum(room) <= 0.0:
            break
        part = max(-1.0, min(1.0, spare_s / sum(room)))
        lengths = [length + part * free for length, free in zip(lengths, room, strict=True)]
    if sum(lengths) < 1.0:
        lengths = [share * planned_s for share in IDEAL_SHARES]
    scale = planned_s / sum(lengths)
    ends_s, at_s = [], 0.0
    for length in lengths:
        at_s += length * scale
        ends_s.append(at_s)
    return Shape(tuple(ends_s))
