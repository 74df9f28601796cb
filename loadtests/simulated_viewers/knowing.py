"""What the acts of a viewer can tell at all: a learner that knows how the simulated people are made.

It knows what is felt in each beat, how far people's likes lie apart, how good each beat is, and what bores; of the
viewer it knows only what they do. No learner that is not told such things can be expected to do better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loadtests.simulated_viewers.felt_story import FeltStory
from loadtests.simulated_viewers.hidden_taste import (
    LIKING_SPREAD,
    PAIR_SPREAD,
    PAIRS,
    USUAL_WARMTH,
    WARMTH_SPREAD,
    WHIM_SPREAD,
    HiddenTaste,
    boredom,
    spreads_of,
)
from loadtests.simulated_viewers.programmes import Expecting
from loadtests.simulated_viewers.screening import Seen, Told, silent
from services.streaming.domain.events import Dial, Emoji, FreeText
from services.streaming.domain.lessons import (
    DIAL_NOISE,
    EMOJI_DELAY_S,
    EMOJI_LIKELIHOOD,
    REACTION_DELAY_S,
    WATCHED_THROUGH,
    WISH_NOISE,
    Likelihood,
    implied,
    shares_at,
)
from services.streaming.domain.story import TONE_AXES, Beat, Story
from services.streaming.domain.wishes import wishes_in

Numbers = NDArray[np.float64]
DIAL_SCALE = 1.2
"""Viewers turn a dial by so much of a like (`behaviour.py`)."""


class Makeup:
    """A story as its simulated viewers feel it: names of likes, their variances, and each beat's share in them."""

    def __init__(self, felt: FeltStory) -> None:
        story = felt.story
        pairs = [(theme, tone) for theme in range(len(story.themes)) for tone in range(len(TONE_AXES))]
        self.names = (*felt.names, *(f"{story.story_id} {theme} {tone}" for theme, tone in pairs))
        spreads = spreads_of(felt)
        own = [spreads[name] ** 2 for name in felt.names]
        self.variances = np.array([*own, *[PAIRS * PAIR_SPREAD**2 / len(pairs)] * len(pairs)])
        both = [felt.felt[:, theme] * felt.felt[:, len(story.themes) + tone] for theme, tone in pairs]
        made_of = np.column_stack([felt.felt, *both])
        made_of -= made_of.mean(axis=0)
        usual_spread = float(np.sqrt((made_of**2 @ self.variances).mean()))
        self.made_of: Numbers = made_of * (LIKING_SPREAD / usual_spread)


@dataclass
class Likes:
    """A Gaussian belief over named likes, whole covariance; the last one is how much anything is liked."""

    names: list[str] = field(default_factory=lambda: [""])
    mean: Numbers = field(default_factory=lambda: np.array([USUAL_WARMTH]))
    covariance: Numbers = field(default_factory=lambda: np.array([[WARMTH_SPREAD**2]]))

    def with_more(self, more: Mapping[str, float]) -> Likes:
        """With likes that were not spoken of yet. more: variance by name."""
        new = {name: variance for name, variance in more.items() if name not in self.names}
        size = len(self.names)
        covariance = np.zeros((size + len(new), size + len(new)))
        covariance[:size, :size] = self.covariance
        covariance[range(size, size + len(new)), range(size, size + len(new))] = list(new.values())
        return Likes([*self.names, *new], np.concatenate([self.mean, np.zeros(len(new))]), covariance)

    def learn(self, made_of: Numbers, value: float, noise: float) -> None:
        """Bayes' rule for a liking of something made of these."""
        spread = self.covariance @ made_of
        gain = spread / (made_of @ spread + noise)
        self.mean = self.mean + gain * (value - made_of @ self.mean)
        self.covariance = self.covariance - np.outer(gain, spread)


class Knowing(Expecting):
    """Plans as the oracle does, by what it makes of the acts. before: of the viewer's last film."""

    def __init__(
        self, story: Story, planned_s: float, seed: int, taste: HiddenTaste, before: Knowing | None = None
    ) -> None:
        super().__init__(story, planned_s, seed, taste)
        self._felt, self._played = taste.felt, list[Beat]()
        makeup = Makeup(taste.felt)
        whims = [f"{story.story_id}/{beat.beat_id}" for beat in story.beats]
        self._likes: Likes = (Likes() if before is None else before._likes).with_more(
            dict(zip(makeup.names, makeup.variances, strict=True)) | dict.fromkeys(whims, WHIM_SPREAD**2)
        )
        at = {name: number for number, name in enumerate(self._likes.names)}
        self._made_of = np.zeros((len(whims), len(at)))
        self._made_of[:, [at[name] for name in makeup.names]] = makeup.made_of
        self._made_of[range(len(whims)), [at[name] for name in whims]] = 1.0
        self._made_of[:, 0] = 1.0
        self._at = at

    @property
    def likings(self) -> Numbers:
        """What is expected of each beat by itself."""
        return self._made_of @ self._likes.mean + self._felt.quality

    def hear(self, told: Told) -> None:
        """Learn at once."""
        match told.event.act:
            case Dial(name, value):
                self._said({name: value / DIAL_SCALE}, DIAL_NOISE)
            case FreeText(text):
                self._said(wishes_in(text, self.story), WISH_NOISE)
            case Emoji(name):
                self._shown(told, EMOJI_LIKELIHOOD[name], EMOJI_DELAY_S)
            case _:
                likelihood = implied(told.event, told.moment)
                if likelihood is not None:
                    self._shown(told, likelihood, REACTION_DELAY_S)

    def finished(self, seen: Seen, told: list[Told]) -> None:
        """Silence teaches a little."""
        if silent(told):
            self._liked([(seen.beat, 1.0)], WATCHED_THROUGH)
        self._played.append(seen.beat)

    def _said(self, likes: Mapping[str, float], noise: float) -> None:
        for axis, value in likes.items():
            name, sign = ("long", -1.0) if axis == "pace" else (axis.removeprefix("theme:"), 1.0)
            if name in self._at:
                self._likes.learn(np.eye(len(self._at))[self._at[name]], sign * value, noise)

    def _shown(self, told: Told, likelihood: Likelihood, delay_s: float) -> None:
        self._liked(shares_at(told.moment, delay_s), likelihood)

    def _liked(self, shares: Sequence[tuple[Beat, float]], likelihood: Likelihood) -> None:
        if not shares:
            return
        rows = [(self._felt.row(beat), share) for beat, share in shares]
        before = [[old for old in self._played if old is not beat] for beat, _ in shares]
        known = sum(
            share * (float(self._felt.quality[row]) - boredom(beat, old))
            for (row, share), (beat, _), old in zip(rows, shares, before, strict=True)
        )
        made_of = sum((share * self._made_of[row] for row, share in rows), np.zeros(len(self._at)))
        self._likes.learn(made_of, likelihood.liking - known, likelihood.noise)
