"""The soft shadow under a puppet, so that it stands on the floor instead of before it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.inference.domain.plates import Camera

REACH_M = 0.5


@dataclass(frozen=True, slots=True)
class Shadow:
    """box: left, top, right, bottom in the plate's pixels; spots: (n, 2) floor x, z."""

    box: tuple[int, int, int, int]
    spots: NDArray[np.float64]
    rays: NDArray[np.float64]
    drop: float
    strength: float
    spread: float

    def lay_under(self, rgba: NDArray[np.uint8], left: int, top: int, light: float) -> None:
        """Darkens what the sprite leaves open; less where there is little light to be hidden."""
        strength = self.strength * min(1.0, 0.35 + 0.65 * light)
        _lay(rgba, left, top, np.array(self.box), self.spots, self.rays, self.drop, strength, self.spread)


def cast_shadow(
    camera: Camera, size: tuple[int, int], points: list[NDArray[np.float64]], strength: float, spread: float
) -> Shadow | None:
    """spread: how much wider than a person's. None when no floor near the points is in the picture."""
    position = np.asarray(camera.position, np.float64)
    drop = float(points[0][1] - position[1])
    if strength <= 0.0 or drop > -0.1:
        return None
    axes = np.array([camera.right, camera.up, camera.forward], np.float64)
    reach = REACH_M * spread
    corners = [point + np.array([dx, 0, dz]) for point in points for dx in (-reach, reach) for dz in (-reach, reach)]
    view = (np.array(corners) - position) @ axes.T
    if view[:, 2].min() < 0.2:
        return None
    x = size[0] / 2 + view[:, 0] / view[:, 2] * camera.focal_px
    y = size[1] / 2 - view[:, 1] / view[:, 2] * camera.focal_px
    box = (
        max(0, math.floor(x.min())), max(0, math.floor(y.min())),
        min(size[0], math.ceil(x.max())), min(size[1], math.ceil(y.max())),
    )  # fmt: skip
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    rays = np.concatenate([axes.ravel(), [camera.focal_px, size[0] / 2, size[1] / 2]])
    spots = np.array([[point[0] - position[0], point[2] - position[2]] for point in points])
    return Shadow(box, spots, rays, drop, strength, spread)


@njit(cache=True, nogil=True, fastmath=True)
def _lay(
    rgba: NDArray[np.uint8], left: int, top: int, box: NDArray[np.int64], spots: NDArray[np.float64],
    rays: NDArray[np.float64], drop: float, strength: float, spread: float,
) -> None:  # fmt: skip
    focal, centre_x, centre_y = rays[9], rays[10], rays[11]
    near, far = 0.017 * spread * spread, 0.075 * spread * spread
    mean_x, mean_z = spots[:, 0].mean(), spots[:, 1].mean()
    for y in range(max(box[1], top), min(box[3], top + rgba.shape[0])):
        v = (centre_y - y - 0.5) / focal
        for x in range(max(box[0], left), min(box[2], left + rgba.shape[1])):
            alpha = rgba[y - top, x - left, 3]
            if alpha == 255:
                continue
            u = (x + 0.5 - centre_x) / focal
            dy = rays[1] * u + rays[4] * v + rays[7]
            if dy > -1e-3:
                continue
            reach = drop / dy
            wx = (rays[0] * u + rays[3] * v + rays[6]) * reach
            wz = (rays[2] * u + rays[5] * v + rays[8]) * reach
            open_ = 1.0
            for n in range(spots.shape[0]):
                d = ((wx - spots[n, 0]) ** 2 + (wz - spots[n, 1]) ** 2) / near
                if d < 8.0:
                    open_ *= 1.0 - 0.62 * math.exp(-d)
            d = ((wx - mean_x) ** 2 + (wz - mean_z) ** 2) / far
            if d < 8.0:
                open_ *= 1.0 - 0.42 * math.exp(-d)
            dark = (1.0 - open_) * strength
            if dark > 0.003:
                rgba[y - top, x - left, 3] = np.uint8(alpha + (255.0 - alpha) * min(1.0, dark) + 0.5)
