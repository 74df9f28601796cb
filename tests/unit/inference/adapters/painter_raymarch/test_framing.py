"""Camera set-ups: people in the picture, the side of the line, and lenses."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER
from services.inference.adapters.painter_raymarch.framing import FRAMINGS, Setup, frame
from services.inference.adapters.painter_raymarch.loading import load_sets
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import View

pytestmark = pytest.mark.unit

DESIGNS = load_sets(SETS_FOLDER)
HEIGHT_PX = 480
WIDTH_PX = 854


def flat(_x: float, _z: float) -> float:
    return 0.0


def seen(setup: Setup, point: tuple[float, float, float]) -> tuple[float, float]:
    """Where a point is in the asked picture, 0..1 from its left and top."""
    camera = setup.camera
    d = np.asarray(point) - camera.position
    depth = d @ camera.forward
    assert depth > 0
    return (
        0.5 + float(d @ camera.right / depth * camera.focal_px) / WIDTH_PX,
        0.5 - float(d @ camera.up / depth * camera.focal_px) / HEIGHT_PX,
    )


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_cameras_are_level_orthonormal_and_inside(name: str) -> None:
    design = DESIGNS[name]
    low, high = np.asarray(design.walkable)
    for framing, side, subject in itertools.product(FRAMINGS, (-1, 0, 1), ("", "left", "console", "far")):
        setup = frame(design, View(name, framing, subject, side), flat, HEIGHT_PX)
        axes = np.array([setup.camera.right, setup.camera.up, setup.camera.forward])
        assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-6)
        assert abs(axes[0, 1]) < 1e-6
        assert axes[1, 1] > 0
        if framing in ("medium", "close", "over_shoulder", "insert"):
            assert (np.asarray(setup.camera.position) >= low - 1e-6).all()
            assert (np.asarray(setup.camera.position) <= high + 1e-6).all()


@pytest.mark.parametrize("name", sorted(DESIGNS))
@pytest.mark.parametrize("side", [-1, 0, 1])
def test_a_face_is_well_inside_a_close_up(name: str, side: int) -> None:
    x, y, z = DESIGNS[name].stages["centre"].floor
    setup = frame(DESIGNS[name], View(name, "close", "centre", side), flat, HEIGHT_PX)
    across, down = seen(setup, (x, y + 1.6, z))
    assert 0.25 < across < 0.75
    assert 0.2 < down < 0.5


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_a_medium_shot_shows_head_and_hands(name: str) -> None:
    x, y, z = DESIGNS[name].stages["centre"].floor
    setup = frame(DESIGNS[name], View(name, "medium", "centre", 1), flat, HEIGHT_PX)
    assert seen(setup, (x, y + 1.78, z))[1] > 0.0
    assert seen(setup, (x, y + 0.85, z))[1] < 1.0


@pytest.mark.parametrize("framing", ["medium", "close", "over_shoulder"])
def test_the_sides_are_on_either_side_of_the_line(framing: str) -> None:
    design = DESIGNS["mars_surface"]
    floor = np.asarray(design.stages["centre"].floor)
    axis = np.asarray(design.cameras["wide"].position) - floor
    turns = []
    for side in (-1, 1):
        camera = frame(design, View("mars_surface", framing, "centre", side), flat, HEIGHT_PX).camera
        d = np.asarray(camera.position) - floor
        turns.append(axis[0] * d[2] - axis[2] * d[0])
    assert turns[0] * turns[1] < 0


def test_point_of_view_is_at_eye_height_of_the_subject() -> None:
    camera = frame(DESIGNS["corridor"], View("corridor", "point_of_view", "far"), flat, HEIGHT_PX).camera
    x, y, z = DESIGNS["corridor"].stages["far"].floor
    assert camera.position == pytest.approx((x, y + 1.6, z))


def test_only_nearer_framings_are_out_of_focus_behind() -> None:
    design = DESIGNS["corridor"]
    blur = {f: frame(design, View("corridor", f), flat, HEIGHT_PX).blur for f in FRAMINGS}
    assert blur["wide"] == blur["establishing"] == 0
    assert blur["close"] > blur["medium"] > 0


def test_the_camera_stands_on_the_terrain() -> None:
    design = DESIGNS["mars_surface"]
    low = frame(design, View("mars_surface", "medium"), flat, HEIGHT_PX).camera.position[1]
    high = frame(design, View("mars_surface", "medium"), lambda _x, _z: 7.0, HEIGHT_PX).camera.position[1]
    assert high - low == pytest.approx(7.0)


def test_unknown_names_list_what_is_known() -> None:
    with pytest.raises(UnknownName, match="known: close, establishing"):
        frame(DESIGNS["corridor"], View("corridor", "extreme"), flat, HEIGHT_PX)
    with pytest.raises(UnknownName, match="centre") as caught:
        frame(DESIGNS["corridor"], View("corridor", "close", "bridge"), flat, HEIGHT_PX)
    assert caught.value.field == "view.subject"
    with pytest.raises(InvalidAsk):
        frame(DESIGNS["corridor"], View("corridor", "close", side=2), flat, HEIGHT_PX)
