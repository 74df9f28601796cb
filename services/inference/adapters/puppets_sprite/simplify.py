"""Meshes with fewer triangles: what is drawn small is described coarsely, and keeps its outline and its light.

Quadric edge collapse (Garland and Heckbert, Surface Simplification Using Quadric Error Metrics, 1997) by the library
fast_simplification. Knows meshes only.
"""

from __future__ import annotations

import threading

import fast_simplification
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.forms import Floats, Ints, Mesh

AGGRESSIVENESS = 5.0
_ONE_AT_A_TIME = threading.Lock()
"""The library works on variables of its own: two threads at once crash in it, or tear each other's meshes to pieces."""


def simplified(mesh: Mesh, triangle_count: int) -> Mesh:
    """The mesh with about that many triangles; itself where it has no more. Normals, occlusion and colour of a corner
    are the means of those that were collapsed into it; bones are those of the nearest one."""
    if len(mesh.triangles) <= triangle_count:
        return mesh
    placed, faces, became = _collapsed(mesh, triangle_count)
    kept = np.unique(faces)
    number = np.full(len(placed), -1, np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    owner = number[became]
    used = owner >= 0
    positions = np.asarray(placed[kept], np.float32)
    nearest = _nearest(mesh.positions[used], owner[used], positions)
    nearest = np.flatnonzero(used)[nearest]
    faces = number[faces].astype(np.int32)
    parts = mesh.vertex_parts[nearest]
    whole = (parts[faces[:, 0]] == parts[faces[:, 1]]) & (parts[faces[:, 0]] == parts[faces[:, 2]])
    normals = _means(mesh.normals[used], owner[used], len(kept))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    return Mesh(
        positions=positions,
        normals=normals,
        occlusion=_means(mesh.occlusion[used][:, None], owner[used], len(kept))[:, 0],
        bones=mesh.bones[nearest],
        weights=mesh.weights[nearest],
        triangles=np.ascontiguousarray(faces[whole]),
        parts=np.ascontiguousarray(parts[faces[whole][:, 0]]),
        vertex_parts=np.ascontiguousarray(parts),
        albedo=_means(mesh.albedo[used], owner[used], len(kept)),
    )


def _collapsed(mesh: Mesh, triangle_count: int) -> tuple[Floats, Ints, Ints]:
    """Where the points came to lie, the triangles that are left, and the point that each one became."""
    points = np.ascontiguousarray(mesh.positions, np.float32)
    triangles = np.ascontiguousarray(mesh.triangles, np.int32)
    with _ONE_AT_A_TIME:
        _, _, collapses = fast_simplification.simplify(
            points, triangles, target_count=triangle_count, agg=AGGRESSIVENESS, return_collapses=True
        )
        placed, faces, became = fast_simplification.replay_simplification(points, triangles, collapses)
    return placed, faces, became


def _means(values: Floats, owner: Ints, count: int) -> Floats:
    sums = np.stack([np.bincount(owner, values[:, c], count) for c in range(values.shape[1])], axis=1)
    return np.asarray(sums / np.maximum(np.bincount(owner, minlength=count), 1)[:, None], np.float32)


def _nearest(points: Floats, owner: Ints, positions: Floats) -> NDArray[np.int64]:
    """For each owner the number of its point that lies nearest to where it is now."""
    away = np.linalg.norm(points - positions[owner], axis=1)
    order = np.lexsort((away, owner))
    first = np.ones(len(order), bool)
    first[1:] = owner[order][1:] != owner[order][:-1]
    return order[first]
