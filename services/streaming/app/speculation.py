"""The one who decides what is prepared before it is asked for: the worthiest guess of all films, while there is room.

On a full machine it stops first. Films propose; what a guess takes to be made is theirs to say.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field

from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.foresight import Guess, ranked
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND
from services.streaming.ports import Clock, ModelRefused, ModelUnavailable

logger = logging.getLogger(__name__)

SPECULATION = "~speculation"
"""Who claims takes that are rendered on a guess."""
LOOK_EVERY_S = 0.1
WASTED_AFTER_S = 120.0
"""A guess that nobody needed for so long has been wrong."""
KEPT = 1_024
FAILED_FOR_S = 30.0
USUAL_COST_S = {"take": 1.7, "scene": 4.0, "opening": 12.0}
CHUNK_S = FRAMES_PER_CHUNK / FRAMES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Prospect:
    """A guess of a film and how it is made. kind: "take", "scene" or "opening"; what one of a kind costs is learned."""

    key: Hashable
    kind: str
    probability: float
    saved_s: float
    make: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class SpeculationCounts:
    """begun = made + superseded (no film proposed it any more) + stopped (the machine was full) + failed.

    hits: made guesses that came true; misses: those that nobody needed in time. rendered_s: film rendered on a guess;
    wasted_s: what was never shown of it.
    """

    begun: int = 0
    made: int = 0
    superseded: int = 0
    stopped: int = 0
    failed: int = 0
    hits: int = 0
    misses: int = 0
    rendered_s: float = 0.0
    wasted_s: float = 0.0

    @property
    def hit_rate(self) -> float:
        """Of the guesses that are settled."""
        return self.hits / max(1, self.hits + self.misses)


@dataclass(slots=True)
class _Made:
    """A guess that was made; rendered_s: of film, what of it was rendered for the guess."""

    at_s: float
    rendered_s: float = 0.0
    missed: bool = False


@dataclass(slots=True)
class Speculation:
    """`start()`, `close()`."""

    takes: TakeLibrary
    clock: Clock
    counts: SpeculationCounts = field(default_factory=SpeculationCounts)
    _proposed: dict[str, tuple[Prospect, ...]] = field(default_factory=dict)
    _made: OrderedDict[Hashable, _Made] = field(default_factory=OrderedDict)
    _failed_until_s: dict[Hashable, float] = field(default_factory=dict)
    _costs_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(lambda: 1.0, USUAL_COST_S))
    _working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for room."""
        self.takes.on_want.append(self._wanted)
        self.takes.on_chunk.append(self._rendered)
        self._working = asyncio.create_task(self._work_forever(), name="speculate")

    async def close(self) -> None:
        """Stop what is under way."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
            self._working = None

    def propose(self, film_id: str, prospects: Sequence[Prospect]) -> None:
        """What a film may need, in place of what it said before."""
        self._proposed[film_id] = tuple(prospects)

    def withdraw(self, film_id: str) -> None:
        """A film needs nothing any more."""
        self._proposed.pop(film_id, None)

    def cost_s(self, kind: str) -> float:
        """What one of a kind took lately."""
        return self._costs_s[kind]

    def used(self, key: Hashable) -> None:
        """Somebody needs what a guess may have been about."""
        made = self._made.pop(key, None)
        if made is None:
            return
        self.counts.hits += 1
        if made.missed:
            self.counts.misses -= 1
            self.counts.wasted_s -= made.rendered_s

    def order(self) -> tuple[Guess, ...]:
        """What would be made now, the worthiest first."""
        now_s = self.clock.monotonic_s()
        guesses = [
            Guess(prospect.key, prospect.probability, prospect.saved_s, self._costs_s[prospect.kind])
            for prospects in self._proposed.values()
            for prospect in prospects
            if prospect.key not in self._made and self._failed_until_s.get(prospect.key, 0.0) <= now_s
        ]
        return ranked(guesses)

    async def _work_forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._settle()
            if not self.takes.has_room:
                continue
            for guess in self.order()[:1]:
                prospect = self._prospect(guess.key)
                if prospect is not None:
                    await self._try(prospect)

    def _prospect(self, key: Hashable) -> Prospect | None:
        every = (prospect for prospects in self._proposed.values() for prospect in prospects)
        return next((prospect for prospect in every if prospect.key == key), None)

    async def _try(self, prospect: Prospect) -> None:
        self.counts.begun += 1
        began_s = self.clock.monotonic_s()
        making = asyncio.ensure_future(prospect.make())
        try:
            while not making.done():
                await asyncio.wait([making], timeout=LOOK_EVERY_S)
                if making.done():
                    break
                if not self.takes.has_room:
                    self.counts.stopped += 1
                    return
                if self._prospect(prospect.key) is None:
                    self.counts.superseded += 1
                    return
            self._conclude(prospect, making, self.clock.monotonic_s() - began_s)
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
            self.takes.drop_all(SPECULATION)

    def _conclude(self, prospect: Prospect, making: asyncio.Future[None], took_s: float) -> None:
        failure = None if making.cancelled() else making.exception()
        if failure is not None:
            self.counts.failed += 1
            self._failed_until_s[prospect.key] = self.clock.monotonic_s() + FAILED_FOR_S
            while len(self._failed_until_s) > KEPT:
                del self._failed_until_s[next(iter(self._failed_until_s))]
            expected = isinstance(failure, ModelUnavailable | ModelRefused | TimeoutError)
            logger.warning("a guess could not be made: %s", failure, exc_info=None if expected else failure)
            return
        self.counts.made += 1
        self._costs_s[prospect.kind] += 0.2 * (took_s - self._costs_s[prospect.kind])
        self._note(prospect.key)

    def _note(self, key: Hashable) -> _Made:
        made = self._made.setdefault(key, _Made(self.clock.monotonic_s()))
        if len(self._made) > KEPT:
            _, oldest = self._made.popitem(last=False)
            self._miss(oldest)
        return made

    def _wanted(self, take_id: str, by: str) -> None:
        if by != SPECULATION:
            self.used(take_id)

    def _rendered(self, take_id: str, speculative: bool) -> None:
        if speculative:
            self.counts.rendered_s += CHUNK_S
            self._note(take_id).rendered_s += CHUNK_S

    def _settle(self) -> None:
        latest_s = self.clock.monotonic_s() - WASTED_AFTER_S
        for made in self._made.values():
            if made.at_s > latest_s:
                break
            self._miss(made)

    def _miss(self, made: _Made) -> None:
        if not made.missed:
            made.missed = True
            self.counts.misses += 1
            self.counts.wasted_s += made.rendered_s
