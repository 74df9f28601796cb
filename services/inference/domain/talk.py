"""What is said in a shot as one puppet of it acts on it: when it speaks, which words carry weight, when it listens."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[float, float]
"""Seconds from the shot's first frame; the start may be negative where a line began in the shot before."""


@dataclass(frozen=True, slots=True)
class Stress:
    """A word that carries weight. strength: 0..1; draw: 0..1, the same wherever this word of this line is seen."""

    at_s: float
    strength: float
    draw: float


@dataclass(frozen=True, slots=True)
class Talk:
    """spoken, stresses: of the puppet's own lines; heard, weighed: of the others'. All in order."""

    spoken: tuple[Span, ...] = ()
    stresses: tuple[Stress, ...] = ()
    heard: tuple[Span, ...] = ()
    weighed: tuple[Stress, ...] = ()


SILENCE = Talk()
