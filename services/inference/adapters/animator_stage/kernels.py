"""Pixel loops that turn a plate into a picture, compiled by numba: light mixing, reprojection, finishing to I420.

Luma planes hold display luma 0..255 times 128 as uint16; chroma planes hold (value + 128) times 128. They know arrays
and numbers only.
"""
# ruff: noqa: PLR0912, PLR0915 - a compiled pixel loop is one function, however long

from __future__ import annotations

import math
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

GRID_STEP: Final = 4
SCALE: Final = 128.0
CENTRE: Final = 128.0 * 128.0
TONE_SIZE: Final = 4096
TONE_PER_ROOT: Final = 1024.0
FINISH_SHIFT: Final = 3

Array = NDArray[Any]


def compiled(function: Any) -> Any:
    return numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")(function)


@compiled
def mix(
    stack: Array, coefficients: Array, depth_code: Array, clear: Array, fog: Array, tone: Array, luma: Array,
    chroma: Array, left: int, top: int, right: int, bottom: int,
) -> None:
    """Weighted sum of light groups in linear light, haze by depth, tone curve, then luma and half-size chroma.

    stack: (groups, 3, height, width) uint8 square-root coded; coefficients: (groups, 3) float32 already divided by
    255 squared; clear: (256,) float32 transmittance by depth code; tone: (TONE_SIZE,) float32 display 0..255 by
    sqrt(linear) * TONE_PER_ROOT. luma: (height * width,) uint32, each sample with its right neighbour in the upper
    half; chroma: (height / 2 * width / 2,) uint32, cb with cr in the upper half: so that `warp` gathers pairs. left,
    top, right, bottom: the part of the plate that is lit, even.
    """
    groups, _, _, whole = stack.shape
    width = right - left
    half_width = width >> 1
    total = np.empty(width, np.float32)
    index = np.empty((3, width), np.uint32)
    level = np.empty(width, np.uint32)
    reds = np.zeros(width, np.float32)
    blues = np.zeros(width, np.float32)
    most = np.float32(TONE_SIZE - 1)
    per_root = np.float32(TONE_PER_ROOT)
    hazy = clear[255] < 0.999
    for y in range(top, bottom):
        for c in range(3):
            total[:] = 0.0
            for g in range(groups):
                k = coefficients[g, c]
                if k > 0.0:
                    source = stack[g, c, y, left:right]
                    for x in range(width):
                        v = np.float32(source[x])
                        total[x] += k * (v * v)
            if hazy:
                f = fog[c]
                codes = depth_code[y, left:right]
                for x in range(width):
                    t = clear[codes[x]]
                    total[x] = total[x] * t + f * (np.float32(1.0) - t)
            found = index[c]
            for x in range(width):
                found[x] = np.uint32(np.int32(min(math.sqrt(total[x]) * per_root, most)))
        red_index = index[0]
        green_index = index[1]
        blue_index = index[2]
        odd = y & 1
        for x in range(width):
            r = tone[red_index[x]]
            b = tone[blue_index[x]]
            value = np.float32(0.299) * r + np.float32(0.587) * tone[green_index[x]] + np.float32(0.114) * b
            level[x] = np.uint32(np.int32(value * np.float32(SCALE)))
            if odd:
                blues[x] += b - value
                reds[x] += r - value
            else:
                blues[x] = b - value
                reds[x] = r - value
        out = luma[y * whole + left : y * whole + right]
        for x in range(width - 1):
            out[x] = level[x] | (level[x + 1] << np.uint32(16))
        out[width - 1] = level[width - 1] | (level[width - 1] << np.uint32(16))
        if odd:
            start = (y >> 1) * (whole >> 1) + (left >> 1)
            out_c = chroma[start : start + half_width]
            for x in range(half_width):
                cb = np.float32(CENTRE) + (blues[2 * x] + blues[2 * x + 1]) * np.float32(0.25 * 0.5643 * SCALE)
                cr = np.float32(CENTRE) + (reds[2 * x] + reds[2 * x + 1]) * np.float32(0.25 * 0.7133 * SCALE)
                out_c[x] = np.uint32(np.int32(cb)) | (np.uint32(np.int32(cr)) << np.uint32(16))


