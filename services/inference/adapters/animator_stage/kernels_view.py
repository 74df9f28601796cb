"""Pixel loops that look at a plate through a moved camera: what each pixel shows, and the lit plate sampled there.

Planes and grids as in `kernels`, and loops that gather apart from loops that reckon, for the same reason.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from services.inference.adapters.animator_stage.kernels import CENTRE, GRID_STEP, Array, compiled

RIBBON_STEP: Final = 2
"""Rows of half-size depth from one ribbon to the next."""


@compiled
def unveil(near: Array, pose: Array, focal_px: float, view_focal_px: float, width: int, height: int, sw: Array) -> None:
    """Inverse depth seen at each grid point of the moved camera's picture: rows of the plate's inverse depth are drawn
    as ribbons into a depth buffer, the nearest staying, and stretched where the move uncovers what no one painted.

    near: (plate height / 2, plate width / 2) float32 inverse metres. pose: 12 float64: rotation rows (plate axes right,
    up, forward), then the camera's position in those axes. sw: (rows, columns) float32, points GRID_STEP pixels apart.
    """
    half_height, half_width = near.shape
    turn = pose[:9].astype(np.float32)
    place = pose[9:].astype(np.float32)
    x_px = np.empty(half_width, np.float32)
    y_px = np.empty(half_width, np.float32)
    floor = np.empty(half_width, np.int32)
    ceiling = np.empty(half_width, np.int32)
    sw[:] = -1.0
    for j in range(0, half_height, RIBBON_STEP):
        line = near[j]
        up = np.float32((half_height - (2 * j + 1)) / focal_px)
        _cast_row(line, up, place, turn, np.float32(1.0 / focal_px), x_px, y_px)
        _to_grid(np.float32(view_focal_px), width, height, x_px, y_px, floor, ceiling)
        _ribbon(line, x_px, y_px, floor, ceiling, sw)
    _bridge(sw)


@compiled
def _cast_row(
    line: Array, up: float, place: Array, turn: Array, inverse_focal: float, across: Array, down: Array
) -> None:
    """Tangents, to the right and downwards, under which the moved camera sees a row of the plate."""
    half_width = np.float32(line.shape[0])
    one = np.float32(1.0)
    tx, ty, tz = place[0], place[1], place[2]
    r00, r01, r02 = turn[0], turn[1], turn[2]
    r10, r11, r12 = turn[3], turn[4], turn[5]
    r20, r21, r22 = turn[6], turn[7], turn[8]
    for i in range(line.shape[0]):
        w = line[i]
        x = (np.float32(np.int32(2 * i + 1)) - half_width) * inverse_focal - tx * w
        y = up - ty * w
        z = one - tz * w
        ahead = one / max(r02 * x + r12 * y + r22 * z, np.float32(0.02))
        across[i] = (r00 * x + r10 * y + r20 * z) * ahead
        down[i] = -(r01 * x + r11 * y + r21 * z) * ahead


@compiled
def _to_grid(view_focal_px: float, width: int, height: int, x: Array, y: Array, floor: Array, ceiling: Array) -> None:
    """Tangents to places on the grid, with the columns left and right of each; y is rounded to rows where used."""
    per_tangent = np.float32(view_focal_px / GRID_STEP)
    middle_x = np.float32(width * 0.5 / GRID_STEP)
    middle_y = np.float32(height * 0.5 / GRID_STEP)
    for i in range(x.shape[0]):
        x[i] = middle_x + x[i] * per_tangent
        y[i] = middle_y + y[i] * per_tangent
        whole = np.int32(math.floor(x[i]))
        floor[i] = whole
        ceiling[i] = whole + np.int32(np.float32(whole) < x[i])


@compiled
def _ribbon(line: Array, x: Array, y: Array, floor: Array, ceiling: Array, sw: Array) -> None:
    """Draw one row of inverse depths between the grid columns that it spans."""
    rows, columns = sw.shape
    half = np.float32(0.5)
    for i in range(line.shape[0] - 1):
        first = ceiling[i]
        last = floor[i + 1]
        if last < first:
            continue
        row = np.int32(math.floor(half * (y[i] + y[i + 1]) + half))
        if row < 0 or row >= rows:
            continue
        here = line[i]
        slope = (line[i + 1] - here) / max(x[i + 1] - x[i], np.float32(1e-6))
        for column in range(max(first, 0), min(last, columns - 1) + 1):
            w = here + slope * (np.float32(column) - x[i])
            sw[row, column] = max(sw[row, column], w)


@compiled
def _bridge(sw: Array) -> None:
    """Give grid points that no ribbon met the mean of the points above and below, or the nearest in their row."""
    rows, columns = sw.shape
    for column in range(columns):
        met = -1
        for row in range(rows):
            if sw[row, column] < 0.0:
                continue
            if met < 0:
                for k in range(row):
                    sw[k, column] = sw[row, column]
            else:
                for k in range(met + 1, row):
                    share = np.float32((k - met) / (row - met))
                    sw[k, column] = sw[met, column] + share * (sw[row, column] - sw[met, column])
            met = row
        if met >= 0:
            for k in range(met + 1, rows):
                sw[k, column] = sw[met, column]
    _bridge_rows(sw)


@compiled
def _bridge_rows(sw: Array) -> None:
    rows, columns = sw.shape
    for row in range(rows):
        for column in range(1, columns):
            if sw[row, column] < 0.0:
                sw[row, column] = sw[row, column - 1]
        for column in range(columns - 2, -1, -1):
            if sw[row, column] < 0.0:
                sw[row, column] = max(sw[row, column + 1], np.float32(0.0))


@compiled
def reproject(
    sw: Array,
    pose: Array,
    focal_px: float,
    view_focal_px: float,
    width: int,
    height: int,
    plate_width: int,
    plate_height: int,
    sx: Array,
    sy: Array,
) -> None:
    """Plate pixel that each grid point of the moved camera's picture shows, by its inverse depth."""
    rows, columns = sx.shape
    tx = pose[9]
    ty = pose[10]
    tz = pose[11]
    for j in range(rows):
        v = (height * 0.5 - j * GRID_STEP) / view_focal_px
        for i in range(columns):
            u = (i * GRID_STEP - width * 0.5) / view_focal_px
            dz = pose[6] * u + pose[7] * v + pose[8]
            a = (pose[0] * u + pose[1] * v + pose[2]) / dz
            b = (pose[3] * u + pose[4] * v + pose[5]) / dz
            w = sw[j, i]
            sx[j, i] = plate_width * 0.5 + focal_px * (a + w * (tx - a * tz))
            sy[j, i] = plate_height * 0.5 - focal_px * (b + w * (ty - b * tz))


