"""Camera set-ups: where the camera stands for each framing, how long its lens is and what is out of focus."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.design import SetDesign, StagePosition, Vec3
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.plates import Camera
from services.inference.domain.shot import View

FRAMINGS = ("establishing", "wide", "medium", "close", "over_shoulder", "insert", "point_of_view")
EYE_M = 1.6
LEAST_EYE_M, MOST_EYE_M = 0.3, 3.0
LONGEST_FOCAL = 3.4
LONGEST_SHOULDER_FOCAL = 2.8
FARTHEST_TURN_DEG = 96
BEHIND_M = (1.75, 1.4, 2.2, 1.05, 0.75)
APART, FARTHEST_APART = 0.86, 1.08
"""How far the listener's middle is from the subject's in an over-the-shoulder picture, over its height: as wished, and
where it leaves the picture."""
HEAD_M, LARGEST_HEAD = 0.44, 0.5
"""Height of a helmet, and how much of the picture's height one in the foreground should take at most."""

SIDE_DEG = 22.0
GroundHeight = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Lens:
    """A framing of a person. below_eyes_m: how far the picture's centre lies under the eyes. visible_m: picture height
    there. focal: over picture height. swing_deg: angle off the frontal axis at side +-1. lift_m: camera above the
    centre. blur: radius of the blur of the farthest background, over picture height. half_size: painted at half size.
    """

    below_eyes_m: float
    visible_m: float
    focal: float
    swing_deg: float
    lift_m: float
    blur: float
    half_size: bool


