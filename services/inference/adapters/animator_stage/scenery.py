"""Plates made ready for drawing: planar light groups, inverse depth for reprojection, and what blocks a puppet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import Lens
from services.inference.domain.plates import LIGHT_GROUPS, Plates

DEPTH_CODES_PER_OCTAVE: Final = 19.0
BLOCKER_TILE: Final = 16
_SKY_FROM_M: Final = 5e3
_OUTDOOR_SKY: Final = 0.12
_UPRIGHT_NORMAL: Final = 100
_FARTHEST_SUBJECT_M: Final = 60.0


@dataclass(frozen=True, slots=True)
class Scenery:
    """near: (height / 2, width / 2) float32 inverse metres, thickened so that near things keep their outlines.

    stack: (groups, 3, height, width) uint8. blockers: (height, width) float32 inverse metres, 0 on floors and sky;
    nearest_blockers: their largest in each tile of BLOCKER_TILE x BLOCKER_TILE pixels.
    depth_code: (height, width) uint8, DEPTH_CODES_PER_OCTAVE * log2(1 + metres). mean_light: group -> mean linear RGB.
    """

    plates: Plates
    width: int
    height: int
    stack: NDArray[np.uint8]
    scales: NDArray[np.float32]
    near: NDArray[np.float32]
    blockers: NDArray[np.float32]
    nearest_blockers: NDArray[np.float32]
    depth_code: NDArray[np.uint8]
    mean_light: NDArray[np.float32]
    outdoor: bool
    windows: bool

    def coefficients(self, weights: Mapping[str, float], gains: NDArray[np.float32]) -> NDArray[np.float32]:
        """(groups, 3) float32 for `kernels.mix`."""
        levels = np.array([weights.get(group, 0.0) for group in LIGHT_GROUPS], dtype=np.float32)
        return np.asarray((levels * self.scales / 65025.0)[:, None] * gains[None, :], dtype=np.float32)

    def air_light(self, weights: Mapping[str, float], gains: NDArray[np.float32]) -> NDArray[np.float32]:
        """(3,) linear RGB of something grey hanging in the place, lit as the place is."""
        levels = np.array([weights.get(group, 0.0) for group in LIGHT_GROUPS], dtype=np.float32)
        return np.asarray((levels[:, None] * self.mean_light).sum(axis=0) * gains, dtype=np.float32)

    def lens(self, width: int, height: int, subject_m: float) -> Lens:
        focal = self.plates.camera.focal_px
        return Lens(
            spare_x=float(np.arctan(0.5 * (self.width - width) / focal)),
            spare_y=float(np.arctan(0.5 * (self.height - height) / focal)),
            subject_m=subject_m,
        )

    def blocks(self, left: float, top: float, right: float, bottom: float, near: float) -> bool:
        """Whether anything in a box of the plate, in pixels, may stand before what is `near` (inverse metres)."""
        rows, columns = self.nearest_blockers.shape
        i0, i1 = (min(max(int(x) // BLOCKER_TILE, 0), columns - 1) for x in (left, right))
        j0, j1 = (min(max(int(y) // BLOCKER_TILE, 0), rows - 1) for y in (top, bottom))
        return bool(self.nearest_blockers[j0 : j1 + 1, i0 : i1 + 1].max() > near)

    def central_depth_m(self) -> float:
        """Typical distance of what the middle of the picture shows, sky apart."""
        rows, columns = self.near.shape
        middle = self.near[rows // 4 : 3 * rows // 4, columns // 4 : 3 * columns // 4]
        solid = middle[middle > 1.0 / _SKY_FROM_M]
        return min(float(1.0 / np.median(solid)), _FARTHEST_SUBJECT_M) if solid.size else _FARTHEST_SUBJECT_M


def build_scenery(plates: Plates) -> Scenery:
    height, width = (side - side % 2 for side in plates.depth.shape)
    depth = np.ascontiguousarray(plates.depth[:height, :width], dtype=np.float32)
    inverse = np.asarray(1.0 / np.maximum(depth, 0.05), dtype=np.float32)
    stack = np.zeros((len(LIGHT_GROUPS), 3, height, width), dtype=np.uint8)
    scales = np.zeros(len(LIGHT_GROUPS), dtype=np.float32)
    for index, group in enumerate(LIGHT_GROUPS):
        if group in plates.groups:
            stack[index] = plates.groups[group][:height, :width].transpose(2, 0, 1)
            scales[index] = plates.scale[group]
    sky = depth > _SKY_FROM_M
    blockers = _blockers(plates, inverse, sky)
    return Scenery(
        plates=plates,
        width=width,
        height=height,
        stack=stack,
        scales=scales,
        near=_thickened(inverse),
        blockers=blockers,
        nearest_blockers=_tile_maxima(blockers),
        depth_code=np.minimum(DEPTH_CODES_PER_OCTAVE * np.log2(1.0 + depth), 255.0).astype(np.uint8),
        mean_light=_mean_light(stack, scales, sky),
        outdoor=bool(sky.mean() > _OUTDOOR_SKY),
        windows="windows" in plates.masks,
    )


def _thickened(inverse: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half size; near things grow by some pixels, so that it is the far side of an edge that stretches."""
    rows, columns = inverse.shape
    pooled = inverse.reshape(rows // 2, 2, columns // 2, 2).max(axis=(1, 3))
    reach = 2 * round(rows / 250) + 1
    grown = cv2.dilate(pooled, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), 0.002 * rows), dtype=np.float32)


def _blockers(plates: Plates, inverse: NDArray[np.float32], sky: NDArray[np.bool_]) -> NDArray[np.float32]:
    rows, columns = inverse.shape
    if "floor" in plates.masks:
        floor = plates.masks["floor"][:rows, :columns] > 96
    else:
        floor = plates.normals[:rows, :columns, 1] > _UPRIGHT_NORMAL
    return np.asarray(np.where(floor | sky, 0.0, inverse), dtype=np.float32)


def _tile_maxima(field: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = (-(-side // BLOCKER_TILE) for side in field.shape)
    padded = np.zeros((rows * BLOCKER_TILE, columns * BLOCKER_TILE), np.float32)
    padded[: field.shape[0], : field.shape[1]] = field
    return np.asarray(padded.reshape(rows, BLOCKER_TILE, columns, BLOCKER_TILE).max(axis=(1, 3)))


def _mean_light(stack: NDArray[np.uint8], scales: NDArray[np.float32], sky: NDArray[np.bool_]) -> NDArray[np.float32]:
    solid = ~sky if (~sky).any() else np.ones_like(sky)
    coded = stack[:, :, ::4, ::4].astype(np.float32) / 255.0
    means = (coded * coded * solid[::4, ::4]).sum(axis=(2, 3)) / max(int(solid[::4, ::4].sum()), 1)
    return np.asarray(means * scales[:, None], dtype=np.float32)
