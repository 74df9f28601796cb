"""Creases: where joints bend, and nowhere else; never a normal that is no unit vector."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.puppets_sprite.cloth import bends_of, creased, heights
from services.inference.adapters.puppets_sprite.design import Body
from services.inference.adapters.puppets_sprite.person import person_bones

pytestmark = pytest.mark.unit

BONES, _ = person_bones(Body())
NAMES = tuple(BONES)
REST = np.array([BONES[name][0] for name in NAMES], float)
BENDS = bends_of(NAMES, REST, 1.7)


def sleeve(middle: np.ndarray) -> np.ndarray:
    """Points around and along an arm near a place."""
    angle, run = np.meshgrid(np.linspace(0, 6.28, 12), np.linspace(-0.04, 0.04, 12))
    ring = np.stack([0.05 * np.cos(angle), run, 0.05 * np.sin(angle)], axis=-1)
    return np.asarray(ring.reshape(-1, 3) + middle)


def relief(middle: np.ndarray) -> float:
    return float(np.ptp(heights(sleeve(middle), BENDS)))


def test_an_elbow_creases_and_the_middle_of_a_thigh_hardly() -> None:
    elbow, knee, hip = (REST[NAMES.index(name)] for name in ("forearm_l", "shin_l", "thigh_l"))
    assert relief(elbow) > 2.0 * relief((knee + hip) / 2)


def test_a_skeleton_without_joints_has_no_bends() -> None:
    assert bends_of(("root",), np.zeros((1, 3)), 1.7) == ()


def test_normals_stay_unit_vectors_that_face_outwards() -> None:
    points = sleeve(REST[NAMES.index("forearm_l")]).astype(np.float32)
    normals = points - points.mean(axis=0)
    normals[:, 1] = 0
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    leaned, shade = creased(points, normals, BENDS)
    assert np.allclose(np.linalg.norm(leaned, axis=1), 1, atol=1e-5)
    assert ((leaned * normals).sum(axis=1) > 0.5).all()
    assert np.abs(leaned - normals).max() > 0.1
    assert 0.7 <= shade.min() < shade.max() <= 1.11
