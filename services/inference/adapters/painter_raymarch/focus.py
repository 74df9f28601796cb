"""Depth of field: the background of close framings thrown out of focus, in linear light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def _disc(radius: float) -> Floats:
    """Normalised disc with a soft rim, as an open lens draws a point."""
    reach = int(np.ceil(radius))
    line = np.arange(-reach, reach + 1, dtype=np.float32)
    distance = np.hypot(line[None, :], line[:, None])
    disc = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
    return np.asarray(disc / disc.sum(), dtype=np.float32)


def blur_radii(depth: Floats, focus_m: float, strongest_px: float) -> Floats:
    """Radius in pixels of the circle of confusion, strongest_px at infinity (thin lens)."""
    radii = strongest_px * np.abs(1 - focus_m / np.maximum(depth, 0.05))
    return np.minimum(radii, strongest_px * 1.3).astype(np.float32)


def defocus(linear: Floats, radii: Floats) -> Floats:
    """(height, width, 3) float32 blurred by a disc that varies over the picture (two discs, interpolated)."""
    strongest = float(radii.max())
    if strongest < 0.6:
        return linear
    near, far = cv2.filter2D(linear, -1, _disc(strongest * 0.5)), cv2.filter2D(linear, -1, _disc(strongest))
    amount = (radii / strongest)[..., None]
    low = linear + (near - linear) * np.minimum(amount * 2, 1)
    return np.asarray(low + (far - low) * np.maximum(amount * 2 - 1, 0), dtype=np.float32)
