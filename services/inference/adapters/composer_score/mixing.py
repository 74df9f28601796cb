"""Inner loops of the mixing desk: colouring a note, and placing it in a stem and in the hall's send."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.inference.domain.timebase import SAMPLE_RATE_HZ

_RUMBLE_HZ: Final = 28.0
"""Below it lies only the offset that recordings of real instruments carry, which would add up."""
OPEN_HZ: Final = 18_000.0


def colour(pcm: NDArray[np.float32], lowpass_hz: float, shape: NDArray[np.float32]) -> None:
    """Filters (samples, 2) in place and multiplies it by `shape` (samples,).

    Second-order Butterworth low pass (R. Bristow-Johnson, Audio EQ Cookbook) and a first-order high pass.
    """
    omega = 2.0 * math.pi * min(lowpass_hz, OPEN_HZ) / SAMPLE_RATE_HZ
    alpha = math.sin(omega) / math.sqrt(2.0)
    scale = 1.0 / (1.0 + alpha)
    b0 = 0.5 * (1.0 - math.cos(omega)) * scale
    keep = math.exp(-2.0 * math.pi * _RUMBLE_HZ / SAMPLE_RATE_HZ)
    _colour(pcm, b0, -2.0 * math.cos(omega) * scale, (1.0 - alpha) * scale, keep, shape)


@njit(cache=True)
def _colour(pcm: NDArray[np.float32], b0: float, a1: float, a2: float, keep: float, shape: NDArray[np.float32]) -> None:
    for side in range(2):
        x1 = x2 = y1 = y2 = high = 0.0
        for i in range(pcm.shape[0]):
            x = pcm[i, side]
            y = b0 * (x + 2.0 * x1 + x2) - a1 * y1 - a2 * y2
            x2 = x1
            x1 = x
            high = keep * (high + y - y1)
            y2 = y1
            y1 = y
            pcm[i, side] = high * shape[i]


@njit(cache=True)
def place(
    mix: NDArray[np.float32], send: NDArray[np.float32], pcm: NDArray[np.float32], at: int, left: float, right: float,
    share: float,
) -> None:  # fmt: skip
    """Adds pcm (samples, 2) to mix (count, 2) from sample `at`, and its middle to send (count,)."""
    for i in range(min(pcm.shape[0], mix.shape[0] - at)):
        a = np.float32(pcm[i, 0])
        b = np.float32(pcm[i, 1])
        mix[at + i, 0] += a * np.float32(left)
        mix[at + i, 1] += b * np.float32(right)
        send[at + i] += (a + b) * np.float32(share)
