"""A dust devil: a column of dust that turns, rises, sways and wanders across the picture, far away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.plates import Camera
from services.inference.domain.timebase import FRAMES_PER_SECOND

DEPTH_M: Final = 55.0
_STARTS_M, _WANDERS_M_PER_S = -9.0, 2.6
_FOOT_M, _WIDENS, _HEIGHT_M = 1.8, 0.1, 46.0
_TURNS_A_S, _RISES_M_PER_S = 0.55, 5.0
_SWAY_M, _SWAY_HZ = 2.4, 0.16
_SKIRT_M: Final = (8.5, 2.6)
"""Half its width and the height of the dust that it raises at its foot."""
_SOFT: Final = 0.35
"""Over what share of its depth it goes behind what stands there."""

Field = NDArray[np.float32]


def whirl(
    near: Field,
    pose: NDArray[np.float64],
    camera: Camera,
    size: tuple[int, int],
    step: int,
    tile: Field,
    air: Sequence[tuple[int, float]],
) -> Field:
    """How much of what lies behind is hidden by it, 0..1, at the points of the picture's grid.

    near: (rows, columns) inverse metres of what is seen there. pose: as `Pose.packed`. size: width and height of the
    picture; step: pixels between grid points. tile: seamless billows, 0..1. air: (frame, share) pairs that are laid
    over each other.
    """
    hidden = np.zeros_like(near)
    for frame, share in air:
        hidden += share * _whirl(near, pose, camera, size, step, tile, frame / FRAMES_PER_SECOND)
    return hidden


def _whirl(
    near: Field, pose: NDArray[np.float64], camera: Camera, size: tuple[int, int], step: int, tile: Field, time_s: float
) -> Field:
    rows, columns = near.shape
    across = (np.arange(columns, dtype=np.float32)[None, :] * step - size[0] * 0.5) / camera.focal_px
    up = (size[1] * 0.5 - np.arange(rows, dtype=np.float32)[:, None] * step) / camera.focal_px
    reach = (DEPTH_M - pose[11]) / (pose[6] * across + pose[7] * up + pose[8])
    x = pose[9] + (pose[0] * across + pose[1] * up + pose[2]) * reach
    y = pose[10] + (pose[3] * across + pose[4] * up + pose[5]) * reach
    height = camera.position[1] + x * camera.right[1] + y * camera.up[1] + DEPTH_M * camera.forward[1]
    bend = _SWAY_M * np.sin(0.11 * height - 2.0 * math.pi * _SWAY_HZ * time_s) * np.clip(height / 30.0, 0.0, 1.2)
    off = x - (_STARTS_M + _WANDERS_M_PER_S * time_s) - bend
    share = off / (_FOOT_M + _WIDENS * np.clip(height, 0.0, None))
    column = np.sqrt(np.clip(1.0 - share * share, 0.0, None)) * np.clip((_HEIGHT_M - height) / 26.0, 0.0, 1.0)
    turned = np.arcsin(np.clip(share, -1.0, 1.0)) / (2.0 * math.pi)
    texture = _sampled(tile, 4.0 * (turned + _TURNS_A_S * time_s), 0.055 * (height - _RISES_M_PER_S * time_s))
    skirt = np.exp(-((off / _SKIRT_M[0]) ** 2)) * np.clip(1.0 - height / _SKIRT_M[1], 0.0, 1.0) * (height > -8.0)
    blown = _sampled(tile, 0.06 * off + 0.5 * time_s, 0.3 * height)
    dense = np.maximum(column * (0.5 + 0.85 * texture) * (height > -1.0), skirt * (0.3 + 0.6 * blown))
    behind = np.clip((1.0 / DEPTH_M - near) * DEPTH_M / _SOFT + 0.5, 0.0, 1.0)
    return np.asarray(np.clip(dense, 0.0, 1.0) * behind, dtype=np.float32)


def _sampled(tile: Field, u: NDArray[np.floating], v: NDArray[np.floating]) -> Field:
    """The tile at u, v tiles, between its points."""
    size = tile.shape[0]
    x, y = (np.asarray(value, np.float64) * size for value in np.broadcast_arrays(u, v))
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    ax, ay = x - x0, y - y0
    x0, x1, y0, y1 = x0 % size, (x0 + 1) % size, y0 % size, (y0 + 1) % size
    upper = tile[y0, x0] * (1.0 - ax) + tile[y0, x1] * ax
    lower = tile[y1, x0] * (1.0 - ax) + tile[y1, x1] * ax
    return np.asarray(upper * (1.0 - ay) + lower * ay, dtype=np.float32)
