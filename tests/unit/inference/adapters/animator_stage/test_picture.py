"""What the frames show: frames stand alone, light answers, puppets are occluded, the loop closes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.picture import Simplified
from services.inference.adapters.animator_stage.scenery import Scenery, build_scenery
from services.inference.domain.shot import CameraMove, Effect, GradeKey, Shot, Staging, TakeOrder, View
from tests.fakes.inference import FakePainter
from tests.unit.inference.adapters.animator_stage.conftest import SMALL, small_picture

VIEW = View("colonnade", seed=5)
ALL_EFFECTS = tuple(
    Effect(kind, 0.7)
    for kind in (
        "dust",
        "snow",
        "steam",
        "sparks",
        "embers",
        "fog",
        "screen_glitch",
        "alarm",
        "flicker",
        "torch",
        "glow",
        "rain",
        "rack_focus",
    )
)


NEUTRAL = (GradeKey(),)


def order(*effects: Effect, grade: tuple[GradeKey, ...] = NEUTRAL, calm: bool = False, **shot: object) -> TakeOrder:
    made = Shot(VIEW, 96, effects=effects, **shot)  # type: ignore[arg-type]
    return TakeOrder(made, grade, SMALL, calm)


def luma(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    return picture[: SMALL.height].astype(np.float64)


def test_a_frame_is_the_same_whatever_was_drawn_before(scenery: Scenery) -> None:
    busy = order(
        *ALL_EFFECTS, camera=CameraMove("handheld", 0.8), staging=(Staging("engineer", "left"),),
        grade=(GradeKey(), GradeKey(60, 1.0, 0.5, 1.4, 1.3, 0.5, 0.5, 0.4, 1.6)),
    )  # fmt: skip
    through = small_picture(busy, scenery)
    drawn = {frame: through.frame(frame).copy() for frame in range(96)}
    for frame in (37, 90, 8):
        assert np.array_equal(small_picture(busy, scenery).frame(frame), drawn[frame])


@pytest.mark.parametrize("effects", [(), (Effect("flicker", 1.0),), (Effect("alarm", 0.8, 20, 60),)])
def test_a_place_that_stands_still_is_the_same_whatever_was_drawn_before(
    scenery: Scenery, effects: tuple[Effect, ...]
) -> None:
    grade = (GradeKey(), GradeKey(30), GradeKey(36, 0.5, -0.4, camera_energy=1.5))
    still = order(*effects, camera=CameraMove("still"), staging=(Staging("engineer", "left"),), grade=grade)
    through = small_picture(still, scenery)
    drawn = {frame: through.frame(frame).copy() for frame in range(96)}
    for frame in (1, 2, 25, 33, 34, 70, 95):
        assert np.array_equal(small_picture(still, scenery).frame(frame), drawn[frame])


def a_room(window: bool = True) -> Scenery:
    """The place with, in its upper left, a hole to something far away."""
    plates = FakePainter().paint(VIEW, SMALL.width, SMALL.height)
    depth = np.minimum(plates.depth, 6.0)
    hole = np.zeros(depth.shape, bool)
    hole[20 : depth.shape[0] // 2, 20 : depth.shape[1] // 2] = window
    masks = {"windows": hole.astype(np.uint8) * 255} if window else {}
    return build_scenery(replace(plates, depth=np.where(hole, 300.0, depth).astype(np.float32), masks=masks))


def blown(weather: str, room: Scenery, frames: tuple[int, int] = (10, 34)) -> NDArray[np.float64]:
    """How the picture changes from one frame to another, grain aside, where the camera stands still."""
    still = replace(
        order(camera=CameraMove("still")), shot=Shot(replace(VIEW, weather=weather), 96, CameraMove("still"))
    )
    drawn = [luma(small_picture(still, room).frame(frame)) for frame in frames]
    return np.abs(cv2.blur(drawn[1] - drawn[0], (9, 9)))


def test_dust_blows_behind_windows_and_nowhere_else_in_a_room() -> None:
    room = a_room()
    storm, clear = blown("storm", room), blown("clear", room)
    upper_left = np.s_[30:70, 40:120]
    assert storm[upper_left].max() > 3.0
    assert clear.max() < 1.0
    assert storm[110:, 200:].max() < 1.0
    assert blown("storm", a_room(window=False)).max() < 1.0


def test_a_storm_behind_a_window_takes_more_light_than_dust() -> None:
    room = a_room()
    seen = [
        luma(small_picture(replace(order(), shot=Shot(replace(VIEW, weather=weather), 96)), room).frame(10))
        for weather in ("clear", "dust", "storm")
    ]
    clear, dust, storm = (picture[30:70, 40:120].mean() for picture in seen)
    assert storm < dust < clear


def test_a_held_take_closes_its_gusts() -> None:
    stormy = replace(order(), shot=Shot(replace(VIEW, weather="storm"), 96, CameraMove("still")))
    picture = small_picture(stormy, a_room())
    first, last = luma(picture.held(0)).copy(), luma(picture.held(11))
    after = luma(picture.frame(95))
    assert np.abs(cv2.blur(first - after, (9, 9))).max() < 4.0
    assert np.abs(cv2.blur(last - first, (9, 9))).max() < 6.0


def test_only_feet_that_are_seen_darken_the_floor(scenery: Scenery) -> None:
    picture = small_picture(order(staging=(Staging("engineer", "left"),)), scenery)
    sprite = np.full((40, 20, 4), 200, np.uint8)
    assert picture._foot(sprite, scenery.height - 60) is not None
    assert picture._foot(sprite, scenery.height - 40) is None


def test_every_effect_changes_the_picture(scenery: Scenery) -> None:
    plain = small_picture(order(), scenery).frame(5).copy()
    for effect in ALL_EFFECTS:
        pictures = small_picture(order(replace(effect, strength=1.0)), scenery)
        changed = max(int((pictures.frame(frame) != plain).sum()) for frame in (5, 20, 24, 41))
        still = small_picture(order(), scenery)
        grain_only = max(int((still.frame(frame) != plain).sum()) for frame in (20, 24, 41))
        assert changed > 0, effect.kind
        assert (
            np.abs(np.mean([luma(pictures.frame(f)) for f in (5, 24)], axis=0) - luma(plain)).max() > 6.0
            or changed > 1.5 * grain_only
        ), effect.kind


def test_a_dust_devil_is_seen_under_the_open_sky_alone(scenery: Scenery) -> None:
    sky = replace(scenery, outdoor=True, near=np.full_like(scenery.near, 1e-4))
    for place, least, most in ((sky, 6.0, 255.0), (scenery, 0.0, 1.0)):
        plain = small_picture(order(camera=CameraMove("still")), place).frame(30).copy()
        devil = small_picture(order(Effect("dust_devil", 1.0), camera=CameraMove("still")), place).frame(30)
        changed = np.abs(cv2.blur(luma(devil) - luma(plain), (9, 9))).max()
        assert least <= changed <= most


def test_exposure_brightens_and_saturation_drains_colour(scenery: Scenery) -> None:
    plain = small_picture(order(), scenery).frame(0).copy()
    bright = small_picture(order(grade=(GradeKey(exposure_stops=1.0),)), scenery).frame(0)
    assert luma(bright).mean() > 1.2 * luma(plain).mean()
    grey = small_picture(order(grade=(GradeKey(saturation=0.0),)), scenery).frame(0)
    assert np.abs(grey[SMALL.height :].astype(int) - 128).max() <= 1


def test_warmth_moves_blue_against_red(scenery: Scenery) -> None:
    def chroma(warmth: float) -> tuple[float, float]:
        planes = small_picture(order(grade=(GradeKey(warmth=warmth),)), scenery).frame(0)[SMALL.height :]
        blue, red = np.split(planes.reshape(-1).astype(float), 2)
        return float(blue.mean()), float(red.mean())

    cold, warm = chroma(-1.0), chroma(1.0)
    assert cold[0] > warm[0] + 5.0
    assert warm[1] > cold[1] + 3.0


def test_puppets_hide_what_is_behind_and_are_hidden_by_what_is_before(scenery: Scenery) -> None:
    without = luma(small_picture(order(), scenery).frame(0).copy())
    staged = order(staging=(Staging("engineer", "centre"),))
    with_one = luma(small_picture(staged, scenery).frame(0).copy())
    changed = np.abs(with_one - without) > 12.0
    assert changed.sum() > 500
    walls = {name: np.full_like(getattr(scenery, name), 1.0 / 2.0) for name in ("blockers", "nearest_blockers")}
    walled = replace(scenery, **walls)
    hidden = luma(small_picture(staged, walled).frame(0))
    assert (np.abs(hidden - without) > 12.0).sum() < 20


def test_mouths_show(scenery: Scenery) -> None:
    staged = order(staging=(Staging("engineer", "centre"),))
    shut = small_picture(staged, scenery, ("rest",) * 96).frame(10).copy()
    wide = small_picture(staged, scenery, ("ai",) * 96).frame(10)
    assert np.abs(luma(shut) - luma(wide)).max() > 25.0


def test_the_held_loop_starts_where_the_take_ends_and_closes(scenery: Scenery) -> None:
    moving = order(
        Effect("snow", 1.0), camera=CameraMove("truck_left", 0.6),
        staging=(Staging("engineer", "left", speaks="a"),),
    )  # fmt: skip
    pictures = small_picture(moving, scenery, ("ai",) * 96)
    last, before = luma(pictures.frame(95).copy()), luma(pictures.frame(94).copy())
    loop = [luma(pictures.held(step).copy()) for step in range(12)]
    usual = np.abs(last - before).mean()
    assert np.abs(loop[0] - last).mean() < 1.6 * usual
    inside = [np.abs(b - a).mean() for a, b in pairwise(loop)]
    assert np.abs(loop[-1] - loop[0]).mean() < 1.6 * max(inside)


def test_drawing_simpler_keeps_the_place_on_odd_frames(scenery: Scenery) -> None:
    moving = order(camera=CameraMove("pan_left", 1.0))
    full, simple = small_picture(moving, scenery), small_picture(moving, scenery)
    even = simple.frame(10, Simplified(still_far=True)).copy()
    assert np.array_equal(even, full.frame(10))
    odd = simple.frame(11, Simplified(still_far=True))
    assert np.abs(luma(odd) - luma(even)).max() <= 3.0
    assert np.abs(luma(odd) - luma(full.frame(11))).max() > 8.0
