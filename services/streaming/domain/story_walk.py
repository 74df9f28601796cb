"""Plays a story without pictures: random walks, and searches of what can still be reached from a canon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from random import Random

from services.streaming.domain.canon import Canon
from services.streaming.domain.story import Beat, Condition, Option, Story

LONGEST_WALK = 400
LEANING_WALKS = 24
SMALL_WORLD = 500


@dataclass(frozen=True, slots=True)
class Step:
    """before: the canon in which the beat was chosen; ready: every beat that could have come instead."""

    before: Canon
    ready: tuple[Beat, ...]
    beat: Beat
    option: Option | None


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through the story. stuck: it stopped with no next beat and no ending."""

    steps: tuple[Step, ...]
    last: Canon
    stuck: bool

    @property
    def beat_ids(self) -> tuple[str, ...]:
        """The sequence of beats."""
        return self.last.played


def random_walk(story: Story, random: Random) -> Walk:
    """Picks uniformly among the beats that are ready, and among the options that are open."""
    canon = Canon.of(story)
    steps: list[Step] = []
    while not canon.over and len(steps) < LONGEST_WALK:
        ready = canon.next_beats()
        if not ready:
            return Walk(tuple(steps), canon, stuck=True)
        beat = random.choice(ready)
        options = canon.options(beat)
        option = random.choice(options) if options else None
        steps.append(Step(canon, ready, beat, option))
        canon = canon.after(beat, option)
    return Walk(tuple(steps), canon, stuck=not canon.over)


def successors(canon: Canon) -> Iterator[tuple[Beat, Option | None, Canon]]:
    """Every next beat with every open option, and the canon that it leads to."""
    for beat in canon.next_beats():
        options: tuple[Option | None, ...] = canon.options(beat) or (None,)
        for option in options:
            yield beat, option, canon.after(beat, option)


def reaches(
    start: Canon, wanted: Callable[[Canon], bool], distance: Callable[[Canon], float], most_canons: int
) -> bool | None:
    """Best-first search. True: a wanted canon was found; False: none exists; None: gave up after most_canons."""
    order = count()
    frontier = [(distance(start), next(order), start)]
    seen = {start.state_key}
    while frontier:
        if len(seen) > most_canons:
            return None
        _, _, canon = heappop(frontier)
        if wanted(canon):
            return True
        for _, _, after in successors(canon):
            if after.state_key not in seen:
                seen.add(after.state_key)
                heappush(frontier, (distance(after), next(order), after))
    return False


def can_end(start: Canon, most_canons: int = 400) -> bool | None:
    """Whether some ending can still come; looks first where the story is furthest on."""

    def distance(canon: Canon) -> float:
        return -1000.0 if canon.over else -100.0 * canon.act - len(canon.played)

    return reaches(start, lambda canon: canon.over, distance, most_canons)


def can_play(start: Canon, beat: Beat) -> bool | None:
    """Whether the beat can still come; None when neither was found nor ruled out."""
    return _found(start, lambda canon: canon.ready(beat), beat.requires)


def can_offer(start: Canon, beat: Beat, option: Option) -> bool | None:
    """Whether the beat can still come with the option open; None when neither was found nor ruled out."""

    def offered(canon: Canon) -> bool:
        return canon.ready(beat) and option in canon.options(beat)

    return _found(start, offered, (*beat.requires, *option.requires))


def _found(start: Canon, wanted: Callable[[Canon], bool], conditions: tuple[Condition, ...]) -> bool | None:
    """Tries walks that lean towards the conditions, then searches small worlds through and through."""
    if any(_leaning_walk(start, wanted, conditions, Random(seed)) for seed in range(LEANING_WALKS)):
        return True
    return reaches(start, wanted, lambda canon: float(len(canon.unmet(conditions))), SMALL_WORLD)


def _leaning_walk(
    start: Canon, wanted: Callable[[Canon], bool], conditions: tuple[Condition, ...], random: Random
) -> bool:
    canon = start
    for _ in range(LONGEST_WALK):
        if wanted(canon):
            return True
        ways = [after for _, _, after in successors(canon)]
        if not ways:
            return False
        lean = [4.0 ** -len(after.unmet(conditions)) * (1.0 if after.act == canon.act else 0.4) for after in ways]
        canon = random.choices(ways, lean)[0]
    return False
