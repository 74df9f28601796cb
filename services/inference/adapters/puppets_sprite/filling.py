"""The kernels that fill pixels: what was lit at vertices is laid across the triangle that each pixel shows; faces, hair
and shining things are worked out per pixel. Knows nothing of bones or of the place.

A triangle's code is its number with its part's number above CODE_BITS. A row of slopes holds where the triangle's third
corner lies (x, y in samples), then for each value what it is there and how it grows with x and y.
"""
# ruff: noqa: PLR1714, SIM109
# numba compiles these kernels: plain comparisons, min of min and whole loops are what it makes fast code of.

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.curves import (
    blend,
    compiled,
    grained,
    inlined,
    power,
    smooth,
    tone_step,
)
from services.inference.adapters.puppets_sprite.features import paint_face
from services.inference.adapters.puppets_sprite.shading import BAR, CLOTH, GLASS, HAIR, HOLOGRAM, LENS, PLAIN, SKIN

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Samples = NDArray[np.int64]
CODE_BITS = 17
NUMBERS = (1 << CODE_BITS) - 1
VALUES = 10
"""Colour steps or mirrored light (3); then skin: light received (3) and the place on the face (3); hair: light received
(3), two places in the noise (4); glass: facing (1); what shines: normal (3), place in the figure's rest (2)."""

SLOPE_ROW = 2 + 3 * VALUES


@inlined
def _slope(row: Floats, value: int, v0: float, v1: float, v2: float, turn: tuple[float, float, float, float]) -> None:
    d0, d1 = v0 - v2, v1 - v2
    row[2 + 3 * value] = v2
    row[3 + 3 * value] = turn[0] * d0 + turn[2] * d1
    row[4 + 3 * value] = turn[1] * d0 + turn[3] * d1


@inlined
def _bearing(x: float, z: float) -> float:
    """atan2(x, z) within 0.005."""
    ax, az = abs(x), abs(z)
    t = min(ax, az) / (max(ax, az) + 1e-9)
    angle = t * (0.9725 - 0.1919 * t * t)
    if ax > az:
        angle = 1.5708 - angle
    if z < 0.0:
        angle = 3.14159 - angle
    return angle if x >= 0.0 else -angle


@inlined
def _near(angle: float, other: float) -> float:
    """The same angle on the turn that lies next to another: hair parts at the back of the head otherwise."""
    if angle - other > 3.14159:
        return angle - 6.28318
    return angle + 6.28318 if other - angle > 3.14159 else angle


