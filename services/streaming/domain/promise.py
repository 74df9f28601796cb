"""What the options of a choice promise: the scenes that only each of them leads to. Knows no viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.streaming.domain.canon import Canon
from services.streaming.domain.dramaturgy import notes_on
from services.streaming.domain.flavour import OVERALL, Flavour
from services.streaming.domain.story import Option


@dataclass(frozen=True, slots=True)
class Promise:
    """flavour: in what the scenes that the option opens at once differ from those that the others open.

    opens, instead: ids of the beats that only it opens, and of those that only the others do; empty for nothing.
    """

    flavour: Flavour = field(default_factory=dict)
    opens: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


NO_PROMISE = Promise()


def promises(canon: Canon, options: Sequence[Option]) -> dict[str, Promise]:
    """Option id -> what it promises. canon: when the choice's beat is over and nothing is decided."""
    opened = {
        option.option_id: {beat.beat_id for beat in canon.apply(option.effects).next_beats()} for option in options
    }
    everywhere = set.intersection(*opened.values()) if opened else set()
    flavours = notes_on(canon.story).flavours
    own = {
        option_id: _mean([flavours[beat_id] for beat_id in sorted(beats - everywhere)])
        for option_id, beats in opened.items()
    }
    found: dict[str, Promise] = {}
    for option_id, mine in own.items():
        others = _mean([flavour for other, flavour in own.items() if other != option_id])
        apart = {axis: round(mine.get(axis, 0.0) - others.get(axis, 0.0), 4) for axis in {*mine, *others}}
        flavour = {axis: weight for axis, weight in sorted(apart.items()) if weight and axis != OVERALL}
        elsewhere = set().union(*(beats for other, beats in opened.items() if other != option_id))
        found[option_id] = Promise(
            flavour, tuple(sorted(opened[option_id] - elsewhere)), tuple(sorted(elsewhere - opened[option_id]))
        )
    return found


def _mean(flavours: Sequence[Flavour]) -> dict[str, float]:
    axes = {axis for flavour in flavours for axis in flavour}
    return {axis: sum(flavour.get(axis, 0.0) for flavour in flavours) / len(flavours) for axis in axes}
