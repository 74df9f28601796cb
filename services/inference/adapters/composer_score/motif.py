"""The theme a seed owns, and the variations in which it comes back. Fractions of a passage and scale steps only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from services.inference.adapters.composer_score.harmony import Chord, nearest, pitches

Choice = TypeVar("Choice")
Rhythm = tuple[tuple[float, float], ...]
"""(start, length) of each note as fractions of a passage."""

_CALL_RHYTHMS: tuple[tuple[Rhythm, Rhythm], ...] = (
    (((0, 3 / 8), (3 / 8, 1 / 8), (1 / 2, 1 / 4), (3 / 4, 1 / 4)),
     ((0, 1 / 3), (1 / 3, 1 / 6), (1 / 2, 1 / 3), (5 / 6, 1 / 6))),
    (((0, 1 / 4), (1 / 4, 1 / 4), (1 / 2, 3 / 8), (7 / 8, 1 / 8)),
     ((0, 1 / 6), (1 / 6, 1 / 3), (1 / 2, 1 / 3), (5 / 6, 1 / 6))),
    (((0, 1 / 2), (1 / 2, 1 / 8), (5 / 8, 1 / 8), (3 / 4, 1 / 4)),
     ((0, 1 / 2), (1 / 2, 1 / 6), (2 / 3, 1 / 6), (5 / 6, 1 / 6))),
    (((1 / 8, 1 / 8), (1 / 4, 1 / 4), (1 / 2, 1 / 4), (3 / 4, 1 / 4)),
     ((1 / 6, 1 / 6), (1 / 3, 1 / 6), (1 / 2, 1 / 3), (5 / 6, 1 / 6))),
)  # fmt: skip
"""The same figure in four-beat and in three-beat time."""

_ANSWER_RHYTHMS: tuple[tuple[Rhythm, Rhythm], ...] = (
    (((0, 1 / 4), (1 / 4, 1 / 4), (1 / 2, 1 / 2)), ((0, 1 / 3), (1 / 3, 1 / 6), (1 / 2, 1 / 2))),
    (((0, 3 / 8), (3 / 8, 1 / 8), (1 / 2, 1 / 2)), ((0, 1 / 6), (1 / 6, 1 / 3), (1 / 2, 1 / 2))),
)
_CALL_STEPS = ((0, 4, 3, 2), (0, 4, 5, 4), (0, 2, 4, 7), (0, 5, 4, 2), (0, 3, 4, 2), (0, -1, 2, 4), (0, 7, 6, 4))
_ANSWER_STEPS = ((2, 1, 0), (3, 2, 4), (1, -1, 0), (2, 4, 3), (-1, 0, 2), (4, 2, 1))

VARIATIONS = ("theme", "echo", "sequence", "inversion", "fragment", "rest")


@dataclass(frozen=True, slots=True)
class Cell:
    """A few notes: rhythm as fractions of a passage, and scale steps from the cell's first pitch."""

    rhythm: Rhythm
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Motif:
    call: Cell
    answer: Cell


@dataclass(frozen=True, slots=True)
class SungNote:
    """start, length: fractions of a passage."""

    key: int
    start: float
    length: float


def invent_motif(chance: np.random.Generator, beats_per_bar: int, turn: int = 0) -> Motif:
    """The seed's theme; three-beat time bends its rhythm and leaves its steps.

    turn: 0..3 gives the seed's other themes, which share neither rhythm nor steps with it.
    """
    metre = 1 if beats_per_bar == 3 else 0
    call_rhythm = _drawn(chance, _CALL_RHYTHMS, turn)[metre]
    answer_rhythm = _drawn(chance, _ANSWER_RHYTHMS, turn)[metre]
    call = Cell(call_rhythm, _drawn(chance, _CALL_STEPS, 2 * turn))
    return Motif(call, Cell(answer_rhythm, _drawn(chance, _ANSWER_STEPS, turn)))


def _drawn(chance: np.random.Generator, choices: Sequence[Choice], further: int) -> Choice:
    return choices[(int(chance.integers(len(choices))) + further) % len(choices)]


def vary(motif: Motif, variation: str, in_phrase: int) -> tuple[Cell, int] | None:
    """The cell of `variation` in passage 0..3 of its phrase, and its transposition in scale steps; None is a rest."""
    call, answer = motif.call, motif.answer
    plans: dict[str, tuple[tuple[Cell, int] | None, ...]] = {
        "theme": ((call, 0), (answer, 1), (call, 1), (answer, 0)),
        "echo": (None, (answer, 0), None, (_fragment(call), 0)),
        "sequence": ((call, 0), (call, 1), (call, 2), (answer, 2)),
        "inversion": ((_invert(call), 2), (answer, 0), (_invert(call), 1), (_fragment(answer), 0)),
        "fragment": ((_fragment(call), 0), None, (_fragment(call), 1), None),
        "rest": (None, None, None, None),
    }
    return plans[variation][in_phrase]


def _invert(cell: Cell) -> Cell:
    return Cell(cell.rhythm, tuple(-step for step in cell.steps))


def _fragment(cell: Cell) -> Cell:
    """The first two notes, the second held."""
    (start, length), (second, _) = cell.rhythm[:2]
    return Cell(((start, length), (second, min(0.95 - second, 0.6))), cell.steps[:2])


def sing(cell: Cell, transposition: int, chord: Chord, centre: int) -> tuple[SungNote, ...]:
    """The cell over `chord` near the key `centre`: long and strong notes are chord tones, the others scale tones."""
    ladder = pitches(chord.scale, centre - 24, centre + 24)
    strong = chord.tones[:3]
    anchor = ladder.index(nearest(pitches(strong, centre - 9, centre + 9), centre - 2)) + transposition
    sung: list[SungNote] = []
    for (start, length), step in zip(cell.rhythm, cell.steps, strict=True):
        key = ladder[min(max(anchor + step, 0), len(ladder) - 1)]
        if length >= 0.25 or start in (0, 0.5):
            key = nearest(pitches(strong, key - 7, key + 7), key)
        sung.append(SungNote(key, start, length))
    return tuple(sung)
