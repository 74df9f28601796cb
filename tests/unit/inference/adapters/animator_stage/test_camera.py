"""Camera poses, and the geometry by which plate, puppets and specks agree."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.animator_stage import kernels, kernels_view
from services.inference.adapters.animator_stage.camera import CameraPath, Lens, Pose, spare_for
from services.inference.adapters.animator_stage.cast import place, see
from services.inference.adapters.animator_stage.checks import CAMERA_MOVES
from services.inference.adapters.animator_stage.reach import largest_amplitude
from services.inference.adapters.animator_stage.scenery import Scenery, build_scenery
from services.inference.domain.shot import CameraMove, View
from tests.fakes.inference import FakePainter
from tests.unit.inference.adapters.animator_stage.conftest import SMALL

LENS = Lens(0.08, 0.06, 5.0)


def path(kind: str, strength: float = 0.8) -> CameraPath:
    return CameraPath(CameraMove(kind, strength), 96, LENS, 3)


def test_a_still_camera_does_not_move() -> None:
    assert {path("still").pose(frame, 1.0) for frame in range(96)} == {Pose()}


@pytest.mark.parametrize("kind", [kind for kind in CAMERA_MOVES if kind != "still"])
def test_every_move_moves_smoothly(kind: str) -> None:
    poses = [path(kind).pose(frame, 1.0) for frame in range(96)]
    values = np.array([[p.right_m, p.up_m, p.forward_m, p.yaw, p.pitch, p.roll] for p in poses])
    steps = np.abs(np.diff(values, axis=0))
    assert steps.max() > 0.0
    assert steps.max() < 0.12 * np.ptp(values, axis=0).max() + 1e-6


def test_energy_scales_the_move_and_the_end_goes_on_as_it_moved() -> None:
    push = path("push_in", 0.4)
    assert push.pose(95, 2.0).forward_m == pytest.approx(2.0 * push.pose(95, 1.0).forward_m)
    step = push.pose(95, 1.0).forward_m - push.pose(94, 1.0).forward_m
    assert push.pose(97, 1.0).forward_m - push.pose(96, 1.0).forward_m == pytest.approx(step, rel=0.05)
    assert push.pose(95, 0.0) == Pose()


@pytest.mark.parametrize("kind", CAMERA_MOVES)
def test_there_is_room_for_every_move_in_what_is_painted_for_it(kind: str) -> None:
    spare = spare_for(CameraMove(kind, 0.5))
    plates = FakePainter().paint(View("colonnade"), SMALL.width, SMALL.height, spare)
    scenery = build_scenery(plates)
    made = CameraPath(CameraMove(kind, 0.5), 96, scenery.lens(SMALL.width, SMALL.height, 4.6), 3)
    assert largest_amplitude(made, scenery, SMALL.width, SMALL.height) >= 0.5


def test_a_pan_sweeps_a_fifth_of_the_picture() -> None:
    plates = FakePainter().paint(View("colonnade"), SMALL.width, SMALL.height, spare_for(CameraMove("pan_left")))
    lens = build_scenery(plates).lens(SMALL.width, SMALL.height, 4.6)
    pan = CameraPath(CameraMove("pan_left", 0.5), 96, lens, 3, 0.5)
    swept = abs(pan.pose(95, 1.0).yaw - pan.pose(0, 1.0).yaw) * plates.camera.focal_px
    assert swept > 0.17 * SMALL.width


def test_axes_are_a_right_handed_rotation() -> None:
    axes = Pose(yaw=0.2, pitch=-0.1, roll=0.05).axes()
    assert axes.T @ axes == pytest.approx(np.eye(3), abs=1e-9)
    assert np.cross(axes[:, 0], axes[:, 1]) == pytest.approx(-axes[:, 2]) or np.linalg.det(axes) == pytest.approx(1.0)


def grids(scenery: Scenery, pose: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = (SMALL.height // kernels.GRID_STEP + 2, SMALL.width // kernels.GRID_STEP + 3)
    sw, sx, sy = (np.zeros(shape, np.float32) for _ in range(3))
    focal = scenery.plates.camera.focal_px
    kernels_view.unveil(scenery.near, pose.packed(), focal, focal, SMALL.width, SMALL.height, sw)
    kernels_view.reproject(
        sw, pose.packed(), focal, focal, SMALL.width, SMALL.height, scenery.width, scenery.height, sx, sy
    )
    return sw, sx, sy


def test_an_unmoved_camera_shows_the_middle_of_the_plate(scenery: Scenery) -> None:
    _, sx, sy = grids(scenery, Pose())
    spare_x, spare_y = (scenery.width - SMALL.width) / 2, (scenery.height - SMALL.height) / 2
    rows, columns = np.indices(sx.shape)
    assert np.abs(sx - (columns * kernels.GRID_STEP + spare_x)).max() < 1e-3
    assert np.abs(sy - (rows * kernels.GRID_STEP + spare_y)).max() < 1e-3


def test_near_things_shift_more_than_far_ones(scenery: Scenery) -> None:
    sw, sx, _ = grids(scenery, Pose(right_m=0.2))
    _, still, _ = grids(scenery, Pose())
    shift = sx - still
    near, far = sw > 0.3, sw < 0.08
    assert near.any()
    assert far.any()
    assert np.median(shift[near]) > 3.0 * np.median(shift[far]) > 0.0


def test_the_plate_is_seen_where_a_puppet_at_that_depth_is(scenery: Scenery) -> None:
    pose = Pose(right_m=0.15, up_m=0.05, forward_m=0.4, yaw=0.03, pitch=-0.02, roll=0.01)
    sw, sx, sy = grids(scenery, pose)
    for row, column in ((10, 20), (22, 40), (40, 60)):
        point = np.array([[sx[row, column], sy[row, column]]], dtype=np.float64)
        seen = see(scenery, pose, SMALL.width, SMALL.height, point, float(1.0 / sw[row, column]))
        assert seen is not None
        assert seen[0] == pytest.approx([column * kernels.GRID_STEP, row * kernels.GRID_STEP], abs=0.05)


def test_a_sprite_is_placed_pixel_for_pixel_by_an_unmoved_camera(scenery: Scenery) -> None:
    placing = place(scenery, Pose(), SMALL.width, SMALL.height, (40, 20), (100, 90), 5.0)
    assert placing is not None
    spare_x, spare_y = (scenery.width - SMALL.width) / 2, (scenery.height - SMALL.height) / 2
    assert placing.affine == pytest.approx([1.0, 0.0, spare_x - 100, 0.0, 1.0, spare_y - 90], abs=1e-6)
    assert placing.scale == pytest.approx(1.0)


def test_a_sprite_outside_the_picture_is_not_placed(scenery: Scenery) -> None:
    assert place(scenery, Pose(), SMALL.width, SMALL.height, (10, 10), (-300, 5), 5.0) is None


@pytest.mark.parametrize("kind", ["truck_left", "orbit", "pan_right", "pull_out"])
def test_moves_are_shortened_to_stay_in_the_plate(kind: str, scenery: Scenery) -> None:
    wild = CameraPath(CameraMove(kind, 1.0), 48, scenery.lens(SMALL.width, SMALL.height, 14.0), 0)
    tamed = CameraPath(wild.move, 48, wild.lens, 0, largest_amplitude(wild, scenery, SMALL.width, SMALL.height))
    for frame in (0, 24, 47):
        _, sx, sy = grids(scenery, tamed.pose(frame, 2.0))
        inside = (sx > -2) & (sx < scenery.width + 2) & (sy > -2) & (sy < scenery.height + 2)
        assert inside[:-1, :-2].mean() > 0.99
