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
Samples = NDArray[np.int64]
SAMPLES = 2
"""Samples per pixel on each axis."""

NEARNESS = 67_108_864.0
"""Steps of inverse depth in 1/m: nothing nearer than the lens lets through (0.12 m) leaves 32 bits."""

EMPTY = 0xFFFF_FFFF
"""A sample that shows nothing: no nearness, and the code -1."""


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
    screen: Floats, triangles: Ints, codes: Ints, first: int, last: int, left: int, top: int, samples: Samples,
    seen: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Writes the nearest triangle into samples (h, w), which begin at (left, top), and 1 into seen for each triangle
    that was the nearest anywhere when its turn came.

    A sample holds its inverse depth above its triangle's code, so that the nearest is the greater number, and a row of
    a triangle is a loop without a branch. Each edge's end of the row moves by the same amount from row to row. All is
    reckoned from the triangle's own corner, so that a sample is the same in whichever box it is scanned.
    """
    height, width = samples.shape
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
        low_x = int(math.ceil(min(x0, min(x1, x2)) - 0.5))
        high_x = int(math.floor(max(x0, max(x1, x2)) - 0.5))
        low_y = int(math.ceil(min(y0, min(y1, y2)) - 0.5))
        high_y = int(math.floor(max(y0, max(y1, y2)) - 0.5))
        if max(low_x, 0) > min(high_x, width - 1) or max(low_y, 0) > min(high_y, height - 1):
            continue
        scale = 1.0 / area
        ax, ay = (y1 - y2) * -scale, (x2 - x1) * -scale
        bx, by = (y2 - y0) * -scale, (x0 - x2) * -scale
        sx, sy = low_x + 0.5, low_y + 0.5
        a_row = ax * (sx - x2) + ay * (sy - y2)
        b_row = bx * (sx - x2) + by * (sy - y2)
        wide = float(high_x - low_x)
        from_0, from_0_rise, from_1, from_1_rise = -1.0, 0.0, -1.0, 0.0
        to_0, to_0_rise, to_1, to_1_rise = wide, 0.0, wide, 0.0
        for edge in range(3):
            across, down, value = ax, ay, a_row
            if edge == 1:
                across, down, value = bx, by, b_row
            elif edge == 2:
                across, down, value = -ax - bx, -ay - by, 1.0 - a_row - b_row
            if abs(across) <= 1e-7:
                continue
            crossing = -1.0 / across
            at, rise = (value + 1e-5) * crossing, down * crossing
            if across > 0.0:
                from_1, from_1_rise = from_0, from_0_rise
                from_0, from_0_rise = at, rise
            else:
                to_1, to_1_rise = to_0, to_0_rise
                to_0, to_0_rise = at, rise
        z_row = (z2 + a_row * (z0 - z2) + b_row * (z1 - z2)) * NEARNESS
        z_rise = (ay * (z0 - z2) + by * (z1 - z2)) * NEARNESS
        z_across = (ax * (z0 - z2) + bx * (z1 - z2)) * NEARNESS
        slope = np.float32(z_across)
        code = np.int64(codes[n])
        won = False
        above = max(-low_y, 0)
        from_0, from_1 = from_0 + above * from_0_rise, from_1 + above * from_1_rise
        to_0, to_1 = to_0 + above * to_0_rise, to_1 + above * to_1_rise
        for y in range(low_y + above, min(high_y, height - 1) + 1):
            start = int(math.ceil(max(0.0, max(from_0, from_1))))
            stop = int(math.floor(min(wide, min(to_0, to_1))))
            begin = np.float32(z_row + z_rise * (y - low_y) + z_across * start)
            skipped = max(0, -low_x - start)
            first_x = low_x + start + skipped
            line = samples[y, first_x : max(min(low_x + stop + 1, width), first_x)]
            for step in range(line.shape[0]):
                here = (np.int64(np.int32(begin + slope * np.float32(step + skipped))) << 32) | code
                before = line[step]
                won |= here > before
                line[step] = max(before, here)
            from_0 += from_0_rise
            from_1 += from_1_rise
            to_0 += to_0_rise
            to_1 += to_1_rise
        if won:
            seen[n] = 1


@njit(cache=True, nogil=True)
def corners(seen: NDArray[np.uint8], triangles: Ints, used: NDArray[np.uint8]) -> None:
    """Writes 1 into used for each corner of a triangle that is seen."""
    for n in range(seen.shape[0]):
        if seen[n]:
            used[triangles[n, 0]] = 1
            used[triangles[n, 1]] = 1
            used[triangles[n, 2]] = 1


@njit(cache=True, nogil=True)
def bounds(screen: Floats) -> tuple[float, float, float, float]:
    """Least x, y and greatest x, y of the points before the lens; an empty box when there are none."""
    left, top, right, bottom = 1e9, 1e9, -1e9, -1e9
    for n in range(screen.shape[0]):
        if screen[n, 2] > 0.0:
            left, right = min(left, screen[n, 0]), max(right, screen[n, 0])
            top, bottom = min(top, screen[n, 1]), max(bottom, screen[n, 1])
    return max(left, -1e9), max(top, -1e9), min(right, 1e9), min(bottom, 1e9)
