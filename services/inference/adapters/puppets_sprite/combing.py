"""Combs the light on hair: normals turn evenly along the locks, whose straight pieces would each shine as a facet.
Knows forms only."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from services.inference.adapters.puppets_sprite.forms import CONE, Floats, distance

REACH_M = 0.012
"""How far from a lock a point still follows it."""

SOFT_M = 0.0035
"""Over how much of a difference in distance two neighbouring locks share a point."""


def combed(points: Floats, normals: Floats, rows: Floats) -> Floats:
    """(n, 3) normals that stand across the locks among the forms, and as they were where no lock is near."""
    return np.asarray(_combed(points, normals, rows, _bends(rows)), np.float32)


def _bends(rows: Floats) -> Floats:
    """(n, 6) direction at the start and at the end of each limb: pieces that follow each other share the mean."""
    ways = rows[:, 7:10].astype(np.float32)
    ends = rows[:, 13:16] + ways * rows[:, 18:19]
    follows = (rows[1:, 0] == CONE) & (rows[:-1, 0] == CONE)
    follows &= np.abs(rows[1:, 13:16] - ends[:-1]).max(axis=1) < 1e-5
    bends = np.concatenate([ways, ways], axis=1)
    mean = np.where(follows[:, None], 0.5 * (ways[1:] + ways[:-1]), 0.0)
    bends[:-1, 3:][follows] = mean[follows]
    bends[1:, :3][follows] = mean[follows]
    return bends


@njit(cache=True, nogil=True, fastmath=True)
def _combed(points: Floats, normals: Floats, rows: Floats, bends: Floats) -> Floats:
    out = normals.copy()
    away = np.empty(rows.shape[0], np.float32)
    for n in range(points.shape[0]):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        nearest = REACH_M
        for i in range(rows.shape[0]):
            row = rows[i]
            away[i] = 1.0
            if row[0] != CONE or row[2] > 0.5:
                continue
            dx, dy, dz = x - row[13], y - row[14], z - row[15]
            reach = row[22] + REACH_M
            if dx * dx + dy * dy + dz * dz > reach * reach:
                continue
            away[i] = distance(row, x, y, z)
            nearest = min(nearest, away[i])
        if nearest >= REACH_M:
            continue
        tx, ty, tz = 0.0, 0.0, 0.0
        for i in range(rows.shape[0]):
            behind = (away[i] - nearest) / SOFT_M
            if behind > 5.0 or away[i] >= REACH_M:
                continue
            row = rows[i]
            along = (x - row[13]) * row[7] + (y - row[14]) * row[8] + (z - row[15]) * row[9]
            share = min(1.0, max(0.0, along / max(row[18], 1e-4)))
            weight = math.exp(-behind)
            tx += weight * (bends[i, 0] + (bends[i, 3] - bends[i, 0]) * share)
            ty += weight * (bends[i, 1] + (bends[i, 4] - bends[i, 1]) * share)
            tz += weight * (bends[i, 2] + (bends[i, 5] - bends[i, 2]) * share)
        size = math.sqrt(tx * tx + ty * ty + tz * tz)
        if size < 1e-3:
            continue
        tx, ty, tz = tx / size, ty / size, tz / size
        leans = normals[n, 0] * tx + normals[n, 1] * ty + normals[n, 2] * tz
        leans *= 0.9 * min(1.0, 2.0 * (1.0 - max(0.0, nearest) / REACH_M))
        nx, ny, nz = normals[n, 0] - leans * tx, normals[n, 1] - leans * ty, normals[n, 2] - leans * tz
        size = math.sqrt(nx * nx + ny * ny + nz * nz)
        # the round end of a lock looks along it
        if size > 0.3:
            out[n, 0], out[n, 1], out[n, 2] = nx / size, ny / size, nz / size
    return out
