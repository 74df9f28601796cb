"""What a choice makes possible: how much of what a viewer should like still fits into the film after a beat.

For each beat within reach the relaxed way to it (`outlook`) says what must come first; the time that is left in each
act is filled with the ways that give most for their length. An estimate in about a millisecond, not a promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.streaming.domain.ahead import Ahead
from services.streaming.domain.dramatic_curve import ACTS, Shape
from services.streaming.domain.outlook import Way, Ways

ROOM = 1.05
"""Acts may end a little late."""
LEAST_SHARE_LEFT = 0.6
"""Of its length that a beat must have left in its act."""
OVERTIME_COST = 0.3


@dataclass(frozen=True, slots=True)
class Wish:
    """liking: of every beat by its place in the story, against the average beat."""

    liking: Sequence[float]


def prospect(ahead: Ahead, wish: Wish, shape: Shape, played_s: float, forbidden: int) -> float:
    """Liking times seconds that the rest of the film can give, beyond what average beats would; forbidden: as bits."""
    if ahead.canon.over:
        return 0.0
    return _Filling(ahead.ways, wish, _room(shape, ahead.canon.act, played_s)).best(ahead.reach(forbidden))


def _room(shape: Shape, act: int, played_s: float) -> list[float]:
    """Seconds left in each act, by number."""
    room, at_s = [0.0] * (ACTS + 1), played_s
    for number in range(max(1, act), ACTS + 1):
        room[number] = max(0.0, shape.end_of(number) - at_s) * ROOM
        at_s = max(at_s, shape.end_of(number))
    return room


class _Filling:
    """One film's rest while it is filled."""

    def __init__(self, ways: Ways, wish: Wish, room_s: list[float]) -> None:
        self._ways, self._room_s = ways, room_s
        self._gain = [liking * seconds for liking, seconds in zip(wish.liking, ways.seconds, strict=True)]
        self._chosen = 0
        self._total = 0.0

    def best(self, reach: Mapping[int, Way]) -> float:
        """Take the best way to an ending, then what gives most for its length as long as there is room."""
        closing = self._ways.closing
        endings = [way.beats for at, way in reach.items() if self._ways.story.beats[at].ends]
        if not endings:
            return 0.0
        spare_s = sum(self._room_s)
        self._take(max(endings, key=lambda beats: self._gained(beats) - self._overtime(beats, spare_s)))
        free = [way.beats for way in reach.values() if not way.beats & closing and self._gained(way.beats) > 0.0]
        while free:
            worth = [(self._gained(new) / self._ways.length_s(new), new) for new in self._fitting(free)]
            if not worth:
                break
            self._take(max(worth)[1])
        return self._total

    def _fitting(self, free: Sequence[int]) -> list[int]:
        left = [beats & ~self._chosen for beats in free]
        return [new for new in left if new and self._gained(new) > 0.0 and self._fits(new)]

    def _fits(self, beats: int) -> bool:
        story, seconds = self._ways.story, self._ways.seconds
        return all(
            self._room_s[min(story.beats[at].act, ACTS)] >= LEAST_SHARE_LEFT * seconds[at] for at in numbers_of(beats)
        )

    def _take(self, beats: int) -> None:
        self._chosen |= beats
        self._total += self._gained(beats)
        for at in numbers_of(beats):
            self._room_s[min(self._ways.story.beats[at].act, ACTS)] -= self._ways.seconds[at]

    def _gained(self, beats: int) -> float:
        return sum(self._gain[at] for at in numbers_of(beats))

    def _overtime(self, beats: int, spare_s: float) -> float:
        return OVERTIME_COST * max(0.0, self._ways.length_s(beats) - spare_s)


def numbers_of(beats: int) -> list[int]:
    """The places in the story of beats that are given as bits."""
    found = []
    while beats:
        lowest = beats & -beats
        found.append(lowest.bit_length() - 1)
        beats ^= lowest
    return found
