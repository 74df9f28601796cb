"""Light that a lens scatters around what is bright, laid into each light group's plate: it costs no frame anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

KNEE: Final = 0.55
"""Linear light below which next to nothing is scattered."""

MOST: Final = 14.0
RINGS: Final[Mapping[float, float]] = {0.006: 0.075, 0.022: 0.060, 0.075: 0.042}
"""Reach of a ring over the picture's height -> share of the bright light that it takes."""

SHRINK: Final = 4


def bloomed(linear: Floats) -> Floats:
    """(height, width, 3) float32 linear light with the scattered light added; dark pictures come back as they are."""
    height, width = linear.shape[:2]
    small = (max(width // SHRINK, 1), max(height // SHRINK, 1))
    coarse = np.minimum(cv2.resize(linear, small, interpolation=cv2.INTER_AREA), MOST)
    level = coarse.max(axis=2, keepdims=True)
    if float(level.max()) <= KNEE:
        return linear
    bright = coarse * np.maximum(level - KNEE, 0.0) / np.maximum(level, 1e-4)
    scattered = np.zeros_like(bright)
    for reach, share in RINGS.items():
        scattered += share * cv2.GaussianBlur(bright, (0, 0), reach * height / SHRINK)
    wide = cv2.resize(scattered, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(linear + wide, dtype=np.float32)
