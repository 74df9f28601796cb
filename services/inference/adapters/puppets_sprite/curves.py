"""Small curves that the pixel and vertex kernels share. They know numbers and one tile of noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
STEPS = 4095.0
"""The tone table is indexed by sqrt(linear / 16) * STEPS."""


def compiled(function: Any) -> Any:
    return njit(cache=True, nogil=True, fastmath=True)(function)


def inlined(function: Any) -> Any:
    """Compiled into whoever calls it: a call hands over arrays part by part, which costs more than most kernels do."""
    return njit(cache=True, nogil=True, fastmath=True, inline="always")(function)


@inlined
def power(value: float, gloss: float) -> float:
    """value ** (4 .. 256) in steps of squares, blended between two of them."""
    level = 2.0 + 6.0 * gloss
    whole = int(level)
    for _ in range(whole):
        value *= value
    return value + (value * value - value) * (level - whole)


@inlined
def smooth(low: float, high: float, value: float) -> float:
    t = min(1.0, max(0.0, (value - low) / (high - low)))
    return t * t * (3.0 - 2.0 * t)


@inlined
def blend(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


@compiled
def grained(noise: Floats, x: float, y: float) -> float:
    """Bilinear sample of the tiling noise (128, 128), -1..1."""
    fx, fy = x * 128.0, y * 128.0
    ix, iy = math.floor(fx), math.floor(fy)
    tx, ty = fx - ix, fy - iy
    i, j = int(ix) & 127, int(iy) & 127
    i1, j1 = (i + 1) & 127, (j + 1) & 127
    upper = noise[j, i] + (noise[j, i1] - noise[j, i]) * tx
    lower = noise[j1, i] + (noise[j1, i1] - noise[j1, i]) * tx
    return float(upper + (lower - upper) * ty)


@inlined
def tone_step(value: float, air: Floats, channel: int) -> float:
    value = (value * air[0] + air[1 + channel]) * air[4 + channel]
    return math.sqrt(max(value, 0.0) * 0.0625) * STEPS
