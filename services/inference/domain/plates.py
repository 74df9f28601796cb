"""Painted views of a place, and the geometry that lets a camera move in them and puppets stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIGHT_GROUPS = ("key", "fill", "practicals", "alarm", "emission")
"""key: sun or main light; fill: sky and bounce; practicals: lamps in the place; alarm: red emergency light;
emission: screens, glyphs, glowing things, and the sky itself (it is not switched off with the lamps)."""

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole in metres; x right, y up, z towards the viewer's back is free: the axes are the given unit vectors.

    A world point p is at d = p - position, depth = d·forward, and in the picture at
    x_px = width/2 + d·right / depth * focal_px, y_px = height/2 - d·up / depth * focal_px.
    """

    position: Vector
    right: Vector
    up: Vector
    forward: Vector
    focal_px: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a puppet may stand. floor: world point under the feet (metres).

    irradiance: light group -> linear RGB light that reaches a person there, in the same units as the plates;
    direction: light group -> unit vector towards where most of that light comes from.
    """

    floor: Vector
    irradiance: Mapping[str, Vector]
    direction: Mapping[str, Vector]


@dataclass(frozen=True, slots=True)
class Plates:
    """One painted view.

    groups: light group -> (height, width, 3) uint8, square-root encoded linear radiance:
        linear = scale[group] * (value / 255) ** 2. A frame is tone(sum over groups of weight * linear).
    depth: (height, width) float32, metres along `camera.forward`; the sky is 1e4.
    normals: (height, width, 3) int8, world space, 127 is 1.
    masks: name -> (height, width) uint8 coverage, at least "sky", "screens", "glow", "floor" where present;
        "windows": what a room shows of the outside.
    width and height include the `Spare` that was asked for beyond the picture, so that the camera can move.
    fog: linear RGB of the air, and its extinction per metre.
    """

    identity: str
    groups: Mapping[str, NDArray[np.uint8]]
    scale: Mapping[str, float]
    depth: NDArray[np.float32]
    normals: NDArray[np.int8]
    masks: Mapping[str, NDArray[np.uint8]]
    camera: Camera
    stages: Mapping[str, Stage]
    fog_colour: Vector
    fog_extinction_per_m: float


OVERSCAN = 1.16


@dataclass(frozen=True, slots=True)
class Spare:
    """How much wider and taller than the picture its plates are painted; the lens stays the same."""

    across: float = OVERSCAN
    up: float = OVERSCAN

    def plate_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the plates of a picture, pixels."""
        return round(width * self.across), round(height * self.up)


LEAST_SPARE = Spare()
MOST_SPARE = 2.0