@compiled
def unveil(near: Array, pose: Array, focal_px: float, view_focal_px: float, width: int, height: int, sw: Array) -> None:
    """Inverse depth seen at each grid point of the moved camera's picture: rows of the plate's inverse depth are drawn
    as ribbons into a depth buffer, the nearest staying, and stretched where the move uncovers what no one painted.

    near: (plate height / 2, plate width / 2) float32 inverse metres. pose: 12 float64: rotation rows (plate axes right,
    up, forward), then the camera's position in those axes. sw: (rows, columns) float32, points GRID_STEP pixels apart.
    """
    rows, columns = sw.shape
    half_height, half_width = near.shape
    tx, ty, tz = np.float32(pose[9]), np.float32(pose[10]), np.float32(pose[11])
    r00, r01, r02 = np.float32(pose[0]), np.float32(pose[1]), np.float32(pose[2])
    r10, r11, r12 = np.float32(pose[3]), np.float32(pose[4]), np.float32(pose[5])
    r20, r21, r22 = np.float32(pose[6]), np.float32(pose[7]), np.float32(pose[8])
    inverse_focal = np.float32(1.0 / focal_px)
    to_grid = np.float32(view_focal_px / GRID_STEP)
    middle_x = np.float32(width * 0.5 / GRID_STEP)
    middle_y = np.float32(height * 0.5 / GRID_STEP)
    one = np.float32(1.0)
    gx = np.empty(half_width, np.float32)
    gy = np.empty(half_width, np.float32)
    sw[:] = -1.0
    for j in range(half_height):
        b = (np.float32(half_height) - np.float32(2 * j + 1)) * inverse_focal
        line = near[j]
        for i in range(half_width):
            a = (np.float32(2 * i + 1) - np.float32(half_width)) * inverse_focal
            w = line[i]
            x = a - tx * w
            y = b - ty * w
            z = one - tz * w
            ahead = to_grid / max(r02 * x + r12 * y + r22 * z, np.float32(0.02))
            gx[i] = middle_x + (r00 * x + r10 * y + r20 * z) * ahead
            gy[i] = middle_y - (r01 * x + r11 * y + r21 * z) * ahead
        for i in range(half_width - 1):
            x0 = gx[i]
            x1 = gx[i + 1]
            first = math.ceil(x0)
            if x1 < np.float32(first):
                continue
            row = math.floor(np.float32(0.5) * (gy[i] + gy[i + 1]) + np.float32(0.5))
            if row < 0 or row >= rows:
                continue
            last = min(math.floor(x1), columns - 1)
            slope = (line[i + 1] - line[i]) / max(x1 - x0, np.float32(1e-6))
            for column in range(max(first, 0), last + 1):
                w = line[i] + slope * (np.float32(column) - x0)
                sw[row, column] = max(sw[row, column], w)
    _bridge(sw)


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
    for row in range(rows):
        for column in range(1, columns):
            if sw[row, column] < 0.0:
                sw[row, column] = sw[row, column - 1]
        for column in range(columns - 2, -1, -1):
            if sw[row, column] < 0.0:
                sw[row, column] = max(sw[row, column + 1], np.float32(0.0))


