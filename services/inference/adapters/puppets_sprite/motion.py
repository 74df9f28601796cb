"""How figures move: walks, the life of machines, and bones made matrices. Angles in degrees; knows no persons."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.design import Design
from services.inference.domain.talk import SILENCE, Talk

POSES = ("stand", "walk", "turn", "point", "recoil", "operate", "sit")
SEAT_BEHIND_M = 0.27
HIP_M, PLAIN_HEIGHT_M = 0.95, 1.7
STRIDE_M = 1.32
WALK_M_PER_S = 0.82
WALK_LIMIT_M = 3.4

Angles = dict[str, tuple[float, float, float]]
"""Bone -> turn about x (positive bows forward), y (towards the figure's left), z. A name without _l or _r means both
sides, mirrored."""

PAIRED = (
    "shoulder", "upper_arm", "forearm", "hand", "fingers", "tips", "index", "index_tip", "thigh", "shin", "foot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attitude:
    """angles: bone -> turns; shift: metres from the mark (to the figure's left, up, forward); yaw: degrees added."""

    angles: Angles
    shift: tuple[float, float, float]
    yaw: float


class Sum:
    """Adds up turns; a side-less name goes to both sides."""

    def __init__(self) -> None:
        self.angles: Angles = {}

    def add(self, name: str, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> None:
        if name in PAIRED:
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


def beat(time_s: float, at_s: float, width_s: float) -> float:
    """0..1, one about a moment."""
    away = (time_s - at_s) / width_s
    return math.exp(-away * away) if abs(away) < 4.0 else 0.0


def machine_attitude(
    pose: str, emotion: str, motion: str, time_s: float, duration_s: float, seed: float, talk: Talk = SILENCE
) -> Attitude:
    """Wheels, hovering and standing things: the same bones where they exist, and their own liveliness. They nod to
    what they say and to what they hear, and lift a hand now and then."""
    total = Sum()
    restless = {"tense": 1.3, "afraid": 1.9, "urgent": 1.6}.get(emotion, 1.0)
    for stress in talk.stresses:
        total.add("head", 5.0 * stress.strength * beat(time_s, stress.at_s, 0.16))
        if stress.draw < 0.4:
            lift = beat(time_s, stress.at_s + 0.1, 0.42)
            total.add(f"upper_arm_{'lr'[stress.draw < 0.25]}", -14.0 * lift)
            total.add(f"forearm_{'lr'[stress.draw < 0.25]}", -30.0 * lift)
    for _, end_s in talk.heard:
        total.add("head", 7.0 * beat(time_s, end_s + 0.15, 0.2))
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


def step_bob(total: Sum, time_s: float, duration_s: float) -> tuple[tuple[float, float, float], float, float]:
    """The legs and the trunk of a walking person: how far it has gone, how much of a walk it still is, and how far the
    left leg swings forward, -1..1."""
    gone, amount = walked_m(time_s, duration_s)
    phase = 2.0 * math.pi * gone / STRIDE_M
    for side, p in (("l", phase), ("r", phase + math.pi)):
        swing = math.sin(p)
        # the knee bends while the leg swings forward, and gives a little as it takes the weight
        bend = 8.0 + 46.0 * max(0.0, math.cos(p)) ** 1.6 + 8.0 * max(0.0, math.sin(p + 0.6)) ** 4
        total.add(f"thigh_{side}", (-25.0 * swing - 5.0) * amount)
        total.add(f"shin_{side}", bend * amount)
        total.add(f"foot_{side}", (-6.0 - 12.0 * max(0.0, swing) + 20.0 * max(0.0, -swing) ** 2) * amount)
    total.add("pelvis", 2.0 * amount, 5.0 * math.sin(phase) * amount, 1.8 * math.sin(phase + 0.5) * amount)
    total.add("chest", 1.0 * amount, -9.0 * math.sin(phase) * amount, -1.5 * math.sin(phase + 0.5) * amount)
    total.add("head", 0.0, 4.0 * math.sin(phase) * amount, 0.0)
    return (0.0, (0.017 * math.cos(2.0 * phase) - 0.03) * amount, gone), amount, math.sin(phase)


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
