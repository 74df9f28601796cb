"""What a frame of the layers should look like, in plain floating point: every step per pixel, none shared or tabled.

For each pixel the place is met by walking along its ray from near to far until the painted depth lies before it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loadtests.bench_stage.layers import GRADE, Drawn, Layers
from services.inference.adapters.animator_stage.cast import place

Floats = NDArray[np.float64]
_STEPS: Final = 192
_HALVINGS: Final = 6
_PIVOT: Final = 0.4
_SHOULDER: Final = 0.8


def reference_frame(layers: Layers, frame: int, *, as_painted: bool = False) -> NDArray[np.uint8]:
    """(height * 3 / 2, width) uint8 I420, rounded once at the end. as_painted: move by the painted depth itself, and
    not by the one that the compositor is given, in which near things are some pixels larger."""
    inverse = _inverse(layers) if as_painted else _given_inverse(layers)
    x, y, blockers = _seen(layers, frame, inverse)
    shown = _sampled(_lit(layers, frame), x, y)
    lift = _vignette(layers.width, layers.height)
    luma, blue, red = _planes(shown)
    luma, blue, red = luma * lift, blue * lift, red * lift
    rows = layers.specks(frame)
    split = 1.0 / layers.puppets[-1].depth
    picture = [luma, blue, red]
    near = _sampled(inverse[..., None], x, y)[..., 0]
    _scatter(picture, rows[rows[:, 8] <= split], near)
    for puppet in layers.puppets:
        _stand(picture, layers, frame, puppet, _sampled(blockers[..., None], x, y)[..., 0], lift)
    _scatter(picture, rows[rows[:, 8] > split], near)
    return _finished(picture)


def _inverse(layers: Layers) -> Floats:
    scenery = layers.scenery
    return 1.0 / np.maximum(scenery.plates.depth[: scenery.height, : scenery.width].astype(np.float64), 0.05)


def _given_inverse(layers: Layers) -> Floats:
    scenery = layers.scenery
    y, x = np.mgrid[0 : scenery.height, 0 : scenery.width]
    return _sampled(scenery.near.astype(np.float64)[..., None], 0.5 * x - 0.25, 0.5 * y - 0.25)[..., 0]


def _lit(layers: Layers, frame: int) -> Floats:
    """(h, w, 3) display 0..255 of the plate: groups summed in linear light, Narkowicz's curve, IEC 61966-2-1."""
    scenery = layers.scenery
    light = np.zeros((scenery.height, scenery.width, 3))
    for group, weight in zip(layers.groups(), layers.coefficients(frame), strict=True):
        coded = scenery.plates.groups[group][: scenery.height, : scenery.width] / 255.0
        light += weight * coded * coded
    metres = scenery.plates.depth[: scenery.height, : scenery.width].astype(np.float64)
    veil = _veil(layers, metres)[..., None]
    return _shown(light * (1.0 - veil) + layers.air_light(frame) * veil)


def _veil(layers: Layers, metres: Floats | float) -> Floats:
    """Share of what stands that far away which the air hides."""
    return np.asarray(layers.haze() * (1.0 - np.exp(-0.9 / layers.path.lens.subject_m * metres)))


def _shown(light: Floats) -> Floats:
    x = light * 0.8
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)
    return 255.0 * np.where(film <= 0.0031308, film * 12.92, 1.055 * np.maximum(film, 1e-9) ** (1 / 2.4) - 0.055)


def _seen(layers: Layers, frame: int, inverse: Floats) -> tuple[Floats, Floats, Floats]:
    """(h, w) plate coordinates that each pixel shows, and what may hide a puppet (inverse metres on the plate)."""
    scenery, focal = layers.scenery, layers.focal_px
    pose = layers.pose(frame)
    axes, (tx, ty, tz) = pose.axes(), pose.position()
    u = (np.arange(layers.width) - 0.5 * layers.width)[None, :] / focal
    v = (0.5 * layers.height - np.arange(layers.height))[:, None] / focal
    ahead = axes[2, 0] * u + axes[2, 1] * v + axes[2, 2]
    a = (axes[0, 0] * u + axes[0, 1] * v + axes[0, 2]) / ahead
    b = (axes[1, 0] * u + axes[1, 1] * v + axes[1, 2]) / ahead

    def at(w: Floats | float) -> tuple[Floats, Floats]:
        return (0.5 * scenery.width + focal * (a + w * (tx - a * tz)),
                0.5 * scenery.height - focal * (b + w * (ty - b * tz)))  # fmt: skip

    def painted(w: Floats | float) -> Floats:
        x, y = at(w)
        columns = np.clip(np.rint(x).astype(int), 0, scenery.width - 1)
        rows = np.clip(np.rint(y).astype(int), 0, scenery.height - 1)
        return np.asarray(inverse[rows, columns])

    levels = np.linspace(float(inverse.max()) * 1.01, 0.0, _STEPS)
    low, high = np.zeros_like(a), np.full_like(a, levels[0])
    found = np.zeros(a.shape, bool)
    for before, here in pairwise(levels):
        met = ~found & (painted(here) >= here)
        low[met], high[met] = here, before
        found |= met
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        met = painted(middle) >= middle
        low, high = np.where(met, middle, low), np.where(met, high, middle)
    return *at(low), np.asarray(scenery.blockers, np.float64)


