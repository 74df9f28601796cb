"""What a part is written in: notes on the grid of a passage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """instrument: a name in INSTRUMENTS. key: MIDI number. start, length: beats from the passage's start.

    level: 0..1, how strongly it is played. pan: -1 left .. +1 right. late_s: played behind the grid.
    """

    instrument: str
    key: int
    start: float
    length: float
    level: float = 0.7
    pan: float = 0.0
    late_s: float = 0.0
