"""From what became of the films to the figures that are reported."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from loadtests.bench_trunk.house import Showing
from loadtests.bench_trunk.made_models import CHUNK_FILM_S


@dataclass(frozen=True, slots=True)
class Cost:
    """What films of some viewers cost. per_distinct: how often each different thing was asked for, 1 at best.

    graded_share: of the rendered film, what is not as written because of something somebody did. unseen_share: what
    nobody saw. held_share: of what was played, what the film held for.
    """

    viewers: int
    takes: int
    calls_per_distinct_take: float
    rendered_per_distinct: float
    scenes_per_distinct: float
    lines_per_distinct: float
    calls: int
    rendered_s: float
    rendered_s_per_viewer: float
    cost_s_per_viewer: float
    played_s: float
    graded_share: float
    unseen_share: float
    held_share: float


def cost_of(showing: Showing) -> Cost:
    """The figures of one showing."""
    counts = showing.counts
    graded = sum(name.split(b"/")[0].decode() in counts.graded for name in counts.chunks)
    return Cost(
        viewers=showing.viewers,
        takes=len(counts.takes),
        calls_per_distinct_take=round(counts.takes.total() / max(1, len(counts.takes)), 4),
        rendered_per_distinct=round(counts.chunks.total() / max(1, len(counts.chunks)), 4),
        scenes_per_distinct=round(counts.scenes.total() / max(1, len(counts.scenes)), 4),
        lines_per_distinct=round(counts.lines.total() / max(1, len(counts.lines)), 4),
        calls=counts.calls,
        rendered_s=counts.rendered_s,
        rendered_s_per_viewer=round(counts.rendered_s / showing.viewers, 2),
        cost_s_per_viewer=round(counts.seconds / showing.viewers, 2),
        played_s=round(showing.played_s, 1),
        graded_share=round(graded / max(1, len(counts.chunks)), 4),
        unseen_share=round(1.0 - len(showing.shown & counts.chunks.keys()) / max(1, len(counts.chunks)), 4),
        held_share=round(showing.held_s / max(CHUNK_FILM_S, showing.played_s), 5),
    )


@dataclass(frozen=True, slots=True)
class Guessing:
    """A few viewers on a small machine, with what films may need prepared in spare time, and without.

    hit_rate: of guesses that were made and settled. wasted_share: of the film rendered on guesses, never shown.
    held_share, rendered_s: with and without.
    """

    viewers: int
    streams: int
    begun: int
    made: int
    stopped: int
    superseded: int
    hit_rate: float
    wasted_share: float
    held_share: float
    held_share_without: float
    rendered_s: float
    rendered_s_without: float


def guessing_of(guessing: Showing, without: Showing, streams: int) -> Guessing:
    """The figures of a pair of showings."""
    guesses, cost, plain = guessing.guesses, cost_of(guessing), cost_of(without)
    return Guessing(
        viewers=guessing.viewers,
        streams=streams,
        begun=guesses.begun,
        made=guesses.made,
        stopped=guesses.stopped,
        superseded=guesses.superseded,
        hit_rate=round(guesses.hit_rate, 4),
        wasted_share=round(guesses.wasted_s / max(CHUNK_FILM_S, guesses.rendered_s), 4),
        held_share=cost.held_share,
        held_share_without=plain.held_share,
        rendered_s=cost.rendered_s,
        rendered_s_without=plain.rendered_s,
    )


def added(showings: Sequence[Showing]) -> Showing:
    """Showings that had nothing to do with each other, as one."""
    total = Showing()
    for one in showings:
        total.join(one)
    return total


@dataclass(frozen=True, slots=True)
class Loss:
    """Liking with and without sharing; loss: of mean liking, as a share of it; films_changed: whose films differ."""

    together: float
    alone: float
    loss: float
    loss_standard_error: float
    films_changed: float


def loss_of(together: Showing, alone: Showing) -> Loss:
    """The same viewers, in the same order, pair by pair."""
    lost = [off - on for on, off in zip(together.liking, alone.liking, strict=True)]
    base = mean(alone.liking)
    return Loss(
        together=round(mean(together.liking), 4),
        alone=round(base, 4),
        loss=round(mean(lost) / abs(base), 4),
        loss_standard_error=round(stdev(lost) / math.sqrt(len(lost)) / abs(base), 4) if len(lost) > 1 else 0.0,
        films_changed=round(mean(on != off for on, off in zip(together.beats, alone.beats, strict=True)), 3),
    )
