"""Where a figure stands before the camera and which way it is turned; who is looked past is moved to suit the lens."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.design import Body
from services.inference.adapters.puppets_sprite.lighting import unit, view_axes
from services.inference.domain.plates import Plates
from services.inference.domain.shot import Staging

FACING_DEGREES = 52.0
AWAY_DEGREES = 122.0
FOREGROUND_M = 1.2
"""A puppet where the picture is no higher than this may be in the foreground of an over-the-shoulder shot."""

PAST_M, FARTHEST_BACK = 1.0, 1.25
"""Who is looked past stands where the picture is about this high, but no more than so much farther than it was asked:
as on a film set, where people are moved to suit the lens."""

LEFT_FREE, FARTHEST_ASIDE = 0.22, 0.46
"""Share of the picture's width between its middle and the near shoulder of whoever is looked past, and between its
middle and theirs at most."""

SOFT = 0.55
"""How finely, of what its size asks for, a figure is made that is out of focus."""


@dataclass(frozen=True, slots=True)
class Standing:
    """floor: the mark's place in the world; towards: level, from there to the camera; yaw_degrees: off from that;
    depth_m: along the camera's axis; pixels_per_m: how finely it is seen; past: whether it is looked past."""

    floor: NDArray[np.float64]
    towards: NDArray[np.float64]
    yaw_degrees: float
    depth_m: float
    pixels_per_m: float
    past: bool = False


def standing_of(staging: Staging, plates: Plates, body: Body) -> Standing:
    """The place of a puppet in a picture."""
    camera = plates.camera
    axes = view_axes(camera)
    floor = np.asarray(plates.stages[staging.position].floor, np.float64)
    offset = floor - np.asarray(camera.position, np.float64)
    level = np.array([-offset[0], 0.0, -offset[2]])
    towards = unit(level) if np.linalg.norm(level) > 1e-6 else -np.asarray(camera.forward, np.float64)
    depth = float(-(axes @ offset)[2])
    standing = Standing(
        floor, towards, FACING_DEGREES * staging.facing, depth, camera.focal_px / max(0.3, depth)
    )  # fmt: skip
    return _aside(standing, staging, plates, body) if _is_past(standing, staging, plates) else standing


def _is_past(standing: Standing, staging: Staging, plates: Plates) -> bool:
    """Large, at the picture's edge and facing inwards: it is looked past, over its shoulder."""
    height, width = plates.depth.shape
    camera, depth = plates.camera, max(standing.depth_m, 0.1)
    across = float((view_axes(camera) @ (standing.floor - np.asarray(camera.position)))[0]) / depth
    offset = across * camera.focal_px / width
    shown_m = height * standing.depth_m / camera.focal_px
    return bool(shown_m < FOREGROUND_M and abs(offset) > 0.2 and offset * staging.facing < 0)


def _aside(standing: Standing, staging: Staging, plates: Plates, body: Body) -> Standing:
    """Farther and at the picture's rim, away from whom the shot is about, and seen from behind."""
    height, width = plates.depth.shape
    camera = plates.camera
    axes, position = view_axes(camera), np.asarray(camera.position, np.float64)
    shown_m = height * standing.depth_m / camera.focal_px
    farther = min(FARTHEST_BACK, max(1.0, PAST_M / shown_m))
    across, up, _ = (axes @ (standing.floor - position)).tolist()
    depth = standing.depth_m * farther
    width_m = width * depth / camera.focal_px
    shoulder = 0.62 * body.shoulders * body.height / 1.7 * max(1.0, body.bulk)
    least = min(LEFT_FREE * width_m + shoulder, FARTHEST_ASIDE * width_m)
    aside = math.copysign(max(abs(across) * farther, least), across)
    moved = axes.T @ np.array((aside, up, -depth)) + position
    floor = np.array((moved[0], standing.floor[1], moved[2]))
    depth = float(-(axes @ (floor - position))[2])
    return replace(
        standing, floor=floor, yaw_degrees=AWAY_DEGREES * staging.facing, depth_m=depth,
        pixels_per_m=SOFT * camera.focal_px / max(0.3, depth), past=True,
    )  # fmt: skip
