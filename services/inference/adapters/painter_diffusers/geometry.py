"""From one estimated depth picture to a camera, metres, normals, a floor, the sky and places to stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.domain.plates import Camera, Vector

SKY_M: Final = 1e4
EYE_HEIGHT_M: Final = 1.6
PERSON_M: Final = 1.75

_FIELD_OF_VIEW_DEG: Final = {
    "establishing": 75.0,
    "wide": 65.0,
    "medium": 45.0,
    "close": 32.0,
    "over_shoulder": 40.0,
    "insert": 28.0,
    "point_of_view": 60.0,
}
_PERSON_SHARE: Final = {
    "establishing": 0.22,
    "wide": 0.5,
    "medium": 1.1,
    "close": 2.2,
    "over_shoulder": 1.5,
    "insert": 3.0,
    "point_of_view": 0.8,
}
"""Height of a person at the centre position, as a share of the picture's height without overscan."""

_NEAR_FAR_M: Final = {True: (2.0, 400.0), False: (1.2, 25.0)}
_STAGE_X: Final = {"left": 0.32, "centre": 0.5, "right": 0.68, "far": 0.56}
_FAR_TIMES: Final = 2.4


@dataclass(frozen=True, slots=True)
class Floor:
    """The plane y = offset + slope_x * x + slope_z * z in world metres."""

    offset: float
    slope_x: float
    slope_z: float

    def height(self, x: float, z: float) -> float:
        return self.offset + self.slope_x * x + self.slope_z * z


@dataclass(frozen=True, slots=True)
class Geometry:
    """points: (height, width, 3) float32 world metres; normals: the same shape, unit, facing the camera."""

    camera: Camera
    depth: NDArray[np.float32]
    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    sky: NDArray[np.float32]
    floor_mask: NDArray[np.float32]
    floor: Floor


def level_camera(width: int, framing: str) -> Camera:
    """A level pinhole at eye height in the origin, looking along -z."""
    focal_px = width / 2 / float(np.tan(np.radians(_FIELD_OF_VIEW_DEG[framing]) / 2))
    return Camera((0.0, EYE_HEIGHT_M, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), focal_px)


def survey(picture: NDArray[np.uint8], nearness: NDArray[np.float32], framing: str, outdoors: bool) -> Geometry:
    """picture: (h, w, 3) RGB; nearness: (h, w) inverse depth up to scale and shift, larger is nearer.

    The floor that shows in the lower part is brought to EYE_HEIGHT_M under the camera, which fixes the metre.
    """
    height, width = nearness.shape
    camera = level_camera(width, framing)
    near_m, far_m = _NEAR_FAR_M[outdoors]
    low, high = np.percentile(nearness, (1, 99))
    share = np.clip((nearness - low) / max(float(high - low), 1e-6), 0, 1).astype(np.float32)
    depth: NDArray[np.float32] = (1 / (1 / far_m + share * (1 / near_m - 1 / far_m))).astype(np.float32)
    sky = find_sky(picture, share) if outdoors else np.zeros((height, width), np.float32)
    depth = (depth * _metre_scale(_unproject(depth, camera), sky)).astype(np.float32)
    points = _unproject(depth, camera)
    normals = normals_of(points)
    floor = fit_floor(points, normals, sky)
    depth[sky > 0.5] = SKY_M
    return Geometry(camera, depth, points, normals, sky, _floor_mask(points, normals, sky, floor), floor)


