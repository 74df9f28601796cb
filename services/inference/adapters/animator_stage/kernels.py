"""Pixel loops at both ends of a picture, compiled by numba: light mixing, and finishing to I420.

Luma planes hold display luma 0..255 times 128 as uint16; chroma planes hold (value + 128) times 128. They know arrays
and numbers only. Loops that look up scattered samples do nothing else: only so does LLVM keep the arithmetic around
them in vectors, which halves the time of both.
"""

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
    stack: Array,
    coefficients: Array,
    clear: Array,
    hazy: bool,
    fog: Array,
    tones: Array,
    luma: Array,
    chroma: Array,
    left: int,
    top: int,
    right: int,
    bottom: int,
) -> None:
    """Weighted sum of light groups in linear light, haze by depth, tone curve, then luma and half-size chroma.

    stack: (groups, 3, height, width) uint8 square-root coded; coefficients: (groups, 3) float32 already divided by
    255 squared; clear: (height, width) uint8 transmittance of the air times 255, read where it is hazy; tones: as
    `tones.tone_tables` makes them. luma: (height * width,) uint32, each sample with its right neighbour in the upper
    half; chroma: (height / 2 * width / 2,) uint32, cb with cr in the upper half: so that `warp` gathers pairs. left,
    top, right, bottom: the part of the plate that is lit, even.
    """
    whole = stack.shape[3]
    width = right - left
    total = np.empty(width, np.float32)
    passed = np.ones(width, np.float32)
    index = np.empty((3, width), np.uint32)
    level = np.empty((2, width), np.uint32)
    tint = np.empty(width, np.uint32)
    lit = np.zeros((3, stack.shape[0] + 5), np.int64)
    weight = np.zeros((3, stack.shape[0] + 5), np.float32)
    fives = _in_fives(coefficients, lit, weight)
    for y in range(top, bottom):
        if hazy:
            _unpack(clear[y, left:right], passed)
        for c in range(3):
            total[:] = 0.0
            for five in range(fives):
                i = 5 * five
                _add_five(
                    stack[lit[c, i], c, y, left:right],
                    stack[lit[c, i + 1], c, y, left:right],
                    stack[lit[c, i + 2], c, y, left:right],
                    stack[lit[c, i + 3], c, y, left:right],
                    stack[lit[c, i + 4], c, y, left:right],
                    weight[c, i : i + 5],
                    total,
                )
            _index(total, passed, fog[c], hazy, index[c])
        own = level[y & 1]
        _show(index[0], index[1], index[2], tones[0], tones[1], tones[2], (y & 1) == 0, own, tint)
        out = luma[y * whole + left : y * whole + right]
        for x in range(width - 1):
            out[x] = own[x] | (own[x + 1] << np.uint32(16))
        out[width - 1] = own[width - 1] | (own[width - 1] << np.uint32(16))
        if y & 1:
            start = (y >> 1) * (whole >> 1) + (left >> 1)
            _quarter(level[0], level[1], tint, chroma[start : start + (width >> 1)])


@compiled
def _unpack(codes: Array, shares: Array) -> None:
    for x in range(shares.shape[0]):
        shares[x] = np.float32(codes[x]) * np.float32(1.0 / 255.0)


@compiled
def _in_fives(coefficients: Array, lit: Array, weight: Array) -> int:
    """For each channel the groups that shine, filled up to whole fives by the first of them at no weight, so that
    what is not needed is read where something is read already. Returns how many fives there are."""
    most = 0
    for c in range(3):
        count = 0
        for g in range(coefficients.shape[0]):
            if coefficients[g, c] > 0.0:
                lit[c, count] = g
                weight[c, count] = coefficients[g, c]
                count += 1
        lit[c, count:] = lit[c, 0]
        most = max(most, count)
    return (most + 4) // 5


@compiled
def _add_five(
    first: Array, second: Array, third: Array, fourth: Array, fifth: Array, weight: Array, total: Array
) -> None:
    """One row of five light groups onto the light of the others."""
    a, b, c, d, e = weight[0], weight[1], weight[2], weight[3], weight[4]
    for x in range(total.shape[0]):
        p = np.float32(first[x])
        q = np.float32(second[x])
        r = np.float32(third[x])
        s = np.float32(fourth[x])
        t = np.float32(fifth[x])
        total[x] += a * (p * p) + b * (q * q) + c * (r * r) + d * (s * s) + e * (t * t)


