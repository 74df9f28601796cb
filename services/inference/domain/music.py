"""A score as an endless function of position, and the stems that are heard of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.timebase import SAMPLE_RATE_HZ

MOTIFS = ("", "hero", "ai", "mystery")
_WALTZES = ("warm",)


def beats_per_bar(mood: str) -> int:
    """The metre of a mood."""
    return 3 if mood in _WALTZES else 4


@dataclass(frozen=True, slots=True)
class Score:
    """mood: "calm" | "tense" | "wonder" | "dread" | "warm". key: "C", "F#m", ...: a trailing m is minor.

    motif: whose theme is sung, "hero" | "ai" | "mystery" or "" for the seed's own. end_sample: where the piece comes to
    rest on its tonic; 0 never ends.
    """

    seed: int
    mood: str
    key: str
    tempo_bpm: float
    motif: str = ""
    end_sample: int = 0

    @property
    def bar_samples(self) -> float:
        """Length of a bar; bars count from the score's start."""
        return beats_per_bar(self.mood) * 60.0 / self.tempo_bpm * SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Stem:
    """name: "pad", "strings", "melody", "bass", "pulse", "percussion"...; pcm: (samples, 2) float32 at 48 kHz."""

    name: str
    pcm: NDArray[np.float32]
