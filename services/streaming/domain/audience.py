"""What the viewers of a story taught about it: how much each beat appeals, whoever watches, and how sameness bores.

Nothing is kept of it: it is worked out from the impressions and choices that lie with each viewer's taste, so that who
is erased teaches nobody any more. Knows no store.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.streaming.domain.flavour import flavours_of
from services.streaming.domain.sameness import Repeats
from services.streaming.domain.story import Story
from services.streaming.domain.taste import Taste, prior_variance

APPEAL_VARIANCE = 0.015
"""How far beats of one story lie apart in what people in general think of them."""
OWN_VARIANCE = 0.06
"""How far a viewer's liking of a beat lies from what their taste and the beat's appeal make of it."""
USUAL_LIKING = 0.1
USUAL_TEDIUM: Repeats = (0.04, 0.04, 0.04)
TEDIUM_VARIANCE = 0.04**2
GUESS_VARIANCE = 0.18
"""Of what people expect from an option, beyond how they would like the scenes that it opens."""
LEAST_DIFFERENCE = 1e-4
"""Variance of a difference in liking below which a choice tells nothing."""
ROUNDS = 2

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Appeal:
    """beats: id -> how much it is liked, against the story's average beat. tedium: liking lost for each repeat."""

    beats: Mapping[str, float] = field(default_factory=dict)
    tedium: Repeats = USUAL_TEDIUM

    def of(self, beat_id: str) -> float:
        """How much the beat is liked, 0 where nobody knows."""
        return self.beats.get(beat_id, 0.0)

    def bored(self, same: Repeats) -> float:
        """The liking that these repeats cost."""
        return sum(cost * count for cost, count in zip(self.tedium, same, strict=True))


NO_APPEAL = Appeal()


def appeal_of(story: Story, tastes: Iterable[Taste]) -> Appeal:
    """Each beat's appeal and the cost of repeats by generalised least squares over what the viewers said and chose.

    What a viewer says of a beat is its appeal, less what it repeats, plus what their own taste makes of it (unknown,
    with the covariance that flavours give it) plus noise. A choice tells that what it opens was expected to be liked
    better than what the other options do. So beats that were shown to those, or chosen by those, who would like them
    get no credit for that.
    """
    model = _Model(story)
    told = [said for taste in tastes for said in [model.said(taste)] if said is not None]
    found = np.zeros(model.size)
    for _ in range(ROUNDS):
        found = model.solved(told, found)
    count = len(story.beats)
    appeal = found[:count] - found[:count].mean()
    place, theme, purpose = (max(0.0, round(float(cost), 4)) for cost in found[count:])
    beats = {beat.beat_id: round(float(appeal[at]), 4) for at, beat in enumerate(story.beats)}
    return Appeal(beats, (place, theme, purpose))


@dataclass(frozen=True, slots=True)
class _Said:
    """Of one viewer. of: (rows, beats) how much of each beat is spoken of; repeated: (rows, 3); the first rows are
    impressions with a liking and the variance of its noise, the others choices. spread: covariance of the rows."""

    of: Numbers
    repeated: Numbers
    liking: Numbers
    noise: Numbers
    spread: Numbers


class _Model:
    """One story's least squares; unknown are the appeal of its beats and the cost of each kind of repeat."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._numbers = {beat.beat_id: at for at, beat in enumerate(story.beats)}
        flavours = flavours_of(story)
        axes = sorted({axis for flavour in flavours.values() for axis in flavour})
        made_of = np.array([[flavours[beat.beat_id].get(axis, 0.0) for axis in axes] for beat in story.beats])
        unknown = np.array([prior_variance(axis) for axis in axes])
        self._spread: Numbers = (made_of * unknown) @ made_of.T + OWN_VARIANCE * np.eye(len(story.beats))
        self.size = len(story.beats) + len(USUAL_TEDIUM)

    def said(self, taste: Taste) -> _Said | None:
        """What a viewer said and chose of the story, None for nothing."""
        prefix, count = f"{self._story.story_id}/", len(self._story.beats)
        known = {name.removeprefix(prefix): told for name, told in taste.impressions.items() if name.startswith(prefix)}
        seen = [(self._numbers[beat_id], told) for beat_id, told in known.items() if beat_id in self._numbers]
        of = np.zeros((len(seen), count))
        of[range(len(seen)), [at for at, _ in seen]] = 1.0
        chosen = [
            self._mean(one.taken) - self._mean(one.left)
            for one in taste.preferences
            if one.story_id == self._story.story_id and self._knows(one.taken) and self._knows(one.left)
        ]
        if not seen and not chosen:
            return None
        of = np.vstack([of, *chosen])
        repeated = np.zeros((len(of), len(USUAL_TEDIUM)))
        repeated[: len(seen)] = np.array([told.repeats for _, told in seen]).reshape(-1, len(USUAL_TEDIUM))
        return _Said(
            of,
            repeated,
            np.array([told.liking for _, told in seen]),
            np.array([1.0 / told.weight for _, told in seen]),
            of @ self._spread @ of.T,
        )

    def solved(self, told: list[_Said], before: Numbers) -> Numbers:
        """The unknowns; before: an earlier solution, which says how surprising each choice was."""
        count = len(self._story.beats)
        precision = np.diag([*[1.0 / APPEAL_VARIANCE] * count, *[1.0 / TEDIUM_VARIANCE] * len(USUAL_TEDIUM)])
        pull = np.array([*[USUAL_LIKING / APPEAL_VARIANCE] * count, *[cost / TEDIUM_VARIANCE for cost in USUAL_TEDIUM]])
        for said in told:
            liking, noise = list(said.liking), list(said.noise)
            for row in range(len(said.liking), len(said.of)):
                value, variance = _chosen(float(said.of[row] @ before[:count]), float(said.spread[row, row]))
                liking.append(value)
                noise.append(variance)
            made_of = np.hstack([said.of, -said.repeated])
            weighed = made_of.T @ np.linalg.inv(said.spread + np.diag(noise))
            precision += weighed @ made_of
            pull += weighed @ np.array(liking)
        return np.linalg.solve(precision, pull)

    def _knows(self, beat_ids: tuple[str, ...]) -> bool:
        return bool(beat_ids) and all(beat_id in self._numbers for beat_id in beat_ids)

    def _mean(self, beat_ids: tuple[str, ...]) -> Numbers:
        of = np.zeros(len(self._story.beats))
        of[[self._numbers[beat_id] for beat_id in beat_ids]] = 1.0 / len(beat_ids)
        return of


def _chosen(expected: float, variance: float) -> tuple[float, float]:
    """What a choice says of a difference in liking that was expected so: a value and the variance of its noise.

    A probit likelihood as the Gaussian that leaves the same mean and variance (expectation propagation, Minka 2001).
    """
    if variance < LEAST_DIFFERENCE:
        return 0.0, 1.0 / LEAST_DIFFERENCE
    total = variance + GUESS_VARIANCE
    at = expected / math.sqrt(total)
    likely = max(1e-9, 0.5 * math.erfc(-at / math.sqrt(2.0)))
    slope = math.exp(-0.5 * at * at) / math.sqrt(2.0 * math.pi) / likely
    mean = expected + variance * slope / math.sqrt(total)
    left = variance - variance * variance * slope * (at + slope) / total
    precision = max(LEAST_DIFFERENCE, 1.0 / left - 1.0 / variance)
    return (mean / left - expected / variance) / precision, 1.0 / precision
