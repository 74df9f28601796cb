"""How a figure holds itself and moves at a moment: poses, walk, breath, and an emotion's posture. Angles in degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.design import Design

POSES = ("stand", "walk", "turn", "point", "recoil", "operate", "sit")
EMOTIONS = ("calm", "tense", "afraid", "warm", "amused", "awed", "urgent")
ARM_REST_DEGREES = 15.0
"""How much wider than they hang the arms of a person's mesh are built."""

HIGHEST_FOREARM_DEGREES = 84.0
BUSY_POSES = ("operate", "point", "recoil")
ARM_BONES = ("upper_arm", "forearm", "fingers", "index")
SEAT_BEHIND_M = 0.27
HIP_M, PLAIN_HEIGHT_M = 0.95, 1.7
STRIDE_M = 1.32
WALK_M_PER_S = 0.82
WALK_LIMIT_M = 3.4

Angles = dict[str, tuple[float, float, float]]
"""Bone -> turn about x (positive bows forward), y (towards the figure's left), z. A name without _l or _r means both
sides, mirrored."""

POSTURES: dict[str, Angles] = {
    "calm": {"upper_arm": (2, 0, -5), "forearm": (-14, 0, 0), "fingers": (0, 0, -18), "index": (0, 0, -10)},
    "tense": {
        "spine": (3, 0, 0), "neck": (5, 0, 0), "head": (-1, 0, 0), "upper_arm": (4, 0, -4), "forearm": (-30, 6, 0),
        "fingers": (0, 0, -78), "index": (0, 0, -70),
    },
    "afraid": {
        "spine": (-6, 0, 0), "chest": (8, 0, 0), "neck": (-3, 0, 0), "head": (-3, 0, 3), "upper_arm": (-14, 0, -3),
        "forearm": (-72, 16, 0), "fingers": (0, 0, -30), "index": (0, 0, -16),
    },
    "warm": {
        "chest": (-2, 0, 0), "head": (2, 0, 7), "upper_arm": (-4, 0, -3), "forearm": (-26, 8, 0),
        "fingers": (0, 0, -22), "index": (0, 0, -12),
    },
    "amused": {
        "chest": (-3, 0, 0), "head": (-3, 0, -7), "upper_arm": (2, 0, -2), "forearm": (-22, 0, 0),
        "fingers": (0, 0, -26), "index": (0, 0, -14),
    },
    "awed": {
        "spine": (-3, 0, 0), "chest": (-4, 0, 0), "neck": (-5, 0, 0), "head": (-8, 0, 0), "upper_arm": (6, 0, 3),
        "forearm": (-18, 0, 0), "fingers": (0, 0, -8), "index": (0, 0, -4),
    },
    "urgent": {
        "spine": (7, 0, 0), "chest": (3, 0, 0), "neck": (4, 0, 0), "head": (-9, 0, 0), "upper_arm": (6, 0, 2),
        "forearm": (-48, 0, 0), "fingers": (0, 0, -62), "index": (0, 0, -40),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attitude:
    """angles: bone -> turns; shift: metres from the mark (to the figure's left, up, forward); yaw: degrees added."""

    angles: Angles
    shift: tuple[float, float, float]
    yaw: float


class _Sum:
    """Adds up turns; a side-less name goes to both sides."""

    def __init__(self) -> None:
        self.angles: Angles = {}

    def add(self, name: str, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> None:
        if name in ("upper_arm", "forearm", "hand", "fingers", "index", "thigh", "shin", "foot"):
            self.add(f"{name}_l", x, y, z)
            self.add(f"{name}_r", x, -y, -z)
            return
        before = self.angles.get(name, (0.0, 0.0, 0.0))
        self.angles[name] = (before[0] + x, before[1] + y, before[2] + z)


def ease(value: float) -> float:
    """0..1 with a soft start and end."""
    t = min(1.0, max(0.0, value))
    return t * t * (3.0 - 2.0 * t)


def drift(time_s: float, rate_hz: float, seed: float) -> float:
    """A smooth wandering value, about -1..1."""
    a = 2.0 * math.pi * rate_hz * time_s
    return 0.6 * math.sin(a + seed) + 0.4 * math.sin(1.73 * a + 2.1 * seed + 1.0)


def walked_m(time_s: float, duration_s: float) -> tuple[float, float]:
    """Metres from the mark (negative is before it), and how much of a walk it still is (1 walking, 0 standing)."""
    length = min(WALK_LIMIT_M, WALK_M_PER_S * max(0.5, duration_s))
    gone = WALK_M_PER_S * time_s
    soft = 0.45
    if gone > length - soft:
        gone = length - soft + soft * (1.0 - math.exp(-(gone - length + soft) / soft))
    return gone - 0.62 * length, min(1.0, max(0.0, (length - gone) / 0.3))


def attitude(
    pose: str,
    emotion: str,
    motion: str,
    time_s: float,
    duration_s: float,
    seed: float,
    speaking: bool,
    stoop: float,
    wide: bool,
) -> Attitude:
    """The figure at a moment of the shot. Names must be known."""
    total = _Sum()
    restless = {"tense": 1.3, "afraid": 1.9, "urgent": 1.6}.get(emotion, 1.0)
    if motion != "biped":
        return _machine(total, pose, emotion, motion, time_s, duration_s, seed, restless)
    busy = pose in BUSY_POSES
    for name, turn in POSTURES[emotion].items():
        if not (busy and name in ARM_BONES):
            total.add(name, *turn)
    total.add("upper_arm", 0.0, 0.0, (9.0 if wide else 0.0) - ARM_REST_DEGREES)
    total.add("forearm", 0.0, 0.0, -8.0)
    breath = math.sin(2.0 * math.pi * 0.26 * restless**0.6 * time_s + seed)
    total.add("chest", -0.9 * breath + 6.0 * stoop)
    total.add("spine", 4.0 * stoop, 1.2 * drift(time_s, 0.11, seed), 0.8 * drift(time_s, 0.13, seed + 2))
    total.add("neck", 0.5 * breath + 5.0 * stoop)
    total.add("upper_arm", 0.8 * breath, 0.0, 0.7 * breath)
    total.add(
        "head",
        1.6 * drift(time_s, 0.19 * restless, seed + 4) - 9.0 * stoop,
        3.0 * drift(time_s, 0.15 * restless, seed + 5),
        1.4 * drift(time_s, 0.12, seed + 6),
    )
    if speaking:
        _gesture(total, time_s, seed, restless, 0.0 if busy else 1.0)
    shift, yaw = _pose(total, pose, time_s, duration_s, seed)
    tremble = 0.35 * math.sin(41.0 * time_s) if emotion == "afraid" else 0.0
    total.add("head", 0.0, tremble, 0.0)
    return Attitude(total.angles, shift, yaw)


def _gesture(total: _Sum, time_s: float, seed: float, restless: float, arms: float) -> None:
    """Hands talk along, one more than the other, and less the higher they are held already: never before the mouth."""
    for side, sign, offset in (("l", 1.0, 0.0), ("r", -1.0, 2.4)):
        held = min(1.0, max(0.0, -total.angles.get(f"forearm_{side}", (0.0, 0.0, 0.0))[0] / HIGHEST_FOREARM_DEGREES))
        lift = arms * (1.0 - held) * ease(0.5 + 0.9 * drift(time_s, 0.23 * restless, seed + offset))
        beat = math.sin(2.0 * math.pi * 0.9 * time_s + seed + offset) * lift
        total.add(f"upper_arm_{side}", -16.0 * lift, 0.0, sign * 3.0 * lift)
        total.add(f"forearm_{side}", -42.0 * lift - 5.0 * beat, -sign * 10.0 * lift, 0.0)
        total.add(f"hand_{side}", 0.0, 0.0, sign * 8.0 * beat)
    total.add("head", 1.7 * math.sin(2.0 * math.pi * 0.75 * time_s + seed), 1.6 * drift(time_s, 0.4, seed + 9), 0.0)


def _pose(
    total: _Sum, pose: str, time_s: float, duration_s: float, seed: float
) -> tuple[tuple[float, float, float], float]:
    if pose == "walk":
        return _walk(total, time_s, duration_s), 0.0
    if pose == "turn":
        return (0.0, 0.0, 0.0), 150.0 * (1.0 - ease((time_s - 0.25) / 0.95))
    if pose == "point":
        up = ease((time_s + 0.1) / 0.5)
        settle = 2.0 * drift(time_s, 0.3, seed)
        total.add("upper_arm_r", (-84.0 + settle) * up, 0.0, -8.0 * up)
        total.add("forearm_r", 8.0 * up, 0.0, 0.0)
        total.add("fingers_r", 0.0, 0.0, 70.0 * up)
        total.add("index_r", 0.0, 0.0, -12.0 * up)
        total.add("spine", 0.0, 6.0 * up, 0.0)
        total.add("head", 0.0, -4.0 * up, 0.0)
    elif pose == "recoil":
        back = ease((time_s - 0.12) / 0.25) * (0.72 + 0.28 * math.exp(-1.6 * max(0.0, time_s - 0.35)))
        total.add("spine", -9.0 * back)
        total.add("chest", -7.0 * back)
        total.add("head", 5.0 * back, -10.0 * back)
        total.add("upper_arm", -34.0 * back, 0.0, 12.0 * back)
        total.add("forearm", -62.0 * back, 14.0 * back, 0.0)
        total.add("hand", -24.0 * back)
        total.add("thigh_l", -14.0 * back)
        total.add("shin_l", 10.0 * back)
        total.add("thigh_r", 12.0 * back)
        total.add("shin_r", 8.0 * back)
        return (0.0, -0.012 * back, -0.2 * back), 0.0
    elif pose == "operate":
        total.add("spine", 5.0)
        total.add("head", 9.0)
        total.add("upper_arm", -20.0, 0.0, -4.0)
        total.add("forearm", -46.0, 12.0, 0.0)
        total.add("fingers", 0.0, 0.0, -24.0)
        for side, offset in (("l", 0.0), ("r", 1.9)):
            total.add(f"upper_arm_{side}", 3.0 * drift(time_s, 0.5, seed + offset))
            total.add(f"forearm_{side}", 5.0 * drift(time_s, 0.9, seed + offset), 8.0 * drift(time_s, 0.37, offset))
            total.add(f"hand_{side}", 6.0 * drift(time_s, 1.3, seed + offset))
            total.add(f"index_{side}", 0.0, 0.0, 9.0 * drift(time_s, 1.9, offset))
    elif pose == "sit":
        total.add("thigh", -86.0, 0.0, 5.0)
        total.add("shin", 84.0)
        total.add("spine", 3.0)
        total.add("upper_arm", -26.0, 0.0, 0.0)
        total.add("forearm", -46.0, 16.0, 0.0)
        return (0.0, -0.43, -SEAT_BEHIND_M), 0.0
    return (0.0, 0.0, 0.0), 0.0


def _walk(total: _Sum, time_s: float, duration_s: float) -> tuple[float, float, float]:
    gone, amount = walked_m(time_s, duration_s)
    phase = 2.0 * math.pi * gone / STRIDE_M
    for side, p in (("l", phase), ("r", phase + math.pi)):
        swing = math.sin(p)
        # the knee bends while the leg swings forward, and gives a little as it takes the weight
        bend = 8.0 + 46.0 * max(0.0, math.cos(p)) ** 1.6 + 8.0 * max(0.0, math.sin(p + 0.6)) ** 4
        total.add(f"thigh_{side}", (-25.0 * swing - 5.0) * amount)
        total.add(f"shin_{side}", bend * amount)
        total.add(f"foot_{side}", (-6.0 - 12.0 * max(0.0, swing) + 20.0 * max(0.0, -swing) ** 2) * amount)
        total.add(f"upper_arm_{side}", 21.0 * swing * amount)
        total.add(f"forearm_{side}", (-12.0 + 10.0 * swing) * amount)
    total.add("pelvis", 2.0 * amount, 5.0 * math.sin(phase) * amount, 1.8 * math.sin(phase + 0.5) * amount)
    total.add("chest", 1.0 * amount, -9.0 * math.sin(phase) * amount, -1.5 * math.sin(phase + 0.5) * amount)
    total.add("head", 0.0, 4.0 * math.sin(phase) * amount, 0.0)
    bob = (0.017 * math.cos(2.0 * phase) - 0.03) * amount
    return (0.0, bob, gone)


def _machine(
    total: _Sum, pose: str, emotion: str, motion: str, time_s: float, duration_s: float, seed: float, restless: float
) -> Attitude:
    """Wheels, hovering and standing things: the same bones where they exist, and their own liveliness."""
    tilt = {"tense": 4, "afraid": -6, "warm": 3, "amused": -3, "awed": -12, "urgent": 7}.get(emotion, 0)
    roll = {"warm": 9, "amused": -9, "afraid": 4}.get(emotion, 0)
    total.add("head", tilt + 2.0 * drift(time_s, 0.2 * restless, seed), 5.0 * drift(time_s, 0.16, seed + 3), roll)
    total.add("upper_arm", -8.0 + 2.0 * drift(time_s, 0.17, seed), 0.0, 2.0)
    total.add("forearm", -38.0 + 4.0 * drift(time_s, 0.21, seed + 1))
    total.add("spin", 0.0, 21.0 * time_s)
    total.add("counter_spin", 0.0, -13.0 * time_s)
    total.add("tumble", 17.0 * time_s, 11.0 * time_s)
    x, y, z, yaw = 0.0, 0.0, 0.0, 0.0
    if motion == "hover":
        y = 0.028 * math.sin(2.0 * math.pi * 0.31 * time_s + seed)
        x = 0.02 * drift(time_s, 0.14, seed + 2)
        sway = 2.0 * drift(time_s, 0.23, seed)
        total.add("body", 2.0 * drift(time_s, 0.3, seed), 3.0 * drift(time_s, 0.12, seed), sway)
        for number in range(8):
            swing = 5.0 * restless
            total.add(f"strand_{number}", swing * drift(time_s, 0.22, seed + number), 0.0,
                      swing * drift(time_s, 0.27, 2.0 * seed + number))  # fmt: skip
    if pose == "walk":
        z, amount = walked_m(time_s, duration_s)
        total.add("body", 2.5 * amount)
        total.add("wheel", math.degrees(z / 0.3))
        for number in range(6):
            total.add(f"wheel_{number}", math.degrees(z / 0.36))
    elif pose == "turn":
        yaw = 150.0 * (1.0 - ease((time_s - 0.25) / 0.95))
    elif pose == "point":
        total.add("upper_arm_r", -64.0 * ease((time_s + 0.1) / 0.5))
        total.add("forearm_r", 34.0 * ease((time_s + 0.1) / 0.5))
    elif pose == "recoil":
        z = -0.22 * ease((time_s - 0.12) / 0.25)
        total.add("body", -7.0 * ease((time_s - 0.12) / 0.25))
    elif pose == "operate":
        total.add("head", 12.0)
        total.add("upper_arm", -28.0)
        total.add("forearm_l", -20.0 + 7.0 * drift(time_s, 0.8, seed))
        total.add("forearm_r", -20.0 + 7.0 * drift(time_s, 0.7, seed + 2))
    return Attitude(total.angles, (x, y, z), yaw)


def seat_lift_m(design: Design) -> float:
    """How much less than a plain adult's the hips of somebody smaller sink to reach a seat; machines do not sit."""
    return HIP_M * (1.0 - design.body.height / PLAIN_HEIGHT_M) if design.figure == "person" else 0.0


def turns(angles: Angles, names: tuple[str, ...]) -> NDArray[np.float64]:
    """(bones, 3) degrees in the skeleton's order; names the skeleton lacks are dropped."""
    out = np.zeros((len(names), 3))
    for number, name in enumerate(names):
        if name in angles:
            out[number] = angles[name]
    return out


@njit(cache=True, nogil=True)
def skin_matrices(
    rest: NDArray[np.float64], parents: NDArray[np.int32], degrees: NDArray[np.float64], base: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(bones, 3, 4) from rest to the space of `base` (3, 4), which places the figure's own coordinates."""
    count = rest.shape[0]
    turn = np.zeros((count, 3, 3))
    place = np.zeros((count, 3))
    out = np.zeros((count, 3, 4), np.float32)
    for n in range(count):
        x, y, z = np.radians(degrees[n, 0]), np.radians(degrees[n, 1]), np.radians(degrees[n, 2])
        cx, sx, cy, sy, cz, sz = math.cos(x), math.sin(x), math.cos(y), math.sin(y), math.cos(z), math.sin(z)
        own = np.array(
            (
                (cy * cz + sy * sx * sz, -cy * sz + sy * sx * cz, sy * cx),
                (cx * sz, cx * cz, -sx),
                (-sy * cz + cy * sx * sz, sy * sz + cy * sx * cz, cy * cx),
            )
        )
        p = parents[n]
        if p < 0:
            for i in range(3):
                place[n, i] = base[i, 3]
                for j in range(3):
                    place[n, i] += base[i, j] * rest[n, j]
                    for k in range(3):
                        turn[n, i, j] += base[i, k] * own[k, j]
        else:
            for i in range(3):
                place[n, i] = place[p, i]
                for j in range(3):
                    place[n, i] += turn[p, i, j] * (rest[n, j] - rest[p, j])
                    for k in range(3):
                        turn[n, i, j] += turn[p, i, k] * own[k, j]
        for i in range(3):
            out[n, i, 3] = place[n, i]
            for j in range(3):
                out[n, i, j] = turn[n, i, j]
                out[n, i, 3] -= turn[n, i, j] * rest[n, j]
    return out
