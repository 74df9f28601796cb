"""A spoken line: its sound, and when each word and mouth shape happens in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VISEMES = ("rest", "ai", "e", "o", "u", "fv", "l", "mbp", "wq", "etc")
"""Ten mouth shapes: rest closed; ai wide open; e wide; o round open; u small round; fv lip on teeth; l tongue up;
mbp pressed; wq pursed; etc half open consonants."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Viseme:
    shape: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Speech:
    """pcm: (samples,) float32 mono at 48 kHz, -1..1. words and visemes are in order and do not overlap."""

    pcm: NDArray[np.float32]
    words: tuple[Word, ...]
    visemes: tuple[Viseme, ...]
    voice: str
