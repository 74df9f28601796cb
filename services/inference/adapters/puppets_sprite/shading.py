"""The kernels that light vertices: plain surfaces get their shown colour here, skin and hair the light they receive."""
# ruff: noqa: PLR1714, PLR0915, SIM109
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

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
PLAIN, SKIN, HAIR, LENS, BAR, GLASS, HOLOGRAM, CLOTH = range(8)
MATERIAL_ROW = 16
"""kind, albedo (3), second colour (3), gloss, metal, glow, wear, grain, opacity, spare (3)."""

LIGHT_ROW = 10
"""direction in view space (3), colour (3), half vector to the viewer (3), wrap."""


@compiled
def weather(positions: Floats, occlusion: Floats, parts: Ints, materials: Floats, noise: Floats) -> Floats:
    """(n, 3) albedo of every vertex: the material's colour with dirt from below, scuffs and unevenness."""
    out = np.empty((positions.shape[0], 3), np.float32)
    for n in range(positions.shape[0]):
        material = materials[parts[n]]
        x, y, z = positions[n, 0], positions[n, 1], positions[n, 2]
        wear = material[10]
        dirt = grained(noise, x * 2.1 + z * 1.7, y * 2.3) + 0.5 * grained(noise, x * 7.0 - z * 5.0, y * 6.1)
        soiled = wear * (max(0.0, 0.55 - y) * 0.8 + 0.35 * (1.0 - occlusion[n]))
        scuff = smooth(0.6, 0.8, (grained(noise, x * 5.0 + 3.0 * z, y * 5.0 + z) + 0.35) * min(1.0, 1.6 * wear))
        second = min(1.0, soiled + scuff * 0.45)
        for c in range(3):
            out[n, c] = blend(material[1 + c], material[4 + c], second) * (1.0 + 0.3 * wear * dirt)
    return out


@inlined
def _along_strands(
    nx: float, ny: float, nz: float, light: Floats, crown: Floats, gloss: float, facing: float
) -> tuple[float, float]:
    """What strands that fall from the crown mirror: a white band, and below it one of the hair's own colour (Kajiya and
    Kay, Rendering Fur with Three Dimensional Textures, 1989; two shifted bands as Marschner et al. 2003 measured)."""
    along = nx * crown[0] + ny * crown[1] + nz * crown[2]
    tx, ty, tz = nx * along - crown[0], ny * along - crown[1], nz * along - crown[2]
    size = 1.0 / math.sqrt(tx * tx + ty * ty + tz * tz + 1e-4)
    across = (tx * light[6] + ty * light[7] + tz * light[8]) * size
    upright = nx * light[6] + ny * light[7] + nz * light[8]
    first, second = across - 0.16 * upright, across + 0.2 * upright
    fade = min(1.0, max(0.0, facing + 0.25) * 1.6) * min(1.0, max(0.0, upright))
    white = power(math.sqrt(max(0.0, 1.0 - first * first / 1.03)), 0.4 + 0.3 * gloss) * 0.25 * gloss
    tinted = power(math.sqrt(max(0.0, 1.0 - second * second / 1.04)), 0.24) * 0.15
    return white * fade, tinted * fade


@compiled
def light_vertices(
    turned: Floats, occlusion: Floats, albedo: Floats, parts: Ints, materials: Floats, lights: Floats, sky: Floats,
    glowing: float, air: Floats, crown: Floats, used: NDArray[np.uint8], lit: Floats,
) -> None:  # fmt: skip
    """Fills lit (n, 6) for the vertices that are used. Skin and hair: light received (3) and mirrored (3), linear.
    Other kinds: the last three are steps of the tone table.

    sky: ambient from above, from below, along the edges (9); air: see `filling.fill`; crown: the head's up (3), from
    where hair falls."""
    for n in range(used.shape[0]):
        if not used[n]:
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
                    lit[n, 3 + c] = tone_step(dim * albedo[n, c], air, c)
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
            if kind == HAIR:
                white, tinted = _along_strands(nx, ny, nz, lights[i], crown, gloss, facing)
                # even the first band keeps something of the hair's colour: it would be a grey veil otherwise
                hue = 0.6 * white / (0.012 + max(albedo[n, 0], albedo[n, 1], albedo[n, 2])) + 2.4 * tinted
                white *= 0.35
                sr += lights[i, 3] * (white + hue * albedo[n, 0]) * shadow
                sg += lights[i, 4] * (white + hue * albedo[n, 1]) * shadow
                sb += lights[i, 5] * (white + hue * albedo[n, 2]) * shadow
                continue
            half = nx * lights[i, 6] + ny * lights[i, 7] + nz * lights[i, 8]
            if half > 0.55 and facing > -0.1:
                strength = power(half, gloss) * (0.04 + 0.9 * gloss * gloss) * min(1.0, (facing + 0.1) * 4.0) * shadow
                sr += lights[i, 3] * strength
                sg += lights[i, 4] * strength
                sb += lights[i, 5] * strength
        edge = 1.0 - max(0.0, nz)
        edge = edge * edge * edge
        # what a smooth surface mirrors: sky above, ground below, a bright horizon
        mirror_y = 2.0 * nz * ny
        horizon = 1.0 + 1.2 * max(0.0, 1.0 - abs(mirror_y - 0.12) * 4.0)
        above = smooth(-0.25, 0.5, mirror_y)
        fresnel = max((0.04 + 0.8 * edge) * gloss, metal * (0.35 + 0.65 * edge)) * open_
        if kind == HAIR:
            fresnel *= 0.06
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
        lit[n, 3] = tone_step(r * (dr * body + own) + sr, air, 0)
        lit[n, 4] = tone_step(g * (dg * body + own) + sg, air, 1)
        lit[n, 5] = tone_step(b * (db * body + own) + sb, air, 2)
