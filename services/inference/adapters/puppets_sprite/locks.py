"""Locks of hair from a few numbers: where they grow on a head, how they lie and fall. Knows no solids."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Final

Vector = tuple[float, float, float]
PIECES: Final = 6
"""Straight pieces of a lock."""


@dataclass(frozen=True, slots=True)
class Locks:
    """A row of locks that lie on an ellipsoid (`centre`, `radii`: a scalp, a chin, a bun). `count` of them grow from
    `first` to `last` degrees around it (0 before the face, 90 at the left ear); each runs in a bow from `top` by
    `middle` to `end`: degrees above the widest ring, and how far it stands off as a share of the radii.

    Below the widest ring hair hangs down (hang 1) or goes on around (0). swept: 1 where locks run over the head, side
    by side from the forehead (0 degrees up) to the nape (180), and first and last are degrees to the side. size: radii
    at the top, the middle and the end; vary: share by which length and place differ; swing: degrees ends are turned.
    """

    first: float
    last: float
    count: int
    top: tuple[float, float]
    middle: tuple[float, float]
    end: tuple[float, float]
    size: Vector = (0.016, 0.013, 0.004)
    centre: Vector = (0.0, 0.045, -0.02)
    radii: Vector = (0.087, 0.092, 0.099)
    vary: float = 0.35
    swing: float = 0.0
    blend: float = 0.004
    hang: float = 1.0
    swept: float = 0.0


def strands(locks: Locks) -> list[tuple[Vector, Vector, tuple[float, float]]]:
    """Tapered pieces (from, to, radii) of every lock, in the face's coordinates, the same every time."""
    pieces = []
    spread = (locks.last - locks.first) / max(1, locks.count - 1)
    for number in range(locks.count):
        draw = [_draw(locks, number, kind) for kind in range(5)]
        angle = locks.first + spread * (number + 0.4 * locks.vary * draw[0])
        thick = 1.0 + 0.35 * locks.vary * draw[3]
        ways = [_way(locks, angle, draw, n / PIECES) for n in range(PIECES + 1)]
        radii = [thick * _through(locks.size, n / PIECES) for n in range(PIECES + 1)]
        pieces += [(ways[n], ways[n + 1], (radii[n], radii[n + 1])) for n in range(PIECES)]
    return pieces


def _through(values: tuple[float, float, float], t: float) -> float:
    """The parabola through three values at 0, 1/2 and 1."""
    a, b, c = values
    return a + t * (4.0 * b - 3.0 * a - c) + 2.0 * t * t * (a - 2.0 * b + c)


def _way(locks: Locks, angle: float, draw: list[float], t: float) -> Vector:
    """A lock's place at a share of its length."""
    long = 1.0 + 0.3 * locks.vary * draw[1]
    rises = (locks.top[0], locks.middle[0], locks.middle[0] + (locks.end[0] - locks.middle[0]) * long)
    up = math.radians(_through(rises, t))
    off = 1.0 + _through((locks.top[1], locks.middle[1], locks.end[1] + 0.04 * locks.vary * draw[4]), t)
    turn = locks.swing * (1.0 + 0.5 * locks.vary * draw[2]) * t * (2.0 - t)
    (cx, cy, cz), (rx, ry, rz) = locks.centre, locks.radii
    if locks.swept:
        side = math.radians(angle + turn)
        ring = math.cos(side) * off
        return cx + rx * math.sin(side) * off, cy + ry * math.sin(up) * ring, cz + rz * math.cos(up) * ring
    around = math.radians(angle + turn)
    hangs = up < 0.0 and locks.hang > 0.0
    out, rise = (off, up) if hangs else (math.cos(up) * off, math.sin(up) * off)
    return cx + rx * out * math.sin(around), cy + ry * rise, cz + rz * out * math.cos(around)


def _draw(locks: Locks, number: int, kind: int) -> float:
    """-1..1, of this lock alone."""
    return zlib.crc32(f"{locks.first}|{locks.end}|{number}|{kind}".encode()) / 2**31 - 1.0