def _sampled(field: Floats, x: Floats, y: Floats) -> Floats:
    """Bilinear samples of (h, w, channels)."""
    rows, columns = field.shape[:2]
    x, y = np.clip(x, 0.0, columns - 1.01), np.clip(y, 0.0, rows - 1.01)
    i, j = x.astype(int), y.astype(int)
    s, t = (x - i)[..., None], (y - j)[..., None]
    upper = field[j, i] * (1.0 - s) + field[j, i + 1] * s
    lower = field[j + 1, i] * (1.0 - s) + field[j + 1, i + 1] * s
    return np.asarray(upper * (1.0 - t) + lower * t)


def _planes(rgb: Floats) -> tuple[Floats, Floats, Floats]:
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    return luma, 0.5643 * (rgb[..., 2] - luma), 0.7133 * (rgb[..., 0] - luma)


def _vignette(width: int, height: int) -> Floats:
    across = (np.arange(width)[None, :] / width - 0.5) * 2.0
    down = (np.arange(height)[:, None] / height - 0.5) * 2.0
    return np.asarray(1.0 - 0.2 * (0.55 * across**2 + 0.45 * down**2) ** 1.6)


def _scatter(picture: list[Floats], rows: NDArray[np.float32], near: Floats) -> None:
    height, width = near.shape
    for cx, cy, rx, ry, alpha, luma, cb, cr, inverse in rows.astype(np.float64):
        if not (0 <= cx < width and 0 <= cy < height) or near[int(cy), int(cx)] > inverse:
            continue
        top, bottom = max(int(cy - ry), 0), min(int(cy + ry) + 2, height)
        left, right = max(int(cx - rx), 0), min(int(cx + rx) + 2, width)
        y, x = np.mgrid[top:bottom, left:right]
        dense = alpha * np.maximum(1.0 - ((x - cx) / rx) ** 2 - ((y - cy) / ry) ** 2, 0.0) ** 2
        for plane, level in zip(picture, (luma / 128.0, cb / 128.0 - 128.0, cr / 128.0 - 128.0), strict=True):
            part = plane[top:bottom, left:right]
            part += dense * (level - part)


def _stand(picture: list[Floats], layers: Layers, frame: int, puppet: Drawn, blockers: Floats, lift: Floats) -> None:
    sprite = puppet.sprite
    pose = layers.pose(frame)
    placing = place(
        layers.scenery, pose, layers.width, layers.height, sprite.shape[:2], puppet.corner, puppet.depth
    )  # fmt: skip
    if placing is None:
        return
    ax, bx, cx, ay, by, cy = placing.affine
    y, x = np.mgrid[0 : layers.height, 0 : layers.width].astype(np.float64)
    bordered = np.pad(sprite.astype(np.float64), ((1, 2), (1, 2), (0, 0)))
    drawn = _sampled(bordered, ax * x + bx * y + cx + 1.0, ay * x + by * y + cy + 1.0)
    near = 1.0 / puppet.depth
    shown = np.clip(1.0 - (blockers - 1.02 * near) / (0.05 * near), 0.0, 1.0) * lift
    alpha = drawn[..., 3] / 255.0 * np.minimum(shown / lift, 1.0)
    veil = float(_veil(layers, puppet.depth))
    air = _planes(_shown(layers.air_light(frame).astype(np.float64)))
    for number, own in enumerate(_planes(drawn[..., :3])):
        veiled = own * shown * (1.0 - veil) + alpha * veil * lift * air[number]
        picture[number] = picture[number] * (1.0 - alpha) + veiled


def _finished(picture: list[Floats]) -> NDArray[np.uint8]:
    luma, blue, red = picture
    value = luma / 255.0
    soft = _SHOULDER + (1 - _SHOULDER) * np.tanh((value - _SHOULDER) / (1 - _SHOULDER) * 0.75) / np.tanh(0.75)
    value = np.minimum(np.where(value > _SHOULDER, soft, value), 1.0)
    low = _PIVOT * (value / _PIVOT) ** GRADE.contrast
    high = 1.0 - (1.0 - _PIVOT) * ((1.0 - value) / (1.0 - _PIVOT)) ** GRADE.contrast
    height, width = luma.shape
    halves = []
    for plane in (blue, red):
        mean = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        halves.append(np.clip(128.0 + mean * GRADE.saturation * 224.0 / 255.0, 16.0, 240.0).reshape(-1))
    flat = np.concatenate([(16.0 + 219.0 * np.where(value < _PIVOT, low, high)).reshape(-1), *halves])
    return np.asarray(np.clip(np.rint(flat), 0, 255), np.uint8).reshape(height * 3 // 2, width)
