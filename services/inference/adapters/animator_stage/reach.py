"""How far a camera move may go before it looks past the painted plate, or too closely at it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from services.inference.adapters.animator_stage import kernels, kernels_view
from services.inference.adapters.animator_stage.camera import MOST_ENERGY, CameraPath, Pose
from services.inference.adapters.animator_stage.scenery import Scenery

_SHRINK: Final = 0.82
_LEAST: Final = 0.05
_MOST_OUTSIDE: Final = 0.003
_SLACK_PX: Final = 1.5
_MOST_MAGNIFIED: Final = 1.9
_MOST_STRETCHED: Final = 0.04


def largest_amplitude(path: CameraPath, scenery: Scenery, width: int, height: int) -> float:
    """Largest amplitude (strength times energy) whose poses all stay inside, but for a trace at the border, and
    enlarge no more than a trace of the painting (a dolly over near ground would smear it). It does
    not depend on the grade, so that a changed grade never moves frames before the change."""
    amplitude = min(MOST_ENERGY, max(path.move.strength, 0.25) * MOST_ENERGY)
    frames = range(0, path.frame_count, max(path.frame_count // 8, 1))
    while amplitude > _LEAST:
        tried = replace(path, most=amplitude)
        poses = [tried.pose(frame, MOST_ENERGY) for frame in (*frames, path.frame_count - 1)]
        if all(_inside(pose, scenery, width, height) for pose in poses):
            return amplitude
        amplitude *= _SHRINK
    return _LEAST


def _inside(pose: Pose, scenery: Scenery, width: int, height: int) -> bool:
    focal = scenery.plates.camera.focal_px
    shape = (height // kernels.GRID_STEP + 1, width // kernels.GRID_STEP + 1)
    sw, sx, sy = (np.empty(shape, np.float32) for _ in range(3))
    packed = pose.packed()
    kernels_view.unveil(scenery.near, packed, focal, focal, width, height, sw)
    kernels_view.reproject(sw, packed, focal, focal, width, height, scenery.width, scenery.height, sx, sy)
    outside = (sx < -_SLACK_PX) | (sy < -_SLACK_PX)
    outside |= (sx > scenery.width + _SLACK_PX) | (sy > scenery.height + _SLACK_PX)
    down = np.abs(np.diff(sy, axis=0)) * (_MOST_MAGNIFIED / kernels.GRID_STEP)
    return float(outside.mean()) <= _MOST_OUTSIDE and float((down < 1.0).mean()) <= _MOST_STRETCHED