def find_sky(picture: NDArray[np.uint8], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1: far, smooth, and joined to the picture's upper edge."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = cv2.GaussianBlur(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), (0, 0), 3)
    candidate = ((share < 0.06) & (rough < 14)).astype(np.uint8)
    candidate[0] |= (share[0] < 0.1).astype(np.uint8)
    labels = cv2.connectedComponents(candidate, connectivity=4)[1]
    joined = np.isin(labels, np.unique(labels[0][candidate[0] > 0])) & (candidate > 0)
    return _soft(joined, 1.2)


def normals_of(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit normals from differences of neighbouring points, after smoothing; they face the camera in the origin."""
    smooth = np.asarray(cv2.bilateralFilter(points, 5, 0.5, 3), np.float32)
    across = np.gradient(smooth, axis=1)
    down = np.gradient(smooth, axis=0)
    raw = np.cross(down, across)
    unit = raw / np.maximum(np.linalg.norm(raw, axis=-1, keepdims=True), 1e-9)
    to_camera = np.array([0.0, EYE_HEIGHT_M, 0.0], np.float32) - points
    away = (unit * to_camera).sum(-1, keepdims=True) < 0
    facing: NDArray[np.float32] = np.where(away, -unit, unit).astype(np.float32)
    return facing


def fit_floor(points: NDArray[np.float32], normals: NDArray[np.float32], sky: NDArray[np.float32]) -> Floor:
    """Trimmed least squares over upward-facing points of the lower third; level ground where too few are seen."""
    start = points.shape[0] * 2 // 3
    chosen = (normals[start:, :, 1] > 0.6) & (sky[start:] < 0.5)
    samples = points[start:][chosen][::7].astype(np.float64)
    if len(samples) < 50:
        return Floor(0.0, 0.0, 0.0)
    for _ in range(4):
        table = np.column_stack([np.ones(len(samples)), samples[:, 0], samples[:, 2]])
        solution = np.linalg.lstsq(table, samples[:, 1], rcond=None)[0]
        error = np.abs(samples[:, 1] - table @ solution)
        samples = samples[error <= np.quantile(error, 0.8)]
    slopes = np.clip(solution[1:], -0.2, 0.2)
    offset = float(np.median(samples[:, 1] - samples[:, 0] * slopes[0] - samples[:, 2] * slopes[1]))
    return Floor(offset, float(slopes[0]), float(slopes[1]))


def stage_floors(camera: Camera, floor: Floor, framing: str, width: int, height: int) -> dict[str, Vector]:
    """Stage position -> world point under the feet; width and height: the asked picture's, without overscan."""
    depth_m = PERSON_M * camera.focal_px / (_PERSON_SHARE[framing] * height)
    floors: dict[str, Vector] = {}
    for name, share in _STAGE_X.items():
        distance_m = depth_m * (_FAR_TIMES if name == "far" else 1.0)
        x = (share - 0.5) * width * distance_m / camera.focal_px
        floors[name] = (x, floor.height(x, -distance_m), -distance_m)
    return floors


def _unproject(depth: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    height, width = depth.shape
    x = (np.arange(width, dtype=np.float32) - width / 2)[None, :] / camera.focal_px
    y = (height / 2 - np.arange(height, dtype=np.float32))[:, None] / camera.focal_px
    return np.stack([x * depth, y * depth + EYE_HEIGHT_M, -depth], axis=-1).astype(np.float32)


def _metre_scale(points: NDArray[np.float32], sky: NDArray[np.float32]) -> float:
    """By how much depths must grow for the lower edge of the picture to lie on the floor under the camera."""
    edge = points[-max(points.shape[0] // 12, 1) :]
    below = EYE_HEIGHT_M - edge[..., 1][sky[-len(edge) :] < 0.5]
    below = below[below > 1e-3]
    return float(np.clip(EYE_HEIGHT_M / np.median(below), 0.1, 10)) if below.size else 1.0


def _floor_mask(
    points: NDArray[np.float32], normals: NDArray[np.float32], sky: NDArray[np.float32], floor: Floor
) -> NDArray[np.float32]:
    level = floor.offset + floor.slope_x * points[..., 0] + floor.slope_z * points[..., 2]
    tolerance = 0.12 + 0.03 * -points[..., 2]
    on_plane = (np.abs(points[..., 1] - level) < tolerance) & (normals[..., 1] > 0.5) & (sky < 0.5)
    return _soft(on_plane, 1.5)


def _soft(mask: NDArray[np.bool_], sigma_px: float) -> NDArray[np.float32]:
    blurred = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma_px), np.float32)
    return np.clip(blurred, 0, 1)
