"""Fewer triangles, the same figure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fast_simplification
import numpy as np
import pytest

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


def test_meshes_made_at_the_same_time_do_not_tear_each_other_to_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library works on variables of its own; unguarded, threads that meet in it crash or share triangles."""
    inside, together = threading.Semaphore(1), []

    def alone(call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **named: Any) -> Any:
            if not inside.acquire(blocking=False):
                together.append(call.__name__)
                return (np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros((0, 2), int))
            try:
                time.sleep(0.002)
                return call(*arguments, **named)
            finally:
                inside.release()

        return guarded

    for name in ("simplify", "replay_simplification"):
        monkeypatch.setattr(fast_simplification, name, alone(getattr(fast_simplification, name)))
    whole = two_balls()
    counts = [200, 300, 400, 500] * 4
    expected = {count: simplified(whole, count) for count in set(counts)}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda count: simplified(whole, count), counts))
    assert together == []
    for count, mesh in zip(counts, found, strict=True):
        assert np.array_equal(mesh.positions, expected[count].positions)
        assert np.array_equal(mesh.triangles, expected[count].triangles)
