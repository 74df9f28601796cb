"""Locks of hair from a few numbers: where they grow around a head, how long, how they swing. Makes forms of designs."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Locks:
    """A row of locks. `count` of them grow from `first` to `last` degrees around the head (0 before the face, 90 at
    the left ear); each runs from a point of `top` (height, distance from the middle) by `middle` to `end`.

    Distances are to the sides; `deep` is how much farther it is to the front and the back. size: radii at the top, the
    middle and the end; vary: share by which length and place differ; swing: degrees that ends are turned around the
    head; back: how far behind the face's middle that of the head lies."""

    first: float
    last: float
    count: int
    top: tuple[float, float]
    middle: tuple[float, float]
    end: tuple[float, float]
    size: Vector = (0.016, 0.013, 0.004)
    vary: float = 0.35
    swing: float = 0.0
    deep: float = 1.1
    back: float = -0.016
    blend: float = 0.007


def strands(locks: Locks) -> list[tuple[Vector, Vector, tuple[float, float]]]:
    """Tapered pieces (from, to, radii) of every lock, in the face's coordinates, the same every time."""
    pieces = []
    for number in range(locks.count):
        share = number / max(1, locks.count - 1)
        draw = [_draw(locks, number, kind) for kind in range(4)]
        spread = (locks.last - locks.first) / max(1, locks.count - 1)
        angle = locks.first + (locks.last - locks.first) * share + 0.6 * locks.vary * spread * draw[0]
        long = 1.0 + 0.5 * locks.vary * draw[1]
        drop = (locks.end[0] - locks.middle[0]) * long
        turned = angle + locks.swing * (1.0 + 0.6 * locks.vary * draw[2])
        thick = 1.0 + 0.35 * locks.vary * draw[3]
        places = (
            _around(locks, angle, *locks.top),
            _around(locks, 0.6 * angle + 0.4 * turned, *locks.middle),
            _around(locks, turned, locks.middle[0] + 0.55 * drop, 0.45 * locks.middle[1] + 0.55 * locks.end[1]),
            _around(locks, turned + 4.0 * draw[2], locks.middle[0] + drop, locks.end[1]),
        )
        radii = (locks.size[0], locks.size[1], 0.5 * (locks.size[1] + locks.size[2]), locks.size[2])
        pieces += [(places[at], places[at + 1], (radii[at] * thick, radii[at + 1] * thick)) for at in range(3)]
    return pieces


def _around(locks: Locks, degrees: float, height: float, distance: float) -> Vector:
    angle = math.radians(degrees)
    return distance * math.sin(angle), height, locks.back + distance * locks.deep * math.cos(angle)


def _draw(locks: Locks, number: int, kind: int) -> float:
    """-1..1, of this lock alone."""
    return zlib.crc32(f"{locks.first}|{locks.end}|{number}|{kind}".encode()) / 2**31 - 1.0
