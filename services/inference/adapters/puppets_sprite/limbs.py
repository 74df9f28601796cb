"""Where an arm's or a leg's joints turn so that its end comes to a place: two bones, solved. Knows no figure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
ARM, LEG = 1.0, -1.0
"""Which way the hinge bends: an elbow forward, a knee backward."""

STRAIGHTEST = 0.9985
"""How much of its length a limb reaches at most."""

WRIST_DEGREES = 65.0
"""From here on a hand turns against its forearm only a little more than it should."""


@dataclass(frozen=True, slots=True)
class Limb:
    """At rest, in metres: root, hinge and end are the joints; tip: where the last bone points to; palm: which way its
    inner side faces."""

    root: Vectors
    hinge: Vectors
    end: Vectors
    tip: Vectors
    palm: Vectors

    @property
    def length_m(self) -> float:
        return float(np.linalg.norm(self.hinge - self.root) + np.linalg.norm(self.end - self.hinge))


@njit(cache=True, nogil=True)
def _unit(v: Vectors) -> Vectors:
    size = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return np.array((v[0], v[1], v[2])) / max(1e-9, size)


@njit(cache=True, nogil=True)
def _cross(a: Vectors, b: Vectors) -> Vectors:
    return np.array((a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]))


@njit(cache=True, nogil=True)
def frame_of(along: Vectors, side: Vectors) -> Vectors:
    """(3, 3) orthonormal columns: along, then side made square to it, then the third."""
    first = _unit(along)
    second = _unit(side - first * (side * first).sum())
    third = _cross(first, second)
    out = np.empty((3, 3))
    out[:, 0], out[:, 1], out[:, 2] = first, second, third
    return out


@njit(cache=True, nogil=True)
def degrees_of(turn: Vectors) -> Vectors:
    """Turns about x, y, z in degrees of a rotation matrix that turns about z first, then x, then y."""
    x = math.asin(min(1.0, max(-1.0, -turn[1, 2])))
    y, z = math.atan2(turn[0, 2], turn[2, 2]), math.atan2(turn[1, 0], turn[1, 1])
    return np.array((math.degrees(x), math.degrees(y), math.degrees(z)))


@njit(cache=True, nogil=True)
def turn_of(degrees: Vectors) -> Vectors:
    """The rotation matrix of turns about x, y, z in degrees; the inverse of `degrees_of`."""
    x, y, z = np.radians(degrees[0]), np.radians(degrees[1]), np.radians(degrees[2])
    cx, sx, cy, sy, cz, sz = math.cos(x), math.sin(x), math.cos(y), math.sin(y), math.cos(z), math.sin(z)
    return np.array(
        (
            (cy * cz + sy * sx * sz, -cy * sz + sy * sx * cz, sy * cx),
            (cx * sz, cx * cz, -sx),
            (-sy * cz + cy * sx * sz, sy * sz + cy * sx * cz, cy * cx),
        )
    )


@njit(cache=True, nogil=True)
def _about(axis: Vectors, angle: float) -> Vectors:
    x, y, z = axis[0], axis[1], axis[2]
    c, s = math.cos(angle), math.sin(angle)
    k = 1.0 - c
    return np.array(
        (
            (c + x * x * k, x * y * k - z * s, x * z * k + y * s),
            (y * x * k + z * s, c + y * y * k, y * z * k - x * s),
            (z * x * k - y * s, z * y * k + x * s, c + z * z * k),
        )
    )


@njit(cache=True, nogil=True)
def bend(root: Vectors, hinge: Vectors, end: Vectors, target: Vectors, pole: Vectors, way: float) -> Vectors:
    """(2, 3, 3) rotations of the two bones, each in its parent's frame, that bring the end to the target or as near as
    the bones are long. pole: which way the hinge points; way: ARM or LEG."""
    first, second = hinge - root, end - hinge
    a, b = math.sqrt((first * first).sum()), math.sqrt((second * second).sum())
    offset = target - root
    distance = math.sqrt((offset * offset).sum())
    reach = min((a + b) * STRAIGHTEST, max(abs(a - b) * 1.02 + 0.02, distance))
    ahead = _unit(offset)
    along = (a * a - b * b + reach * reach) / (2.0 * reach)
    aside = math.sqrt(max(0.0, a * a - along * along))
    out = _unit(pole - ahead * (pole * ahead).sum())
    knee = ahead * along + out * aside
    u, f = _unit(knee), _unit(ahead * reach - knee)
    normal = _unit(_cross(f, u)) * way
    across = np.array((1.0, 0.0, 0.0))
    upper = frame_of(u, normal) @ frame_of(first, across).T
    whole = frame_of(f, normal) @ frame_of(second, across).T
    turns = np.empty((2, 3, 3))
    turns[0], turns[1] = upper, upper.T @ whole
    return turns


@njit(cache=True, nogil=True)
def _limited(turn: Vectors) -> Vectors:
    """The rotation, at most as far as a wrist goes."""
    angle = math.acos(min(1.0, max(-1.0, 0.5 * (turn[0, 0] + turn[1, 1] + turn[2, 2] - 1.0))))
    most = math.radians(WRIST_DEGREES)
    if angle <= most:
        return turn
    axis = np.array((turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]))
    # a soft limit, so that a hand on its way past it does not stop dead
    return _about(_unit(axis), most + 0.25 * (angle - most))


@njit(cache=True, nogil=True)
def held(forearm: Vectors, along: Vectors, tip: Vectors, palm: Vectors, wished: Vectors) -> Vectors:
    """(2, 3, 3) a twist of the forearm, and the hand's rotation after it, that lay the hand as wished.

    forearm: the forearm's rotation in the space of `wished`, whose columns are where fingers and palm should face;
    along, tip, palm: forearm, fingers and palm at rest. The forearm takes half of the twist, as its two bones do."""
    relative = forearm.T @ wished @ frame_of(tip, palm).T
    axis = _unit(along)
    # twist about the axis of the rotation's quaternion (Dobrowolski 2015)
    w = 0.5 * math.sqrt(max(0.0, 1.0 + relative[0, 0] + relative[1, 1] + relative[2, 2]))
    v = np.array(
        (relative[2, 1] - relative[1, 2], relative[0, 2] - relative[2, 0], relative[1, 0] - relative[0, 1])
    ) / (4.0 * max(w, 1e-4))
    twist = 2.0 * math.atan2((v * axis).sum(), w)
    half = _about(axis, 0.5 * twist)
    turns = np.empty((2, 3, 3))
    turns[0], turns[1] = half, _limited(half.T @ relative)
    return turns
