"""Camera set-ups: where the camera stands for each framing, how long its lens is and what is out of focus."""

from __future__ import annotations

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
GroundHeight = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Lens:
    """A framing of a person. centre_m: height of the picture's centre on the subject. visible_m: picture height there.

    focal: over picture height. swing_deg: angle off the frontal axis at side +-1. lift_m: camera above the centre.
    blur: radius of the blur of the farthest background, over picture height. half_size: painted at half size.
    """

    centre_m: float
    visible_m: float
    focal: float
    swing_deg: float
    lift_m: float
    blur: float
    half_size: bool


LENSES: Mapping[str, Lens] = {
    "medium": Lens(1.22, 1.25, 1.75, 32, 0.22, 0.0050, True),
    "close": Lens(1.53, 0.62, 2.5, 28, 0.06, 0.013, True),
    "over_shoulder": Lens(1.42, 1.05, 1.8, 24, 0.16, 0.009, True),
    "insert": Lens(1.05, 0.85, 1.9, 22, 0.42, 0.010, False),
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
    name = view.subject or "centre"
    if name not in design.stages:
        raise UnknownName("view.subject", name, tuple(sorted(design.stages)))
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
        position = _inside_above(design, target + _turned(position - target, 14.0 * view.side), ground)
    camera = camera_at(position, target, setup.focal * height_px)
    return Setup(camera, float(np.linalg.norm(target - position)), 0.0, False)


def _inside_above(design: SetDesign, position: NDArray[np.float64], ground: GroundHeight) -> NDArray[np.float64]:
    """Clamp to the walkable box; y counts from the ground there."""
    base = ground(float(position[0]), float(position[2]))
    moved = _inside(design, raised(position, -base))
    return raised(moved, ground(float(moved[0]), float(moved[2])))


def _person_camera(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    lens = LENSES[view.framing]
    stage = subject_of(design, view)
    floor = stage_floor(stage, ground)
    centre = raised(floor, stage.insert_height if view.framing == "insert" else lens.centre_m)
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
    actual = float(np.linalg.norm(best - centre))
    focal = lens.focal * max(actual / distance, 0.45)
    camera = camera_at(best, centre, focal * height_px)
    room = view.side * 0.10 * lens.visible_m
    aim = centre + _array(camera.right) * room
    return Setup(camera_at(best, aim, focal * height_px), actual, lens.blur, lens.half_size)


def _eye_camera(design: SetDesign, view: View, ground: GroundHeight, height_px: int) -> Setup:
    stage = subject_of(design, view)
    position = raised(stage_floor(stage, ground), EYE_M)
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
    if view.subject:
        subject_of(design, view)
    if view.framing in ("establishing", "wide"):
        return _set_camera(design, view, ground, height_px)
    if view.framing == "point_of_view":
        return _eye_camera(design, view, ground, height_px)
    return _person_camera(design, view, ground, height_px)
