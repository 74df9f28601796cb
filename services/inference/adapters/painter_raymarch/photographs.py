"""Pictures that stories are about, as screens show them: drawn by us after what is really there, and no copies.

An atlas of 2 x 2; the middle band of each is seen on a screen that is wider than it is high.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CELL = 512
Canvas = NDArray[np.uint8]
Field = NDArray[np.float32]
_CODED = ("DARE", "MIGHTY", "THINGS")
"""What the rings of Perseverance's parachute say, ten stripes a letter; the outermost is a latitude and a longitude."""
_ADDRESS = (34, 11, 58, 14, 118, 10, 31, 23)
_BLANK, _LETTERS, _STRIPES = 127, 8, 10
_RINGS_PX = ((26.0, 62.0), (62.0, 84.0), (84.0, 106.0), (118.0, 140.0))
"""From where to where each ring lies; between the last two there is a gap."""


def _ground(rng: np.random.Generator) -> Field:
    """(CELL, CELL) heights of rough, pitted ground."""
    height = np.zeros((CELL, CELL), np.float32)
    for sigma, size in ((60, 30.0), (22, 9.0), (7, 3.0), (2.2, 1.1)):
        rough = cv2.GaussianBlur(rng.standard_normal((CELL, CELL)).astype(np.float32), (0, 0), sigma)
        height += rough / (rough.std() + 1e-6) * size * 0.12
    for _ in range(46):
        x, y = rng.uniform(0, CELL, 2)
        _pit(height, x, y, float(rng.uniform(3, 9) if rng.random() < 0.85 else rng.uniform(10, 22)))
    return height


def _polar(x: float, y: float, rows: slice = slice(CELL), columns: slice = slice(CELL)) -> tuple[Field, Field]:
    """Distance and angle from a point, over the picture or a part of it."""
    down = np.arange(CELL, dtype=np.float32)[rows, None] - np.float32(y)
    right = np.arange(CELL, dtype=np.float32)[None, columns] - np.float32(x)
    return np.hypot(right, down), np.arctan2(down, right)


def _around(x: float, y: float, reach: float) -> tuple[slice, slice]:
    """Rows and columns of the picture no farther from a point than this."""
    down, right = (slice(max(0, int(at - reach)), int(at + reach) + 1) for at in (y, x))
    return down, right


def _pit(height: Field, x: float, y: float, radius: float, depth: float = 0.42) -> None:
    """A bowl with a raised rim."""
    rows, columns = _around(x, y, 1.8 * radius)
    away = _polar(x, y, rows, columns)[0] / radius
    height[rows, columns] += (
        radius * depth * (0.34 * np.exp(-(((away - 1.0) * 4.0) ** 2)) - np.clip(1.0 - away**2, 0.0, 1.0))
    )


def _hill(height: Field, x: float, y: float, wide: float, high: float, tall: float, turn: float = 0.0) -> None:
    rows, columns = _around(x, y, 4.0 * max(wide, high))
    away, angle = _polar(x, y, rows, columns)
    along, across = away * np.cos(angle - turn) / wide, away * np.sin(angle - turn) / high
    height[rows, columns] += tall * np.exp(-(along**2 + across**2))


def _soft(height: Field, sigma: float) -> Field:
    return np.asarray(cv2.GaussianBlur(height, (0, 0), sigma), np.float32)


def _lit(height: Field, sun: tuple[float, float], slant: float) -> Field:
    """0..1: sunlight from (right, down), the lower the smaller `slant`."""
    down, right = np.gradient(height)
    lit = (slant - right * sun[0] - down * sun[1]) / np.sqrt(1.0 + right**2 + down**2)
    return np.asarray(lit.clip(0.0, 1.2), np.float32)


def _grained(grey: Field, rng: np.random.Generator, amount: float) -> Field:
    return np.clip(grey + rng.normal(0.0, amount, grey.shape).astype(np.float32), 0.0, 1.0)


def _tinted(grey: Field, dark: tuple[int, int, int], bright: tuple[int, int, int]) -> Canvas:
    low, high = np.array(dark, np.float32), np.array(bright, np.float32)
    return (low + (high - low) * grey[..., None]).clip(0, 255).astype(np.uint8)