LENSES: Mapping[str, Lens] = {
    "medium": Lens(0.34, 1.22, 1.75, 32, 0.20, 0.0050, True),
    "close": Lens(0.06, 0.62, 2.5, 24, 0.03, 0.013, True),
    "over_shoulder": Lens(0.10, 0.98, 2.2, 38, 0.10, 0.009, True),
    "insert": Lens(0.0, 0.85, 1.9, 22, 0.42, 0.010, False),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """camera: of the whole overscanned picture. focus_m: distance in focus. blur: see Lens."""

    camera: Camera
    focus_m: float
    blur: float
    half_size: bool


def _array(v: Vec3) -> NDArray[np.float64]:
    return np.asarray(v, dtype=np.float64)


def _vec(a: NDArray[np.float64]) -> Vec3:
    return (float(a[0]), float(a[1]), float(a[2]))


def raised(point: NDArray[np.float64], metres: float) -> NDArray[np.float64]:
    """A point moved straight up."""
    return np.asarray(point + np.array([0.0, metres, 0.0]), dtype=np.float64)


def camera_at(position: NDArray[np.float64], target: NDArray[np.float64], focal_px: float) -> Camera:
    """A level camera that looks from position at target."""
    forward = target - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= max(float(np.linalg.norm(right)), 1e-9)
    return Camera(_vec(position), _vec(right), _vec(np.cross(right, forward)), _vec(forward), focal_px)


def _turned(vector: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    a = math.radians(degrees)
    x, y, z = vector
    return np.array([x * math.cos(a) + z * math.sin(a), y, -x * math.sin(a) + z * math.cos(a)])


def _inside(design: SetDesign, position: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = design.walkable
    return np.clip(position, _array(low), _array(high))


def stage_floor(stage: StagePosition, ground: GroundHeight) -> NDArray[np.float64]:
    """World point under the feet: the stage's own y above the terrain."""
    x, y, z = stage.floor
    return np.array([x, y + ground(x, z), z])


def subject_of(design: SetDesign, view: View) -> StagePosition:
    """The stage position a view is about; the centre where it names none. Raises UnknownName."""
    name = view.subject or ("console" if view.framing == "insert" else "centre")
    return _stage(design, "view.subject", name)


def _stage(design: SetDesign, field: str, name: str) -> StagePosition:
    if name not in design.stages:
        raise UnknownName(field, name, tuple(sorted(design.stages)))
    return design.stages[name]


def _set_camera(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    setup = design.cameras[view.framing]
    position, target = _array(setup.position), _array(setup.target)
    position[1] += ground(position[0], position[2])
    target[1] += ground(target[0], target[2]) if design.ground else 0.0
    if view.subject:
        subject = raised(stage_floor(subject_of(design, view), ground), 1.2)
        target = target + (subject - target) * 0.45
    if view.side:
        position = _inside_above(design, target + _turned(position - target, SIDE_DEG * view.side), ground)
    camera = camera_at(position, target, setup.focal * height_px)
    return Setup(camera, float(np.linalg.norm(target - position)), 0.0, False)


def _inside_above(design: SetDesign, position: NDArray[np.float64], ground: GroundHeight) -> NDArray[np.float64]:
    """Clamp to the walkable box; y counts from the ground there."""
    base = ground(float(position[0]), float(position[2]))
    moved = _inside(design, raised(position, -base))
    return raised(moved, ground(float(moved[0]), float(moved[2])))


def _centre_of(stage: StagePosition, view: View, floor: NDArray[np.float64]) -> NDArray[np.float64]:
    if view.framing == "insert":
        return raised(floor, stage.insert_height)
    return raised(floor, (view.eye_height_m or EYE_M) - LENSES[view.framing].below_eyes_m)


def _person_camera(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    lens = LENSES[view.framing]
    stage = subject_of(design, view)
    floor = stage_floor(stage, ground)
    centre = _centre_of(stage, view, floor)
    towards = _array(design.cameras["wide"].position) - floor
    if view.framing == "insert" and stage.looks_at is not None:
        thing = _array(stage.looks_at)
        towards = floor - thing
        centre = np.array([thing[0], centre[1], thing[2]])
    towards[1] = 0
    towards /= max(float(np.linalg.norm(towards)), 1e-6)
    distance = lens.visible_m * lens.focal
    best, best_moved_m = centre, math.inf
    for widening in (1.0, 0.6, 0.2, 1.6, 2.4, 4.0, 5.5):
        direction = _turned(towards, lens.swing_deg * view.side * widening + (4.0 if view.side == 0 else 0.0))
        wished = raised(centre + direction * distance, lens.lift_m)
        placed = _inside_above(design, wished, ground)
        moved_m = float(np.linalg.norm(placed - wished))
        if moved_m < best_moved_m - 1e-6:
            best, best_moved_m = placed, moved_m
        if moved_m < 0.3:
            break
    return _composed(best, centre, lens, view.side * 0.10, height_px)


def _composed(
    position: NDArray[np.float64],
    centre: NDArray[np.float64],
    lens: Lens,
    room: float,
    height_px: int,
    longest_focal: float = LONGEST_FOCAL,
) -> Setup:
    """room: how far right of the subject the lens aims, over the picture's height there."""
    actual = float(np.linalg.norm(position - centre))
    focal = min(max(actual / lens.visible_m, 0.45 * lens.focal), longest_focal)
    camera = camera_at(position, centre, focal * height_px)
    aim = centre + _array(camera.right) * room * actual / focal
    return Setup(camera_at(position, aim, focal * height_px), actual, lens.blur, lens.half_size)


def _shoulder_camera(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    """Behind the listener, on the wide camera's side of the line between the two: far enough from the line that both
    find room in the picture, the subject within it and the listener's back at its edge."""
    lens = LENSES[view.framing]
    subject, listener = subject_of(design, view), _stage(design, "view.past", view.past)
    centre = _centre_of(subject, view, stage_floor(subject, ground))
    nape = stage_floor(listener, ground)
    away = (nape - stage_floor(subject, ground)) * np.array([1.0, 0.0, 1.0])
    away /= max(float(np.linalg.norm(away)), 1e-6)
    ours = (_array(design.cameras["wide"].position) - nape) * np.array([1.0, 0.0, 1.0])
    turn = 1.0 if np.cross(away, ours)[1] > 0 else -1.0
    best, least = (nape, 0.0), math.inf
    for degrees, behind_m in itertools.product(range(10, FARTHEST_TURN_DEG, 6), BEHIND_M):
        wished = raised(nape + _turned(away, turn * degrees) * behind_m, max(EYE_M, centre[1] - nape[1] + lens.lift_m))
        placed = _inside_above(design, wished, ground)
        sight = camera_at(placed, centre, 1.0)
        back = nape - placed
        ahead = float(back @ _array(sight.forward))
        distance = float(np.linalg.norm(centre - placed))
        focal = min(distance / lens.visible_m, LONGEST_SHOULDER_FOCAL)
        apart = float(back @ _array(sight.right)) / max(ahead, 0.1) * focal
        fault = float(np.linalg.norm(placed - wished)) + abs(abs(apart) - APART) + (5.0 if ahead < 0.4 else 0.0)
        fault += 0.6 * max(HEAD_M * focal / max(ahead, 0.1) - LARGEST_HEAD, 0.0)
        fault += 3.0 * max(abs(apart) - FARTHEST_APART, 0.0)
        fault += 5.0 if np.cross(away, -back)[1] * turn < 0.05 else 0.0
        if fault < least:
            best, least = (placed, apart), fault
    position, apart = best
    return _composed(position, centre, lens, math.copysign(0.26, apart), height_px, LONGEST_SHOULDER_FOCAL)


def _eye_camera(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    stage = subject_of(design, view)
    position = raised(stage_floor(stage, ground), view.eye_height_m or EYE_M)
    target = _array(stage.looks_at if stage.looks_at is not None else design.interest)
    if np.linalg.norm((target - position)[[0, 2]]) < 0.6:
        target = position + (position - _array(design.cameras["wide"].position)) * np.array([1.0, 0.0, 1.0])
    if view.side:
        target = position + _turned(target - position, -12.0 * view.side)
    return Setup(camera_at(position, target, 1.05 * height_px), float(np.linalg.norm(target - position)), 0.0, False)


def frame(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    """The camera of a view for a picture that is height_px high. Raises UnknownName, InvalidAsk."""
    if view.framing not in FRAMINGS:
        raise UnknownName("view.framing", view.framing, FRAMINGS)
    if view.side not in (-1, 0, 1):
        raise InvalidAsk("view.side", f"-1, 0 or +1 is expected, not {view.side}")
    if view.eye_height_m and not LEAST_EYE_M <= view.eye_height_m <= MOST_EYE_M:
        raise InvalidAsk("view.eye_height_m", f"{LEAST_EYE_M}..{MOST_EYE_M} is expected, not {view.eye_height_m}")
    for field, name in (("view.subject", view.subject), ("view.past", view.past)):
        if name:
            _stage(design, field, name)
    if view.framing in ("establishing", "wide"):
        return _set_camera(design, view, ground, height_px)
    if view.framing == "point_of_view":
        return _eye_camera(design, view, ground, height_px)
    if view.framing == "over_shoulder" and view.past and view.past != (view.subject or "centre"):
        return _shoulder_camera(design, view, ground, height_px)
    return _person_camera(design, view, ground, height_px)
