"""The film's tone curve: linear light to display values. Every engine that shows a picture uses this one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def filmic(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear radiance to display-linear 0..1 (Narkowicz's fit of the ACES reference curve, 2015)."""
    x = np.maximum(linear, 0) * np.float32(0.8)
    return np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1).astype(np.float32)


def tone(linear: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(..., 3) linear RGB radiance to (..., 3) uint8 sRGB (IEC 61966-2-1) through the filmic curve."""
    c = filmic(linear)
    encoded = np.where(c <= 0.0031308, c * 12.92, 1.055 * np.power(np.maximum(c, 1e-6), 1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)