@compiled
def slopes(
    seen: NDArray[np.uint8], first: int, last: int, screen: Floats, turned: Floats, positions: Floats, lit: Floats,
    triangles: Ints, parts: Ints, materials: Floats, frame: Floats, slots: Ints, table: Floats,
) -> None:  # fmt: skip
    """Fills a row of table for each triangle from first to last that is seen, and slots with the number of its row."""
    count = 0
    inverse = 1.0 / frame[3]
    for n in range(first, last):
        if not seen[n]:
            continue
        row = table[count]
        slots[n] = count
        count += 1
        i, j, k = triangles[n, 0], triangles[n, 1], triangles[n, 2]
        x2, y2 = screen[k, 0], screen[k, 1]
        x0, y0 = screen[i, 0] - x2, screen[i, 1] - y2
        x1, y1 = screen[j, 0] - x2, screen[j, 1] - y2
        area = 1.0 / (x0 * y1 - x1 * y0)
        turn = (y1 * area, -x1 * area, -y0 * area, x0 * area)
        row[0], row[1] = x2, y2
        material = materials[parts[n]]
        kind = int(material[0])
        if kind == LENS or kind == BAR or kind == HOLOGRAM:
            for c in range(3):
                _slope(row, c, turned[i, c], turned[j, c], turned[k, c], turn)
            for c in range(2):
                _slope(row, 3 + c, positions[i, c], positions[j, c], positions[k, c], turn)
            continue
        for c in range(3):
            _slope(row, c, lit[i, 3 + c], lit[j, 3 + c], lit[k, 3 + c], turn)
        if kind == GLASS:
            _slope(row, 3, turned[i, 2], turned[j, 2], turned[k, 2], turn)
        if kind != SKIN and kind != HAIR:
            continue
        for c in range(3):
            _slope(row, 3 + c, lit[i, c], lit[j, c], lit[k, c], turn)
        if kind == SKIN:
            for c in range(3):
                at = frame[c]
                _slope(
                    row, 6 + c, (positions[i, c] - at) * inverse, (positions[j, c] - at) * inverse,
                    (positions[k, c] - at) * inverse, turn,
                )  # fmt: skip
            continue
        a2 = _bearing((positions[k, 0] - frame[0]) * inverse, (positions[k, 2] - frame[2]) * inverse + 0.02)
        a0 = _near(_bearing((positions[i, 0] - frame[0]) * inverse, (positions[i, 2] - frame[2]) * inverse + 0.02), a2)
        a1 = _near(_bearing((positions[j, 0] - frame[0]) * inverse, (positions[j, 2] - frame[2]) * inverse + 0.02), a2)
        h0, h1, h2 = (
            (positions[i, 1] - frame[1]) * inverse, (positions[j, 1] - frame[1]) * inverse,
            (positions[k, 1] - frame[1]) * inverse,
        )  # fmt: skip
        lock, fine = material[11] * 0.011, material[11] * 0.045
        _slope(row, 6, a0 * lock + 0.21 * h0, a1 * lock + 0.21 * h1, a2 * lock + 0.21 * h2, turn)
        _slope(row, 7, 0.55 * h0 + 0.03 * a0, 0.55 * h1 + 0.03 * a1, 0.55 * h2 + 0.03 * a2, turn)
        _slope(row, 8, a0 * fine + 0.35 * h0, a1 * fine + 0.35 * h1, a2 * fine + 0.35 * h2, turn)
        _slope(row, 9, 0.9 * h0, 0.9 * h1, 0.9 * h2, turn)


@inlined
def _at(table: Floats, slot: int, value: int, x: float, y: float) -> float:
    return float(table[slot, 2 + 3 * value] + table[slot, 3 + 3 * value] * x + table[slot, 4 + 3 * value] * y)


@inlined
def _skin(
    table: Floats, slot: int, x: float, y: float, materials: Floats, part: int, face: Floats, frame: Floats,
    years: Floats,
) -> tuple[float, float, float]:  # fmt: skip
    sr, sg, sb = _at(table, slot, 0, x, y), _at(table, slot, 1, x, y), _at(table, slot, 2, x, y)
    lr, lg, lb = _at(table, slot, 3, x, y), _at(table, slot, 4, x, y), _at(table, slot, 5, x, y)
    u, v, w = _at(table, slot, 6, x, y), _at(table, slot, 7, x, y), _at(table, slot, 8, x, y)
    r, g, b = materials[part, 1], materials[part, 2], materials[part, 3]
    if w < 0.02 or abs(u) > 0.09 or v > 0.1 or v < -0.13:
        return r * lr + sr, g * lg + sg, b * lb + sb
    fade = min(1.0, (w - 0.02) / 0.025)
    i = min(years.shape[1] - 1, max(0, int((u + 0.1) * (years.shape[1] / 0.2))))
    j = min(years.shape[0] - 1, max(0, int((0.1 - v) * (years.shape[0] / 0.24))))
    r *= 1.0 + (years[j, i, 0] - 1.0) * fade
    g *= 1.0 + (years[j, i, 1] - 1.0) * fade
    b *= 1.0 + (years[j, i, 2] - 1.0) * fade
    pr, pg, pb, shine, lean_x, lean_y = paint_face(u, v, face, (r, g, b, 1.0, 0.0, 0.0))
    bend = max(0.4, 1.0 + fade * (lean_x * frame[10] + lean_y * frame[11]))
    lr, lg, lb = lr * bend, lg * bend, lb * bend
    r, g, b = blend(r, pr, fade), blend(g, pg, fade), blend(b, pb, fade)
    return r * lr + sr * shine, g * lg + sg * shine, b * lb + sb * shine