@compiled
def spread(field: Array, row: int, share: float, line: Array) -> None:
    """One picture row of a grid field, linear between grid points."""
    t = np.float32(share)
    step = np.float32(1.0 / GRID_STEP)
    upper = field[row]
    lower = field[row + 1]
    for i in range(line.shape[0] // GRID_STEP):
        left = upper[i] + t * (lower[i] - upper[i])
        right = upper[i + 1] + t * (lower[i + 1] - upper[i + 1])
        slope = (right - left) * step
        line[4 * i] = left
        line[4 * i + 1] = left + slope
        line[4 * i + 2] = left + slope + slope
        line[4 * i + 3] = right - slope


@compiled
def warp(
    luma: Array,
    chroma: Array,
    plate_width: int,
    plate_height: int,
    sx: Array,
    sy: Array,
    veil: Array,
    gain: Array,
    veil_colour: Array,
    out: Array,
    out_c: Array,
) -> None:
    """Sample the lit plate where `reproject` says, veil it with air and dim or lift it; all fields on the grid.

    luma, chroma: as `mix` packs them. out: (height, width) uint16; out_c: (2, height / 2, width / 2) uint16.
    veil_colour: luma, cb, cr in plane units.
    """
    height, width = out.shape
    padded = (width + GRID_STEP - 1) // GRID_STEP * GRID_STEP
    half = width >> 1
    half_plate = plate_width >> 1
    px = np.empty(padded, np.float32)
    py = np.empty(padded, np.float32)
    fog = np.empty(padded, np.float32)
    lift = np.empty(padded, np.float32)
    cx = np.empty(half, np.float32)
    cy = np.empty(half, np.float32)
    where = np.empty(width, np.uint32)
    upper = np.empty(width, np.uint32)
    lower = np.empty(width, np.uint32)
    corners = np.empty((4, half), np.uint32)
    for y in range(height):
        j = y // GRID_STEP
        t = (y - j * GRID_STEP) / GRID_STEP
        spread(sx, j, t, px)
        spread(sy, j, t, py)
        spread(veil, j, t, fog)
        spread(gain, j, t, lift)
        if (y & 1) == 0:
            _halve(px, cx)
            _halve(py, cy)
            _spots(cx, cy, half_plate, plate_height >> 1, where[:half])
            _gather_four(chroma, where[:half], half_plate, corners[0], corners[1], corners[2], corners[3])
            _blend_chroma(corners, cx, cy, fog, lift, veil_colour, out_c[0, y >> 1], out_c[1, y >> 1])
        _spots(px, py, plate_width, plate_height, where)
        _gather_two(luma, where, plate_width, upper, lower)
        _blend_luma(upper, lower, px, py, fog, lift, veil_colour[0], out[y])


@compiled
def _halve(line: Array, out: Array) -> None:
    """Plate pixels of a row to those of its half-size chroma."""
    for x in range(out.shape[0]):
        out[x] = line[2 * x] * np.float32(0.5) + np.float32(0.25)


@compiled
def _spots(px: Array, py: Array, plate_width: int, plate_height: int, where: Array) -> None:
    """Sample positions to the index of the sample at the upper left, and in place to what lies beyond it."""
    zero = np.float32(0.0)
    x_limit = np.float32(plate_width - 1.01)
    y_limit = np.float32(plate_height - 1.01)
    stride = np.int32(plate_width)
    for x in range(where.shape[0]):
        across = min(max(px[x], zero), x_limit)
        down = min(max(py[x], zero), y_limit)
        x0 = np.int32(across)
        y0 = np.int32(down)
        px[x] = across - np.float32(x0)
        py[x] = down - np.float32(y0)
        where[x] = np.uint32(y0 * stride + x0)


@compiled
def _gather_two(source: Array, where: Array, stride: int, upper: Array, lower: Array) -> None:
    for x in range(where.shape[0]):
        at = where[x]
        upper[x] = source[at]
        lower[x] = source[at + np.uint32(stride)]


@compiled
def _gather_four(
    source: Array, where: Array, stride: int, left: Array, right: Array, lower_left: Array, lower_right: Array
) -> None:
    for x in range(where.shape[0]):
        at = where[x]
        below = at + np.uint32(stride)
        left[x] = source[at]
        right[x] = source[at + np.uint32(1)]
        lower_left[x] = source[below]
        lower_right[x] = source[below + np.uint32(1)]


@compiled
def _blend_luma(
    upper: Array, lower: Array, right: Array, down: Array, fog: Array, lift: Array, fog_y: float, out: Array
) -> None:
    low = np.uint32(0xFFFF)
    up = np.uint32(16)
    for x in range(out.shape[0]):
        p = np.float32(np.int32(upper[x] & low))
        q = np.float32(np.int32(lower[x] & low))
        p += right[x] * (np.float32(np.int32(upper[x] >> up)) - p)
        q += right[x] * (np.float32(np.int32(lower[x] >> up)) - q)
        value = p + down[x] * (q - p)
        value += fog[x] * (fog_y - value)
        out[x] = np.uint16(np.int32(min(value * lift[x], np.float32(65535.0))))


@compiled
def _blend_chroma(
    corners: Array, right: Array, down: Array, fog: Array, lift: Array, veil_colour: Array, out_b: Array, out_r: Array
) -> None:
    low = np.uint32(0xFFFF)
    up = np.uint32(16)
    one = np.float32(1.0)
    centre = np.float32(CENTRE)
    fog_b = veil_colour[1]
    fog_r = veil_colour[2]
    p00, p10, p01, p11 = corners[0], corners[1], corners[2], corners[3]
    for x in range(out_b.shape[0]):
        w11 = right[x] * down[x]
        w10 = right[x] - w11
        w01 = down[x] - w11
        w00 = one - right[x] - w01
        cb = w00 * np.float32(np.int32(p00[x] & low)) + w10 * np.float32(np.int32(p10[x] & low))
        cb += w01 * np.float32(np.int32(p01[x] & low)) + w11 * np.float32(np.int32(p11[x] & low))
        cr = w00 * np.float32(np.int32(p00[x] >> up)) + w10 * np.float32(np.int32(p10[x] >> up))
        cr += w01 * np.float32(np.int32(p01[x] >> up)) + w11 * np.float32(np.int32(p11[x] >> up))
        dimmed = min(lift[2 * x], one)
        cb += fog[2 * x] * (fog_b - cb)
        cr += fog[2 * x] * (fog_r - cr)
        out_b[x] = np.uint16(np.int32(centre + (cb - centre) * dimmed))
        out_r[x] = np.uint16(np.int32(centre + (cr - centre) * dimmed))
