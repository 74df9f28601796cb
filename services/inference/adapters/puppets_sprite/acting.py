"""A person at a moment of a shot: stance, emotion, pose, breath, and what is said, as turns of the bones.

Feet stand where they stand and hands rest where they rest: joints are solved from there. Knows no pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite import gestures
from services.inference.adapters.puppets_sprite.design import Design
from services.inference.adapters.puppets_sprite.limbs import ARM, LEG, Limb, bend, degrees_of, frame_of, held, turn_of
from services.inference.adapters.puppets_sprite.motion import (
    SEAT_BEHIND_M,
    Attitude,
    Sum,
    drift,
    ease,
    skin_matrices,
    step_bob,
    turns,
)
from services.inference.adapters.puppets_sprite.stance import BEARINGS, HOLDS, Bearing, Hold
from services.inference.domain.talk import SILENCE, Talk

Vectors = NDArray[np.float64]
SIDES: Final = (("l", 1.0), ("r", -1.0))
CARRIED: Final = ("pocket", "tablet", "reading", "behind", "strap")
"""Holds that a walking person keeps."""

BREATH_HZ: Final = 0.26
ANKLE_M: Final = 0.095


@dataclass(frozen=True, slots=True)
class Measures:
    """scale: of a body 1.7 m tall; shoulders, hips: widths over the plain ones; thick: metres that trunk and clothes
    stand out more than a plain body."""

    scale: float
    shoulders: float
    hips: float
    thick: float

    def place(self, hold: Hold, side: float) -> Vectors:
        """Metres, in the figure's rest, of a hold's wrist."""
        x, y, z = hold.wrist
        across = self.hips if hold.frame == "pelvis" else self.shoulders
        out = x * across + self.thick * max(0.0, min(1.0, x / 0.2)) * 0.6
        ahead = z + self.thick * max(-1.0, min(1.0, z / 0.12))
        return np.array((side * out, y, ahead)) * self.scale


def measures_of(design: Design) -> Measures:
    """Of a person's design: what lies over the suit counts as far as it stands out."""
    body = design.body
    worn = max((part.inflate for part in design.parts if part.over == "suit" and part.inflate > 0.012), default=0.0)
    thick = body.depth - 0.115 + min(worn, 0.022) + 0.04 * (body.bulk - 1.0) + 0.02 * body.belly
    return Measures(body.height / 1.7, body.shoulders / 0.36, body.hips / 0.32, thick)


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where a hand should be now, in the figure's space: wrist, elbow's way, fingers, palm; degrees of the fingers."""

    wrist: Vectors
    elbow: Vectors
    fingers: Vectors
    palm: Vectors
    curl: float
    index: float


class Player:
    """A person's body with its habits; what it does is a function of its arguments alone."""

    def __init__(self, design: Design, names: Sequence[str], rest: Vectors, parents: NDArray[np.int32]) -> None:
        self._names, self._rest, self._parents = tuple(names), rest, parents
        self._stance, self._stoop = design.stance, design.body.stoop
        self._wide = 0.03 if design.arms == "wide" else 0.0
        self._measures = measures_of(design)
        self._arms = {side: self._limb(f"upper_arm_{side}", f"forearm_{side}", f"hand_{side}", sign)
                      for side, sign in SIDES}  # fmt: skip
        self._legs = {side: self._limb(f"thigh_{side}", f"shin_{side}", f"foot_{side}", sign) for side, sign in SIDES}

    def _limb(self, root: str, hinge: str, end: str, sign: float) -> Limb:
        first, middle, last = (self._rest[self._names.index(name)] for name in (root, hinge, end))
        return Limb(first, middle, last, np.array((0.02 * sign, -1.0, 0.04)), np.array((-sign, 0.0, 0.0)))

    def attitude(
        self, pose: str, emotion: str, time_s: float, duration_s: float, seed: float, talk: Talk = SILENCE
    ) -> Attitude:
        """The figure at a moment of the shot. Names must be known."""
        bearing = BEARINGS[emotion]
        total = Sum()
        shift, yaw = (0.0, 0.0, 0.0), 0.0
        stands, swing, back = 1.0, 0.0, 0.0
        if pose == "walk":
            shift, walking, swing = step_bob(total, time_s, duration_s)
            stands, swing = 1.0 - walking, swing * walking
        elif pose == "sit":
            _sit(total)
            shift, stands = (0.0, -0.43, -SEAT_BEHIND_M), 0.0
        elif pose == "turn":
            yaw = 150.0 * (1.0 - ease((time_s - 0.25) / 0.95))
        elif pose == "recoil":
            back = ease((time_s - 0.12) / 0.25) * (0.72 + 0.28 * math.exp(-1.6 * max(0.0, time_s - 0.35)))
        speaks, hears = gestures.presence(talk.spoken, time_s), gestures.presence(talk.heard, time_s)
        self._trunk(total, bearing, emotion, time_s, seed, stands, back)
        self._head(total, bearing, time_s, seed, talk, speaks, hears)
        _act(total, pose, time_s, back)
        sway = self._sway(bearing, time_s, seed, stands, back)
        body = skin_matrices(self._rest, self._parents, turns(total.angles, self._names), np.eye(3, 4))
        if stands > 0.0:
            sway = self._stand(total, body.astype(np.float64), bearing, sway, stands, back)
        self._hands(total, body.astype(np.float64), pose, emotion, time_s, seed, talk, swing, stands, back, speaks)
        beside, up, ahead = (np.array(shift) + sway).tolist()
        return Attitude(total.angles, (beside, up, ahead), yaw)

    @property
    def _side(self) -> float:
        return 1.0 if self._stance.weight == "left" else -1.0

    def _sway(self, bearing: Bearing, time_s: float, seed: float, stands: float, back: float) -> Vectors:
        """Metres by which the hips are beside, under and before the middle of the feet."""
        k = self._measures.scale * stands
        aside = self._side * 0.0085 * self._stance.hip + 0.004 * drift(time_s, 0.07 * bearing.quick, seed + 3)
        sunk = 0.011 + bearing.sunk_m + 0.03 * back
        return k * np.array((aside * (1.0 - back), -sunk, bearing.ahead_m - 0.2 * back))

    def _trunk(
        self, total: Sum, bearing: Bearing, emotion: str, time_s: float, seed: float, stands: float, back: float
    ) -> None:
        stance, stoop = self._stance, self._stoop
        # hips and shoulders tilt against each other over the leg that carries
        tilt = self._side * stance.hip * (0.35 + 0.65 * stands) * (1.0 - back)
        breath = math.sin(2.0 * math.pi * BREATH_HZ * bearing.quick**0.6 * time_s + seed)
        total.add("pelvis", 0.0, -0.8 * tilt, tilt * stands)
        total.add("spine", bearing.spine + 4.0 * stoop - 9.0 * back, 0.7 * tilt + 1.2 * drift(time_s, 0.11, seed),
                  -0.95 * tilt * (0.4 + 0.6 * stands) + 0.8 * drift(time_s, 0.13, seed + 2.0))  # fmt: skip
        total.add("chest", bearing.chest + stance.chest - 0.9 * breath + 6.0 * stoop - 7.0 * back, 0.5 * tilt,
                  -0.75 * tilt)  # fmt: skip
        for side, sign in SIDES:
            total.add(f"shoulder_{side}", 0.0, -sign * bearing.rounded,
                      sign * (bearing.raised + 0.6 * breath + 5.0 * back))  # fmt: skip
        if emotion == "afraid":
            total.add("head", 0.0, 0.35 * math.sin(41.0 * time_s), 0.0)

    def _head(
        self, total: Sum, bearing: Bearing, time_s: float, seed: float, talk: Talk, speaks: float, hears: float
    ) -> None:
        stance, stoop, quick = self._stance, self._stoop, bearing.quick
        tilt = self._side * stance.hip
        total.add("neck", bearing.neck + 5.0 * stoop, 0.0, 0.35 * tilt)
        still = 1.0 - 0.4 * hears
        total.add(
            "head",
            bearing.head + stance.head[0] + 1.6 * still * drift(time_s, 0.19 * quick, seed + 4.0) - 9.0 * stoop
            + gestures.nod_degrees(talk, time_s),
            stance.head[1] + 3.0 * still * drift(time_s, 0.15 * quick, seed + 5.0)
            + 2.4 * speaks * drift(time_s, 0.42, seed + 9.0),
            bearing.roll + stance.head[2] + 0.35 * tilt + 1.4 * drift(time_s, 0.12, seed + 6.0) - 3.5 * hears
            + 1.8 * speaks * drift(time_s, 0.31, seed + 1.0),
        )  # fmt: skip
        total.add("spine", 1.6 * speaks + 1.2 * hears)

    def _feet(self, bearing: Bearing, back: float) -> list[tuple[str, Vectors, float]]:
        """Side, place of the ankle from the middle of the feet, degrees it is turned out."""
        stance, k = self._stance, self._measures.scale
        feet = []
        for side, sign in SIDES:
            carries = sign == self._side
            x = (0.42 if carries else 0.58) * stance.feet
            z = -0.02 if carries else bearing.stride_m - 0.02
            # who starts back steps back with the leg that does not carry
            z -= back * (0.06 if carries else 0.34)
            yaw = sign * stance.turnout * (0.5 if carries else 1.25)
            feet.append((side, np.array((sign * x, ANKLE_M, z)) * k, yaw))
        return feet

    def _stand(self, total: Sum, body: Vectors, bearing: Bearing, sway: Vectors, stands: float, back: float) -> Vectors:
        """Legs that leave the feet where they are; a walk that ends grows into them. Gives the sway back, with the hips
        as low as both feet take."""
        hips = body[self._names.index("pelvis")]
        feet = self._feet(bearing, back)
        for side, place, _ in feet:
            leg = self._legs[side]
            joint = hips[:, :3] @ leg.root + hips[:, 3] + sway
            aside = float(np.linalg.norm((joint - place)[[0, 2]]))
            highest = math.sqrt(max(0.0, (0.997 * leg.length_m) ** 2 - aside**2))
            sway = sway - np.array((0.0, max(0.0, float(joint[1] - place[1]) - highest), 0.0)) * stands
        for side, place, yaw in feet:
            leg = self._legs[side]
            local = hips[:, :3].T @ (place - sway - hips[:, 3])
            pole = hips[:, :3].T @ np.array((math.sin(math.radians(yaw)), 0.0, math.cos(math.radians(yaw))))
            thigh, shin = bend(leg.root, leg.hinge, leg.end, local, pole, LEG)
            foot = (hips[:, :3] @ thigh @ shin).T @ turn_of(np.array((0.0, yaw, 0.0)))
            for name, turn in (("thigh", thigh), ("shin", shin), ("foot", foot)):
                x, y, z = (stands * degrees_of(turn)).tolist()
                total.add(f"{name}_{side}", x, y, z)
        return sway

    def _hands(
        self, total: Sum, body: Vectors, pose: str, emotion: str, time_s: float, seed: float, talk: Talk,
        swing: float, stands: float, back: float, speaks: float,
    ) -> None:  # fmt: skip
        bearing, stance = BEARINGS[emotion], self._stance
        for (side, sign), habit in zip(SIDES, stance.holds_in(emotion), strict=True):
            acting = (side == "l") == (stance.hand == "left")
            rest = self._rest_of(body, _habit(habit, pose, stands), sign)
            if pose == "walk":
                rest = self._swung(body, rest, habit, sign, -sign * swing, stands)
            if habit == "chin" and speaks > 0.0:
                rest = _between(rest, self._reach(body, gestures.GESTURES["small"], sign), speaks)
            rest = self._posed(body, rest, pose, sign, acting, time_s, seed, back)
            wanted = rest
            free = pose not in ("point", "operate", "recoil") and habit not in (() if acting else CARRIED)
            if free and talk.stresses:
                moves = gestures.raised(talk, emotion, bearing, stance.liveliness, time_s, acting)
                if habit in ("under", "cradle") and not acting:
                    moves = ()
                wanted = self._gestured(body, rest, moves, sign)
            wanted = replace(wanted, wrist=wanted.wrist + self._live(time_s, seed + sign, bearing))
            self._arm(total, body, side, wanted)

    def _rest_of(self, body: Vectors, hold: Hold, sign: float) -> _Reach:
        reach = self._reach(body, hold, sign)
        out = self._wide * self._measures.scale if hold.frame == "chest" and hold.wrist[1] < 0.95 else 0.0
        return replace(reach, wrist=reach.wrist + np.array((sign * out, 1.1 * out, 0.6 * out)))

    def _reach(self, body: Vectors, hold: Hold, sign: float) -> _Reach:
        """A hold in the figure's space, as the body stands now."""
        at = body[self._names.index(hold.frame)]
        mirror = np.array((sign, 1.0, 1.0))
        elbow, fingers, palm = (at[:, :3] @ (np.array(way) * mirror) for way in (hold.elbow, hold.fingers, hold.palm))
        wrist = at[:, :3] @ self._measures.place(hold, sign) + at[:, 3]
        return _Reach(wrist, elbow, fingers, palm, hold.curl, hold.index)

    def _swung(self, body: Vectors, rest: _Reach, habit: str, sign: float, swing: float, stands: float) -> _Reach:
        """The arm of a walking person goes against the leg of its side."""
        k = self._measures.scale
        loose = self._rest_of(body, HOLDS["hang"], sign)
        ahead = np.array((-sign * 0.03 * max(0.0, swing), 0.05 * max(0.0, swing) + 0.01, 0.05 + 0.17 * swing)) * k
        return _between(replace(loose, wrist=loose.wrist + ahead), rest, 1.0 if habit in CARRIED else stands * stands)

    def _posed(
        self, body: Vectors, rest: _Reach, pose: str, sign: float, acting: bool, time_s: float, seed: float,
        back: float,
    ) -> _Reach:  # fmt: skip
        if pose == "point" and acting:
            settle = np.array((0.0, 0.02 * drift(time_s, 0.3, seed), 0.0))
            pointing = self._reach(body, HOLDS["point"], sign)
            return _between(rest, replace(pointing, wrist=pointing.wrist + settle), ease((time_s + 0.1) / 0.6))
        if pose == "recoil":
            up = ease((time_s - 0.08) / 0.5) * (0.45 + 0.55 * back)
            return _between(rest, self._reach(body, HOLDS["ward"], sign), up)
        if pose == "operate":
            if not acting:
                return self._reach(body, HOLDS["slate"], sign)
            reach = self._reach(body, HOLDS["tap"], sign)
            moved = np.array((
                0.035 * drift(time_s, 0.37, seed), 0.008 * drift(time_s, 0.9, seed), 0.03 * drift(time_s, 0.5, seed)
            ))  # fmt: skip
            taps = 9.0 * drift(time_s, 1.9, seed)
            return replace(reach, wrist=reach.wrist + moved, index=reach.index + taps)
        return rest

    def _gestured(self, body: Vectors, rest: _Reach, moves: Sequence[gestures.Raised], sign: float) -> _Reach:
        left, parts = gestures.mixed(HOLDS["hang"], moves)
        if not parts:
            return rest
        total = sum(share for _, share in parts)
        aim = None
        gone = 0.0
        for hold, share in parts:
            here = self._reach(body, hold, sign)
            gone += share
            aim = here if aim is None else _between(aim, here, share / gone)
        assert aim is not None
        found = _between(rest, aim, min(1.0, total))
        # what comes from behind the back goes around the body
        behind = float((body[self._names.index("chest")][:, :3].T @ (rest.wrist - aim.wrist))[2])
        round_m = 0.75 * left * (1.0 - left) * ease((-behind / self._measures.scale - 0.2) / 0.25)
        stroke = sum(move.stroke_m for move in moves)
        away = np.array((sign * round_m, -stroke, 0.3 * stroke)) * self._measures.scale
        return replace(found, wrist=found.wrist + away)

    def _live(self, time_s: float, seed: float, bearing: Bearing) -> Vectors:
        rates = (0.13 * bearing.quick, 0.17 * bearing.quick, 0.11)
        return 0.004 * np.array([drift(time_s, rate, seed + 2.0 * n) for n, rate in enumerate(rates)])

    def _arm(self, total: Sum, body: Vectors, side: str, wanted: _Reach) -> None:
        arm = self._arms[side]
        at = body[self._names.index(f"shoulder_{side}")]
        inward = at[:, :3].T
        upper, fore = bend(arm.root, arm.hinge, arm.end, inward @ (wanted.wrist - at[:, 3]), inward @ wanted.elbow, ARM)
        wished = frame_of(inward @ wanted.fingers, inward @ wanted.palm)
        twist, hand = held(upper @ fore, arm.end - arm.hinge, arm.tip, arm.palm, wished)
        sign = 1.0 if side == "l" else -1.0
        for name, turn in ((f"upper_arm_{side}", upper), (f"forearm_{side}", fore @ twist), (f"hand_{side}", hand)):
            x, y, z = degrees_of(turn).tolist()
            total.add(name, x, y, z)
        for name, curl in (("fingers", wanted.curl), ("index", wanted.index)):
            total.add(f"{name}_{side}", 0.0, 0.0, -sign * 0.75 * curl)
        for name, curl in (("tips", wanted.curl), ("index_tip", wanted.index)):
            total.add(f"{name}_{side}", 0.0, 0.0, -sign * (0.85 * curl + 6.0))


