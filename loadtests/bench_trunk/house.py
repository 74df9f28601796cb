"""A streaming node over made models, in virtual time: one for all viewers, or one for each, which share nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from loadtests.bench_trunk.crowd import Watcher, watch
from loadtests.bench_trunk.made_models import CHUNK_FILM_S, Counts, made_models
from loadtests.simulated_viewers.audience import SimulatedViewer
from services.streaming.app.sessions import Sessions
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.shared_voice import SharedVoice
from services.streaming.app.speculation import Speculation, SpeculationCounts
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.ladder import ladder_from
from services.streaming.domain.screenplay import Rendition
from services.streaming.domain.story import Story
from tests.fakes.streaming import MemoryBus, MemoryStore
from tests.fakes.virtual_time import FakeClock, run_virtually

ARRIVES_EVERY_S = 6.0
STREAMS = 64
"""So many that nobody waits for a render: what is compared is what films cost, not how a full machine holds."""
TAKE_MEMORY_BYTES = 2**30


@dataclass(slots=True)
class Showing:
    """What became of some viewers' films. shown: half seconds that anybody saw; played_s: film seen by all of them."""

    viewers: int = 0
    counts: Counts = field(default_factory=Counts)
    shown: set[bytes] = field(default_factory=set)
    liking: list[float] = field(default_factory=list)
    beats: list[tuple[str, ...]] = field(default_factory=list)
    played_s: float = 0.0
    held_s: float = 0.0
    acts: int = 0
    guesses: SpeculationCounts = field(default_factory=SpeculationCounts)

    def add(self, watchers: Sequence[Watcher], counts: Counts) -> None:
        """Count films that are over."""
        self.counts.add(counts)
        for watcher in watchers:
            self.viewers += 1
            self.shown |= watcher.shown
            self.liking.append(watcher.liking)
            self.beats.append(tuple(one.beat.beat_id for one in watcher.seen))
            self.played_s += sum(one.seconds for one in watcher.seen)
            self.held_s += CHUNK_FILM_S * watcher.session.playout.counts.held_chunks
            self.acts += watcher.acts

    def join(self, other: Showing) -> None:
        """Count what another showing was as well."""
        self.viewers += other.viewers
        self.counts.add(other.counts)
        self.shown |= other.shown
        self.liking += other.liking
        self.beats += other.beats
        self.played_s += other.played_s
        self.held_s += other.held_s
        self.acts += other.acts


def shown_together(
    story: Story,
    viewers: Sequence[SimulatedViewer],
    minutes: float,
    policy: SessionPolicy,
    streams: int = STREAMS,
    guessing: bool = False,
) -> Showing:
    """All at one node, where whatever coincides is shared. guessing: whether what films may need is prepared."""
    showing = Showing()
    gaps = Random("arrivals")
    arrivals, at_s = [], 0.0
    for _ in viewers:
        arrivals.append(at_s)
        at_s += gaps.expovariate(1.0 / ARRIVES_EVERY_S)
    counts = Counts()
    guesses = showing.guesses if guessing else None
    showing.add(run_virtually(_play(story, viewers, arrivals, minutes, policy, counts, streams, guesses)), counts)
    return showing


async def _play(
    story: Story,
    viewers: Sequence[SimulatedViewer],
    arrivals: Sequence[float],
    minutes: float,
    policy: SessionPolicy,
    counts: Counts,
    streams: int = STREAMS,
    guesses: SpeculationCounts | None = None,
) -> list[Watcher]:
    clock = FakeClock()
    models = made_models(counts)
    models = replace(models, voice=SharedVoice(models.voice))
    store, bus = MemoryStore(clock), MemoryBus(clock)
    takes = TakeLibrary(models.animator, clock, streams, TAKE_MEMORY_BYTES)
    speculation = Speculation(takes, clock, guesses) if guesses is not None else None
    around = Surroundings(
        models, takes, store, bus, clock, SharedScenes(), policy, ladder_from(Rendition()), "made", speculation
    )
    sessions = Sessions({story.story_id: story}, around, limit=len(viewers) + 1)
    bus.start()
    takes.start()
    sessions.start()
    if speculation is not None:
        speculation.start()
    try:
        films = (
            watch(sessions, story.story_id, viewer, minutes, at_s)
            for viewer, at_s in zip(viewers, arrivals, strict=True)
        )
        return list(await asyncio.gather(*films))
    finally:
        await sessions.close()
        if speculation is not None:
            await speculation.close()
        await takes.close()
        await bus.close()
