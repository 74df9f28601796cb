"""Light turns evenly along a bent lock, and what no lock is near keeps its own."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.combing import combed
from services.inference.adapters.puppets_sprite.forms import ELLIPSOID, Form, encode, limb

BOW_M, THICK_M = 0.09, 0.01
TURNS = np.radians(np.arange(0.0, 91.0, 15.0))


def _bow(angle: float, radius: float) -> tuple[float, float, float]:
    return 0.0, radius * math.cos(angle), radius * math.sin(angle)


LOCK = encode(
    [limb(_bow(a, BOW_M), _bow(b, BOW_M), (THICK_M, THICK_M)) for a, b in itertools.pairwise(TURNS)]
)  # fmt: skip


def _steps(normals: NDArray[np.float32]) -> NDArray[np.float64]:
    """Degrees from each normal to the next."""
    return np.degrees(np.arccos(np.clip((normals[1:] * normals[:-1]).sum(axis=1), -1.0, 1.0)))


def test_normals_turn_evenly_over_the_straight_pieces_of_a_lock() -> None:
    angles = np.linspace(0.15, 1.42, 80)
    points = np.array([_bow(angle, BOW_M + THICK_M) for angle in angles], np.float32)
    # as a chain of straight cones has them: one normal for each piece
    middles = np.radians(15.0) * (np.floor(angles / np.radians(15.0)) + 0.5)
    faceted = np.array([_bow(angle, 1.0) for angle in middles], np.float32)
    smooth = combed(points, faceted, LOCK)
    assert _steps(faceted).max() > 14.0
    assert _steps(smooth).max() < 5.0
    assert np.allclose(np.linalg.norm(smooth, axis=1), 1.0, atol=1e-4)
    true = np.array([_bow(angle, 1.0) for angle in angles], np.float32)
    assert np.abs(smooth - true).max() < 0.08


def test_what_no_lock_is_near_and_what_is_no_lock_keeps_its_normals() -> None:
    points = np.array([(0.0, 0.3, 0.0), (0.05, 0.09, 0.02)], np.float32)
    normals = np.array([(0.0, 0.6, 0.8), (0.0, 0.0, 1.0)], np.float32)
    assert np.array_equal(combed(points, normals, LOCK), normals)
    cap = encode([Form(ELLIPSOID, (0.0, 0.0, 0.0), (0.09, 0.09, 0.09))])
    on_cap = np.array([(0.0, 0.09, 0.0)], np.float32)
    assert np.array_equal(combed(on_cap, normals[:1], cap), normals[:1])


def test_the_round_end_of_a_lock_keeps_its_normal() -> None:
    end = np.array([(0.0, 0.0 - THICK_M, BOW_M)], np.float32)
    along = np.array([(0.0, -1.0, 0.0)], np.float32)
    assert np.array_equal(combed(end, along, LOCK), along)
