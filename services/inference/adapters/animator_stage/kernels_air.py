"""Pixel loops for light that hangs in the air, pictures out of focus, and drops on a pane. Planes as in `kernels`."""

from __future__ import annotations

import math

import numpy as np

from services.inference.adapters.animator_stage.kernels import Array, compiled


@compiled
def shine(
    light: Array,
    sx: Array,
    sy: Array,
    tile: Array,
    scale: float,
    shift_x: float,
    shift_y: float,
    strength: float,
    air: Array,
) -> None:
    """Add light in the air to a grid: what the plate's mask holds where `reproject` says, thick and thin with dust.

    light: (plate height, plate width) uint8. tile: seamless billows, 0..1, `scale` tile pixels a plate pixel.
    """
    rows, columns = air.shape
    plate_height, plate_width = light.shape
    size = tile.shape[0]
    mask = size - 1
    for j in range(rows):
        for i in range(columns):
            px = min(max(int(sx[j, i]), 0), plate_width - 1)
            py = min(max(int(sy[j, i]), 0), plate_height - 1)
            level = light[py, px]
            if level == 0:
                continue
            u = sx[j, i] * scale + shift_x
            v = sy[j, i] * scale + shift_y
            u0 = math.floor(u)
            v0 = math.floor(v)
            a = u - u0
            b = v - v0
            i0 = int(u0) & mask
            j0 = int(v0) & mask
            i1 = (i0 + 1) & mask
            j1 = (j0 + 1) & mask
            p = tile[j0, i0] + a * (tile[j0, i1] - tile[j0, i0])
            q = tile[j1, i0] + a * (tile[j1, i1] - tile[j1, i0])
            dust = 0.45 + 1.1 * (p + b * (q - p))
            bright = level / 255.0
            air[j, i] += np.float32(strength * dust * bright * min(0.35 + 2.2 * bright, 1.3))


@compiled
def defocus(plane: Array, soft: Array, softer: Array, amount: Array, step: int) -> None:
    """Mix a picture with two blurred levels of itself. plane, soft, softer: (h, w) uint16; amount: 0..1 on a grid whose
    points lie `step` pixels of this plane apart, 0.5 is wholly soft, 1 wholly softer."""
    height, width = plane.shape
    rows, columns = amount.shape
    one = np.float32(1.0)
    two = np.float32(2.0)
    inverse = np.float32(1.0 / step)
    for y in range(height):
        j = min(y // step, rows - 2)
        t = np.float32(y - j * step) * inverse
        upper = amount[j]
        lower = amount[j + 1]
        row = plane[y]
        near = soft[y]
        far = softer[y]
        for x in range(width):
            i = min(x // step, columns - 2)
            s = np.float32(x - i * step) * inverse
            a = upper[i] + s * (upper[i + 1] - upper[i])
            b = lower[i] + s * (lower[i + 1] - lower[i])
            k = two * (a + t * (b - a))
            if k <= np.float32(0.01):
                continue
            first = np.float32(row[x])
            middle = np.float32(near[x])
            if k < one:
                value = first + k * (middle - first)
            else:
                value = middle + min(k - one, one) * (np.float32(far[x]) - middle)
            row[x] = np.uint16(np.int32(value))


@compiled
def refract(picture: Array, source: Array, drops: Array) -> None:
    """Drops on the pane before an I420 picture: each shows the scene upside down, dark above and bright below.

    source: a copy of picture. drops: (n, 4) float32: x, y, radius (pixels), strength 0..1.
    """
    height = picture.shape[0] * 2 // 3
    width = picture.shape[1]
    half_width = width >> 1
    half_height = height >> 1
    out = picture.reshape(-1)
    seen = source.reshape(-1)
    base = height * width
    for n in range(drops.shape[0]):
        cx = drops[n, 0]
        cy = drops[n, 1]
        r = drops[n, 2]
        k = drops[n, 3]
        if k <= 0.01 or r < 1.0:
            continue
        x_from = max(int(cx - r), 0)
        x_to = min(int(cx + r) + 2, width)
        y_from = max(int(cy - r), 0)
        y_to = min(int(cy + r) + 2, height)
        for y in range(y_from, y_to):
            dy = (y - cy) / r
            for x in range(x_from, x_to):
                dx = (x - cx) / r
                d = dx * dx + dy * dy
                if d >= 1.0:
                    continue
                edge = min((1.0 - d) * 3.0, 1.0)
                a = k * edge * edge * (3.0 - 2.0 * edge)
                reach = 2.0 + 2.6 * d
                u = min(max(int(cx - dx * r * reach), 0), width - 1)
                v = min(max(int(cy - dy * r * reach), 0), height - 1)
                shade = 1.0 + 0.34 * dy - 0.4 * d * d
                ring = (dx + 0.32) * (dx + 0.32) + (dy + 0.4) * (dy + 0.4)
                glint = 70.0 * max(1.0 - ring * 22.0, 0.0)
                value = 16.0 + (seen[v * width + u] - 16.0) * shade + glint
                old = float(out[y * width + x])
                out[y * width + x] = np.uint8(min(max(old + a * (value - old), 16.0), 235.0) + 0.5)
                if (x & 1) == 0 and (y & 1) == 0:
                    for c in range(2):
                        at = base + (c * half_height + (y >> 1)) * half_width + (x >> 1)
                        far = seen[base + (c * half_height + (v >> 1)) * half_width + (u >> 1)]
                        old = float(out[at])
                        out[at] = np.uint8(old + a * (far - old) + 0.5)
