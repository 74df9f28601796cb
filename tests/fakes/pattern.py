"""A moving picture whose colour says how often it was asked to change: dunes under a sun, painted once and panned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TINTS = ((1.0, 1.0, 1.0), (0.62, 0.78, 1.12), (1.18, 0.72, 0.6), (0.9, 0.95, 1.0))


class Pattern:
    """Frames of width x height."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        panorama = _panorama(width * 2, height)
        self._tinted = [np.clip(panorama * np.array(tint), 0, 255).astype(np.uint8) for tint in TINTS]

    def frame(self, frame_index: int, tint: int) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB; `tint` picks the colour."""
        sway = 0.5 - 0.5 * np.cos(frame_index / 400)
        left = int(sway * self._width)
        return np.ascontiguousarray(self._tinted[tint % len(TINTS)][:, left : left + self._width])


def _panorama(width: int, height: int) -> NDArray[np.float64]:
    random = np.random.default_rng(7)
    rows = np.linspace(0, 1, height)[:, None, None]
    top, low = np.array([58, 34, 40]), np.array([226, 158, 108])
    picture = np.broadcast_to(top + (low - top) * np.clip(rows * 1.6, 0, 1), (height, width, 3)).astype(float)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    far = np.hypot(x - width * 0.56, y - height * 0.34) / height
    picture += np.array([255, 235, 200]) * (np.exp(-((far / 0.07) ** 8)) + 0.5 * np.exp(-far / 0.16))[..., None]
    columns = np.arange(width) / height
    for layer in range(6):
        depth = layer / 5
        line = sum(np.sin(columns * 2.3**octave + random.uniform(0, 6.3)) / 1.9**octave for octave in range(1, 7))
        edge = height * (0.55 + 0.34 * depth) + line * height * 0.05 * (1 - 0.4 * depth)
        colour = np.array([176, 110, 78]) * (1 - depth) + np.array([34, 17, 14]) * depth
        cover = np.clip((y - edge[None, :]) / 1.5, 0, 1)[..., None]
        lit = colour + 22 * np.exp(-(y - edge[None, :]) / 14)[..., None] * (1 - depth)
        picture = picture * (1 - cover) + lit * cover
    return np.clip(picture + random.normal(0, 2.0, (height, width, 1)), 0, 255)
