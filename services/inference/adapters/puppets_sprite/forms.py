"""Solids as signed-distance forms, and the triangle meshes made of them (naive surface nets)."""
# ruff: noqa: PLR0912, PLR1714, PLW3301
# numba compiles these kernels: plain comparisons, min of min and whole loops are what it makes fast code of.

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

ELLIPSOID, BOX, CONE, RING, CYLINDER = range(5)
ADD, CUT, KEEP = range(3)
ROW = 26
"""Floats of one form: kind, blend, role, bone, inverse rotation (9), place (3), size (6), bound radius, spare (3)."""


@dataclass(frozen=True, slots=True)
class Form:
    """One solid. at: centre in metres; turn: degrees about x, y, z; size: by kind, see `encode`.

    blend: metres over which it melts into what was there before; role: ADD, CUT (taken away) or KEEP (only what is
    inside it stays).
    """

    kind: int
    at: tuple[float, float, float]
    size: tuple[float, ...]
    bone: int = 0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    blend: float = 0.0
    role: int = ADD


@dataclass(frozen=True, slots=True)
class Mesh:
    """positions, normals: (n, 3); occlusion: (n,) 0 dark .. 1 open; bones: (n, 4) int32 with weights (n, 4) that sum
    to 1; triangles: (m, 3) int32, counter-clockwise seen from outside; parts: (m,) and vertex_parts: (n,) int32 number
    of the material; albedo: (n, 3) linear RGB."""

    positions: Floats
    normals: Floats
    occlusion: Floats
    bones: Ints
    weights: Floats
    triangles: Ints
    parts: Ints
    vertex_parts: Ints
    albedo: Floats


