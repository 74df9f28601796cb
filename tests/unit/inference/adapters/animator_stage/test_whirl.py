"""A dust devil stands on the ground under the open sky, turns, wanders, and goes behind what is nearer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.air import clouds
from services.inference.adapters.animator_stage.camera import Pose
from services.inference.adapters.animator_stage.whirl import DEPTH_M, whirl
from services.inference.domain.plates import Camera

pytestmark = pytest.mark.unit

SIZE, STEP = (320, 180), 4
ROWS, COLUMNS = SIZE[1] // STEP + 2, SIZE[0] // STEP + 3
CAMERA = Camera((0.0, 2.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), 170.0)
STILL = Pose()
FAR = np.zeros((ROWS, COLUMNS), np.float32)


def seen(time_s: float, near: NDArray[np.float32] = FAR, pose: Pose = STILL) -> NDArray[np.float32]:
    return whirl(near, pose.packed(), CAMERA, SIZE, STEP, clouds(1), ((round(24 * time_s), 1.0),))


def on_a_plain() -> NDArray[np.float32]:
    """Inverse metres of level ground under the sky."""
    down = (np.arange(ROWS) * STEP - SIZE[1] * 0.5) / CAMERA.focal_px
    return np.broadcast_to(np.clip(down / CAMERA.position[1], 0.0, None)[:, None], FAR.shape).astype(np.float32)


def middle(field: NDArray[np.float32]) -> float:
    """Where it is from left to right, in grid points."""
    return float((field.sum(axis=0) * np.arange(COLUMNS)).sum() / field.sum())


def test_it_is_a_column_that_widens_upwards_and_fades_at_its_top() -> None:
    hidden = seen(2.0, on_a_plain())
    assert 0.0 <= hidden.min() <= hidden.max() <= 1.0
    horizon = round((SIZE[1] * 0.5) / STEP)
    widths = [(hidden[row] > 0.05).sum() for row in (horizon - 4, horizon - 10, horizon - 18)]
    assert 0 < widths[0] < widths[1] < widths[2] < COLUMNS / 2
    assert hidden[horizon + 8 :].max() < 0.02


def test_it_wanders_and_turns_and_a_moment_is_always_the_same() -> None:
    assert middle(seen(3.0)) > middle(seen(0.0)) + 3.0
    soon = np.abs(seen(1.25) - seen(1.0))
    assert soon.max() > 0.1
    assert np.array_equal(seen(1.25), seen(1.25))


def test_what_is_nearer_stands_before_it() -> None:
    near = np.full((ROWS, COLUMNS), 1.0 / 20.0, np.float32)
    assert seen(1.0, near).max() == 0.0
    assert np.array_equal(seen(1.0, np.full_like(near, 0.1 / DEPTH_M)) > 0, seen(1.0) > 0)


def test_it_moves_against_a_camera_that_moves() -> None:
    assert middle(seen(1.0, pose=Pose(right_m=4.0))) < middle(seen(1.0)) - 1.0
    assert middle(seen(1.0, pose=Pose(yaw=0.1))) < middle(seen(1.0)) - 2.0
