"""Pixel loops for what stands, hangs and is written before a plate: puppets, shadows, specks, drifting air, type.

Planes and grids as in `kernels`.
"""
# ruff: noqa: PLR0915 - a compiled pixel loop is one function, however long

from __future__ import annotations

import math
from typing import Final

import numpy as np

from services.inference.adapters.animator_stage.kernels import CENTRE, GRID_STEP, SCALE, Array, compiled
from services.inference.adapters.animator_stage.kernels_view import spread

_MOST_LIFTED: Final = 1.6


@compiled
def stand(
    out: Array,
    out_c: Array,
    red: Array,
    green: Array,
    blue: Array,
    alpha: Array,
    x_px: int,
    y_px: int,
    hidden: bool,
    blockers: Array,
    sx: Array,
    sy: Array,
    gain: Array,
    near: float,
    veil: float,
    veil_colour: Array,
) -> None:
    """Composite a premultiplied card over the picture, its upper left pixel at (x_px, y_px), both even.

    red, green, blue, alpha: (h, w) uint8, h and w even. hidden: whether the plate may have blockers nearer than `near`
    (inverse metres) before it.
    """
    height, width = alpha.shape
    plate_height, plate_width = blockers.shape
    one = np.float32(1.0)
    scale = np.float32(SCALE)
    centre = np.float32(CENTRE)
    reach = np.float32(1.0 / (0.05 * near))
    edge = np.float32(near * 1.02)
    inv = np.float32(1.0 / 255.0)
    most = np.float32(_MOST_LIFTED)
    fog = np.float32(veil)
    clear = one - fog
    fog_y = np.float32(veil_colour[0])
    fog_b = np.float32(veil_colour[1]) - centre
    fog_r = np.float32(veil_colour[2]) - centre
    first = x_px // GRID_STEP
    skipped = x_px - first * GRID_STEP
    padded = (width + skipped + GRID_STEP - 1) // GRID_STEP * GRID_STEP
    seen_x = np.empty(padded, np.float32)
    seen_y = np.empty(padded, np.float32)
    lifts = np.empty(padded, np.float32)
    where = np.empty(width, np.int32)
    nearer = np.empty(width, np.float32)
    shown = np.ones(width, np.float32)
    lift = lifts[skipped : skipped + width]
    covered = np.empty(width, np.float32)
    bluer = np.empty(width, np.float32)
    redder = np.empty(width, np.float32)
    flat = blockers.reshape(-1)
    for yb in range(0, height, 2):
        covered[:] = 0.0
        bluer[:] = 0.0
        redder[:] = 0.0
        for k in range(2):
            y = y_px + yb + k
            j = y // GRID_STEP
            t = (y - j * GRID_STEP) / GRID_STEP
            spread(gain[:, first:], j, t, lifts)
            if hidden:
                spread(sx[:, first:], j, t, seen_x)
                spread(sy[:, first:], j, t, seen_y)
                _nearest(seen_x[skipped:], seen_y[skipped:], plate_width, plate_height, where)
                for x in range(width):
                    nearer[x] = flat[where[x]]
                for x in range(width):
                    shown[x] = min(max(one - (nearer[x] - edge) * reach, np.float32(0.0)), one)
            reds = red[yb + k]
            greens = green[yb + k]
            blues = blue[yb + k]
            alphas = alpha[yb + k]
            row = out[y, x_px : x_px + width]
            for x in range(width):
                r = np.float32(reds[x])
                g = np.float32(greens[x])
                b = np.float32(blues[x])
                a = np.float32(alphas[x]) * inv * shown[x]
                keep = shown[x] * clear * min(lift[x], most) * scale
                level = np.float32(0.299) * r + np.float32(0.587) * g + np.float32(0.114) * b
                fogged = a * fog * min(lift[x], most)
                value = np.float32(row[x]) * (one - a) + level * keep + fogged * fog_y
                row[x] = np.uint16(np.int32(min(value, np.float32(65535.0))))
                covered[x] += a
                bluer[x] += (b - level) * np.float32(0.5643) * keep + fogged * fog_b
                redder[x] += (r - level) * np.float32(0.7133) * keep + fogged * fog_r
        line = (y_px + yb) >> 1
        row_b = out_c[0, line, x_px >> 1 : (x_px + width) >> 1]
        row_r = out_c[1, line, x_px >> 1 : (x_px + width) >> 1]
        for x in range(width >> 1):
            keep = one - (covered[2 * x] + covered[2 * x + 1]) * np.float32(0.25)
            b = (np.float32(row_b[x]) - centre) * keep + (bluer[2 * x] + bluer[2 * x + 1]) * np.float32(0.25)
            r = (np.float32(row_r[x]) - centre) * keep + (redder[2 * x] + redder[2 * x + 1]) * np.float32(0.25)
            row_b[x] = np.uint16(np.int32(centre + b))
            row_r[x] = np.uint16(np.int32(centre + r))


