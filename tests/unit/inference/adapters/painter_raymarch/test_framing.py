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


def side_of_line(design_name: str, view: View) -> float:
    """Positive on one side of the line from the left person to the right one, negative on the other."""
    design = DESIGNS[design_name]
    left, right = (np.asarray(design.stages[name].floor) for name in ("left", "right"))
    at = np.asarray(frame(design, view, flat, HEIGHT_PX).camera.position)
    along, out = right - left, at - left
    return float(along[0] * out[2] - along[2] * out[0])


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_both_speakers_are_seen_from_one_side_of_the_line_between_them(name: str) -> None:
    views = [View(name, "wide")]
    for subject, side, other in (("left", 1, "right"), ("right", -1, "left")):
        views += [View(name, framing, subject, side) for framing in ("medium", "close")]
        views.append(View(name, "over_shoulder", subject, side, past=other))
    assert len({side_of_line(name, view) > 0 for view in views}) == 1


@pytest.mark.parametrize("name", sorted(DESIGNS))
@pytest.mark.parametrize(("subject", "other"), [("left", "right"), ("right", "left")])
def test_over_the_shoulder_has_the_subject_in_it_and_the_listener_nearer_at_the_edge(
    name: str, subject: str, other: str
) -> None:
    design = DESIGNS[name]
    side = 1 if subject == "left" else -1
    setup = frame(design, View(name, "over_shoulder", subject, side, past=other), flat, HEIGHT_PX)
    eyes = np.array([0.0, 1.6, 0.0])
    face, nape = (np.asarray(design.stages[stage].floor) + eyes for stage in (subject, other))
    across, down = seen(setup, tuple(face))
    beside, _ = seen(setup, tuple(nape))
    assert 0.2 < across < 0.8
    assert 0.1 < down < 0.7
    assert abs(beside - 0.5) > abs(across - 0.5)
    assert (beside < across) == (subject == "right")
    camera = setup.camera
    depths = [float((point - camera.position) @ camera.forward) for point in (nape, face)]
    assert depths[0] < depths[1]


@pytest.mark.parametrize("name", ["mars_surface", "drill_site", "colony_exterior", "dunes"])
def test_a_helmet_in_the_foreground_leaves_most_of_the_picture_free(name: str) -> None:
    design = DESIGNS[name]
    setup = frame(design, View(name, "over_shoulder", "left", 1, past="right"), flat, HEIGHT_PX)
    head = np.asarray(design.stages["right"].floor) + np.array([0.0, 1.62, 0.0])
    camera = setup.camera
    depth = float((head - np.asarray(camera.position)) @ np.asarray(camera.forward))
    assert 0.44 * camera.focal_px / depth < 0.6 * HEIGHT_PX


def test_the_camera_meets_the_eyes_of_who_is_small_or_sits() -> None:
    x, y, z = DESIGNS["corridor"].stages["centre"].floor
    for framing, eyes_m in itertools.product(("medium", "close"), (1.15, 1.6, 2.1)):
        setup = frame(DESIGNS["corridor"], View("corridor", framing, "centre", 1, eye_height_m=eyes_m), flat, HEIGHT_PX)
        assert 0.12 < seen(setup, (x, y + eyes_m, z))[1] < 0.48
        assert seen(setup, (x, y + eyes_m + 0.2, z))[1] > 0


@pytest.mark.parametrize("eyes_m", [-1.0, 0.1, 9.0])
def test_eyes_where_nobody_has_them_are_refused(eyes_m: float) -> None:
    with pytest.raises(InvalidAsk) as caught:
        frame(DESIGNS["corridor"], View("corridor", "close", eye_height_m=eyes_m), flat, HEIGHT_PX)
    assert caught.value.field == "view.eye_height_m"


def test_nobodys_shoulder_is_refused() -> None:
    with pytest.raises(UnknownName) as caught:
        frame(DESIGNS["corridor"], View("corridor", "over_shoulder", "left", past="attic"), flat, HEIGHT_PX)
    assert caught.value.field == "view.past"
