"""Locks of hair from a few numbers: where they grow on a head, how they lie and fall. Knows no solids."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from typing import Final

Vector = tuple[float, float, float]
PIECES: Final = 6
"""Straight pieces of a lock."""

_JOINTS: Final = tuple((n / PIECES) ** 1.3 for n in range(PIECES + 1))
"""Where they meet: closer on the head, where locks bend, than further down, where they hang."""


@dataclass(frozen=True, slots=True)
class Locks:
    """A row of locks that lie on an ellipsoid (`centre`, `radii`: a scalp, a chin, a bun). `count` of them grow from
    `first` to `last` degrees around it (0 before the face, 90 at the left ear); each runs in a bow from `top` by
    `middle` to `end`: degrees above the widest ring, and how far it stands off as a share of the radii.

    Below the widest ring hair hangs down (hang 1) or goes on around (0). swept: 1 where locks run over the head, side
    by side from the forehead (0 degrees up) to the nape (180), and first and last are degrees to the side. size: radii
    at the top, the middle and the end; vary: share by which length and place differ; swing: degrees ends are turned.

    last_top, last_middle, last_end: the same of the last lock where it lies elsewhere than the first. gather: share by
    which the locks begin at the angle `parting` instead of their own.
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
    last_top: tuple[float, float] | None = None
    last_middle: tuple[float, float] | None = None
    last_end: tuple[float, float] | None = None
    parting: float = 0.0
    gather: float = 0.0


def strands(locks: Locks) -> list[tuple[Vector, Vector, tuple[float, float]]]:
    """Tapered pieces (from, to, radii) of every lock, in the face's coordinates, the same every time."""
    pieces = []
    spread = (locks.last - locks.first) / max(1, locks.count - 1)
    for number in range(locks.count):
        draw = [_draw(locks, number, kind) for kind in range(5)]
        angle = locks.first + spread * (number + 0.4 * locks.vary * draw[0])
        thick = 1.0 + 0.35 * min(1.0, locks.vary) * draw[3]
        own = _between(locks, number / max(1, locks.count - 1))
        ways = [_way(own, angle, draw, t) for t in _JOINTS]
        radii = [thick * _thickness(locks.size, t) for t in _JOINTS]
        pieces += [(ways[n], ways[n + 1], (radii[n], radii[n + 1])) for n in range(PIECES)]
    return pieces


def _between(locks: Locks, share: float) -> Locks:
    """The row with the bow of the lock that lies at a share of the way from the first to the last."""

    def of(first: tuple[float, float], last: tuple[float, float] | None) -> tuple[float, float]:
        ending = last or first
        return first[0] + (ending[0] - first[0]) * share, first[1] + (ending[1] - first[1]) * share

    return replace(
        locks,
        top=of(locks.top, locks.last_top),
        middle=of(locks.middle, locks.last_middle),
        end=of(locks.end, locks.last_end),
    )


def _through(values: tuple[float, float, float], t: float) -> float:
    """The parabola through three values at 0, 1/2 and 1."""
    a, b, c = values
    return a + t * (4.0 * b - 3.0 * a - c) + 2.0 * t * t * (a - 2.0 * b + c)


def _thickness(size: Vector, t: float) -> float:
    """A lock's radius: it stays full beyond its middle, and tapers late, as a brush does."""
    root, middle, tip = size
    if t < 0.5:
        return root + (middle - root) * 4.0 * t * (1.0 - t)
    return middle + (tip - middle) * (2.0 * t - 1.0) ** 2


def _way(locks: Locks, angle: float, draw: list[float], t: float) -> Vector:
    """A lock's place at a share of its length."""
    long = 1.0 + 0.3 * locks.vary * draw[1]
    rises = (locks.top[0], locks.middle[0], locks.middle[0] + (locks.end[0] - locks.middle[0]) * long)
    up = math.radians(_through(rises, t))
    off = 1.0 + _through((locks.top[1], locks.middle[1], locks.end[1] + 0.04 * locks.vary * draw[4]), t)
    turn = locks.swing * (1.0 + 0.5 * locks.vary * draw[2]) * t * (2.0 - t)
    angle += locks.gather * (locks.parting - angle) * (1.0 - t) ** 2
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
    return zlib.crc32(f"{locks.first}|{locks.last}|{number}|{kind}".encode()) / 2**31 - 1.0
