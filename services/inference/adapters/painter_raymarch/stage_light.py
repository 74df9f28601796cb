"""What light reaches a person at each stage position, measured with the set's own lights and shadows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.framing import raised
from services.inference.domain.plates import LIGHT_GROUPS, Camera, Stage, Vector

CHEST_M = 1.35
Floats = NDArray[np.float32]


def probe_directions() -> Floats:
    """(26, 3) unit vectors: faces, edges and corners of a cube."""
    grid = np.array([d for d in itertools.product((-1, 0, 1), repeat=3) if any(d)], dtype=np.float32)
    return np.asarray(grid / np.linalg.norm(grid, axis=1, keepdims=True), dtype=np.float32)


def probe_points(floors: Sequence[NDArray[np.float64]]) -> tuple[Floats, Floats]:
    """Points and normals (stages, directions, 3) to be lit."""
    directions = probe_directions()
    chests = np.array([raised(floor, CHEST_M) for floor in floors], dtype=np.float32)
    points = np.repeat(chests[:, None, :], len(directions), axis=1) + directions[None] * 0.12
    return points.astype(np.float32), np.broadcast_to(directions, points.shape).astype(np.float32)


def _vector(a: NDArray[np.floating]) -> Vector:
    return (float(a[0]), float(a[1]), float(a[2]))


def _stage(floor: NDArray[np.float64], light: Mapping[str, Floats], camera: Camera) -> Stage:
    directions = probe_directions()
    towards = np.asarray(camera.position) - floor
    towards = towards / max(float(np.linalg.norm(towards)), 1e-6)
    seen = np.maximum(directions @ towards.astype(np.float32) * 0.7 + 0.3, 0)
    seen /= seen.sum()
    irradiance, direction = {}, {}
    for group, rows in light.items():
        irradiance[group] = _vector((rows * seen[:, None]).sum(axis=0))
        pull = (rows.mean(axis=1, keepdims=True) * directions).sum(axis=0)
        length = float(np.linalg.norm(pull))
        direction[group] = _vector(pull / length) if length > 1e-6 else (0.0, 1.0, 0.0)
    return Stage(_vector(floor), irradiance, direction)


def stages_from(names: Sequence[str], floors: Sequence[NDArray[np.float64]], lit: Sequence[Floats],
                camera: Camera) -> dict[str, Stage]:  # fmt: skip
    """lit: for each light group (stages, directions, 3), as `Passes.probe` gives it."""
    return {
        name: _stage(floor, {group: lit[g][row] for g, group in enumerate(LIGHT_GROUPS)}, camera)
        for row, (name, floor) in enumerate(zip(names, floors, strict=True))
    }