def rotation(turn: tuple[float, float, float]) -> NDArray[np.float64]:
    """(3, 3) matrix of turns in degrees: about z first, then x, then y."""
    x, y, z = (math.radians(value) for value in turn)
    about_x = np.array([[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]])
    about_y = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    about_z = np.array([[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def limb(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radii: tuple[float, float],
    bone: int = 0,
    squash: float = 1.0,
    blend: float = 0.0,
    role: int = ADD,
) -> Form:
    """A rounded cone from start to end; squash scales its thickness along z."""
    axis = np.subtract(end, start)
    length = float(np.linalg.norm(axis))
    direction = axis / max(length, 1e-6)
    tilt_z = math.degrees(math.asin(max(-1.0, min(1.0, -float(direction[0])))))
    tilt_x = math.degrees(math.atan2(float(direction[2]), float(direction[1])))
    return Form(CONE, start, (radii[0], radii[1], length, squash), bone, (tilt_x, 0.0, tilt_z), blend, role)


def encode(forms: list[Form]) -> Floats:
    """(n, ROW) rows for the kernels. Sizes: ellipsoid half axes (3); box half axes and rounding (4); cone radii,
    length, squash along z; ring radius, thickness, squash along z; cylinder radius, half height, rounding."""
    rows = np.zeros((len(forms), ROW), np.float32)
    for row, form in zip(rows, forms, strict=True):
        row[0:4] = (form.kind, form.blend, form.role, form.bone)
        row[4:13] = rotation(form.turn).T.ravel()
        row[13:16] = form.at
        row[16 : 16 + len(form.size)] = form.size
        row[22] = _reach(form)
    return rows


def _reach(form: Form) -> float:
    """Radius around `at` that holds the whole form."""
    size = form.size
    if form.kind == ELLIPSOID:
        return max(size[:3])
    if form.kind == BOX:
        return math.sqrt(size[0] ** 2 + size[1] ** 2 + size[2] ** 2)
    if form.kind == CONE:
        return size[2] + max(size[:2])
    if form.kind == RING:
        return (size[0] + size[1]) * max(1.0, size[2])
    return math.hypot(size[0], size[1])


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def distance(row: Floats, px: float, py: float, pz: float) -> float:
    """Signed distance of a place from one form."""
    dx, dy, dz = px - row[13], py - row[14], pz - row[15]
    x = row[4] * dx + row[5] * dy + row[6] * dz
    y = row[7] * dx + row[8] * dy + row[9] * dz
    z = row[10] * dx + row[11] * dy + row[12] * dz
    kind = int(row[0])
    if kind == 0:
        a, b, c = row[16], row[17], row[18]
        k0 = math.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
        k1 = math.sqrt((x / (a * a)) ** 2 + (y / (b * b)) ** 2 + (z / (c * c)) ** 2)
        if k1 < 1e-6:
            return float(-min(a, b, c))
        return float(k0 * (k0 - 1.0) / k1)
    if kind == 1:
        r = row[19]
        qx, qy, qz = abs(x) - row[16] + r, abs(y) - row[17] + r, abs(z) - row[18] + r
        outside = math.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2 + max(qz, 0.0) ** 2)
        return float(outside + min(max(qx, max(qy, qz)), 0.0) - r)
    if kind == 2:
        r1, r2, h, squash = row[16], row[17], row[18], row[19]
        q = math.sqrt(x * x + (z / squash) ** 2)
        b = (r1 - r2) / max(h, 1e-4)
        a = math.sqrt(max(1.0 - b * b, 0.0))
        k = -b * q + a * y
        if k < 0.0:
            d = math.sqrt(q * q + y * y) - r1
        elif k > a * h:
            d = math.sqrt(q * q + (y - h) ** 2) - r2
        else:
            d = q * a + y * b - r1
        return float(d * min(1.0, squash))
    if kind == 3:
        q = math.sqrt(x * x + (z / row[18]) ** 2) - row[16]
        return float((math.sqrt(q * q + y * y) - row[17]) * min(1.0, row[18]))
    r = row[18]
    qr, qy = math.sqrt(x * x + z * z) - row[16] + r, abs(y) - row[17] + r
    return float(min(max(qr, qy), 0.0) + math.sqrt(max(qr, 0.0) ** 2 + max(qy, 0.0) ** 2) - r)


@njit(cache=True, nogil=True, fastmath=True)
def _field(rows: Floats, px: float, py: float, pz: float, folds: float) -> float:
    value = 1e3
    for i in range(rows.shape[0]):
        row = rows[i]
        k = row[1]
        if row[0] == CONE and row[2] < 0.5 and row[19] == 1.0:
            # a round limb that is too far away to matter: hair is made of hundreds
            near = value + k + row[22]
            dx, dy, dz = px - row[13], py - row[14], pz - row[15]
            if near > 0.0 and dx * dx + dy * dy + dz * dz > near * near:
                continue
        d = distance(row, px, py, pz)
        if row[2] > 0.5:
            side = d if row[2] > 1.5 else -d
            mixed = max(side, value)
            if k > 0.0:
                h = max(k - abs(value - side), 0.0) / k
                mixed += h * h * k * 0.25
            value = mixed
        else:
            mixed = min(value, d)
            if k > 0.0:
                h = max(k - abs(value - d), 0.0) / k
                mixed -= h * h * k * 0.25
            value = mixed
    if folds > 0.0 and abs(value) < 0.08:
        warp = 1.7 * math.sin(9.0 * px + 3.0) + 1.3 * math.sin(11.0 * pz + 6.0 * py)
        wave = math.sin(52.0 * py + 2.2 * warp + 21.0 * px * math.sin(3.1 * pz + 2.0 * py))
        value += folds * wave * (0.5 + 0.5 * math.sin(13.0 * py + 7.0 * px + 1.0))
    return value


@njit(cache=True, nogil=True, fastmath=True)
def _sample(rows: Floats, low: Floats, cell: float, counts: Ints, folds: float) -> Floats:
    out = np.full((counts[0], counts[1], counts[2]), np.float32(1.0))
    step = 4
    for i0 in range(0, counts[0], step):
        for j0 in range(0, counts[1], step):
            for k0 in range(0, counts[2], step):
                half = 0.5 * (step - 1) * cell
                centre = _field(
                    rows, low[0] + i0 * cell + half, low[1] + j0 * cell + half, low[2] + k0 * cell + half, 0.0
                )
                reach = half * 2.4 + 2.0 * cell + 2.0 * folds
                far = abs(centre) > reach
                for i in range(i0, min(i0 + step, counts[0])):
                    for j in range(j0, min(j0 + step, counts[1])):
                        for k in range(k0, min(k0 + step, counts[2])):
                            if far:
                                out[i, j, k] = centre
                            else:
                                out[i, j, k] = _field(
                                    rows, low[0] + i * cell, low[1] + j * cell, low[2] + k * cell, folds
                                )
    return out


@njit(cache=True, nogil=True)
def _nets(grid: Floats, low: Floats, cell: float) -> tuple[Floats, Ints]:
    nx, ny, nz = grid.shape
    index = np.full((nx, ny, nz), -1, np.int32)
    points = np.empty((grid.size // 3 + 16, 3), np.float32)
    count = 0
    for i in range(nx - 1):
        for j in range(ny - 1):
            for k in range(nz - 1):
                inside = 0
                for c in range(8):
                    if grid[i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)] < 0.0:
                        inside += 1
                if inside == 0 or inside == 8:
                    continue
                sx, sy, sz, edges = 0.0, 0.0, 0.0, 0
                for c in range(8):
                    for axis in range(3):
                        if c >> axis & 1:
                            continue
                        d = c | (1 << axis)
                        a = grid[i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)]
                        b = grid[i + (d & 1), j + (d >> 1 & 1), k + (d >> 2)]
                        if (a < 0.0) == (b < 0.0):
                            continue
                        t = a / (a - b)
                        sx += (c & 1) + (t if axis == 0 else 0.0)
                        sy += (c >> 1 & 1) + (t if axis == 1 else 0.0)
                        sz += (c >> 2) + (t if axis == 2 else 0.0)
                        edges += 1
                index[i, j, k] = count
                points[count, 0] = low[0] + (i + sx / edges) * cell
                points[count, 1] = low[1] + (j + sy / edges) * cell
                points[count, 2] = low[2] + (k + sz / edges) * cell
                count += 1
    triangles = np.empty((count * 4 + 16, 3), np.int32)
    made = 0
    for i in range(1, nx - 1):
        for j in range(1, ny - 1):
            for k in range(1, nz - 1):
                here = grid[i, j, k] < 0.0
                for axis in range(3):
                    di, dj, dk = int(axis == 0), int(axis == 1), int(axis == 2)
                    if here == (grid[i + di, j + dj, k + dk] < 0.0):
                        continue
                    ui, uj, uk = int(axis == 2), int(axis == 0), int(axis == 1)
                    vi, vj, vk = int(axis == 1), int(axis == 2), int(axis == 0)
                    a = index[i, j, k]
                    b = index[i - ui, j - uj, k - uk]
                    c = index[i - ui - vi, j - uj - vj, k - uk - vk]
                    d = index[i - vi, j - vj, k - vk]
                    if a < 0 or b < 0 or c < 0 or d < 0 or made + 2 > triangles.shape[0]:
                        continue
                    if not here:
                        b, d = d, b
                    triangles[made, 0], triangles[made, 1], triangles[made, 2] = a, b, c
                    triangles[made + 1, 0], triangles[made + 1, 1], triangles[made + 1, 2] = a, c, d
                    made += 2
    return points[:count].copy(), triangles[:made].copy()


@njit(cache=True, nogil=True, fastmath=True)
def _settle(points: Floats, rows: Floats, folds: float, step: float) -> Floats:
    """Moves the points onto the surface and gives their normals."""
    normals = np.empty_like(points)
    for n in range(points.shape[0]):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        for turn in range(2):
            gx = _field(rows, x + step, y, z, folds) - _field(rows, x - step, y, z, folds)
            gy = _field(rows, x, y + step, z, folds) - _field(rows, x, y - step, z, folds)
            gz = _field(rows, x, y, z + step, folds) - _field(rows, x, y, z - step, folds)
            size = math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-9
            gx, gy, gz = gx / size, gy / size, gz / size
            # at an edge the field's slope is ill defined: the point is left where it is
            if turn == 0 and size > 1.5 * step:
                d = _field(rows, x, y, z, folds)
                d = max(-2.0 * step, min(2.0 * step, d * 0.8))
                x, y, z = x - gx * d, y - gy * d, z - gz * d
        points[n, 0], points[n, 1], points[n, 2] = x, y, z
        normals[n, 0], normals[n, 1], normals[n, 2] = gx, gy, gz
    return normals


@njit(cache=True, nogil=True, fastmath=True)
def _weigh(points: Floats, rows: Floats, softness: float, bone_count: int) -> tuple[Ints, Floats]:
    """The four bones whose forms lie nearest to each point, with weights that fall off over `softness` metres."""
    bones = np.zeros((points.shape[0], 4), np.int32)
    weights = np.zeros((points.shape[0], 4), np.float32)
    nearest = np.empty(bone_count, np.float32)
    for n in range(points.shape[0]):
        nearest[:] = 1e3
        for i in range(rows.shape[0]):
            if rows[i, 2] > 0.5:
                continue
            b = int(rows[i, 3])
            d = distance(rows[i], points[n, 0], points[n, 1], points[n, 2])
            nearest[b] = min(nearest[b], d)
        total = 0.0
        first = nearest.min()
        for slot in range(4):
            b = int(np.argmin(nearest))
            w = math.exp(-(nearest[b] - first) / softness)
            if w < 0.02:
                w = 0.0
            bones[n, slot] = b
            weights[n, slot] = w
            total += w
            nearest[b] = 1e3
        for slot in range(4):
            weights[n, slot] /= total
    return bones, weights


@njit(cache=True, nogil=True, fastmath=True)
def depth_inside(points: Floats, rows: Floats, folds: float) -> Floats:
    """Signed distance of each point from the melted forms, negative inside."""
    out = np.empty(points.shape[0], np.float32)
    for n in range(points.shape[0]):
        out[n] = _field(rows, points[n, 0], points[n, 1], points[n, 2], folds)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def occlude(points: Floats, normals: Floats, rows: Floats, starts: Ints, balls: Floats, reach: float) -> Floats:
    """How open each point is to the light, from the fields of the parts (after Evans 2006).

    rows[starts[i]:starts[i + 1]] are the forms of part i, and balls[i] its centre and radius."""
    out = np.empty(points.shape[0], np.float32)
    for n in range(points.shape[0]):
        hidden, weight = 0.0, 1.0
        for s in range(1, 5):
            h = reach * s / 4.0
            x = points[n, 0] + normals[n, 0] * h
            y = points[n, 1] + normals[n, 1] * h
            z = points[n, 2] + normals[n, 2] * h
            d = h
            for i in range(balls.shape[0]):
                bound = balls[i, 3] + d
                if (x - balls[i, 0]) ** 2 + (y - balls[i, 1]) ** 2 + (z - balls[i, 2]) ** 2 < bound * bound:
                    d = min(d, _field(rows[starts[i] : starts[i + 1]], x, y, z, 0.0))
            hidden += weight * (h - max(d, 0.0)) / h
            weight *= 0.75
        out[n] = max(0.0, 1.0 - 0.42 * hidden)
    return out


def solid(rows: Floats, cell: float, folds: float, softness: float, bone_count: int, part: int) -> Mesh:
    """The mesh of the melted forms at a grid of `cell` metres; occlusion is left at 1."""
    added = rows[rows[:, 2] < 0.5]
    reach = added[:, 22:23] + added[:, 1:2] * 0.3 + folds + 2.5 * cell
    low = (added[:, 13:16] - reach).min(axis=0).astype(np.float32)
    counts = np.ceil(((added[:, 13:16] + reach).max(axis=0) - low) / cell).astype(np.int32) + 1
    grid = _sample(rows, low, cell, counts, folds)
    points, triangles = _nets(grid, low, cell)
    normals = _settle(points, rows, folds, 0.35 * cell)
    bones, weights = _weigh(points, rows, softness, bone_count)
    return Mesh(
        points,
        normals,
        np.ones(len(points), np.float32),
        bones,
        weights,
        triangles,
        np.full(len(triangles), part, np.int32),
        np.full(len(points), part, np.int32),
        np.zeros_like(points),
    )


def join(meshes: list[Mesh]) -> Mesh:
    """One mesh of many."""
    offsets = np.cumsum([0] + [len(mesh.positions) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.positions for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.occlusion for mesh in meshes]),
        np.concatenate([mesh.bones for mesh in meshes]),
        np.concatenate([mesh.weights for mesh in meshes]),
        np.concatenate([mesh.triangles + offset for mesh, offset in zip(meshes, offsets, strict=True)]).astype(
            np.int32
        ),
        np.concatenate([mesh.parts for mesh in meshes]),
        np.concatenate([mesh.vertex_parts for mesh in meshes]),
        np.concatenate([mesh.albedo for mesh in meshes]),
    )


def without(mesh: Mesh, hidden: NDArray[np.bool_]) -> Mesh:
    """The mesh less the triangles all of whose corners are hidden (n,), and less the corners nothing uses."""
    kept = ~hidden[mesh.triangles].all(axis=1)
    used = np.zeros(len(mesh.positions), bool)
    used[mesh.triangles[kept].ravel()] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    return Mesh(
        mesh.positions[used], mesh.normals[used], mesh.occlusion[used], mesh.bones[used], mesh.weights[used],
        number[mesh.triangles[kept]], mesh.parts[kept], mesh.vertex_parts[used], mesh.albedo[used],
    )  # fmt: skip