@compiled
def reproject(
    sw: Array, pose: Array, focal_px: float, view_focal_px: float, width: int, height: int, plate_width: int,
    plate_height: int, sx: Array, sy: Array,
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
def _spread(field: Array, row: int, share: float, line: Array) -> None:
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
    luma: Array, chroma: Array, plate_width: int, plate_height: int, sx: Array, sy: Array, veil: Array, gain: Array,
    veil_colour: Array, out: Array, out_c: Array,
) -> None:
    """Sample the lit plate where `reproject` says, veil it with air and dim or lift it; all fields on the grid.

    luma, chroma: as `mix` packs them. out: (height, width) uint16; out_c: (2, height / 2, width / 2) uint16.
    veil_colour: luma, cb, cr in plane units.
    """
    height, width = out.shape
    padded = (width + GRID_STEP - 1) // GRID_STEP * GRID_STEP
    half_plate = plate_width >> 1
    x_limit = np.float32(plate_width - 1.01)
    y_limit = np.float32(plate_height - 1.01)
    cx_limit = np.float32((plate_width >> 1) - 1.01)
    cy_limit = np.float32((plate_height >> 1) - 1.01)
    zero = np.float32(0.0)
    one = np.float32(1.0)
    half_one = np.float32(0.5)
    quarter = np.float32(0.25)
    fog_y = np.float32(veil_colour[0])
    fog_b = np.float32(veil_colour[1])
    fog_r = np.float32(veil_colour[2])
    low = np.uint32(0xFFFF)
    up = np.uint32(16)
    px = np.empty(padded, np.float32)
    py = np.empty(padded, np.float32)
    fog = np.empty(padded, np.float32)
    lift = np.empty(padded, np.float32)
    where = np.empty(padded, np.uint32)
    for y in range(height):
        j = y // GRID_STEP
        t = (y - j * GRID_STEP) / GRID_STEP
        _spread(sx, j, t, px)
        _spread(sy, j, t, py)
        _spread(veil, j, t, fog)
        _spread(gain, j, t, lift)
        if (y & 1) == 0:
            out_b = out_c[0, y >> 1]
            out_r = out_c[1, y >> 1]
            for x in range(width >> 1):
                cx = min(max(px[2 * x] * half_one + quarter, zero), cx_limit)
                cy = min(max(py[2 * x] * half_one + quarter, zero), cy_limit)
                u0 = np.int32(cx)
                v0 = np.int32(cy)
                bx = cx - np.float32(u0)
                by = cy - np.float32(v0)
                o = np.uint32(v0 * np.int32(half_plate) + u0)
                p00 = chroma[o]
                p10 = chroma[o + np.uint32(1)]
                p01 = chroma[o + np.uint32(half_plate)]
                p11 = chroma[o + np.uint32(half_plate + 1)]
                w11 = bx * by
                w10 = bx - w11
                w01 = by - w11
                w00 = one - bx - w01
                cb = w00 * np.float32(np.int32(p00 & low)) + w10 * np.float32(np.int32(p10 & low))
                cb += w01 * np.float32(np.int32(p01 & low)) + w11 * np.float32(np.int32(p11 & low))
                cr = w00 * np.float32(np.int32(p00 >> up)) + w10 * np.float32(np.int32(p10 >> up))
                cr += w01 * np.float32(np.int32(p01 >> up)) + w11 * np.float32(np.int32(p11 >> up))
                f = fog[2 * x]
                k = min(lift[2 * x], one)
                cb += f * (fog_b - cb)
                cr += f * (fog_r - cr)
                out_b[x] = np.uint16(np.int32(np.float32(CENTRE) + (cb - np.float32(CENTRE)) * k))
                out_r[x] = np.uint16(np.int32(np.float32(CENTRE) + (cr - np.float32(CENTRE)) * k))
        for x in range(width):
            sample_x = min(max(px[x], zero), x_limit)
            sample_y = min(max(py[x], zero), y_limit)
            x0 = np.int32(sample_x)
            y0 = np.int32(sample_y)
            px[x] = sample_x - np.float32(x0)
            py[x] = sample_y - np.float32(y0)
            where[x] = np.uint32(y0 * np.int32(plate_width) + x0)
        row = out[y]
        for x in range(width):
            upper = luma[where[x]]
            lower = luma[where[x] + np.uint32(plate_width)]
            p = np.float32(np.int32(upper & low))
            q = np.float32(np.int32(lower & low))
            p += px[x] * (np.float32(np.int32(upper >> up)) - p)
            q += px[x] * (np.float32(np.int32(lower >> up)) - q)
            value = p + py[x] * (q - p)
            value += fog[x] * (fog_y - value)
            row[x] = np.uint16(np.int32(min(value * lift[x], np.float32(65535.0))))


@compiled
def finish(
    luma: Array, chroma: Array, curve: Array, saturation: float, level: float, grain: Array, offset: int, shift: Array,
    picture: Array,
) -> None:
    """Contrast curve, saturation, fade level, grain and dither into an I420 picture (height * 3 / 2, width) uint8.

    curve: uint16 studio-range luma times 256 by luma >> FINISH_SHIFT. shift: (height,) int32 pixels that a glitch
    slides each row. grain: (rows, at least width + 64) int16 in 1/256 of a code value, rows a power of two.
    """
    height, width = luma.shape
    black = np.int32(16 * 256)
    fade = np.int32(level * 256.0)
    mask = grain.shape[0] - 1
    moved = np.empty(width, np.uint16)
    for y in range(height):
        row = luma[y]
        slide = shift[y]
        if slide != 0:
            for x in range(width):
                moved[x] = row[min(max(x + slide, 0), width - 1)]
            row = moved
        noise = grain[(y + (offset >> 6)) & mask, offset & 63 : (offset & 63) + width]
        out = picture[y]
        for x in range(width):
            code = np.int32(curve[np.uint32(row[x]) >> np.uint32(FINISH_SHIFT)]) - black
            code = black + ((code * fade) >> np.int32(8)) + np.int32(noise[x])
            out[x] = np.uint8(min(max(code >> np.int32(8), np.int32(0)), np.int32(255)))
    half_height = height >> 1
    half_width = width >> 1
    flat = picture.reshape(-1)
    base = height * width
    k = np.float32(saturation * level * 224.0 / 255.0 / SCALE)
    for c in range(2):
        for y in range(half_height):
            start = base + (c * half_height + y) * half_width
            slide = shift[2 * y] // 2
            row = chroma[c, y]
            if slide != 0:
                for x in range(half_width):
                    moved[x] = row[min(max(x + slide, 0), half_width - 1)]
                row = moved
            out = flat[start : start + half_width]
            for x in range(half_width):
                value = (np.float32(row[x]) - np.float32(CENTRE)) * k + np.float32(128.5)
                out[x] = np.uint8(np.int32(min(max(value, np.float32(16.0)), np.float32(240.0))))
