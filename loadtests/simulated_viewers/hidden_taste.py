"""What a simulated viewer likes, and nobody tells the director: small likes, whims, boredom, changes of mind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from loadtests.simulated_viewers.felt_story import FeltStory
from services.streaming.domain.story import TONE_AXES, Beat

THEME_SPREAD = 0.6
TONE_SPREAD = 0.5
PEOPLE_SPREAD = 0.3
UNTAGGED_SPREAD = 0.22
PAIRS = 3
PAIR_SPREAD = 0.6
WHIM_SPREAD = 0.16
LIKING_SPREAD = 0.42
BORED_BY_THEME = 0.08
BORED_BY_PLACE = 0.05
USUAL_WARMTH, WARMTH_SPREAD = 0.1, 0.1
"""How much people like whatever they see."""
SWAP_STRENGTH = 0.9


@dataclass
class HiddenTaste:
    """weights: on what is felt; pairs: likes of two things together; whims: of this viewer for each beat.

    After `change_mind` what was liked best is disliked and what was disliked is liked.
    """

    felt: FeltStory
    weights: NDArray[np.float64]
    pairs: tuple[tuple[int, int, float], ...]
    whims: NDArray[np.float64]
    warmth: float
    swapped: tuple[str, str] = ("", "")
    _likings: NDArray[np.float64] = field(init=False)
    _expected: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._settle()

    def _settle(self) -> None:
        raw = self.felt.felt @ self.weights
        for left, right, weight in self.pairs:
            raw = raw + weight * self.felt.felt[:, left] * self.felt.felt[:, right]
        raw = raw - raw.mean()
        spread = LIKING_SPREAD * raw / max(1e-9, raw.std())
        felt = self.warmth + spread + self.felt.quality
        self._expected, self._likings = np.tanh(felt), np.tanh(felt + self.whims)

    @property
    def likings(self) -> NDArray[np.float64]:
        """Liking of each beat by itself, -1..1."""
        return self._likings

    @property
    def expected(self) -> NDArray[np.float64]:
        """The same without the whims: what the taste makes of each beat."""
        return self._expected

    def weight(self, name: str) -> float:
        """The like of one thing that is felt."""
        return float(self.weights[self.felt.names.index(name)])

    def liking(self, beat: Beat, latest: Sequence[Beat]) -> float:
        """Liking of a beat after the latest ones, -1..1: more of the same bores."""
        return float(max(-1.0, self._likings[self.felt.row(beat)] - boredom(beat, latest)))

    @property
    def likes(self) -> dict[str, float]:
        """The likes as they are now, by name."""
        return dict(zip(self.felt.names, (float(weight) for weight in self.weights), strict=True))

    def change_mind(self) -> None:
        """The favourite theme or tone and the least liked one change places."""
        count = len(self.felt.story.themes) + len(TONE_AXES)
        best, worst = int(np.argmax(self.weights[:count])), int(np.argmin(self.weights[:count]))
        self.swapped = (self.felt.names[best], self.felt.names[worst])
        high, low = max(SWAP_STRENGTH, self.weights[best]), min(-SWAP_STRENGTH, self.weights[worst])
        self.weights[best], self.weights[worst] = low, high
        self._settle()


def boredom(beat: Beat, latest: Sequence[Beat]) -> float:
    """What a beat loses because the latest ones were like it."""
    return sum(
        BORED_BY_THEME * (_main(old) == _main(beat)) + BORED_BY_PLACE * (old.place == beat.place) for old in latest[-2:]
    )


def spreads_of(felt: FeltStory) -> dict[str, float]:
    """How far people's likes lie apart, by name."""
    spreads = dict.fromkeys(felt.names, UNTAGGED_SPREAD)
    spreads |= dict.fromkeys(felt.names[: felt.tagged], PEOPLE_SPREAD)
    spreads |= dict.fromkeys((*TONE_AXES, "science"), TONE_SPREAD)
    return spreads | dict.fromkeys(felt.story.themes, THEME_SPREAD)


def likes_of(felt: FeltStory, draw: Callable[[str], Random]) -> dict[str, float]:
    """What a viewer likes by name; draw: the same draws for a name whatever the story, as people stay themselves."""
    return {name: draw(name).gauss(0.0, spread) for name, spread in spreads_of(felt).items()}


def draw_taste(felt: FeltStory, likes: Mapping[str, float], random: Random) -> HiddenTaste:
    """A viewer's taste in one story: their likes, and what is this story's alone."""
    story = felt.story
    pairs = tuple(
        (
            random.randrange(len(story.themes)),
            len(story.themes) + random.randrange(len(TONE_AXES)),
            random.gauss(0.0, PAIR_SPREAD),
        )
        for _ in range(PAIRS)
    )
    return HiddenTaste(
        felt,
        np.array([likes[name] for name in felt.names]),
        pairs,
        np.array([random.gauss(0.0, WHIM_SPREAD) for _ in story.beats]),
        random.gauss(USUAL_WARMTH, WARMTH_SPREAD),
    )


def _main(beat: Beat) -> str:
    return max(beat.themes, key=lambda theme: beat.themes[theme], default="")
