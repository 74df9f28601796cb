"""Linear light to the square-root encoded bytes of a plate, with a fixed dither against banding."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

BRIGHTEST = 7.0
DARKEST_SCALE = 0.02


@lru_cache(maxsize=4)
def _dither(height: int, width: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(height * 7919 + width)
    return rng.random((height, width, 1), dtype=np.float32).repeat(3, axis=2)


def encode(linear: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
    """(height, width, 3) float32 linear radiance to (bytes, scale): linear = scale * (byte / 255) ** 2.

    Light above BRIGHTEST is clipped: the tone curve is white there.
    """
    scale = float(min(max(float(linear.max()), DARKEST_SCALE), BRIGHTEST))
    height, width = linear.shape[:2]
    value = cv2.sqrt(np.clip(linear, 0, scale)) * np.float32(255 / np.sqrt(scale))
    return np.minimum(value + _dither(height, width), 255).astype(np.uint8), scale


def decode(encoded: NDArray[np.uint8], scale: float) -> NDArray[np.float32]:
    """The inverse of `encode`."""
    value = encoded.astype(np.float32) * np.float32(1 / 255)
    return value * value * np.float32(scale)
