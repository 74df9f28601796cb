"""Camera moves: where the camera is at each frame of a shot, in metres and radians of the plate's own axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.noise import drift, smooth
from services.inference.domain.plates import LEAST_SPARE, Spare
from services.inference.domain.shot import CameraMove
from services.inference.domain.timebase import FRAMES_PER_SECOND

MOST_ENERGY: Final = 2.0
_EASE: Final = 0.45
_HANDHELD: Final = 0.5
_PUSH: Final = 0.32
_TRUCK: Final = 0.2
_CRANE: Final = 0.24
_ORBIT: Final = 0.26
"""Of full strength, in subject distances (the orbit in radians, to either side)."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Offset of the camera from the plate's: metres along right, up, forward; radians to the right, up, and rolled."""

    right_m: float = 0.0
    up_m: float = 0.0
    forward_m: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    def axes(self) -> NDArray[np.float64]:
        """(3, 3): columns are the moved camera's right, up and forward in the plate's axes."""
        cy, sy = math.cos(self.yaw), math.sin(self.yaw)
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        cr, sr = math.cos(self.roll), math.sin(self.roll)
        forward = np.array([sy * cp, sp, cy * cp])
        level = np.array([cy, 0.0, -sy])
        upright = np.array([-sy * sp, cp, -cy * sp])
        return np.stack([level * cr + upright * sr, upright * cr - level * sr, forward], axis=1)

    def position(self) -> NDArray[np.float64]:
        return np.array([self.right_m, self.up_m, self.forward_m])

    def packed(self) -> NDArray[np.float64]:
        """(12,) as `kernels.reproject` wants it."""
        return np.concatenate([self.axes().reshape(-1), self.position()])


_ACROSS: Final = Spare(across=1.42)
_UP: Final = Spare(up=1.42)
_SPARES: Final = {
    "pan_left": _ACROSS, "pan_right": _ACROSS, "truck_left": _ACROSS, "truck_right": _ACROSS, "orbit": _ACROSS,
    "tilt_up": _UP, "tilt_down": _UP, "crane_up": _UP,
}  # fmt: skip


def spare_for(move: CameraMove) -> Spare:
    """What must be painted round the picture for the camera to make the move: little, unless it goes sideways."""
    return _SPARES.get(move.kind, LEAST_SPARE)


@dataclass(frozen=True, slots=True)
class Lens:
    """What a move is measured against: half angles of the spare picture round the frame, and the subject's distance."""

    spare_x: float
    spare_y: float
    subject_m: float


@dataclass(frozen=True, slots=True)
class CameraPath:
    """One shot's camera. most: largest amplitude at which the picture stays inside the plate."""

    move: CameraMove
    frame_count: int
    lens: Lens
    seed: int
    most: float = MOST_ENERGY

    def pose(self, frame: float, energy: float, *, calm: bool = False) -> Pose:
        """Pose at a frame under grade.camera_energy; frames after the last go on as the move ends."""
        amount = min(self.move.strength * energy, self.most)
        share = frame / (self.frame_count - 1)
        eased = share + _EASE * (smooth(share) - share)
        pose = _MOVES[self.move.kind](self.lens, amount, eased)
        shake = 0.25 * max(energy - 1.0, 0.0)
        if self.move.kind == "handheld":
            shake += self.move.strength * energy
        shake = min(shake, self.most) * (0.4 if calm else 1.0)
        return _shaken(pose, self.lens, shake, self.seed, frame / FRAMES_PER_SECOND) if shake > 0.0 else pose


def _shaken(pose: Pose, lens: Lens, shake: float, seed: int, time_s: float) -> Pose:
    def sway(channel: int, slow_hz: float, quick_hz: float) -> float:
        slow = drift(seed * 31 + channel, time_s * slow_hz)
        return slow + 0.35 * drift(seed * 31 + channel + 100, time_s * quick_hz)

    reach = _HANDHELD * shake
    return Pose(
        right_m=pose.right_m + reach * 0.012 * lens.subject_m * sway(1, 0.8, 2.6),
        up_m=pose.up_m + reach * 0.008 * lens.subject_m * sway(2, 1.0, 3.1),
        forward_m=pose.forward_m,
        yaw=pose.yaw + reach * 0.24 * lens.spare_x * sway(3, 0.9, 3.3),
        pitch=pose.pitch + reach * 0.26 * lens.spare_y * sway(4, 1.1, 3.6),
        roll=pose.roll + reach * 0.006 * sway(5, 0.7, 2.2),
    )


def _still(_lens: Lens, _amount: float, _eased: float) -> Pose:
    return Pose()


def _push_in(lens: Lens, amount: float, eased: float) -> Pose:
    return Pose(forward_m=_PUSH * lens.subject_m * amount * eased)


def _pull_out(lens: Lens, amount: float, eased: float) -> Pose:
    return Pose(forward_m=_PUSH * lens.subject_m * amount * (1.0 - eased))


def _pan(sign: float) -> Callable[[Lens, float, float], Pose]:
    def pose(lens: Lens, amount: float, eased: float) -> Pose:
        return Pose(yaw=sign * 0.9 * lens.spare_x * amount * (2.0 * eased - 1.0))

    return pose


def _tilt(sign: float) -> Callable[[Lens, float, float], Pose]:
    def pose(lens: Lens, amount: float, eased: float) -> Pose:
        return Pose(pitch=sign * 0.9 * lens.spare_y * amount * (2.0 * eased - 1.0))

    return pose


def _truck(sign: float) -> Callable[[Lens, float, float], Pose]:
    def pose(lens: Lens, amount: float, eased: float) -> Pose:
        side = sign * amount * (2.0 * eased - 1.0)
        return Pose(right_m=_TRUCK * lens.subject_m * side, yaw=-0.3 * math.atan(_TRUCK * side))

    return pose


def _crane_up(lens: Lens, amount: float, eased: float) -> Pose:
    rise = amount * (eased - 0.4)
    return Pose(up_m=_CRANE * lens.subject_m * rise, pitch=-0.75 * math.atan(_CRANE * rise))


def _orbit(lens: Lens, amount: float, eased: float) -> Pose:
    side = _ORBIT * amount * (2.0 * eased - 1.0)
    return Pose(right_m=lens.subject_m * math.sin(side), forward_m=lens.subject_m * (1.0 - math.cos(side)), yaw=-side)


_MOVES: Final[dict[str, Callable[[Lens, float, float], Pose]]] = {
    "still": _still,
    "handheld": _still,
    "push_in": _push_in,
    "pull_out": _pull_out,
    "pan_left": _pan(-1.0),
    "pan_right": _pan(1.0),
    "tilt_up": _tilt(1.0),
    "tilt_down": _tilt(-1.0),
    "truck_left": _truck(-1.0),
    "truck_right": _truck(1.0),
    "crane_up": _crane_up,
    "orbit": _orbit,
}