@compiled
def _nearest(px: Array, py: Array, plate_width: int, plate_height: int, where: Array) -> None:
    """Index of the plate's pixel nearest to each position."""
    half = np.float32(0.5)
    right = np.int32(plate_width - 1)
    bottom = np.int32(plate_height - 1)
    for x in range(where.shape[0]):
        across = min(max(np.int32(px[x] + half), np.int32(0)), right)
        down = min(max(np.int32(py[x] + half), np.int32(0)), bottom)
        where[x] = down * np.int32(plate_width) + across


@compiled
def shade(
    out: Array,
    x_px: float,
    y_px: float,
    radius_x: float,
    radius_y: float,
    strength: float,
    blockers: Array,
    sx: Array,
    sy: Array,
    near: float,
) -> None:
    """Darken an ellipse of floor around a puppet's feet; what stands nearer than the feet keeps its light."""
    height, width = out.shape
    plate_height, plate_width = blockers.shape
    x_from = max(int(x_px - 2.0 * radius_x), 0)
    x_to = min(int(x_px + 2.0 * radius_x) + 1, width)
    y_from = max(int(y_px - 2.0 * radius_y), 0)
    y_to = min(int(y_px + 2.0 * radius_y) + 1, height)
    for y in range(y_from, y_to):
        dy = (y - y_px) / radius_y
        for x in range(x_from, x_to):
            dx = (x - x_px) / radius_x
            distance = dx * dx + dy * dy
            if distance >= 4.0:
                continue
            i = x // GRID_STEP
            j = y // GRID_STEP
            bx = min(max(int(sx[j, i]), 0), plate_width - 1)
            by = min(max(int(sy[j, i]), 0), plate_height - 1)
            if blockers[by, bx] > near * 1.08:
                continue
            fall = math.exp(-1.6 * distance) - math.exp(-6.4)
            out[y, x] = np.uint16(out[y, x] * (1.0 - strength * fall))


@compiled
def specks(out: Array, out_c: Array, drops: Array, near: Array, sx: Array, sy: Array) -> None:
    """Soft discs in the air. drops: (n, 9) float32: x, y, radius_x, radius_y (pixels), alpha, luma, cb, cr, inverse
    depth; hidden where the plate is nearer at their centre."""
    height, width = out.shape
    half_height, half_width = near.shape
    for n in range(drops.shape[0]):
        cx = drops[n, 0]
        cy = drops[n, 1]
        rx = max(drops[n, 2], np.float32(0.6))
        ry = max(drops[n, 3], np.float32(0.6))
        alpha = drops[n, 4]
        if alpha <= 0.002:
            continue
        x_from = max(int(cx - rx), 0)
        x_to = min(int(cx + rx) + 2, width)
        y_from = max(int(cy - ry), 0)
        y_to = min(int(cy + ry) + 2, height)
        if x_from >= x_to or y_from >= y_to:
            continue
        xi = min(max(int(cx), 0), width - 1) // GRID_STEP
        yi = min(max(int(cy), 0), height - 1) // GRID_STEP
        bx = min(max(int(sx[yi, xi] * 0.5), 0), half_width - 1)
        by = min(max(int(sy[yi, xi] * 0.5), 0), half_height - 1)
        if near[by, bx] > drops[n, 8]:
            continue
        level = drops[n, 5]
        cb = drops[n, 6]
        cr = drops[n, 7]
        inv_x = np.float32(1.0) / rx
        inv_y = np.float32(1.0) / ry
        for y in range(y_from, y_to):
            dy = (np.float32(y) - cy) * inv_y
            for x in range(x_from, x_to):
                dx = (np.float32(x) - cx) * inv_x
                d = np.float32(1.0) - dx * dx - dy * dy
                if d <= 0.0:
                    continue
                a = alpha * d * d
                old = np.float32(out[y, x])
                out[y, x] = np.uint16(old + a * (level - old))
                if (x & 1) == 0 and (y & 1) == 0:
                    xh = x >> 1
                    yh = y >> 1
                    old = np.float32(out_c[0, yh, xh])
                    out_c[0, yh, xh] = np.uint16(old + a * (cb - old))
                    old = np.float32(out_c[1, yh, xh])
                    out_c[1, yh, xh] = np.uint16(old + a * (cr - old))


