"""Fewer triangles, the same figure."""

from __future__ import annotations

import numpy as np

from services.inference.adapters.puppets_sprite.forms import ELLIPSOID, Form, Mesh, encode, join, solid
from services.inference.adapters.puppets_sprite.simplify import simplified

RADIUS_M = 0.2


def two_balls() -> Mesh:
    """Two balls of different materials, moved by different bones."""
    left, right = (
        solid(encode([Form(ELLIPSOID, (x, 0, 0), (RADIUS_M,) * 3, bone)]), 0.02, 0.0, 0.02, 2, bone)
        for bone, x in enumerate((-0.5, 0.5))
    )
    return join([left, right])


def test_a_simpler_mesh_keeps_its_outline_and_what_its_corners_carry() -> None:
    whole = two_balls()
    fewer = simplified(whole, 400)
    assert 300 < len(fewer.triangles) <= 410 < len(whole.triangles) // 4
    side = np.sign(fewer.positions[:, 0])
    middle = np.stack([0.5 * side, 0 * side, 0 * side], axis=1)
    away = np.linalg.norm(fewer.positions - middle, axis=1)
    assert np.abs(away - RADIUS_M).max() < 0.02
    assert (fewer.vertex_parts == (side > 0)).all()
    assert (fewer.bones[:, 0] == (side > 0)).all()
    outward = (fewer.positions - middle) / away[:, None]
    assert (np.sum(fewer.normals * outward, axis=1) > 0.95).all()
    assert np.allclose(np.linalg.norm(fewer.normals, axis=1), 1.0, atol=1e-4)


def test_triangles_keep_their_sense_and_their_part() -> None:
    fewer = simplified(two_balls(), 300)
    corners = fewer.positions[fewer.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = corners.mean(axis=1)
    centre = np.stack([0.5 * np.sign(middle[:, 0]), 0 * middle[:, 0], 0 * middle[:, 0]], axis=1)
    assert (np.sum(facing * (middle - centre), axis=1) > 0).all()
    assert (fewer.parts == (middle[:, 0] > 0)).all()
    assert fewer.triangles.max() == len(fewer.positions) - 1


def test_a_mesh_that_is_simple_enough_stays_as_it_is() -> None:
    whole = two_balls()
    assert simplified(whole, 100_000) is whole
