"""Puppets on the stage: which mouth they show at each frame, and where the camera sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import Pose
from services.inference.adapters.animator_stage.scenery import Scenery
from services.inference.domain.shot import SpokenLine, Staging
from services.inference.domain.speech import Speech
from services.inference.domain.timebase import SAMPLES_PER_FRAME
from services.inference.ports import PuppetTrack

CLOSED_MOUTH: Final = "rest"
_CLOSURES: Final = ("mbp", "fv")
_IDLE_POSES: Final = ("stand", "operate", "sit", "point")
_IDLE_SWING: Final = (0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Actor:
    """mouths: mouth shape of each frame of the shot."""

    staging: Staging
    track: PuppetTrack
    mouths: tuple[str, ...]

    @property
    def stays(self) -> bool:
        """Whether it acts in place."""
        return self.staging.pose in _IDLE_POSES

    def idle_frame(self, last_frame: int, step: int) -> int:
        """Frame to draw while the shot is held: breathing back and forth, or stock-still in the middle of an act."""
        if self.stays:
            return max(last_frame - _IDLE_SWING[step % len(_IDLE_SWING)], 0)
        return last_frame


def mouths_of(
    staging: Staging, lines: Sequence[SpokenLine], speeches: Sequence[Speech], frame_count: int
) -> tuple[str, ...]:
    """Mouth shape at the middle of each frame, from the lines of the character whose mouth the puppet shows.

    Lips that meet are seen in one frame at least, however short they do.
    """
    shapes = [CLOSED_MOUTH] * frame_count
    if not staging.speaks:
        return tuple(shapes)
    for line, speech in zip(lines, speeches, strict=True):
        if line.speaker != staging.speaks:
            continue
        for viseme in speech.visemes:
            first = _frame_holding(line.start_frame, viseme.start_sample)
            last = _frame_holding(line.start_frame, viseme.end_sample)
            if last <= first and viseme.shape in _CLOSURES:
                first = last - 1
                last = first + 1
            for frame in range(max(first, 0), min(last, frame_count)):
                shapes[frame] = viseme.shape
    return tuple(shapes)


def _frame_holding(start_frame: int, sample: int) -> int:
    """First frame whose middle is at or after a sample of the line."""
    return start_frame + -(-(sample - SAMPLES_PER_FRAME // 2) // SAMPLES_PER_FRAME)


@dataclass(frozen=True, slots=True)
class Placing:
    """affine: output pixel to sprite pixel (ax, bx, cx, ay, by, cy); box: x0, y0, x1, y1 output pixels, even."""

    affine: NDArray[np.float64]
    box: NDArray[np.int64]
    scale: float


def place(
    scenery: Scenery, pose: Pose, width: int, height: int, sprite: tuple[int, int], corner: tuple[int, int],
    depth_m: float, margin_px: int = 0,
) -> Placing | None:
    """Where a flat sprite (height, width) with its upper left plate pixel at `corner`, standing at depth_m, is seen.

    None when it is out of the picture. margin_px: how much larger than the sprite the box is on each side.
    """
    rows, columns = sprite
    x, y = corner
    ends = np.array([[x, y], [x + columns, y], [x, y + rows], [x + columns, y + rows]], dtype=np.float64)
    seen = see(scenery, pose, width, height, ends, depth_m)
    if seen is None:
        return None
    forward = np.stack([(seen[1] - seen[0]) / columns, (seen[2] - seen[0]) / rows], axis=1)
    back = np.linalg.inv(forward)
    shift = -back @ seen[0]
    low = np.maximum(np.floor(seen.min(axis=0)) - margin_px, 0.0).astype(np.int64) & ~1
    high = np.minimum(np.ceil(seen.max(axis=0)) + 1 + margin_px, (width, height)).astype(np.int64)
    if (low >= high).any():
        return None
    return Placing(
        affine=np.array([*back[0], shift[0], *back[1], shift[1]]),
        box=np.array([low[0], low[1], high[0], high[1]]),
        scale=float(np.hypot(*forward[:, 0])),
    )


def see(
    scenery: Scenery, pose: Pose, width: int, height: int, plate_points: NDArray[np.float64], depth_m: float
) -> NDArray[np.float64] | None:
    """(n, 2) picture pixels of plate pixels that lie depth_m along the plate's axis; None behind the camera."""
    focal = scenery.plates.camera.focal_px
    points = np.empty((len(plate_points), 3))
    points[:, 0] = (plate_points[:, 0] - 0.5 * scenery.width) / focal * depth_m
    points[:, 1] = (0.5 * scenery.height - plate_points[:, 1]) / focal * depth_m
    points[:, 2] = depth_m
    ahead = (points - pose.position()) @ pose.axes()
    if (ahead[:, 2] < 0.15).any():
        return None
    pixels = focal / ahead[:, 2]
    return np.stack([0.5 * width + ahead[:, 0] * pixels, 0.5 * height - ahead[:, 1] * pixels], axis=1)
