"""The kernels that pose a mesh and scan its triangles into a sample buffer. Knows no light."""
# ruff: noqa: PLR0912, PLR0915, PLW3301, RUF046
# numba compiles these kernels: plain comparisons, min of min and whole loops are what it makes fast code of.

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
SAMPLES = 2
"""Samples per pixel on each axis."""


@njit(cache=True, nogil=True, fastmath=True)
def pose(
    positions: Floats, normals: Floats, bones: Ints, weights: Floats, skin: Floats, lens: Floats,
    screen: Floats, turned: Floats,
) -> None:  # fmt: skip
    """skin: (bones, 3, 4) from rest to view space (x right, y up, z to the viewer); lens: focal, centre x, y.
    Fills screen (n, 3): x, y in samples and inverse depth (0 when behind the lens); turned (n, 3): view normals."""
    for n in range(positions.shape[0]):
        px, py, pz = positions[n, 0], positions[n, 1], positions[n, 2]
        nx, ny, nz = normals[n, 0], normals[n, 1], normals[n, 2]
        x, y, z, a, b, c = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for slot in range(4):
            w = weights[n, slot]
            if w <= 0.0:
                break
            m = skin[bones[n, slot]]
            x += w * (m[0, 0] * px + m[0, 1] * py + m[0, 2] * pz + m[0, 3])
            y += w * (m[1, 0] * px + m[1, 1] * py + m[1, 2] * pz + m[1, 3])
            z += w * (m[2, 0] * px + m[2, 1] * py + m[2, 2] * pz + m[2, 3])
            a += w * (m[0, 0] * nx + m[0, 1] * ny + m[0, 2] * nz)
            b += w * (m[1, 0] * nx + m[1, 1] * ny + m[1, 2] * nz)
            c += w * (m[2, 0] * nx + m[2, 1] * ny + m[2, 2] * nz)
        turned[n, 0], turned[n, 1], turned[n, 2] = a, b, c
        if z > -0.12:
            screen[n, 2] = 0.0
            continue
        inverse = -1.0 / z
        screen[n, 0] = lens[1] + x * inverse * lens[0]
        screen[n, 1] = lens[2] - y * inverse * lens[0]
        screen[n, 2] = inverse


@njit(cache=True, nogil=True, fastmath=True)
def scan(
    screen: Floats, triangles: Ints, first: int, last: int, left: int, top: int, owner: Ints, nearness: Floats
) -> None:
    """Writes the nearest triangle's number into owner (h, w), which begins at sample (left, top)."""
    height, width = owner.shape
    for n in range(first, last):
        i, j, k = triangles[n, 0], triangles[n, 1], triangles[n, 2]
        z0, z1, z2 = screen[i, 2], screen[j, 2], screen[k, 2]
        if z0 == 0.0 or z1 == 0.0 or z2 == 0.0:
            continue
        x0, y0 = screen[i, 0] - left, screen[i, 1] - top
        x1, y1 = screen[j, 0] - left, screen[j, 1] - top
        x2, y2 = screen[k, 0] - left, screen[k, 1] - top
        area = (x2 - x0) * (y1 - y0) - (x1 - x0) * (y2 - y0)
        if area <= 1e-6:
            continue
        low_x = max(0, int(math.ceil(min(x0, min(x1, x2)) - 0.5)))
        high_x = min(width - 1, int(math.floor(max(x0, max(x1, x2)) - 0.5)))
        low_y = max(0, int(math.ceil(min(y0, min(y1, y2)) - 0.5)))
        high_y = min(height - 1, int(math.floor(max(y0, max(y1, y2)) - 0.5)))
        if low_x > high_x or low_y > high_y:
            continue
        scale = 1.0 / area
        ax, ay = (y1 - y2) * -scale, (x2 - x1) * -scale
        bx, by = (y2 - y0) * -scale, (x0 - x2) * -scale
        sx, sy = low_x + 0.5, low_y + 0.5
        a_row = ax * (sx - x2) + ay * (sy - y2)
        b_row = bx * (sx - x2) + by * (sy - y2)
        cx = -ax - bx
        zx = ax * (z0 - z2) + bx * (z1 - z2)
        # where each edge's function crosses zero along a row: x = -value / slope
        a_cross = -1.0 / ax if abs(ax) > 1e-7 else 0.0
        b_cross = -1.0 / bx if abs(bx) > 1e-7 else 0.0
        c_cross = -1.0 / cx if abs(cx) > 1e-7 else 0.0
        wide = float(high_x - low_x)
        for y in range(low_y, high_y + 1):
            first_x, last_x = 0.0, wide
            c_row = 1.0 - a_row - b_row
            if a_cross < 0.0:
                first_x = max(first_x, (a_row + 1e-5) * a_cross)
            elif a_cross > 0.0:
                last_x = min(last_x, (a_row + 1e-5) * a_cross)
            elif a_row < -1e-5:
                last_x = -1.0
            if b_cross < 0.0:
                first_x = max(first_x, (b_row + 1e-5) * b_cross)
            elif b_cross > 0.0:
                last_x = min(last_x, (b_row + 1e-5) * b_cross)
            elif b_row < -1e-5:
                last_x = -1.0
            if c_cross < 0.0:
                first_x = max(first_x, (c_row + 1e-5) * c_cross)
            elif c_cross > 0.0:
                last_x = min(last_x, (c_row + 1e-5) * c_cross)
            elif c_row < -1e-5:
                last_x = -1.0
            start, stop = int(math.ceil(first_x)), int(math.floor(last_x))
            z = z2 + a_row * (z0 - z2) + b_row * (z1 - z2) + zx * start
            near_row, owner_row = nearness[y], owner[y]
            begin = np.float32(z)
            slope = np.float32(zx)
            for step in range(stop - start + 1):
                x = low_x + start + step
                here = begin + slope * np.float32(step)
                ahead = here > near_row[x]
                near_row[x] = here if ahead else near_row[x]
                owner_row[x] = n if ahead else owner_row[x]
            a_row += ay
            b_row += by


@njit(cache=True, nogil=True)
def bounds(screen: Floats) -> tuple[float, float, float, float]:
    """Least x, y and greatest x, y of the points before the lens; an empty box when there are none."""
    left, top, right, bottom = 1e9, 1e9, -1e9, -1e9
    for n in range(screen.shape[0]):
        if screen[n, 2] > 0.0:
            left, right = min(left, screen[n, 0]), max(right, screen[n, 0])
            top, bottom = min(top, screen[n, 1]), max(bottom, screen[n, 1])
    return max(left, -1e9), max(top, -1e9), min(right, 1e9), min(bottom, 1e9)
