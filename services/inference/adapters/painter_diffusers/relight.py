"""Splits a painted picture into light groups whose sum is that picture, and says what light reaches a stage position.

The split is a reading of the picture, not physics:
emission    the sky; and what is bright and saturated in a colour that is not red or orange (screens, glyphs)
practicals  what is nearly white or warm and much brighter than its surroundings indoors, and its halo
alarm       a small part of the red light on indoor surfaces, so that raising the group floods the place with red
fill        of the rest, what the darker surroundings of a pixel show too
key         what exceeds that
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_diffusers.geometry import Geometry
from services.inference.domain.plates import LIGHT_GROUPS, Stage, Vector
from services.inference.domain.tone import filmic

_ALARM_SHARE: Final = 0.15
_SKIN_REFLECTANCE: Final = 0.35
_CLIP: Final = 0.985
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""ITU-R BT.709 luminance of linear RGB."""


def scene_linear(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Linear radiance that `domain.tone.tone` shows as `picture` (sRGB); the inverse of its filmic curve."""
    encoded = picture.astype(np.float32) / 255
    shown = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    y = np.minimum(shown, _CLIP)
    a, b, c = 2.51 - 2.43 * y, 0.03 - 0.59 * y, -0.14 * y
    x = (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
    return (x / 0.8).astype(np.float32)


def split_light(linear: NDArray[np.float32], geometry: Geometry, outdoors: bool) -> dict[str, NDArray[np.float32]]:
    """Light group -> (h, w, 3) float32; the groups add up to `linear`."""
    glowing = np.maximum(emissive(linear), geometry.sky)[..., None]
    groups = {"emission": linear * glowing}
    rest = linear - groups["emission"]
    lamps = np.zeros_like(geometry.sky) if outdoors else lamp_share(rest)
    groups["practicals"] = rest * lamps[..., None]
    rest = rest - groups["practicals"]
    groups["alarm"] = rest * np.array([0.0 if outdoors else _ALARM_SHARE, 0, 0], np.float32)
    rest = rest - groups["alarm"]
    groups["fill"] = np.minimum(rest, _ambient(rest))
    groups["key"] = rest - groups["fill"]
    return {name: groups[name].astype(np.float32) for name in LIGHT_GROUPS}


def emissive(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1: shown bright, saturated, and in a colour between yellow-green and violet."""
    shown = np.sqrt(filmic(linear))
    top, low = shown.max(-1), shown.min(-1)
    saturation = (top - low) / np.maximum(top, 1e-3)
    cool = (shown[..., 0] < np.maximum(shown[..., 1], shown[..., 2]) * 0.9).astype(np.float32)
    return _blurred(_ramp(top, 0.5, 0.75) * _ramp(saturation, 0.22, 0.42) * cool, 1.0)


def lamp_share(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1: how much of a pixel's light comes from a lamp in the picture: the lamp itself, and a halo that fades."""
    luma = (linear @ _LUMA).astype(np.float32)
    around = _blurred(luma, max(luma.shape) / 16)
    contrast: NDArray[np.float32] = (luma / np.maximum(around, 1e-3)).astype(np.float32)
    lamp: NDArray[np.float32] = (_ramp(luma, 1.0, 2.5) * _ramp(contrast, 1.5, 3.0)).astype(np.float32)
    halo = _blurred(lamp, max(luma.shape) / 24)
    share: NDArray[np.float32] = np.clip(np.maximum(lamp, 3 * halo), 0, 0.9).astype(np.float32)
    return share


def encode(groups: Mapping[str, NDArray[np.float32]]) -> tuple[dict[str, NDArray[np.uint8]], dict[str, float]]:
    """Square-root encoded groups and their scales, as `Plates` holds them."""
    scales = {name: max(float(light.max()), 1e-4) for name, light in groups.items()}
    encoded = {
        name: (np.sqrt(np.clip(light / scales[name], 0, 1)) * 255 + 0.5).astype(np.uint8)
        for name, light in groups.items()
    }
    return encoded, scales


def stage_light(groups: Mapping[str, NDArray[np.float32]], geometry: Geometry, floor: Vector) -> Stage:
    """The light at a position: what surfaces near it reflect, over a usual reflectance."""
    distance = np.linalg.norm(geometry.points - np.array(floor, np.float32), axis=-1)
    near = np.exp(-distance / 3) * (1 - geometry.sky) + 1e-6
    weight = (near / near.sum())[..., None]
    irradiance = {name: _vector((light * weight).sum((0, 1)) / _SKIN_REFLECTANCE) for name, light in groups.items()}
    direction = dict.fromkeys(groups, (0.0, 1.0, 0.0))
    direction["key"] = key_direction(groups["key"], geometry)
    for name in ("practicals", "emission"):
        direction[name] = _towards(groups[name], geometry, floor)
    return Stage(floor, irradiance, direction)


def key_direction(key: NDArray[np.float32], geometry: Geometry) -> Vector:
    """Least squares of brightness over normals (Lambert), kept above the horizon."""
    solid = (geometry.sky < 0.5).reshape(-1)
    normals = geometry.normals.reshape(-1, 3)[solid][::11].astype(np.float64)
    luma = (key @ _LUMA).reshape(-1)[solid][::11].astype(np.float64)
    table = normals.T @ normals + 1e-3 * max(len(normals), 1) * np.eye(3)
    found = np.linalg.solve(table, normals.T @ luma)
    size = float(np.linalg.norm(found))
    unit = found / size if size > 1e-9 else np.array([0.3, 0.8, 0.5])
    unit[1] = max(unit[1], 0.2)
    return _vector(unit / np.linalg.norm(unit))


def _towards(light: NDArray[np.float32], geometry: Geometry, floor: Vector) -> Vector:
    """From chest height at the position to the middle of a group's light."""
    luma = (light @ _LUMA) * (1 - geometry.sky)
    if float(luma.sum()) < 1e-6:
        return (0.0, 1.0, 0.0)
    middle = (geometry.points * luma[..., None]).sum((0, 1)) / luma.sum()
    offset = middle - (np.array(floor, np.float32) + np.array([0, 1.3, 0], np.float32))
    size = float(np.linalg.norm(offset))
    return _vector(offset / size) if size > 1e-3 else (0.0, 1.0, 0.0)


def _ambient(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """A smooth lower envelope of the picture."""
    step = max(max(linear.shape) // 40, 3) | 1
    return _blurred(np.asarray(cv2.erode(linear, np.ones((step, step), np.uint8)), np.float32), step)


def _blurred(values: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values.astype(np.float32), (0, 0), sigma_px), np.float32)


def _ramp(value: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    t = np.clip((value - low) / (high - low), 0, 1)
    ramp: NDArray[np.float32] = (t * t * (3 - 2 * t)).astype(np.float32)
    return ramp


def _vector(values: NDArray[np.float64] | NDArray[np.float32]) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
