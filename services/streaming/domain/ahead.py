"""What can follow from a canon, worked out once: the beats that may come next, ways to an ending, ways apart.

Films of one story meet the same canons again and again, and a decision asks several times of one. Knows no viewer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from services.streaming.domain.canon import Canon
from services.streaming.domain.dramatic_curve import ACTS
from services.streaming.domain.outlook import Way, Ways
from services.streaming.domain.story import Beat, Option

CANONS_KEPT = 4096
Key = tuple[object, ...]


class Ahead:
    """What follows from one canon; ask `Memory.ahead` for it."""

    def __init__(self, memory: Memory, canon: Canon) -> None:
        self.canon = canon
        self._memory = memory
        self._next: tuple[Beat, ...] | None = None
        self._reach: dict[int, Mapping[int, Way]] = {}
        self._apart: dict[int, int] = {}
        self._after: dict[tuple[str, str], tuple[Key, Canon]] = {}

    @property
    def next_beats(self) -> tuple[Beat, ...]:
        """Every beat that may come next, in the story's order."""
        if self._next is None:
            self._next = self.canon.next_beats()
        return self._next

    def after(self, beat: Beat, option: Option | None) -> Ahead:
        """What follows when the beat has been played and the option taken."""
        key = (beat.beat_id, option.option_id if option is not None else "")
        if key not in self._after:
            after = self.canon.after(beat, option)
            self._after[key] = (key_of(after), after)
        return self._memory.known(*self._after[key])

    @property
    def ways(self) -> Ways:
        """Ways through the story."""
        return self._memory.ways

    def reach(self, forbidden: int) -> Mapping[int, Way]:
        """For every beat that can still come, by number: a short way to it without the forbidden beats (bits)."""
        if forbidden not in self._reach:
            self._reach[forbidden] = self.ways.to_each(self.canon, forbidden)
        return self._reach[forbidden]

    def to_ending(self, forbidden: int) -> Way | None:
        """A short way to the nearest ending without the forbidden beats, None where there is none."""
        reach = self.reach(forbidden)
        leading = [reach[at] for at, beat in enumerate(self.canon.story.beats) if beat.ends and at in reach]
        return min(leading, key=lambda way: way.seconds, default=None)

    def continuations(self, forbidden: int) -> int:
        """How many ways into the next act share no beat on the way, up to 2; 2 once the last act has begun."""
        if forbidden not in self._apart:
            self._apart[forbidden] = self._continuations(forbidden)
        return self._apart[forbidden]

    def _continuations(self, forbidden: int) -> int:
        canon, ways = self.canon, self._memory.ways
        last = max((beat.act for beat in canon.story.beats), default=ACTS)
        if canon.act >= min(ACTS, last) or canon.over:
            return 2
        way = self._into_next_act(forbidden)
        if way is None:
            return 0
        on_the_way = way.beats & ways.mask(beat.beat_id for beat in canon.story.beats if beat.act <= canon.act)
        if not on_the_way:
            allowed = (beat for beat in self.next_beats if not forbidden >> ways.number[beat.beat_id] & 1)
            return min(2, sum(1 for _ in allowed))
        return 1 + (self._into_next_act(forbidden | on_the_way) is not None)

    def _into_next_act(self, without: int) -> Way | None:
        canon, ways = self.canon, self._memory.ways
        found = ways.to_each(canon, without, canon.act + 1)
        leading = [found[at] for at, beat in enumerate(ways.story.beats) if beat.act > canon.act and at in found]
        return min(leading, key=lambda way: way.seconds, default=None)


class Memory:
    """The canons of one story that were asked for latest; the oldest is forgotten beyond CANONS_KEPT."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self._kept: OrderedDict[Key, Ahead] = OrderedDict()

    def ahead(self, canon: Canon) -> Ahead:
        """What follows from the canon."""
        return self.known(key_of(canon), canon)

    def known(self, key: Key, canon: Canon) -> Ahead:
        """The same, by the canon's key."""
        known = self._kept.get(key)
        if known is None:
            known = self._kept[key] = Ahead(self, canon)
            while len(self._kept) > CANONS_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return known


def key_of(canon: Canon) -> Key:
    """Equal for canons from which the same follows."""
    return (canon.state_key, canon.suited)