@compiled
def _index(total: Array, passed: Array, fog: float, hazy: bool, found: Array) -> None:
    """Where in the tone tables light stands that the air has dimmed and veiled."""
    most = np.float32(TONE_SIZE - 1)
    per_root = np.float32(TONE_PER_ROOT)
    if hazy:
        for x in range(total.shape[0]):
            light = fog + (total[x] - fog) * passed[x]
            found[x] = np.uint32(np.int32(min(math.sqrt(light) * per_root, most)))
    else:
        for x in range(total.shape[0]):
            found[x] = np.uint32(np.int32(min(math.sqrt(total[x]) * per_root, most)))


@compiled
def _show(
    red: Array,
    green: Array,
    blue: Array,
    reds: Array,
    greens: Array,
    blues: Array,
    first: bool,
    level: Array,
    tint: Array,
) -> None:
    """Luma of a row, and red and blue of it and the row above it. red, green, blue: indices, overwritten."""
    low = np.uint32(0xFFFF)
    _look_up(reds, red)
    _look_up(greens, green)
    _look_up(blues, blue)
    if first:
        tint[:] = 0
    for x in range(level.shape[0]):
        level[x] = (red[x] & low) + green[x] + (blue[x] & low)
        tint[x] += (red[x] >> np.uint32(16)) + (blue[x] & ~low)


@compiled
def _look_up(table: Array, indices: Array) -> None:
    """What the table holds in the place of each index."""
    for x in range(indices.shape[0]):
        indices[x] = table[indices[x]]


@compiled
def _quarter(upper: Array, lower: Array, tint: Array, out: Array) -> None:
    """Chroma of two rows: upper, lower: luma; tint: both rows' red and, in the upper half, blue, times SCALE / 2."""
    low = np.uint32(0xFFFF)
    up = np.uint32(16)
    centre = np.float32(CENTRE)
    to_cb = np.float32(0.25 * 0.5643)
    to_cr = np.float32(0.25 * 0.7133)
    two = np.float32(2.0)
    for x in range(out.shape[0]):
        luma = np.float32(np.int32(upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]))
        sums = tint[2 * x] + tint[2 * x + 1]
        cr = centre + (two * np.float32(np.int32(sums & low)) - luma) * to_cr
        cb = centre + (two * np.float32(np.int32(sums >> up)) - luma) * to_cb
        out[x] = np.uint32(np.int32(cb)) | (np.uint32(np.int32(cr)) << up)


@compiled
def finish(
    luma: Array,
    chroma: Array,
    curve: Array,
    saturation: float,
    level: float,
    grain: Array,
    offset: int,
    shift: Array,
    picture: Array,
) -> None:
    """Contrast curve, saturation, fade level, grain and dither into an I420 picture (height * 3 / 2, width) uint8.

    curve: uint16 studio-range luma times 256 by luma >> FINISH_SHIFT. shift: (height,) int32 pixels that a glitch
    slides each row. grain: (rows, at least width + 64) int16 in 1/256 of a code value, rows a power of two.
    """
    height, width = luma.shape
    fade = np.int32(level * 256.0)
    mask = grain.shape[0] - 1
    moved = np.empty(width, np.uint16)
    codes = np.empty(width, np.uint16)
    for y in range(height):
        row = luma[y]
        slide = shift[y]
        if slide != 0:
            for x in range(width):
                moved[x] = row[min(max(x + slide, 0), width - 1)]
            row = moved
        for x in range(width):
            codes[x] = curve[np.uint32(row[x]) >> np.uint32(FINISH_SHIFT)]
        noise = grain[(y + (offset >> 6)) & mask, offset & 63 : (offset & 63) + width]
        _dither(codes, fade, noise, picture[y])
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


@compiled
def _dither(codes: Array, fade: int, noise: Array, out: Array) -> None:
    """Codes times 256, faded to black, to whole codes."""
    black = np.int32(16 * 256)
    share = np.int32(fade)
    for x in range(out.shape[0]):
        code = ((np.int32(codes[x]) - black) * share) >> np.int32(8)
        code += black + np.int32(noise[x])
        out[x] = np.uint8(min(max(code >> np.int32(8), np.int32(0)), np.int32(255)))
