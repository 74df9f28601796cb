"""Repeatable chance: hashes of integers and smooth noise over time. No state."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GRAIN_TILE: Final = (256, 1408)


def chance(seed: int, index: int) -> float:
    """0..1 from two integers (splitmix64's finisher)."""
    z = (seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return ((z ^ (z >> 31)) >> 11) / 9007199254740992.0


def drift(seed: int, time: float) -> float:
    """-1..1, smooth, about one swing for each unit of time."""
    whole = math.floor(time)
    part = time - whole
    share = part * part * (3.0 - 2.0 * part)
    left, right = chance(seed, whole), chance(seed, whole + 1)
    return 2.0 * (left + share * (right - left)) - 1.0


def smooth(value: float) -> float:
    """Smoothstep of 0..1, held outside."""
    held = min(max(value, 0.0), 1.0)
    return held * held * (3.0 - 2.0 * held)


def cloud_tile(seed: int, size: int, roughness: float) -> NDArray[np.float32]:
    """(size, size) float32, mean 0.5, seamless on both axes; spectrum falls as frequency ** -roughness."""
    generator = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(generator.standard_normal((size, size)))
    rows = np.fft.fftfreq(size)[:, None] * size
    columns = np.fft.rfftfreq(size)[None, :] * size
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = np.inf
    field = np.fft.irfft2(spectrum * frequency**-roughness, s=(size, size))
    return np.asarray(0.5 + 0.22 * field / field.std(), dtype=np.float32).clip(0.0, 1.0)


@lru_cache(maxsize=1)
def grain_tile() -> NDArray[np.int16]:
    """(256, 1408) int16 in 1/256 code values: a dither of half a code and a trace of film grain."""
    generator = np.random.default_rng(1895)
    fine = generator.random(_GRAIN_TILE) * 256.0
    coarse = generator.standard_normal(_GRAIN_TILE)
    soft = sum(np.roll(coarse, (dy, dx), (0, 1)) for dy in (0, 1) for dx in (0, 1)) / 2.0
    return np.asarray(fine + 150.0 * soft, dtype=np.int16)
