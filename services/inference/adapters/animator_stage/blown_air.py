"""Air that blows: sheets of fog and dust before the camera, and gusts behind the windows of a room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import kernels_scene
from services.inference.adapters.animator_stage.air import TILE
from services.inference.domain.timebase import FRAMES_PER_SECOND

BLOWN: Final = {"dust": 0.3, "storm": 0.65}
"""Strength of blown dust by weather."""
_GUSTS_M: Final = (36.0, 60.0)
"""How far behind a window dust is seen to blow."""
_GUST_M_PER_S: Final = 11.0
_GUST_SHADE: Final = 0.3
Field = NDArray[np.float32]


def drifting(fog: float, storm: float, subject_m: float, time_s: float) -> NDArray[np.float64]:
    """Rows for `kernels_scene.billow`: fog about the subject, and dust that a storm drives past; strengths 0..1."""
    rows = []
    if fog > 0.0:
        for index, far in enumerate((0.45, 0.85, 1.6)):
            depth = far * subject_m
            scale = TILE / (1.1 * depth + 2.0)
            blow = (0.16 - 0.25 * (index == 1)) * scale * time_s
            rows.append((depth, scale, blow + 71.0 * index, 37.0 * index, 0.75 * fog, 0.15, 0.22 * depth + 0.3))
    if storm > 0.0:
        for index, far in enumerate((0.3, 0.8, 2.0)):
            depth = far * min(subject_m, 25.0)
            scale = TILE / (1.9 * depth + 2.0)
            blow = (2.6 + 1.2 * index) * scale * time_s
            rows.append((depth, scale, -blow + 53.0 * index, 91.0 * index, 0.5 * storm, 0.5 * depth, depth))
    return np.array(rows, dtype=np.float64).reshape(-1, 7)


def gusts(
    strength: float,
    near: Field,
    pose: NDArray[np.float64],
    focal_px: float,
    size: tuple[int, int],
    tile: Field,
    air: Sequence[tuple[int, float]],
) -> Field:
    """Factors on the light of what is seen, at the points of the picture's grid: gusts take some of it behind windows,
    and so they have the colour of the day outside, not of the room's lamps.

    near: (rows, columns) inverse metres. pose: as `Pose.packed`. size: of the picture in pixels. tile: seamless
    billows. air: (frame, share) pairs that are laid over each other.
    """
    # The near is drawn thicker than it is; what lies behind a window reaches to its very edge.
    seen = cv2.erode(near, np.ones((3, 3), np.uint8))
    dimmed = np.zeros_like(near)
    for frame, share in air:
        blow = _GUST_M_PER_S * frame / FRAMES_PER_SECOND
        scales = [(depth, TILE / (2.4 * depth)) for depth in _GUSTS_M]
        rows = [(depth, scale, -blow * scale, 59.0 * depth, strength, 1e3, 1.0) for depth, scale in scales]
        kernels_scene.billow(seen, pose, focal_px, *size, tile, np.array(rows, dtype=np.float64), share, dimmed)
    return np.asarray(1.0 - _GUST_SHADE * cv2.blur(dimmed, (3, 3)), dtype=np.float32)
