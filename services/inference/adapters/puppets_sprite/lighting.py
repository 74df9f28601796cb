"""The light of a place as it falls on a puppet: lamps and ambient in view space, and the tone curve as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.plates import LIGHT_GROUPS, Camera, Stage
from services.inference.domain.tone import tone

Floats = NDArray[np.float32]
DIRECT = {"key": 0.86, "fill": 0.25, "practicals": 0.72, "alarm": 0.85, "emission": 0.5}
"""Share of a group's light that comes from its direction; the rest comes from all around."""

SOFTNESS = {"key": 0.05, "fill": 0.6, "practicals": 0.25, "alarm": 0.2, "emission": 0.5}


@dataclass(frozen=True, slots=True)
class Lighting:
    """lamps: (n, LIGHT_ROW) rows of the kernels; sky: (9,) light from above, from below, and along the edges; slope:
    (3,) how the light grows, relative to itself, as a surface leans right, up and to the viewer."""

    lamps: Floats
    sky: Floats
    slope: Floats


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector at length 1 (the zero vector becomes straight up)."""
    size = float(np.linalg.norm(vector))
    return vector / size if size > 1e-9 else np.array([0.0, 1.0, 0.0])


def view_axes(camera: Camera) -> NDArray[np.float64]:
    """(3, 3): rows are right, up and towards the viewer in world space."""
    return np.array([camera.right, camera.up, [-value for value in camera.forward]], np.float64)


def reference_light(stage: Stage) -> float:
    """Mean light at the stage when every group but the alarm is at 1."""
    total = sum(float(sum(value)) / 3 for group, value in stage.irradiance.items() if group != "alarm")
    return float(max(0.02, total))


def subject_gain(reference: float) -> float:
    """How much brighter than the place a figure is lit: as on a film set, where a dim room still shows its faces.

    It hangs on the place alone, not on the weights, so that lights that go out still leave the figure in the dark."""
    return float(min(3.2, max(1.0, (0.46 / reference) ** 0.85)))


def light(
    stage: Stage, weights: Mapping[str, float], axes: NDArray[np.float64], worn: NDArray[np.float32] | None
) -> Lighting:
    """worn: linear RGB of a lamp the puppet carries before its own face, or None."""
    lamps: list[NDArray[np.float64]] = []
    gain = subject_gain(reference_light(stage))
    ambient_up, ambient_down, rim, bounce = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for group in LIGHT_GROUPS:
        colour = np.asarray(stage.irradiance.get(group, (0.0, 0.0, 0.0)), np.float64) * weights.get(group, 1.0) * gain
        if colour.max() <= 1e-5:
            continue
        direction = unit(axes @ np.asarray(stage.direction.get(group, (0.0, 1.0, 0.0)), np.float64))
        share = DIRECT[group]
        # a stage tells what the side towards the viewer receives; a lamp high up or behind is brighter than that
        seen = max(0.42, 0.42 + 0.36 * float(direction[2]))
        lamps.append(_row(direction, colour * share * 0.8 / seen, SOFTNESS[group]))
        around = colour * (1.0 - share)
        ambient_up += around * 1.1 + colour * share * 0.06
        ambient_down += around * 0.5 + colour * share * 0.07
        bounce += colour * 0.6
        rim += colour * (0.42 if direction[2] < 0.35 else 0.22)
    # a reflector beside the camera: faces stay readable under lamps that hang straight above
    lamps.append(_row(unit(np.array([-0.35, 0.3, 1.0])), bounce, 0.5))
    if worn is not None:
        lamps.append(_row(unit(np.array([0.12, -0.25, 1.0])), worn.astype(np.float64), 0.5))
    rows = np.array(lamps, np.float32)
    sky = np.concatenate([ambient_up, ambient_down, rim]).astype(np.float32)
    weight = rows[:, 3:6].mean(axis=1)
    slope = (weight[:, None] * rows[:, 0:3]).sum(axis=0) / max(1e-6, float(weight.sum() + sky[:6].mean()))
    return Lighting(rows, sky, slope.astype(np.float32))


def _row(direction: NDArray[np.float64], colour: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
    half = unit(direction + np.array([0.0, 0.0, 1.0]))
    return np.concatenate([direction, colour, half, [softness]])


@cache
def display_curve() -> Floats:
    """(4096,) display value of linear light 16 * (i / 4095) ** 2."""
    ramp = (16.0 * (np.arange(4096) / 4095.0) ** 2).astype(np.float32)
    grey = np.repeat(ramp[:, None, None], 3, axis=2)
    return np.ascontiguousarray(tone(grey)[:, 0, 0].astype(np.float32))


@cache
def display_levels() -> NDArray[np.uint32]:
    """(4096,) the same as whole values 0..255."""
    return np.ascontiguousarray(display_curve() + 0.5, np.uint32)


@cache
def grain() -> Floats:
    """(128, 128) tiling noise of several octaves, -1..1, the same everywhere."""
    random = np.random.default_rng(20950)
    total = np.zeros((128, 128))
    y, x = np.mgrid[0:128, 0:128]
    for period in (4, 8, 16, 32, 64):
        values = random.uniform(-1, 1, (period, period))
        fx, fy = x * period / 128, y * period / 128
        ix, iy = fx.astype(int), fy.astype(int)
        tx, ty = (t * t * (3 - 2 * t) for t in (fx - ix, fy - iy))
        jx, jy = (ix + 1) % period, (iy + 1) % period
        upper = values[iy, ix] * (1 - tx) + values[iy, jx] * tx
        lower = values[jy, ix] * (1 - tx) + values[jy, jx] * tx
        total += (upper * (1 - ty) + lower * ty) * (4 / period) ** 0.55
    return np.ascontiguousarray(total / np.abs(total).max(), np.float32)