def _habit(name: str, pose: str, stands: float) -> Hold:
    if pose == "sit":
        return HOLDS[name] if name in ("tablet", "reading", "over", "under", "chin", "cradle") else HOLDS["lap"]
    return HOLDS[name]


def _between(one: _Reach, other: _Reach, share: float) -> _Reach:
    def mix(a: Vectors, b: Vectors) -> Vectors:
        return np.asarray(a + (b - a) * share, np.float64)

    return _Reach(
        mix(one.wrist, other.wrist), mix(one.elbow, other.elbow), mix(one.fingers, other.fingers),
        mix(one.palm, other.palm), one.curl + (other.curl - one.curl) * share,
        one.index + (other.index - one.index) * share,
    )  # fmt: skip


def _sit(total: Sum) -> None:
    total.add("thigh", -86.0, 0.0, 5.0)
    total.add("shin", 84.0)
    total.add("spine", 3.0)


def _act(total: Sum, pose: str, time_s: float, back: float) -> None:
    """What a pose does to trunk and head."""
    if pose == "point":
        up = ease((time_s + 0.1) / 0.5)
        total.add("spine", 0.0, 6.0 * up, 0.0)
        total.add("head", 0.0, -4.0 * up, 0.0)
    elif pose == "operate":
        total.add("spine", 3.0)
        total.add("head", 13.0)
    elif pose == "recoil":
        total.add("head", 5.0 * back, -10.0 * back)