def _face(rng: np.random.Generator) -> Canvas:
    """A flat-topped hill in slanting light, as it was first photographed: half of it in shadow, with dropped dots."""
    height = _soft(_ground(rng), 3.0) * np.float32(0.9)
    away, angle = _polar(256, 256)
    along, across = away * np.cos(angle), away * np.sin(angle)
    narrow = 96.0 - 14.0 * np.clip(across / 130.0, -1.0, 1.0)
    oval = np.hypot(along / narrow, across / 132.0)
    height += 34.0 / (1.0 + np.exp((oval - 1.0) * 11.0)) + 12.0 * np.exp(-(oval**2) * 2.0)
    for x, y, wide, high, tall in (
        (216, 226, 21, 14, -25), (296, 226, 21, 14, -25), (256, 262, 13, 30, 15), (256, 304, 34, 9, -17),
        (256, 198, 62, 12, 8), (256, 328, 30, 14, 9),
    ):  # fmt: skip
        _hill(height, x, y, wide, high, tall)
    grey = _grained(0.06 + 0.86 * _lit(_soft(height, 3.0), (-0.80, -0.30), 0.46), rng, 0.045)
    dropped = rng.integers(0, CELL, (260, 2))
    grey[dropped[:, 0], dropped[:, 1]] = 0.0
    coarse = cv2.resize(grey, (CELL // 3, CELL // 3), interpolation=cv2.INTER_AREA)
    blocks = np.asarray(cv2.resize(coarse, (CELL, CELL), interpolation=cv2.INTER_NEAREST), np.float32)
    return _tinted(blocks, (10, 10, 12), (236, 232, 224))


def _smile(rng: np.random.Generator) -> Canvas:
    """A crater with a curved range for a mouth and two groups of hills for eyes."""
    height = _ground(rng)
    away, angle = _polar(256, 256)
    waves = [(n, rng.uniform(0.0, 2.0 * np.pi), rng.normal(0.0, 5.0 / n)) for n in range(2, 12)]
    away = away + sum(size * np.sin(n * angle + phase) for n, phase, size in waves)
    height += 15.0 * np.exp(-(((away - 148.0) / 9.0) ** 2)) - 24.0 / (1.0 + np.exp((away - 143.0) / 5.0))
    for turn in np.linspace(np.radians(24.0), np.radians(158.0), 30):
        reach, size = rng.normal(91.0, 3.2), rng.uniform(6.5, 11.5)
        x, y = 256.0 + reach * np.cos(turn), 256.0 + reach * np.sin(turn)
        _hill(height, x, y, 1.5 * size, size, rng.uniform(7.0, 13.0), turn + np.pi / 2.0)
    for x, y in ((206, 214), (306, 212)):
        for dx, dy, size in ((0, 0, 16), (-9, 8, 11), (8, 9, 12), (3, -10, 10)):
            wide = size * rng.uniform(0.8, 1.3)
            _hill(height, x + dx + rng.normal(0, 2), y + dy + rng.normal(0, 2), wide, size, 14.0)
    grey = _grained(0.10 + 0.72 * _lit(_soft(height, 1.4), (-0.62, -0.66), 0.56), rng, 0.012)
    return _tinted(grey, (34, 16, 10), (246, 190, 140))


def _rings() -> list[list[int]]:
    """Stripes of each ring from the inside, 1 is red; eight numbers a ring, ten stripes a number, the highest first."""
    words = [[ord(letter) - ord("A") + 1 for letter in word] for word in _CODED]
    numbers = [*(word + [_BLANK] * (_LETTERS - len(word)) for word in words), list(_ADDRESS)]
    return [[number >> (_STRIPES - 1 - bit) & 1 for number in ring for bit in range(_STRIPES)] for ring in numbers]


def _parachute(rng: np.random.Generator) -> Canvas:
    """It from below, against the sky of Mars."""
    shade = np.linspace(0.0, 1.0, CELL, dtype=np.float32)[:, None] * np.ones((1, CELL), np.float32)
    canvas = _tinted(_grained(0.35 + 0.4 * shade, rng, 0.010), (40, 24, 18), (196, 140, 104))
    away, angle = _polar(256, 256)
    stripe = np.floor((angle / (2.0 * np.pi) % 1.0) * _LETTERS * _STRIPES).astype(int) % (_LETTERS * _STRIPES)
    red = np.zeros((CELL, CELL), bool)
    for (first, last), stripes in zip(_RINGS_PX, _rings(), strict=True):
        red |= (away >= first) & (away < last) & (np.array(stripes)[stripe] == 1)
    cloth = np.where(red[..., None], np.array((214, 78, 34)), np.array((238, 232, 220))).astype(np.float32)
    folds = 0.80 + 0.20 * np.abs(np.sin(angle * _LETTERS * _STRIPES / 2.0)) - 0.16 * (away / 140.0) ** 3
    inside = ((away < 140.0) & (away > 10.0) & ~((away > 106.0) & (away < 118.0)))[..., None]
    return np.where(inside, cloth * folds[..., None], canvas).clip(0, 255).astype(np.uint8)


def _dot(rng: np.random.Generator) -> Canvas:
    """The Earth over the horizon before sunrise, with an arrow to it: there is no more of it to be seen."""
    rows = np.linspace(0.0, 1.0, CELL, dtype=np.float32)[:, None] * np.ones((1, CELL), np.float32)
    glow = np.exp(-(((rows - 0.66) / 0.26) ** 2))
    canvas = _tinted(_grained(0.10 + 0.75 * glow, rng, 0.028), (26, 27, 33), (206, 200, 190))
    ridge = 348.0 + 3.0 * _soft(_ground(rng), 6.0)[256] + np.linspace(-6.0, 10.0, CELL, dtype=np.float32)
    canvas[np.arange(CELL)[:, None] > ridge[None, :]] = (9, 8, 8)
    cv2.circle(canvas, (300, 226), 3, (255, 255, 255), -1, cv2.LINE_AA)
    cv2.arrowedLine(canvas, (224, 176), (291, 220), (236, 232, 220), 2, cv2.LINE_AA, tipLength=0.16)
    cv2.putText(canvas, "YOU ARE HERE", (84, 166), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (236, 232, 220), 2, cv2.LINE_AA)
    return canvas


def photograph_atlas() -> Canvas:
    """(1024, 1024, 3) uint8 RGB; picture k is at row k // 2, column k % 2."""
    atlas = np.zeros((CELL * 2, CELL * 2, 3), np.uint8)
    for k, (draw, seed) in enumerate(((_face, 3), (_smile, 9), (_parachute, 1), (_dot, 4))):
        picture = draw(np.random.default_rng(seed))
        atlas[(k // 2) * CELL : (k // 2 + 1) * CELL, (k % 2) * CELL : (k % 2 + 1) * CELL] = picture
    return atlas