@compiled
def billow(
    sw: Array,
    pose: Array,
    view_focal_px: float,
    width: int,
    height: int,
    tile: Array,
    sheets: Array,
    share: float,
    veil: Array,
) -> None:
    """Add sheets of drifting air to `veil` where the plate lies behind them.

    sheets: (n, 7) float64: depth (m), tile pixels per metre, shift x, shift y (tile pixels), strength, height over the
    camera under which the sheet lies (m), metres over which it thins out there. share: weight of this call.
    """
    rows, columns = sw.shape
    size = tile.shape[0]
    mask = size - 1
    for n in range(sheets.shape[0]):
        depth = sheets[n, 0]
        inverse = 1.0 / depth
        scale = sheets[n, 1]
        strength = sheets[n, 4] * share
        for j in range(rows):
            v = (height * 0.5 - j * GRID_STEP) / view_focal_px
            for i in range(columns):
                behind = (inverse - sw[j, i]) / (0.35 * inverse) + 0.5
                if behind <= 0.0:
                    continue
                u = (i * GRID_STEP - width * 0.5) / view_focal_px
                dz = pose[6] * u + pose[7] * v + pose[8]
                reach = (depth - pose[11]) / dz
                x = pose[9] + (pose[0] * u + pose[1] * v + pose[2]) * reach
                y = pose[10] + (pose[3] * u + pose[4] * v + pose[5]) * reach
                low = (sheets[n, 5] - y) / sheets[n, 6]
                if low <= 0.0:
                    continue
                px = x * scale + sheets[n, 2]
                py = y * scale * 1.6 + sheets[n, 3]
                x0 = math.floor(px)
                y0 = math.floor(py)
                ax = px - x0
                ay = py - y0
                i0 = int(x0) & mask
                i1 = (i0 + 1) & mask
                j0 = int(y0) & mask
                j1 = (j0 + 1) & mask
                p = tile[j0, i0] + ax * (tile[j0, i1] - tile[j0, i0])
                q = tile[j1, i0] + ax * (tile[j1, i1] - tile[j1, i0])
                dense = max(p + ay * (q - p) - 0.28, 0.0) * 1.6
                a = min(dense * strength * min(low, 1.0) * min(behind, 1.0), 0.92)
                veil[j, i] += (1.0 - veil[j, i]) * a


@compiled
def lay(picture: Array, card: Array, x_px: int, y_px: int, opacity: float, shade_strength: float) -> None:
    """Lay a card of light type over an I420 picture: card (h, w, 2) uint8 holds ink and the shadow under it."""
    height = picture.shape[0] * 2 // 3
    width = picture.shape[1]
    flat = picture.reshape(-1)
    base = height * width
    half_width = width >> 1
    half_height = height >> 1
    for v in range(card.shape[0]):
        y = y_px + v
        if y < 0 or y >= height:
            continue
        for u in range(card.shape[1]):
            x = x_px + u
            if x < 0 or x >= width:
                continue
            ink = card[v, u, 0] * opacity / 255.0
            dark = card[v, u, 1] * opacity * shade_strength / 255.0
            if ink <= 0.0 and dark <= 0.0:
                continue
            value = 16.0 + (flat[y * width + x] - 16.0) * (1.0 - dark)
            flat[y * width + x] = np.uint8(value + ink * (228.0 - value) + 0.5)
            if (x & 1) == 0 and (y & 1) == 0:
                for c in range(2):
                    k = base + (c * half_height + (y >> 1)) * half_width + (x >> 1)
                    flat[k] = np.uint8(128.0 + (flat[k] - 128.0) * (1.0 - ink) * (1.0 - 0.7 * dark) + 0.5)
