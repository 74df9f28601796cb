"""The kernels that light vertices and fill pixels: plain surfaces are lit at vertices, faces and hair per pixel."""
# ruff: noqa: PLR1714, PLR0912, PLR0915, SIM109
# numba compiles these kernels: plain comparisons, min of min and whole loops are what it makes fast code of.

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.features import paint_face

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
PLAIN, SKIN, HAIR, LENS, BAR, GLASS, HOLOGRAM, CLOTH = range(8)
MATERIAL_ROW = 16
"""kind, albedo (3), second colour (3), gloss, metal, glow, wear, grain, opacity, spare (3)."""

LIGHT_ROW = 10
"""direction in view space (3), colour (3), half vector to the viewer (3), wrap."""

STEPS = 4095.0
"""The tone table is indexed by sqrt(linear / 16) * STEPS."""


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _power(value: float, gloss: float) -> float:
    """value ** (4 .. 256) in steps of squares, blended between two of them."""
    level = 2.0 + 6.0 * gloss
    whole = int(level)
    for _ in range(whole):
        value *= value
    return value + (value * value - value) * (level - whole)


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _smooth(low: float, high: float, value: float) -> float:
    t = min(1.0, max(0.0, (value - low) / (high - low)))
    return t * t * (3.0 - 2.0 * t)


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _mix(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


@njit(cache=True, nogil=True, fastmath=True)
def _grain(noise: Floats, x: float, y: float) -> float:
    """Bilinear sample of the tiling noise (128, 128), -1..1."""
    fx, fy = x * 128.0, y * 128.0
    ix, iy = math.floor(fx), math.floor(fy)
    tx, ty = fx - ix, fy - iy
    i, j = int(ix) & 127, int(iy) & 127
    i1, j1 = (i + 1) & 127, (j + 1) & 127
    upper = noise[j, i] + (noise[j, i1] - noise[j, i]) * tx
    lower = noise[j1, i] + (noise[j1, i1] - noise[j1, i]) * tx
    return float(upper + (lower - upper) * ty)


@njit(cache=True, nogil=True, fastmath=True)
def weather(positions: Floats, occlusion: Floats, parts: Ints, materials: Floats, noise: Floats) -> Floats:
    """(n, 3) albedo of every vertex: the material's colour with dirt from below, scuffs and unevenness."""
    out = np.empty((positions.shape[0], 3), np.float32)
    for n in range(positions.shape[0]):
        material = materials[parts[n]]
        x, y, z = positions[n, 0], positions[n, 1], positions[n, 2]
        wear = material[10]
        dirt = _grain(noise, x * 2.1 + z * 1.7, y * 2.3) + 0.5 * _grain(noise, x * 7.0 - z * 5.0, y * 6.1)
        soiled = wear * (max(0.0, 0.55 - y) * 0.8 + 0.35 * (1.0 - occlusion[n]))
        scuff = _smooth(0.6, 0.8, (_grain(noise, x * 5.0 + 3.0 * z, y * 5.0 + z) + 0.35) * min(1.0, 1.6 * wear))
        second = min(1.0, soiled + scuff * 0.45)
        for c in range(3):
            out[n, c] = _mix(material[1 + c], material[4 + c], second) * (1.0 + 0.3 * wear * dirt)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def light_vertices(
    screen: Floats, turned: Floats, occlusion: Floats, albedo: Floats, parts: Ints, materials: Floats,
    lights: Floats, sky: Floats, glowing: float, air: Floats, span: Floats, lit: Floats,
) -> None:  # fmt: skip
    """Fills lit (n, 6) for the vertices that can be seen within `span` (width, height in samples). Skin and hair:
    light received (3) and mirrored (3), linear. Other kinds: the last three are steps of the tone table.

    sky: ambient from above, from below, along the edges (9); air: see `shade`."""
    for n in range(screen.shape[0]):
        x, y = screen[n, 0], screen[n, 1]
        if screen[n, 2] == 0.0 or x < -400.0 or y < -400.0 or x > span[0] + 400.0 or y > span[1] + 400.0:
            lit[n, :] = 0.0
            continue
        material = materials[parts[n]]
        kind = int(material[0])
        if kind == LENS or kind == BAR or kind == HOLOGRAM:
            continue
        if turned[n, 2] < -0.5:
            # it faces away: only a sliver of it can be seen, in the light from around
            for c in range(3):
                dim = sky[3 + c] * occlusion[n]
                lit[n, c], lit[n, 3 + c] = dim, 0.0
                if kind != SKIN and kind != HAIR:
                    lit[n, 3 + c] = _step(dim * albedo[n, c], air, c)
            continue
        gloss, metal = material[7], material[8]
        nx, ny, nz = turned[n, 0], turned[n, 1], turned[n, 2]
        size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
        nx, ny, nz = nx * size, ny * size, nz * size
        wrap_r, wrap_g, wrap_b = 0.12, 0.12, 0.12
        if kind == SKIN:
            wrap_r, wrap_g, wrap_b = 0.42, 0.24, 0.18
        open_ = occlusion[n]
        shadow = 0.2 + 0.8 * open_
        up = 0.5 + 0.5 * ny
        dr = (sky[3] + (sky[0] - sky[3]) * up) * open_
        dg = (sky[4] + (sky[1] - sky[4]) * up) * open_
        db = (sky[5] + (sky[2] - sky[5]) * up) * open_
        sr, sg, sb = 0.0, 0.0, 0.0
        for i in range(lights.shape[0]):
            facing = nx * lights[i, 0] + ny * lights[i, 1] + nz * lights[i, 2]
            soft = lights[i, 9]
            tr = max(0.0, (facing + wrap_r + soft) / (1.0 + wrap_r + soft)) * shadow
            tg = max(0.0, (facing + wrap_g + soft) / (1.0 + wrap_g + soft)) * shadow
            tb = max(0.0, (facing + wrap_b + soft) / (1.0 + wrap_b + soft)) * shadow
            dr += lights[i, 3] * tr
            dg += lights[i, 4] * tg
            db += lights[i, 5] * tb
            half = nx * lights[i, 6] + ny * lights[i, 7] + nz * lights[i, 8]
            if half > 0.55 and facing > -0.1:
                strength = _power(half, gloss) * (0.04 + 0.9 * gloss * gloss) * min(1.0, (facing + 0.1) * 4.0) * shadow
                sr += lights[i, 3] * strength
                sg += lights[i, 4] * strength
                sb += lights[i, 5] * strength
        edge = 1.0 - max(0.0, nz)
        edge = edge * edge * edge
        # what a smooth surface mirrors: sky above, ground below, a bright horizon
        mirror_y = 2.0 * nz * ny
        horizon = 1.0 + 1.2 * max(0.0, 1.0 - abs(mirror_y - 0.12) * 4.0)
        above = _smooth(-0.25, 0.5, mirror_y)
        fresnel = max((0.04 + 0.8 * edge) * gloss, metal * (0.35 + 0.65 * edge)) * open_
        if kind == HAIR:
            fresnel *= 0.25
        r, g, b = albedo[n, 0], albedo[n, 1], albedo[n, 2]
        rim = edge * open_ * (0.35 + 0.65 * up)
        sr = (sr + (sky[3] + (sky[0] - sky[3]) * above) * horizon * fresnel) * (1.0 - metal + metal * r)
        sg = (sg + (sky[4] + (sky[1] - sky[4]) * above) * horizon * fresnel) * (1.0 - metal + metal * g)
        sb = (sb + (sky[5] + (sky[2] - sky[5]) * above) * horizon * fresnel) * (1.0 - metal + metal * b)
        sr += sky[6] * rim * (0.2 + r)
        sg += sky[7] * rim * (0.2 + g)
        sb += sky[8] * rim * (0.2 + b)
        if kind == SKIN or kind == HAIR:
            lit[n, 0], lit[n, 1], lit[n, 2], lit[n, 3], lit[n, 4], lit[n, 5] = dr, dg, db, sr, sg, sb
            continue
        body = 1.0 - 0.75 * metal
        own = material[9] * glowing
        lit[n, 3] = _step(r * (dr * body + own) + sr, air, 0)
        lit[n, 4] = _step(g * (dg * body + own) + sg, air, 1)
        lit[n, 5] = _step(b * (db * body + own) + sb, air, 2)


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _step(value: float, air: Floats, channel: int) -> float:
    value = (value * air[0] + air[1 + channel]) * air[4 + channel]
    return math.sqrt(max(value, 0.0) * 0.0625) * STEPS


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _skin(
    material: Floats, x: float, y: float, z: float, face: Floats, frame: Floats, years: Floats,
    light: tuple[float, float, float, float, float, float],
) -> tuple[float, float, float]:  # fmt: skip
    u, v, w = (x - frame[0]) / frame[3], (y - frame[1]) / frame[3], (z - frame[2]) / frame[3]
    r, g, b = material[1], material[2], material[3]
    lr, lg, lb, sr, sg, sb = light
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
    r, g, b = _mix(r, pr, fade), _mix(g, pg, fade), _mix(b, pb, fade)
    return r * lr + sr * shine, g * lg + sg * shine, b * lb + sb * shine


@njit(cache=True, nogil=True, fastmath=True, inline="always")
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


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _strands(
    material: Floats, x: float, y: float, z: float, frame: Floats, noise: Floats,
    light: tuple[float, float, float, float, float, float],
) -> tuple[float, float, float]:  # fmt: skip
    k = frame[3]
    around = _bearing((x - frame[0]) / k, (z - frame[2]) / k + 0.02)
    along = (y - frame[1]) / k
    lock = _grain(noise, around * material[11] * 0.011 + 0.21 * along, along * 0.55 + 0.03 * around)
    fine = _grain(noise, around * material[11] * 0.045 + 0.35 * along, along * 0.9)
    value = 1.0 + 0.5 * lock + 0.32 * fine
    shine = max(0.0, 0.85 + 1.3 * lock + 0.9 * fine)
    lr, lg, lb, sr, sg, sb = light
    return (
        material[1] * value * lr + sr * shine,
        material[2] * value * lg + sg * shine,
        material[3] * value * lb + sb * shine,
    )


@njit(cache=True, nogil=True, fastmath=True)
def _show_piece(
    material: Floats, x: float, y: float, nx: float, ny: float, nz: float, sky: Floats, lights: Floats, frame: Floats,
    show: Floats,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Lens, light bar and hologram. show: time in seconds, mouth level 0..1, glow weight, gaze x, y, openness."""
    kind = int(material[0])
    r, g, b = material[1], material[2], material[3]
    across = nx * frame[4] + ny * frame[5] + nz * frame[6]
    along = nx * frame[7] + ny * frame[8] + nz * frame[9]
    edge = 1.0 - min(1.0, max(0.0, nz))
    if kind == HOLOGRAM:
        lines = 0.74 + 0.26 * math.sin(y * 420.0 - show[0] * 5.0)
        place = y * 1.3 - show[0] * 0.35
        sweep = math.exp(-(((place - math.floor(place) - 0.5) / 0.05) ** 2))
        shine = (0.22 + 1.25 * edge * edge) * lines * (0.8 + 0.5 * show[1]) + 0.35 * sweep
        white = min(1.0, edge * edge * 0.8 + 0.2 * sweep)
        power = material[9] * shine * show[2]
        alpha = min(1.0, material[12] * (0.3 + 0.9 * edge) * (0.75 + 0.25 * lines) + 0.2 * sweep)
        return _mix(r, 1.0, white) * power, _mix(g, 1.0, white) * power, _mix(b, 1.0, white) * power, alpha
    if kind == LENS:
        qx, qy = across - show[3], along - show[4]
        d = math.sqrt(qx * qx + qy * qy)
        iris = _smooth(0.62, 0.54, d) * _smooth(0.2, 0.27, d)
        ring = _smooth(0.84, 0.8, d) * _smooth(0.7, 0.74, d)
        spokes = 0.8 + 0.2 * math.sin(math.atan2(qy, qx) * 14.0)
        lid = _smooth(along - 0.06, along + 0.06, show[5] - 0.42) * _smooth(-along - 0.06, -along + 0.06, show[5] - 0.3)
        power = material[9] * (iris * spokes * (1.3 - d) + 0.3 * ring + 0.04) * lid
        core = (_smooth(0.13, 0.04, d) * 0.35 * material[9]) * lid
    else:
        # columns whose height follows the mouth
        column = math.floor(x * 70.0)
        beat = 0.5 + 0.5 * math.sin(column * 1.9 + show[0] * 23.0)
        middle = 1.0 - min(1.0, abs(x - frame[0]) * 9.0)
        level = 0.2 + show[1] * (0.35 + 0.6 * beat) * (0.3 + 0.7 * middle)
        part = x * 70.0 - column
        split = _smooth(0.0, 0.14, 0.5 - abs(part - 0.5))
        power = material[9] * (0.05 + 0.95 * _smooth(-0.08, 0.08, level - abs(along)) * split)
        core = 0.0
    power, core = power * show[2], core * show[2]
    mirror = 0.04 + 0.5 * edge * edge * edge + 0.1 * _smooth(0.2, 0.6, ny)
    spark = 0.0
    for i in range(lights.shape[0]):
        half = max(0.0, nx * lights[i, 6] + ny * lights[i, 7] + nz * lights[i, 8])
        spark += lights[i, 4] * _power(half, 0.95) * 0.8
    return (
        material[4] * sky[0] + mirror * sky[0] + spark + r * power + core,
        material[5] * sky[1] + mirror * sky[1] + spark + g * power + core,
        material[6] * sky[2] + mirror * sky[2] + spark + b * power + core,
        1.0,
    )


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _piece(
    n: int, x: float, y: float, screen: Floats, turned: Floats, positions: Floats, lit: Floats, triangles: Ints,
    parts: Ints, materials: Floats, lights: Floats, sky: Floats, face: Floats, frame: Floats, years: Floats,
    noise: Floats, show: Floats, air: Floats,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Steps of the tone table and the opacity of triangle n at sample (x, y) of the whole plate."""
    i, j, k = triangles[n, 0], triangles[n, 1], triangles[n, 2]
    x2, y2 = screen[k, 0], screen[k, 1]
    x0, y0 = screen[i, 0] - x2, screen[i, 1] - y2
    x1, y1 = screen[j, 0] - x2, screen[j, 1] - y2
    area = 1.0 / (x0 * y1 - x1 * y0)
    px, py = x - x2, y - y2
    a = min(1.5, max(-0.5, (y1 * px - x1 * py) * area))
    b = min(1.5, max(-0.5, (x0 * py - y0 * px) * area))
    c = 1.0 - a - b
    material = materials[parts[n]]
    kind = int(material[0])
    vr = a * lit[i, 3] + b * lit[j, 3] + c * lit[k, 3]
    vg = a * lit[i, 4] + b * lit[j, 4] + c * lit[k, 4]
    vb = a * lit[i, 5] + b * lit[j, 5] + c * lit[k, 5]
    if kind == PLAIN or kind == CLOTH:
        return vr, vg, vb, 1.0
    if kind == SKIN or kind == HAIR:
        rx = a * positions[i, 0] + b * positions[j, 0] + c * positions[k, 0]
        ry = a * positions[i, 1] + b * positions[j, 1] + c * positions[k, 1]
        rz = a * positions[i, 2] + b * positions[j, 2] + c * positions[k, 2]
        light = (
            a * lit[i, 0] + b * lit[j, 0] + c * lit[k, 0],
            a * lit[i, 1] + b * lit[j, 1] + c * lit[k, 1],
            a * lit[i, 2] + b * lit[j, 2] + c * lit[k, 2],
            vr, vg, vb,
        )  # fmt: skip
        if kind == SKIN:
            vr, vg, vb = _skin(material, rx, ry, rz, face, frame, years, light)
        else:
            vr, vg, vb = _strands(material, rx, ry, rz, frame, noise, light)
        return _step(vr, air, 0), _step(vg, air, 1), _step(vb, air, 2), 1.0
    nz = a * turned[i, 2] + b * turned[j, 2] + c * turned[k, 2]
    if kind == GLASS:
        edge = 1.0 - min(1.0, max(0.0, nz))
        return vr, vg, vb, min(1.0, material[12] + 0.75 * edge * edge * edge)
    rx = a * positions[i, 0] + b * positions[j, 0] + c * positions[k, 0]
    ry = a * positions[i, 1] + b * positions[j, 1] + c * positions[k, 1]
    nx = a * turned[i, 0] + b * turned[j, 0] + c * turned[k, 0]
    ny = a * turned[i, 1] + b * turned[j, 1] + c * turned[k, 1]
    vr, vg, vb, opacity = _show_piece(material, rx, ry, nx, ny, nz, sky, lights, frame, show)
    return _step(vr, air, 0), _step(vg, air, 1), _step(vb, air, 2), opacity


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _shown(curve: Floats, step: float) -> float:
    return float(curve[min(4095, max(0, int(step + 0.5)))])


@njit(cache=True, nogil=True, fastmath=True)
def shade(
    owner: Ints, over: Ints, left: int, top: int, screen: Floats, turned: Floats, positions: Floats, lit: Floats,
    triangles: Ints, parts: Ints, materials: Floats, lights: Floats, sky: Floats, face: Floats, frame: Floats,
    years: Floats, noise: Floats, show: Floats, air: Floats, curve: Floats, out: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Fills out (h, w, 4) from the samples of solid triangles (owner) and of glass before them (over).

    frame: face origin (3), scale, the head's right and up in view space (6), how light grows to its right and up (2).
    air: what remains of the light through it (1), its own light (3), tint (3). curve: (4096,) display values."""
    height, width = out.shape[0], out.shape[1]
    ids = np.empty(4, np.int32)
    counts = np.empty(4, np.int32)
    layers = 2 if over.shape[0] > 0 else 1
    # the plain triangle of the pixel before, for it most often holds the next one too
    held = -1
    x2, y2, ax, ay, bx, by = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    r2, g2, b2, ra, ga, ba, rb, gb, bb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for y in range(height):
        for x in range(width):
            red, green, blue, cover = 0.0, 0.0, 0.0, 0.0
            sample_x, sample_y = 2 * x + 1.0 + left, 2 * y + 1.0 + top
            n = owner[2 * y, 2 * x]
            n1, n2, n3 = owner[2 * y, 2 * x + 1], owner[2 * y + 1, 2 * x], owner[2 * y + 1, 2 * x + 1]
            found = 0
            if n >= 0 and n1 >= 0 and n2 >= 0 and n3 >= 0:
                part = parts[n]
                if parts[n1] == part and parts[n2] == part and parts[n3] == part:
                    found = 1
                    cover = 1.0
                    kind = int(materials[part, 0])
                    if kind == PLAIN or kind == CLOTH:
                        if n != held:
                            held = n
                            i, j, k = triangles[n, 0], triangles[n, 1], triangles[n, 2]
                            x2, y2 = screen[k, 0], screen[k, 1]
                            x0, y0 = screen[i, 0] - x2, screen[i, 1] - y2
                            x1, y1 = screen[j, 0] - x2, screen[j, 1] - y2
                            area = 1.0 / (x0 * y1 - x1 * y0)
                            ax, ay, bx, by = y1 * area, -x1 * area, -y0 * area, x0 * area
                            r2, g2, b2 = lit[k, 3], lit[k, 4], lit[k, 5]
                            ra, ga, ba = lit[i, 3] - r2, lit[i, 4] - g2, lit[i, 5] - b2
                            rb, gb, bb = lit[j, 3] - r2, lit[j, 4] - g2, lit[j, 5] - b2
                        px, py = sample_x - x2, sample_y - y2
                        a = min(1.5, max(-0.5, ax * px + ay * py))
                        b = min(1.5, max(-0.5, bx * px + by * py))
                        red = _shown(curve, r2 + a * ra + b * rb)
                        green = _shown(curve, g2 + a * ga + b * gb)
                        blue = _shown(curve, b2 + a * ba + b * bb)
                    else:
                        piece = _piece(n, sample_x, sample_y, screen, turned, positions, lit, triangles, parts,
                                       materials, lights, sky, face, frame, years, noise, show, air)  # fmt: skip
                        red, green, blue = _shown(curve, piece[0]), _shown(curve, piece[1]), _shown(curve, piece[2])
            elif n < 0 and n1 < 0 and n2 < 0 and n3 < 0:
                found = 1
            for layer in range(found, layers):
                source = owner if layer == 0 else over
                kinds = 0
                for s in range(4):
                    n = source[2 * y + (s >> 1), 2 * x + (s & 1)]
                    if n < 0:
                        continue
                    same = -1
                    for q in range(kinds):
                        if parts[ids[q]] == parts[n]:
                            same = q
                    if same < 0:
                        ids[kinds] = n
                        counts[kinds] = 1
                        kinds += 1
                    else:
                        counts[same] += 1
                before = 1.0
                for q in range(kinds):
                    before -= counts[q] * 0.25
                fresh_r, fresh_g, fresh_b, fresh = 0.0, 0.0, 0.0, 0.0
                for q in range(kinds):
                    piece = _piece(ids[q], sample_x, sample_y, screen, turned, positions, lit, triangles, parts,
                                   materials, lights, sky, face, frame, years, noise, show, air)  # fmt: skip
                    alpha = counts[q] * 0.25 * piece[3]
                    before += counts[q] * 0.25 * (1.0 - piece[3])
                    fresh_r += _shown(curve, piece[0]) * alpha
                    fresh_g += _shown(curve, piece[1]) * alpha
                    fresh_b += _shown(curve, piece[2]) * alpha
                    fresh += alpha
                red, green, blue = red * before + fresh_r, green * before + fresh_g, blue * before + fresh_b
                cover = cover * before + fresh
            out[y, x, 0] = np.uint8(min(255.0, red + 0.5))
            out[y, x, 1] = np.uint8(min(255.0, green + 0.5))
            out[y, x, 2] = np.uint8(min(255.0, blue + 0.5))
            out[y, x, 3] = np.uint8(min(255.0, cover * 255.0 + 0.5))
