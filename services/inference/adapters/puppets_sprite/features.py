"""The painted features of a face (eyes, brows, mouth, age) as functions of a point on it, for the pixel kernel."""
# ruff: noqa: PLR0915
# numba compiles these kernels: plain comparisons, min of min and whole loops are what it makes fast code of.

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NAMES = (
    "gap", "eye_width", "eye_top", "eye_bottom", "slant", "upper_lid", "lower_lid", "gaze_x", "gaze_y", "iris", "pupil",
    "iris_r", "iris_g", "iris_b", "lash", "brow_in", "brow_out", "brow_arch", "brow_weight", "brow_r", "brow_g",
    "brow_b", "mouth_y", "mouth_width", "corners", "open_top", "open_bottom", "power", "upper_lip", "lower_lip",
    "lips_r", "lips_g", "lips_b", "teeth", "tongue", "skew", "blush", "age", "freckles", "pixel", "stubble", "length",
)  # fmt: skip
INDEX = {name: number for number, name in enumerate(NAMES)}

Paint = tuple[float, float, float, float, float, float]
"""Albedo red, green, blue; factor on what is mirrored; lean of the normal to the face's right and up."""


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _cover(distance: float, pixel: float) -> float:
    return min(1.0, max(0.0, distance / pixel + 0.5))


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _mix(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _bump(squared: float) -> float:
    """exp(-squared), nearly, and much cheaper."""
    t = max(0.0, 1.0 - 0.25 * squared)
    t *= t
    return t * t


@njit(cache=True, nogil=True, fastmath=True)
def _eye(u: float, v: float, p: Floats, base: Paint) -> Paint:
    r, g, b, gloss, lean_x, lean_y = base
    sign = 1.0 if u >= 0.0 else -1.0
    out = sign * u - p[0]
    w, pixel = p[1], p[39]
    t = out / w
    if t < -1.5 or t > 1.6:
        return base
    y = v - p[4] * out
    arch = max(0.0, 1.0 - t * t)
    lean = arch * (1.0 - 0.18 * t)
    top = p[2] * (0.75 * math.sqrt(lean) + 0.25 * lean)
    low = -p[3] * arch * (1.0 + 0.2 * t)
    shut = top + (low * 0.75 - top) * p[5]
    low = low + (shut - low) * 0.45 * p[6]
    shut = max(shut, low)
    side = _cover((1.0 - abs(t)) * w, pixel)
    inside = _cover(shut - y, pixel) * _cover(y - low, pixel) * side
    # lids and the hollow around the eye
    crease = top + 0.0042 + 0.0012 * p[5]
    near = max(0.0, 1.0 - abs(t) * 0.72)
    fold = _bump(((y - crease) / 0.0011) ** 2) * near * 0.34
    hollow = _bump(((t / 1.15) ** 2) + ((y - 0.006) / 0.013) ** 2) * 0.16
    bag = _bump(((y + p[3] * 1.75 - 0.003 * t * t) / 0.0022) ** 2) * near * (0.06 + 0.3 * p[37])
    shade = (1.0 - fold) * (1.0 - hollow) * (1.0 - bag)
    r, g, b = r * _mix(1.0, shade, 0.8), g * shade, b * shade
    if p[5] > 0.02 and y < top and y > shut:
        lean_y += 0.25 * p[5]
        gloss += 0.4
    if inside > 0.0:
        ix, iy = out - p[7] * sign, y - p[8]
        d = math.sqrt(ix * ix + iy * iy)
        er, eg, eb = 0.74, 0.735, 0.73
        pink = max(0.0, abs(t) - 0.62)
        eg, eb = eg * (1.0 - 0.5 * pink), eb * (1.0 - 0.5 * pink)
        ball = 1.0 - 0.3 * t * t
        er, eg, eb = er * ball, eg * ball, eb * ball
        disc = _cover(p[9] - d, pixel * 1.4)
        if disc > 0.0:
            q = d / p[9]
            spokes = 0.9 + 0.1 * math.sin(17.0 * math.atan2(iy, ix) + 3.0 * q)
            lit = (0.55 - 0.75 * iy / p[9]) * spokes + 0.35
            ring = 1.0 - 0.8 * min(1.0, max(0.0, (q - 0.7) / 0.3))
            dark = 1.0 - _cover(p[9] * p[10] - d, pixel * 1.5)
            k = max(0.1, lit) * ring * dark
            er = _mix(er, p[11] * k + 0.004, disc)
            eg = _mix(eg, p[12] * k + 0.004, disc)
            eb = _mix(eb, p[13] * k + 0.005, disc)
        veil = 1.0 - 0.62 * _bump(max(0.0, shut - y) / 0.0032)
        er, eg, eb = er * veil, eg * veil, eb * veil
        spark = _cover(p[9] * 0.27 - math.hypot(ix * sign + p[9] * 0.36, iy - p[9] * 0.4), pixel * 1.3)
        low_spark = math.hypot(ix * sign - 0.4 * p[9], iy + 0.42 * p[9])
        spark = max(spark, 0.4 * _cover(p[9] * 0.16 - low_spark, pixel * 1.3))
        er, eg, eb = _mix(er, 2.2, spark), _mix(eg, 2.2, spark), _mix(eb, 2.2, spark)
        r, g, b = _mix(r, er, inside), _mix(g, eg, inside), _mix(b, eb, inside)
        gloss = _mix(gloss, 0.8, inside)
    # lashes: a line that follows the upper lid and thickens outwards; a faint one below
    width = (0.0011 + 0.0016 * p[14] * (0.75 + 0.5 * t)) * max(0.0, min(1.0, (1.32 - abs(t)) * 3.0))
    flick = max(0.0, t - 0.72) * 0.011 * p[14]
    line = _cover(width - abs(y - shut - flick - width * 0.35), pixel) * _cover((1.06 + 0.2 * p[14] - t) * w, pixel)
    line *= _cover((t + 1.04) * w, pixel)
    under = 0.3 * _cover(0.0007 - abs(y - low), pixel) * side
    dark = max(line, under)
    return (
        _mix(r, 0.018, dark), _mix(g, 0.013, dark), _mix(b, 0.012, dark), gloss * (1.0 - dark), lean_x, lean_y,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True)
def _brow(u: float, v: float, p: Floats, base: Paint) -> Paint:
    r, g, b, gloss, lean_x, lean_y = base
    out = abs(u) - p[0]
    s = (out + 0.02) / 0.047
    if s < -0.08 or s > 1.1:
        return base
    centre = _mix(p[15], p[16], s) + p[17] * (1.0 - (2.0 * s - 1.15) ** 2)
    half = 0.0037 * p[18] * (1.0 - 0.72 * max(0.0, s) * math.sqrt(max(0.0, s))) * min(1.0, (s + 0.08) * 5.0)
    stroke = math.sin(3300.0 * out - 2100.0 * (v - centre)) * min(0.00045, 0.3 * half) * min(1.0, 0.0004 / p[39])
    soft = max(p[39], 0.0011)
    cover = _cover(half + stroke - abs(v - centre), soft) * 0.92 * min(1.0, max(0.0, half / 0.0008))
    return (
        _mix(r, p[19], cover), _mix(g, p[20], cover), _mix(b, p[21], cover), gloss * (1.0 - cover * 0.7),
        lean_x, lean_y + cover * 0.25 * (v - centre) / 0.004,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True)
def _mouth(u: float, v: float, p: Floats, base: Paint) -> Paint:
    r, g, b, gloss, lean_x, lean_y = base
    w, pixel = p[23], p[39]
    t = u / w
    if abs(t) > 1.5:
        return base
    arch = max(0.0, 1.0 - t * t)
    middle = p[22] + p[24] * min(1.6, t * t) + p[35] * t * (0.5 + 0.5 * t * t)
    root = math.sqrt(arch)
    shape = root + (arch - root) * p[27]
    top = middle + p[25] * shape
    low = middle - p[26] * shape
    dip = 1.0 - 0.32 * _bump((t / 0.17) ** 2)
    upper = top + p[28] * (0.5 * (root + arch)) * dip
    lower = low - p[29] * (0.75 * root + 0.25 * arch)
    soft = max(pixel, 0.0013)
    # the hollow below the lower lip, and the corners
    under = _bump(((v - lower + 0.0045) / 0.0035) ** 2) * arch * 0.2
    corner = _bump((((abs(u) - w * 1.04) / 0.0028) ** 2) + ((v - middle) / 0.0032) ** 2) * 0.42
    shade = (1.0 - under) * (1.0 - corner)
    r, g, b = r * _mix(1.0, shade, 0.75), g * shade, b * shade
    lean_y -= under * 1.2
    lips = _cover(upper - v, soft) * _cover(v - lower, soft) * _cover((1.0 - abs(t)) * w, soft)
    if lips > 0.0:
        if v > middle:
            height = max(1e-4, upper - top)
            bend = (v - top) / height
            lean_y += lips * (-0.34 + 0.5 * bend)
            tone = 0.84
        else:
            height = max(1e-4, low - lower)
            bend = (low - v) / height
            lean_y += lips * (0.42 - 0.95 * bend)
            tone = 1.04
        line = 1.0 - 0.06 * math.sin(u * 2600.0) * min(1.0, 0.0015 / pixel)
        r = _mix(r, p[30] * tone * line, lips)
        g = _mix(g, p[31] * tone * line, lips)
        b = _mix(b, p[32] * tone * line, lips)
        gloss = _mix(gloss, 1.25, lips)
    gape = _cover(top - v, pixel) * _cover(v - low, pixel) * _cover((1.0 - abs(t)) * w, pixel)
    if gape > 0.0 and top - low > 0.0006:
        depth = min(1.0, (top - v) / 0.004)
        mr, mg, mb = 0.045, 0.012, 0.012
        tongue = _cover(low + p[34] * arch - v + 0.002 * (1.0 - abs(t)), 0.0025)
        mr, mg, mb = _mix(mr, 0.36, tongue), _mix(mg, 0.10, tongue), _mix(mb, 0.095, tongue)
        teeth = _cover(v - (top - p[33] * (1.0 - 0.25 * t * t)), max(pixel, 0.0006)) * min(1.0, p[33] * 900.0)
        gap = 1.0 - 0.16 * _bump(((abs(u / 0.0062) % 1.0 - 0.5) / 0.07) ** 2) * min(1.0, 0.001 / pixel)
        white = (0.45 + 0.3 * depth) * (1.0 - 0.45 * abs(t)) * gap
        mr, mg, mb = _mix(mr, white, teeth), _mix(mg, white * 0.96, teeth), _mix(mb, white * 0.9, teeth)
        r, g, b, gloss = _mix(r, mr, gape), _mix(g, mg, gape), _mix(b, mb, gape), _mix(gloss, 0.3, gape)
    else:
        seam = _cover(0.00085 - abs(v - middle), pixel) * _cover((1.03 - abs(t)) * w, pixel) * 0.85
        r, g, b = _mix(r, 0.07, seam), _mix(g, 0.022, seam), _mix(b, 0.02, seam)
    return r, g, b, gloss, lean_x, lean_y


@njit(cache=True, nogil=True, fastmath=True)
def _years(u: float, v: float, p: Floats, base: Paint) -> Paint:
    """Blush, freckles, stubble, and what age draws: folds beside the mouth, lines on the brow and at the eyes."""
    r, g, b, gloss, lean_x, lean_y = base
    a = abs(u)
    k = p[41]
    warm = math.exp(-(((a - 0.043) / 0.02) ** 2) - ((v + 0.034 * k) / 0.016) ** 2)
    warm = max(warm, 0.7 * math.exp(-((u / 0.013) ** 2) - ((v + 0.032 * k) / 0.013) ** 2)) * p[36]
    g, b = g * (1.0 - 0.24 * warm), b * (1.0 - 0.2 * warm)
    nose = v + 0.0395 * k
    nostril = math.exp(-(((a - 0.0085) / 0.0034) ** 2) - (nose / 0.0021) ** 2) * 0.62
    beneath = math.exp(-((u / 0.014) ** 2) - ((nose + 0.005) / 0.0045) ** 2) * 0.2
    wing = math.exp(-(((a - 0.0165) / 0.0022) ** 2) - ((nose - 0.006) / 0.007) ** 2) * 0.16
    bridge = math.exp(-(((a - 0.0135) / 0.006) ** 2) - ((v - 0.008) / 0.014) ** 2) * 0.13
    groove = math.exp(-((u / 0.0035) ** 2) - ((nose + 0.014) / 0.006) ** 2) * 0.1
    temple = math.exp(-(((a - 0.08) / 0.022) ** 2)) * 0.16
    hollow = math.exp(-(((a - 0.052) / 0.014) ** 2) - ((v + 0.062 * k) / 0.022) ** 2) * 0.13
    shade = (1 - nostril) * (1 - beneath) * (1 - wing) * (1 - bridge) * (1 - groove) * (1 - temple) * (1 - hollow)
    r, g, b = r * (0.35 + 0.65 * shade), g * shade, b * shade
    if p[38] > 0.0 and v > -0.055 and v < -0.008:
        cell_x, cell_y = math.floor(u / 0.0055), math.floor(v / 0.0055)
        hashed = math.sin(cell_x * 127.1 + cell_y * 311.7) * 43758.5453
        hashed -= math.floor(hashed)
        fx, fy = u / 0.0055 - cell_x - 0.3 - 0.4 * hashed, v / 0.0055 - cell_y - 0.35 - 0.3 * hashed
        dot = math.exp(-(fx * fx + fy * fy) / 0.022) * p[38] * max(0.0, hashed - 0.35)
        dot *= math.exp(-(((a - 0.026) / 0.024) ** 2))
        r, g, b = r * (1.0 - 0.25 * dot), g * (1.0 - 0.5 * dot), b * (1.0 - 0.55 * dot)
    if p[40] > 0.0 and v < -0.035:
        jaw = min(1.0, (-0.035 - v) / 0.02) * p[40]
        r, g, b = r * (1.0 - 0.42 * jaw), g * (1.0 - 0.38 * jaw), b * (1.0 - 0.33 * jaw)
    if p[37] > 0.0:
        along = (-v - 0.03 * k) / 0.04
        fold = 0.0
        if along > -0.1 and along < 1.1:
            fold = math.exp(-(((a - 0.0205 - 0.0165 * along) / 0.0017) ** 2)) * (1.0 - abs(along - 0.45))
        if v > 0.05:
            wave = math.cos((v - 0.055 + 0.12 * u * u / 0.06) / 0.0105 * 6.2832)
            fold += max(0.0, wave) ** 6 * 0.4 * max(0.0, 1.0 - (u / 0.045) ** 2) * min(1.0, (v - 0.05) / 0.008)
        feet = a - p[0] - p[1]
        if feet > 0.001 and feet < 0.016:
            fold += 0.35 * max(0.0, math.cos(math.atan2(v, feet + 0.004) * 11.0)) ** 6 * (1.0 - feet / 0.016)
        fold *= p[37]
        r, g, b = r * (1.0 - 0.3 * fold), g * (1.0 - 0.42 * fold), b * (1.0 - 0.42 * fold)
    return r, g, b, gloss, lean_x, lean_y


@njit(cache=True, nogil=True, fastmath=True)
def paint_face(u: float, v: float, p: Floats, base: Paint) -> Paint:
    """u right, v up in the face's coordinates; `base` is the bare skin."""
    paint = base
    if v < -0.04 * p[41] and v > -0.11 and abs(u) < 0.05:
        paint = _mouth(u, v, p, paint)
    elif v > -0.026 and v < 0.03:
        paint = _eye(u, v, p, paint)
    if v > 0.008 and v < 0.062:
        paint = _brow(u, v, p, paint)
    return paint


@njit(cache=True, nogil=True, fastmath=True)
def bake(p: Floats, size: int) -> Floats:
    """(size, size, 3) factors on the skin's albedo over u -0.1..0.1, v 0.1..-0.14: what of a face never moves."""
    out = np.empty((size, size, 3), np.float32)
    for j in range(size):
        for i in range(size):
            u, v = (i + 0.5) / size * 0.2 - 0.1, 0.1 - (j + 0.5) / size * 0.24
            paint = _years(u, v, p, (1.0, 1.0, 1.0, 0.0, 0.0, 0.0))
            out[j, i, 0], out[j, i, 1], out[j, i, 2] = paint[0], paint[1], paint[2]
    return out
