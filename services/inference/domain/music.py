"""A score as an endless function of position, and the stems that are heard of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Score:
    """mood: "calm" | "tense" | "wonder" | "dread" | "warm". key: "C", "F#m", ...: a trailing m is minor."""

    seed: int
    mood: str
    key: str
    tempo_bpm: float


@dataclass(frozen=True, slots=True)
class Stem:
    """name: "pad", "strings", "melody", "bass", "pulse", "percussion"...; pcm: (samples, 2) float32 at 48 kHz."""

    name: str
    pcm: NDArray[np.float32]
