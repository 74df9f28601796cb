"""What the options of a choice promise: the scenes that only each of them leads to, in flavour. Knows no viewer."""

from __future__ import annotations

from collections.abc import Sequence

from services.streaming.domain.canon import Canon
from services.streaming.domain.dramaturgy import notes_on
from services.streaming.domain.flavour import OVERALL, Flavour
from services.streaming.domain.story import Option


def promises(canon: Canon, options: Sequence[Option]) -> dict[str, Flavour]:
    """Option id -> in what the scenes that it opens at once differ from those that the others open; empty for nothing.

    canon: when the choice's beat is over and nothing is decided.
    """
    opened = {
        option.option_id: {beat.beat_id for beat in canon.apply(option.effects).next_beats()} for option in options
    }
    everywhere = set.intersection(*opened.values()) if opened else set()
    flavours = notes_on(canon.story).flavours
    own = {
        option_id: _mean([flavours[beat_id] for beat_id in sorted(beats - everywhere)])
        for option_id, beats in opened.items()
    }
    found: dict[str, Flavour] = {}
    for option_id, mine in own.items():
        others = _mean([flavour for other, flavour in own.items() if other != option_id])
        apart = {axis: round(mine.get(axis, 0.0) - others.get(axis, 0.0), 4) for axis in {*mine, *others}}
        found[option_id] = {axis: weight for axis, weight in sorted(apart.items()) if weight and axis != OVERALL}
    return found


def _mean(flavours: Sequence[Flavour]) -> dict[str, float]:
    axes = {axis for flavour in flavours for axis in flavour}
    return {axis: sum(flavour.get(axis, 0.0) for flavour in flavours) / len(flavours) for axis in axes}