@inlined
def _strands(
    table: Floats, slot: int, x: float, y: float, materials: Floats, part: int, noise: Floats
) -> tuple[float, float, float]:
    lock = grained(noise, _at(table, slot, 6, x, y), _at(table, slot, 7, x, y))
    fine = grained(noise, _at(table, slot, 8, x, y), _at(table, slot, 9, x, y))
    value = 1.0 + 0.5 * lock + 0.32 * fine
    shine = max(0.0, 0.85 + 1.3 * lock + 0.9 * fine)
    return (
        materials[part, 1] * value * _at(table, slot, 3, x, y) + _at(table, slot, 0, x, y) * shine,
        materials[part, 2] * value * _at(table, slot, 4, x, y) + _at(table, slot, 1, x, y) * shine,
        materials[part, 3] * value * _at(table, slot, 5, x, y) + _at(table, slot, 2, x, y) * shine,
    )


@inlined
def _show_piece(
    table: Floats, slot: int, at_x: float, at_y: float, materials: Floats, part: int, sky: Floats, lights: Floats,
    frame: Floats, show: Floats,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Lens, light bar and hologram. show: time in seconds, mouth level 0..1, glow weight, gaze x, y, openness."""
    nx, ny, nz = _at(table, slot, 0, at_x, at_y), _at(table, slot, 1, at_x, at_y), _at(table, slot, 2, at_x, at_y)
    x, y = _at(table, slot, 3, at_x, at_y), _at(table, slot, 4, at_x, at_y)
    kind = int(materials[part, 0])
    r, g, b = materials[part, 1], materials[part, 2], materials[part, 3]
    across = nx * frame[4] + ny * frame[5] + nz * frame[6]
    along = nx * frame[7] + ny * frame[8] + nz * frame[9]
    edge = 1.0 - min(1.0, max(0.0, nz))
    if kind == HOLOGRAM:
        lines = 0.74 + 0.26 * math.sin(y * 420.0 - show[0] * 5.0)
        place = y * 1.3 - show[0] * 0.35
        away = (place - math.floor(place) - 0.5) / 0.05
        sweep = math.exp(-away * away) if abs(away) < 4.0 else 0.0
        shine = (0.22 + 1.25 * edge * edge) * lines * (0.8 + 0.5 * show[1]) + 0.35 * sweep
        white = min(1.0, edge * edge * 0.8 + 0.2 * sweep)
        strength = materials[part, 9] * shine * show[2]
        alpha = min(1.0, materials[part, 12] * (0.3 + 0.9 * edge) * (0.75 + 0.25 * lines) + 0.2 * sweep)
        return blend(r, 1.0, white) * strength, blend(g, 1.0, white) * strength, blend(b, 1.0, white) * strength, alpha
    if kind == LENS:
        qx, qy = across - show[3], along - show[4]
        d = math.sqrt(qx * qx + qy * qy)
        iris = smooth(0.62, 0.54, d) * smooth(0.2, 0.27, d)
        ring = smooth(0.84, 0.8, d) * smooth(0.7, 0.74, d)
        spokes = 0.8 + 0.2 * math.sin(math.atan2(qy, qx) * 14.0)
        lid = smooth(along - 0.06, along + 0.06, show[5] - 0.42) * smooth(-along - 0.06, -along + 0.06, show[5] - 0.3)
        strength = materials[part, 9] * (iris * spokes * (1.3 - d) + 0.3 * ring + 0.04) * lid
        core = (smooth(0.13, 0.04, d) * 0.35 * materials[part, 9]) * lid
    else:
        # columns whose height follows the mouth
        column = math.floor(x * 70.0)
        beat = 0.5 + 0.5 * math.sin(column * 1.9 + show[0] * 23.0)
        middle = 1.0 - min(1.0, abs(x - frame[0]) * 9.0)
        level = 0.2 + show[1] * (0.35 + 0.6 * beat) * (0.3 + 0.7 * middle)
        cell = x * 70.0 - column
        split = smooth(0.0, 0.14, 0.5 - abs(cell - 0.5))
        strength = materials[part, 9] * (0.05 + 0.95 * smooth(-0.08, 0.08, level - abs(along)) * split)
        core = 0.0
    strength, core = strength * show[2], core * show[2]
    mirror = 0.04 + 0.5 * edge * edge * edge + 0.1 * smooth(0.2, 0.6, ny)
    spark = 0.0
    for i in range(lights.shape[0]):
        half = max(0.0, nx * lights[i, 6] + ny * lights[i, 7] + nz * lights[i, 8])
        spark += lights[i, 4] * power(half, 0.95) * 0.8
    return (
        materials[part, 4] * sky[0] + mirror * sky[0] + spark + r * strength + core,
        materials[part, 5] * sky[1] + mirror * sky[1] + spark + g * strength + core,
        materials[part, 6] * sky[2] + mirror * sky[2] + spark + b * strength + core,
        1.0,
    )


@compiled
def _surface(
    slot: int, part: int, sample_x: float, sample_y: float, table: Floats, materials: Floats, lights: Floats,
    sky: Floats, face: Floats, frame: Floats, years: Floats, noise: Floats, show: Floats, air: Floats,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Steps of the tone table and the opacity of any kind of surface at a sample of the whole plate."""
    x, y = sample_x - table[slot, 0], sample_y - table[slot, 1]
    kind = int(materials[part, 0])
    if kind == PLAIN or kind == CLOTH or kind == GLASS:
        opacity = 1.0
        if kind == GLASS:
            edge = 1.0 - min(1.0, max(0.0, _at(table, slot, 3, x, y)))
            opacity = min(1.0, materials[part, 12] + 0.75 * edge * edge * edge)
        return _at(table, slot, 0, x, y), _at(table, slot, 1, x, y), _at(table, slot, 2, x, y), opacity
    opacity = 1.0
    if kind == SKIN:
        r, g, b = _skin(table, slot, x, y, materials, part, face, frame, years)
    elif kind == HAIR:
        r, g, b = _strands(table, slot, x, y, materials, part, noise)
    else:
        r, g, b, opacity = _show_piece(table, slot, x, y, materials, part, sky, lights, frame, show)
    return tone_step(r, air, 0), tone_step(g, air, 1), tone_step(b, air, 2), opacity


@inlined
def _shown(curve: Floats, step: float) -> float:
    return float(curve[min(4095, max(0, int(step + 0.5)))])


@inlined
def _packed(r: float, g: float, b: float, cover: float) -> np.uint32:
    red = np.uint32(min(255.0, r + 0.5))
    green = np.uint32(min(255.0, g + 0.5))
    blue = np.uint32(min(255.0, b + 0.5))
    alpha = np.uint32(min(255.0, cover * 255.0 + 0.5))
    return np.uint32(red | (green << np.uint32(8)) | (blue << np.uint32(16)) | (alpha << np.uint32(24)))


@compiled
def _several(
    codes: tuple[int, int, int, int], corner_x: float, corner_y: float, slots: Ints, table: Floats, materials: Floats,
    lights: Floats, sky: Floats, face: Floats, frame: Floats, years: Floats, noise: Floats, show: Floats, air: Floats,
    curve: Floats,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Display colour times cover, and cover, of a pixel whose four samples show different parts or nothing: each part
    is worked out once, at its first sample."""
    red, green, blue, cover = 0.0, 0.0, 0.0, 0.0
    for s in range(4):
        code = codes[s]
        if code < 0:
            continue
        part = code >> CODE_BITS
        count = 1
        for t in range(4):
            if t != s and codes[t] >= 0 and codes[t] >> CODE_BITS == part:
                count = count + 1 if t > s else -9
        if count < 1:
            continue
        r, g, b, opacity = _surface(
            slots[code & NUMBERS], part, corner_x + (s & 1), corner_y + (s >> 1), table, materials, lights, sky, face,
            frame, years, noise, show, air,
        )  # fmt: skip
        share = 0.25 * count * opacity
        red += _shown(curve, r) * share
        green += _shown(curve, g) * share
        blue += _shown(curve, b) * share
        cover += share
    return red, green, blue, cover


@compiled
def fill(
    samples: Samples, left: int, top: int, slots: Ints, table: Floats, materials: Floats, lights: Floats, sky: Floats,
    face: Floats, frame: Floats, years: Floats, noise: Floats, show: Floats, air: Floats, curve: Floats,
    levels: NDArray[np.uint32], later: Ints, out: NDArray[np.uint32],
) -> tuple[int, int]:  # fmt: skip
    """Fills out (h, w) RGBA, red lowest, from the samples of solid triangles, all but hair and skin away from their
    edges: those pixels' numbers are left in later, hair from its beginning and skin from its end, and counted.

    samples: (2 h, 2 w) as `raster.scan` writes them, beginning at (left, top). frame: face origin (3), scale, the
    head's right and up in view space (6), how light grows to its right and up (2). air: what remains of the light
    through it (1), its own light (3), tint (3). curve: (4096,) display values; levels: the same, rounded.
    """
    height, width = out.shape
    half = np.float32(0.5)
    zero = np.float32(0.0)
    held = np.int32(-1)
    kind = PLAIN
    x2, y2 = zero, zero
    r0, rx, ry, g0, gx, gy, b0, bx, by = zero, zero, zero, zero, zero, zero, zero, zero, zero
    low, high = np.int32(0), np.int32(4095)
    full = np.uint32(0xFF000000)
    hairs = 0
    skins = 0
    last = later.shape[0] - 1
    for y in range(height):
        sample_y = np.float32(2 * y + top) + half
        for x in range(width):
            n0, n1 = np.int32(samples[2 * y, 2 * x]), np.int32(samples[2 * y, 2 * x + 1])
            n2, n3 = np.int32(samples[2 * y + 1, 2 * x]), np.int32(samples[2 * y + 1, 2 * x + 1])
            if (n0 & n1 & n2 & n3) < 0:
                out[y, x] = np.uint32(0)
                continue
            sample_x = np.float32(2 * x + left) + half
            if n0 < 0 or ((n0 ^ n1) | (n0 ^ n2) | (n0 ^ n3)) >> CODE_BITS != 0:
                r, g, b, cover = _several(
                    (n0, n1, n2, n3), sample_x, sample_y, slots, table, materials, lights, sky, face, frame, years,
                    noise, show, air, curve,
                )  # fmt: skip
                out[y, x] = _packed(r, g, b, cover)
                continue
            if n0 != held:
                held = n0
                kind = int(materials[n0 >> CODE_BITS, 0])
                slot = slots[n0 & NUMBERS]
                x2, y2 = table[slot, 0], table[slot, 1]
                r0, rx, ry = table[slot, 2], table[slot, 3], table[slot, 4]
                g0, gx, gy = table[slot, 5], table[slot, 6], table[slot, 7]
                b0, bx, by = table[slot, 8], table[slot, 9], table[slot, 10]
            if kind == PLAIN or kind == CLOTH:
                px, py = sample_x - x2, sample_y - y2
                red = levels[min(high, max(low, np.int32(r0 + rx * px + ry * py + half)))]
                green = levels[min(high, max(low, np.int32(g0 + gx * px + gy * py + half)))]
                blue = levels[min(high, max(low, np.int32(b0 + bx * px + by * py + half)))]
                out[y, x] = red | (green << np.uint32(8)) | (blue << np.uint32(16)) | full
            elif kind == HAIR:
                later[hairs] = y * width + x
                hairs += 1
            elif kind == SKIN:
                later[last - skins] = y * width + x
                skins += 1
            else:
                r, g, b, _ = _surface(
                    slots[n0 & NUMBERS], n0 >> CODE_BITS, sample_x, sample_y, table, materials, lights, sky, face,
                    frame, years, noise, show, air,
                )  # fmt: skip
                out[y, x] = _packed(_shown(curve, r), _shown(curve, g), _shown(curve, b), 1.0)
    return hairs, skins


@compiled
def fill_hair(
    pixels: Ints, samples: Samples, left: int, top: int, slots: Ints, table: Floats, materials: Floats, noise: Floats,
    air: Floats, curve: Floats, out: NDArray[np.uint32],
) -> None:  # fmt: skip
    width = out.shape[1]
    for n in range(pixels.shape[0]):
        y = pixels[n] // width
        x = pixels[n] - y * width
        code = np.int32(samples[2 * y, 2 * x])
        part, slot = code >> CODE_BITS, slots[code & NUMBERS]
        px, py = 2 * x + left + 0.5 - table[slot, 0], 2 * y + top + 0.5 - table[slot, 1]
        r, g, b = _strands(table, slot, px, py, materials, part, noise)
        r, g, b = tone_step(r, air, 0), tone_step(g, air, 1), tone_step(b, air, 2)
        out[y, x] = _packed(_shown(curve, r), _shown(curve, g), _shown(curve, b), 1.0)


@compiled
def fill_skin(
    pixels: Ints, samples: Samples, left: int, top: int, slots: Ints, table: Floats, materials: Floats, face: Floats,
    frame: Floats, years: Floats, air: Floats, curve: Floats, out: NDArray[np.uint32],
) -> None:  # fmt: skip
    width = out.shape[1]
    for n in range(pixels.shape[0]):
        y = pixels[n] // width
        x = pixels[n] - y * width
        code = np.int32(samples[2 * y, 2 * x])
        part, slot = code >> CODE_BITS, slots[code & NUMBERS]
        px, py = 2 * x + left + 0.5 - table[slot, 0], 2 * y + top + 0.5 - table[slot, 1]
        r, g, b = _skin(table, slot, px, py, materials, part, face, frame, years)
        r, g, b = tone_step(r, air, 0), tone_step(g, air, 1), tone_step(b, air, 2)
        out[y, x] = _packed(_shown(curve, r), _shown(curve, g), _shown(curve, b), 1.0)


@inlined
def _glassy(code: int, first: int) -> int:
    return code if (code & NUMBERS) >= first else -1


@compiled
def glaze(
    samples: Samples, first: int, left: int, top: int, slots: Ints, table: Floats, materials: Floats, lights: Floats,
    sky: Floats, face: Floats, frame: Floats, years: Floats, noise: Floats, show: Floats, air: Floats, curve: Floats,
    out: NDArray[np.uint32],
) -> None:  # fmt: skip
    """Lays glass and holograms, which are the triangles from number `first` on, over what `fill` has drawn."""
    height, width = out.shape
    low = np.uint32(0xFF)
    for y in range(height):
        sample_y = 2 * y + top + 0.5
        for x in range(width):
            n0, n1 = np.int32(samples[2 * y, 2 * x]), np.int32(samples[2 * y, 2 * x + 1])
            n2, n3 = np.int32(samples[2 * y + 1, 2 * x]), np.int32(samples[2 * y + 1, 2 * x + 1])
            n0, n1, n2, n3 = _glassy(n0, first), _glassy(n1, first), _glassy(n2, first), _glassy(n3, first)
            if (n0 & n1 & n2 & n3) < 0:
                continue
            sample_x = 2 * x + left + 0.5
            if n0 < 0 or ((n0 ^ n1) | (n0 ^ n2) | (n0 ^ n3)) >> CODE_BITS != 0:
                r, g, b, cover = _several(
                    (n0, n1, n2, n3), sample_x, sample_y, slots, table, materials, lights, sky, face, frame, years,
                    noise, show, air, curve,
                )  # fmt: skip
            else:
                slot, part = slots[n0 & NUMBERS], n0 >> CODE_BITS
                px, py = sample_x - table[slot, 0], sample_y - table[slot, 1]
                if int(materials[part, 0]) == GLASS:
                    edge = 1.0 - min(1.0, max(0.0, _at(table, slot, 3, px, py)))
                    cover = min(1.0, materials[part, 12] + 0.75 * edge * edge * edge)
                    r, g, b = _at(table, slot, 0, px, py), _at(table, slot, 1, px, py), _at(table, slot, 2, px, py)
                else:
                    r, g, b, cover = _show_piece(table, slot, px, py, materials, part, sky, lights, frame, show)
                    r, g, b = tone_step(r, air, 0), tone_step(g, air, 1), tone_step(b, air, 2)
                r, g, b = _shown(curve, r) * cover, _shown(curve, g) * cover, _shown(curve, b) * cover
            under = out[y, x]
            keep = 1.0 - cover
            out[y, x] = _packed(
                r + keep * (under & low), g + keep * ((under >> np.uint32(8)) & low),
                b + keep * ((under >> np.uint32(16)) & low), cover + keep * ((under >> np.uint32(24)) / 255.0),
            )  # fmt: skip
