"""Creases of cloth where a body bends, built into the normals and colours of a mesh once; knows nothing of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Vectors = NDArray[np.float64]

STEP_M = 0.008
PULL = 0.5
"""Slope of the steepest crease."""


@dataclass(frozen=True, slots=True)
class Bend:
    """A place where cloth gathers. at, along: the joint and the way the limb runs through it, metres; reach_m: how far
    from it creases go; length_m: from crease to crease; depth: share of PULL; slant: how much a crease winds."""

    at: tuple[float, float, float]
    along: tuple[float, float, float]
    reach_m: float
    length_m: float
    depth: float
    slant: float


def bends_of(names: Sequence[str], rest: Vectors, height_m: float) -> tuple[Bend, ...]:
    """The bends of a person's skeleton; none where it has no such bones."""
    places = {name: rest[number] for number, name in enumerate(names)}
    k = height_m / 1.7
    found = []
    for side in ("l", "r"):
        for joint, end, reach, length, depth, slant in (
            ("forearm", "hand", 0.12, 0.066, 0.95, 0.9), ("hand", "fingers", 0.075, 0.055, 0.6, 0.5),
            ("shin", "foot", 0.14, 0.075, 0.9, 0.8), ("thigh", "shin", 0.16, 0.09, 0.8, 1.6),
            ("upper_arm", "forearm", 0.12, 0.085, 0.5, 1.2), ("foot", "foot", 0.16, 0.065, 0.8, 0.4),
        ):  # fmt: skip
            if f"{joint}_{side}" not in places or f"{end}_{side}" not in places:
                continue
            at = places[f"{joint}_{side}"]
            along = places[f"{end}_{side}"] - at if end != joint else np.array([0.0, -1.0, 0.0])
            found.append(_bend(at, along, reach * k, length * k, depth, slant))
    if "spine" in places and "pelvis" in places:
        found.append(_bend(places["spine"], places["spine"] - places["pelvis"], 0.17 * k, 0.085 * k, 0.75, 1.1))
    return tuple(found)


def _bend(at: Vectors, along: Vectors, reach: float, length: float, depth: float, slant: float) -> Bend:
    unit = along / max(float(np.linalg.norm(along)), 1e-6)
    return Bend((float(at[0]), float(at[1]), float(at[2])), (float(unit[0]), float(unit[1]), float(unit[2])), reach,
                length, depth, slant)  # fmt: skip


def heights(points: Vectors, bends: Sequence[Bend]) -> Vectors:
    """(n,) metres by which creases stand out at points (n, 3)."""
    total = np.zeros(len(points))
    wander = np.sin(points @ [23.0, 17.0, 29.0]) + np.sin(points @ [-31.0, 11.0, 13.0] + 1.7)
    drape = np.sin(points @ [7.1, 1.3, -8.3] * 1.7 + 0.8 * wander)
    total += 0.0011 * drape
    for bend in bends:
        offset = points - bend.at
        near = np.exp(-(((offset * offset).sum(axis=1) / bend.reach_m**2) ** 1.5))
        if float(near.max(initial=0.0)) < 0.01:
            continue
        run = offset @ bend.along
        across = np.cross(offset, bend.along)
        turn = np.arctan2(across[:, 0], across[:, 2] + 1e-9)
        phase = run / bend.length_m + bend.slant * np.sin(turn + 0.6) * 0.5 + 0.16 * wander
        wave = np.cos(2.0 * np.pi * phase)
        ridge = wave * (1.0 - 0.35 * wave)
        total += PULL * bend.depth * bend.length_m / np.pi * 0.5 * ridge * near
    return total


def creased(points: Floats, normals: Floats, bends: Sequence[Bend]) -> tuple[Floats, Floats]:
    """Normals (n, 3) that lean as the creases slope, and factors (n,) on the colour: darker in a crease."""
    at = points.astype(np.float64)
    slope = np.empty_like(at)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = STEP_M
        slope[:, axis] = (heights(at + step, bends) - heights(at - step, bends)) / (2.0 * STEP_M)
    slope -= normals * (slope * normals).sum(axis=1, keepdims=True)
    leaned = normals - slope
    leaned /= np.linalg.norm(leaned, axis=1, keepdims=True) + 1e-9
    shade = 1.0 + np.clip(heights(at, bends) * 26.0, -0.28, 0.10)
    return leaned.astype(np.float32), shade.astype(np.float32)
