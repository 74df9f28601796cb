"""Inner loops of the mixing desk: colouring a note, placing it in a stem and in the hall's send, and hearing a stem."""

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
_FULL_SCALE: Final = 32_767.0
_KNEE: Final = np.float32(0.3)
_CEILING: Final = np.float32(0.48)


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


@njit(cache=True, nogil=True)
def _colour(pcm: NDArray[np.float32], b0: float, a1: float, a2: float, keep: float, shape: NDArray[np.float32]) -> None:
    # Both sides in one pass: each waits for its own last value, so that together they take hardly longer than one.
    left_x1 = left_x2 = left_y1 = left_y2 = left_high = 0.0
    right_x1 = right_x2 = right_y1 = right_y2 = right_high = 0.0
    for i in range(pcm.shape[0]):
        left, right = float(pcm[i, 0]), float(pcm[i, 1])
        left_y = b0 * (left + 2.0 * left_x1 + left_x2) - a1 * left_y1 - a2 * left_y2
        right_y = b0 * (right + 2.0 * right_x1 + right_x2) - a1 * right_y1 - a2 * right_y2
        left_x2, left_x1, right_x2, right_x1 = left_x1, left, right_x1, right
        left_high = keep * (left_high + left_y - left_y1)
        right_high = keep * (right_high + right_y - right_y1)
        left_y2, left_y1, right_y2, right_y1 = left_y1, left_y, right_y1, right_y
        pcm[i, 0] = left_high * shape[i]
        pcm[i, 1] = right_high * shape[i]


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def as_integers(pcm: NDArray[np.float32], gain: float) -> NDArray[np.int16]:
    """pcm (samples, 2) at a gain, as 16-bit integers."""
    out = np.empty(pcm.shape, np.int16)
    scale, most = np.float32(gain * _FULL_SCALE), np.float32(_FULL_SCALE)
    for i in range(pcm.shape[0]):
        for side in range(2):
            out[i, side] = np.int16(np.rint(min(max(pcm[i, side] * scale, -most), most)))
    return out


@njit(cache=True, nogil=True)
def add_integers(mix: NDArray[np.int32], pcm: NDArray[np.int16]) -> None:
    """Adds pcm (samples, 2) to mix (samples, 2)."""
    for i in range(mix.shape[0]):
        mix[i, 0] += pcm[i, 0]
        mix[i, 1] += pcm[i, 1]


@njit(cache=True, nogil=True)
def present(mix: NDArray[np.int32], presence: NDArray[np.float32]) -> NDArray[np.float32]:
    """A stem (samples, 2) as it is heard: unchanged below the knee, peaks above it approach the ceiling; times its
    presence (samples,)."""
    out = np.empty(mix.shape, np.float32)
    room = _CEILING - _KNEE
    for i in range(mix.shape[0]):
        for side in range(2):
            value = np.float32(mix[i, side]) * np.float32(1.0 / _FULL_SCALE)
            over = abs(value) - _KNEE
            if over > 0.0:
                bent = _KNEE + room * np.tanh(over / room)
                value = bent if value > 0.0 else -bent
            out[i, side] = value * presence[i]
    return out
