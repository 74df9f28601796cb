"""Meshes of signed-distance forms."""

from __future__ import annotations

import numpy as np

from services.inference.adapters.puppets_sprite.forms import (
    BOX,
    CUT,
    ELLIPSOID,
    KEEP,
    Form,
    Mesh,
    depth_inside,
    encode,
    limb,
    occlude,
    solid,
    without,
)


def made(forms: list[Form], cell: float = 0.02) -> Mesh:
    return solid(encode(forms), cell, 0.0, 0.02, 2, 0)


def test_a_ball_is_closed_round_and_faces_outwards() -> None:
    mesh = made([Form(ELLIPSOID, (0.1, 1.0, 0.0), (0.2, 0.2, 0.2))])
    assert np.allclose(np.linalg.norm(mesh.positions - [0.1, 1.0, 0.0], axis=1), 0.2, atol=0.002)
    edges = np.sort(np.concatenate([mesh.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    corners = mesh.positions[mesh.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("ij,ij->i", across, mesh.normals[mesh.triangles[:, 0]]) > 0).all()


def test_a_limb_ends_where_it_is_told() -> None:
    rows = encode([limb((0.1, 0.2, 0.3), (0.4, -0.5, 0.2), (0.06, 0.03))])
    ends = np.array([(0.1, 0.2, 0.3), (0.4, -0.5, 0.2)], np.float32)
    assert np.allclose(depth_inside(ends, rows, 0.0), (-0.06, -0.03), atol=1e-4)


def test_cut_takes_away_and_keep_leaves_only_a_region() -> None:
    ball = Form(ELLIPSOID, (0, 0, 0), (0.2, 0.2, 0.2))
    upper = Form(BOX, (0, 0.3, 0), (0.5, 0.3, 0.5, 0.01))
    cut = made([ball, Form(BOX, upper.at, upper.size, role=CUT)])
    kept = made([ball, Form(BOX, upper.at, upper.size, role=KEEP)])
    assert cut.positions[:, 1].max() < 0.01
    assert kept.positions[:, 1].min() > -0.01


def test_each_end_of_a_joint_follows_its_own_bone_and_the_middle_both() -> None:
    mesh = made([limb((0, 0, 0), (0, 0.5, 0), (0.05, 0.05), 0), limb((0, 0.5, 0), (0, 1.0, 0), (0.05, 0.05), 1)])
    share = np.where(mesh.bones == 0, mesh.weights, 0).sum(axis=1)
    assert np.allclose(mesh.weights.sum(axis=1), 1, atol=1e-5)
    assert (share[mesh.positions[:, 1] < 0.3] > 0.95).all()
    assert (share[mesh.positions[:, 1] > 0.7] < 0.05).all()
    middle = np.abs(mesh.positions[:, 1] - 0.5) < 0.01
    assert np.allclose(share[middle], 0.5, atol=0.2)


def test_a_crevice_is_darker_than_an_open_side() -> None:
    rows = encode([Form(ELLIPSOID, (-0.1, 0, 0), (0.1, 0.1, 0.1)), Form(ELLIPSOID, (0.1, 0, 0), (0.1, 0.1, 0.1))])
    points = np.array([(-0.02, 0.06, 0), (-0.2, 0, 0)], np.float32)
    normals = np.array([(0.8, 0.6, 0), (-1, 0, 0)], np.float32)
    balls = np.array([(0, 0, 0, 0.3)], np.float32)
    crevice, side = occlude(points, normals, rows, np.array([0, 2], np.int32), balls, 0.1)
    assert crevice < side - 0.1


def test_without_drops_the_hidden_and_renumbers() -> None:
    mesh = made([Form(ELLIPSOID, (0, 0, 0), (0.2, 0.2, 0.2))])
    half = without(mesh, mesh.positions[:, 1] < 0)
    assert 0 < len(half.triangles) < len(mesh.triangles)
    assert half.triangles.max() == len(half.positions) - 1
    assert half.positions[half.triangles][:, :, 1].max(axis=1).min() >= 0
