"""Height maps of a set's terrain, built from its ground layers: one map of the surroundings, one of the near ground."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.design import GroundLayer, SetDesign
from services.inference.adapters.painter_raymarch.noise_textures import spectral_noise
from services.inference.ports import always

FAR_SIZE, FAR_EXTENT_M = 1536, 5200.0
NEAR_SIZE, NEAR_EXTENT_M = 768, 160.0
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ground:
    """near, far: (size, size) float32 metres; row is z, column is x, centred on the origin. They add up."""

    near: Floats
    far: Floats

    def height(self, x: float, z: float) -> float:
        """Metres above zero at a point, as the shaders see it."""
        total = _bilinear(self.far, x / FAR_EXTENT_M + 0.5, z / FAR_EXTENT_M + 0.5)
        u, v = x / NEAR_EXTENT_M, z / NEAR_EXTENT_M
        return total + (_bilinear(self.near, u + 0.5, v + 0.5) if max(abs(u), abs(v)) < 0.498 else 0.0)


def _bilinear(heights: Floats, u: float, v: float) -> float:
    size = heights.shape[0]
    x, y = min(max(u * size - 0.5, 0.0), size - 1.001), min(max(v * size - 0.5, 0.0), size - 1.001)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    top = heights[j, i] * (1 - fx) + heights[j, i + 1] * fx
    bottom = heights[j + 1, i] * (1 - fx) + heights[j + 1, i + 1] * fx
    return float(top * (1 - fy) + bottom * fy)


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float32)


def _smooth(low: float, high: float, x: Floats) -> Floats:
    t = np.clip((x - low) / (high - low), 0, 1)
    return _floats(t * t * (3 - 2 * t))


def _tiled(noise: Floats, x: Floats, z: Floats, metres: float) -> Floats:
    size = noise.shape[0]
    u = (x / metres * size).astype(np.float32)
    v = (z / metres * size).astype(np.float32)
    return _floats(cv2.remap(noise, np.mod(u, size), np.mod(v, size), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


@dataclass(frozen=True, slots=True)
class _Field:
    """Coordinates of one map and the noises that all layers share (0..1, tileable)."""

    x: Floats
    z: Floats
    broad: Floats
    ridged: Floats


def _terraced(height: Floats, layer: GroundLayer, rough: Floats) -> Floats:
    if layer.terraces <= 0:
        return height
    level = height * layer.terraces + (rough - 0.5) * 0.6
    step = np.floor(level)
    return _floats((step + _smooth(0.55, 0.95, level - step)) / layer.terraces * (height > 0))


def _butte(layer: GroundLayer, f: _Field) -> Floats:
    """A table mountain: talus slope, fluted cliff, flat top with caprock steps."""
    a = math.radians(layer.yaw)
    dx, dz = f.x - layer.at[0], f.z - layer.at[1]
    u, v = dx * math.cos(a) + dz * math.sin(a), -dx * math.sin(a) + dz * math.cos(a)
    long = max(layer.length, 0.0) / 2
    distance = np.hypot(np.maximum(np.abs(u) - long, 0), v)
    warp = (_tiled(f.broad, f.x + 977 * layer.seed, f.z, layer.radius * 3.1) - 0.5) * layer.radius * 0.9
    flute = (_tiled(f.ridged, f.x, f.z + 611 * layer.seed, layer.radius * 1.1) - 0.4) * layer.radius * 0.28
    r = (distance + warp + flute) / layer.radius
    talus = np.clip((2.1 - r) / 1.1, 0, 1) ** 1.6 * 0.42
    cliff = _smooth(1.03, 0.93, r) * 0.5
    cap = _smooth(0.86, 0.80, r) * 0.08
    upper = (_tiled(f.broad, f.x, f.z, layer.radius * 1.4) - 0.5) * 0.05 * (r < 0.9)
    return _floats((np.minimum(talus, 0.42) + cliff + cap + upper) * layer.height)


def _ridge(layer: GroundLayer, f: _Field) -> Floats:
    """Canyon walls: high beyond a winding edge at distance radius from the axis through `at` turned by yaw."""
    a = math.radians(layer.yaw)
    v = -(f.x - layer.at[0]) * math.sin(a) + (f.z - layer.at[1]) * math.cos(a)
    warp = (_tiled(f.broad, f.x + 331 * layer.seed, f.z, layer.scale * 6) - 0.5) * layer.scale * 2.2
    flute = _tiled(f.ridged, f.x, f.z, layer.scale * 1.3)
    r = (np.abs(v) + warp + (flute - 0.4) * layer.scale * 0.5 - layer.radius) / layer.scale
    height = np.clip(r + 0.9, 0, 1) ** 1.7 * 0.4 + _smooth(0.0, 0.12, r) * 0.42 + _smooth(0.5, 0.62, r) * 0.18
    return _floats(_terraced(height.astype(np.float32), layer, flute) * layer.height)


def _dunes(layer: GroundLayer, f: _Field) -> Floats:
    """Asymmetric waves across yaw, broken up by noise."""
    a = math.radians(layer.yaw)
    u = f.x * math.cos(a) + f.z * math.sin(a)
    warp = _tiled(f.broad, f.x, f.z, layer.scale * 9) * layer.scale * 3.2
    phase = np.mod((u + warp) / layer.scale, 1.0)
    wave = np.where(phase < 0.72, phase / 0.72, (1 - phase) / 0.28)
    wave = wave * wave * (3 - 2 * wave)
    amount = np.clip(_tiled(f.broad, f.x + 71 * layer.seed, f.z + 13, layer.scale * 14) * 1.9 - 0.45, 0, 1)
    return _floats(wave * amount * layer.height)


def _hills(layer: GroundLayer, f: _Field) -> Floats:
    n = _tiled(f.broad, f.x + 131 * layer.seed, f.z, layer.scale * 4) - 0.5
    r = _tiled(f.ridged, f.x, f.z + 77 * layer.seed, layer.scale * 2.3) - 0.4
    return _floats((n * 1.4 + r * 0.35) * layer.height)


def _crater(layer: GroundLayer, f: _Field) -> Floats:
    distance = np.hypot(f.x - layer.at[0], f.z - layer.at[1])
    r = (distance + (_tiled(f.broad, f.x, f.z, layer.radius * 2) - 0.5) * layer.radius * 0.25) / layer.radius
    bowl = np.clip(1 - r * r, 0, 1) * -1.0
    rim = np.exp(-(((r - 1.02) / 0.16) ** 2)) * 0.42
    return _floats((bowl + rim) * layer.height)


def _tracks(layer: GroundLayer, f: _Field) -> Floats:
    """Two wheel ruts that wind along yaw through `at`; scale is the gauge."""
    a = math.radians(layer.yaw)
    dx, dz = f.x - layer.at[0], f.z - layer.at[1]
    u, v = dx * math.cos(a) + dz * math.sin(a), -dx * math.sin(a) + dz * math.cos(a)
    v = v + np.sin(u * 0.045 + layer.seed) * 3.0
    rut = np.exp(-(((np.abs(v) - layer.scale / 2) / 0.2) ** 2))
    berm = np.exp(-(((np.abs(v) - layer.scale / 2) / 0.5) ** 2)) * 0.45
    tread = 1 + 0.22 * np.sin(u * 8.5)
    half = layer.length / 2 if layer.length else 1e9
    return _floats((berm - rut * tread) * layer.height * (np.abs(u) < half))


LAYERS: dict[str, Callable[[GroundLayer, _Field], Floats]] = {
    "butte": _butte, "ridge": _ridge, "dunes": _dunes, "hills": _hills, "crater": _crater, "tracks": _tracks,
}  # fmt: skip
NEAR_KINDS = ("dunes", "tracks")
LEVELLING = ("flat", "level")
"""flat: the ground sinks to zero around a point; level: the whole ground is moved so that the point lies at zero."""


class LeftOff(Exception):
    """Whoever wanted the ground wants it no more."""


def _build(
    layers: list[GroundLayer],
    flats: list[GroundLayer],
    size: int,
    extent_m: float,
    seed: int,
    go_on: Callable[[], bool],
) -> Floats:
    line = (((np.arange(size) + 0.5) / size - 0.5) * extent_m).astype(np.float32)
    x, z = np.meshgrid(line, line)
    broad = spectral_noise(512, 2.1, seed)
    ridged = 1 - np.abs(spectral_noise(512, 1.9, seed + 1) * 2 - 1)
    field = _Field(x, z, broad, ridged.astype(np.float32))
    total = np.zeros((size, size), dtype=np.float32)
    for layer in layers:
        if not go_on():
            raise LeftOff
        total += LAYERS[layer.kind](layer, field)
    for flat in flats:
        distance = np.hypot(x - flat.at[0], z - flat.at[1])
        if flat.kind == "level":
            total -= total.flat[int(np.argmin(distance))]
        total *= _smooth(flat.radius, flat.radius * 1.9, distance.astype(np.float32))
    return total


def build_ground(design: SetDesign, go_on: Callable[[], bool] = always) -> Ground:
    """Height maps of a set; flat zeros for a set without ground layers. Raises LeftOff between two layers where go_on
    says no."""
    if not design.ground:
        nothing = np.zeros((4, 4), dtype=np.float32)
        return Ground(nothing, nothing)
    flats = [layer for layer in design.ground if layer.kind in LEVELLING]
    shapes = [layer for layer in design.ground if layer.kind not in LEVELLING]
    near = [layer for layer in shapes if layer.kind in NEAR_KINDS and layer.scale < 30]
    far = [layer for layer in shapes if layer not in near]
    near_map = _build(near, [], NEAR_SIZE, NEAR_EXTENT_M, design.seed + 5, go_on)
    line = np.abs((np.arange(NEAR_SIZE) + 0.5) / NEAR_SIZE - 0.5) * 2
    fade = _smooth(1.0, 0.8, np.maximum(*np.meshgrid(line, line)).astype(np.float32))
    return Ground(near_map * fade, _build(far, flats, FAR_SIZE, FAR_EXTENT_M, design.seed, go_on))
