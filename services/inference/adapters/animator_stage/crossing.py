"""The first frames of a take that is not cut to: the picture before it, drawn on, gives way to the take's own.

Knows finished I420 pictures only, not what is in them.
"""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.noise import smooth
from services.inference.adapters.animator_stage.picture import Simplified

Pixels = NDArray[np.uint8]
Weights = NDArray[np.float32]

LENGTHS: Final = {"cut": 0, "dip": 20, "dissolve": 20, "wipe_left": 16, "wipe_right": 16, "iris": 20}
"""Frames until nothing is left of the picture before."""
LONGEST_FRAMES: Final = max(LENGTHS.values())
_DARK_FRAMES: Final = 8
_RISE_FRAMES: Final = 14
_SOFT_EDGE: Final = 0.05
_BLACK: Final = 16
_GREY: Final = 128
_FULLY: Final = Simplified()


class Frames(Protocol):
    """A take's pictures, (height * 3 / 2, width) uint8 I420, each valid until the next call."""

    def frame(self, frame: int, simplified: Simplified = ...) -> Pixels: ...

    def held(self, step: int) -> Pixels: ...


class Crossing:
    """Frames of `own`, the first of which come out of `before`. before: None where it is not known what was seen.

    What was there is drawn on twos, for nobody looks at it any more: a crossing costs half a picture more.
    """

    def __init__(self, kind: str, own: Frames, before: Frames | None, first_before: int) -> None:
        self._kind = kind
        self._own = own
        self._before = before
        self._first_before = first_before
        self._kept: tuple[int, Pixels] | None = None

    def frame(self, frame: int, simplified: Simplified = _FULLY) -> Pixels:
        """Frame of the take; a pure function of the frame's number."""
        if frame >= LENGTHS[self._kind]:
            return self._own.frame(frame, simplified)
        if self._kind == "dip":
            return self._dip(frame, simplified)
        own = self._own.frame(frame, simplified)
        if self._before is None:
            return own
        return self._mixed(own, self._drawn_on(frame, simplified), (frame + 1.0) / (LENGTHS[self._kind] + 1.0))

    def held(self, step: int) -> Pixels:
        """The loop after the take."""
        return self._own.held(step)

    def _drawn_on(self, frame: int, simplified: Simplified) -> Pixels:
        assert self._before is not None
        number = self._first_before + (frame & ~1)
        if self._kept is None or self._kept[0] != number:
            self._kept = (number, self._before.frame(number, simplified))
        return self._kept[1]

    def _dip(self, frame: int, simplified: Simplified) -> Pixels:
        if self._before is None:
            return self._dimmed(self._own.frame(frame, simplified), smooth((frame + 0.5) / _RISE_FRAMES))
        if frame < _DARK_FRAMES:
            picture = self._before.frame(self._first_before + frame, simplified)
            return self._dimmed(picture, 1.0 - smooth((frame + 1.0) / _DARK_FRAMES))
        rise = smooth((frame - _DARK_FRAMES + 0.5) / (LENGTHS["dip"] - _DARK_FRAMES))
        return self._dimmed(self._own.frame(frame, simplified), rise)

    def _mixed(self, own: Pixels, before: Pixels, share: float) -> Pixels:
        if self._kind == "dissolve":
            weight = smooth(share)
            return np.asarray(cv2.addWeighted(own, weight, before, 1.0 - weight, 0.0), dtype=np.uint8)
        height, width = own.shape[0] * 2 // 3, own.shape[1]
        cover = _iris(share, width, height) if self._kind == "iris" else _wipe(self._kind, share, width, height)
        laid = _as_i420(cover)
        return np.asarray(cv2.blendLinear(own, before, laid, np.float32(1.0) - laid), dtype=np.uint8)

    def _dimmed(self, picture: Pixels, level: float) -> Pixels:
        """Light times level; black and grey stay what they are."""
        height = picture.shape[0] * 2 // 3
        out = np.empty_like(picture)
        codes = np.arange(256, dtype=np.float32)
        cv2.LUT(picture[:height], _table(_BLACK + (codes - _BLACK) * level), dst=out[:height])
        cv2.LUT(picture[height:], _table(_GREY + (codes - _GREY) * level), dst=out[height:])
        return out


def _table(values: Weights) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


def _wipe(kind: str, share: float, width: int, height: int) -> Weights:
    """(height, width): how much of the new picture shows behind an edge that leans a little."""
    across = (np.arange(width, dtype=np.float32) + 0.5) / width
    lean = 0.12 * ((np.arange(height, dtype=np.float32) + 0.5) / height - 0.5)
    behind = across[None, :] if kind == "wipe_right" else 1.0 - across[None, :]
    reach = 0.06 + _SOFT_EDGE
    edge = -reach + (1.0 + 2.0 * reach) * share
    return _soft((edge - behind - lean[:, None]) / _SOFT_EDGE)


def _iris(share: float, width: int, height: int) -> Weights:
    """(height, width): the new picture within a circle that opens from the middle."""
    x = (np.arange(width, dtype=np.float32) + 0.5 - 0.5 * width) / height
    y = (np.arange(height, dtype=np.float32) + 0.5 - 0.5 * height) / height
    distance = np.hypot(x[None, :], y[:, None])
    farthest = float(np.hypot(0.5 * width / height, 0.5))
    radius = (farthest + 2.0 * _SOFT_EDGE) * smooth(share) - _SOFT_EDGE
    return _soft((radius - distance) / _SOFT_EDGE)


def _soft(value: NDArray[np.floating]) -> Weights:
    held = np.clip(0.5 + 0.5 * value, 0.0, 1.0)
    return np.asarray(held * held * (3.0 - 2.0 * held), dtype=np.float32)


def _as_i420(cover: Weights) -> Weights:
    """(height * 3 / 2, width) weights of luma, and of both chroma planes as they lie under it."""
    height, width = cover.shape
    small = cover.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    # Of a picture whose height is no multiple of four, a chroma plane ends in the middle of a row.
    chroma = np.concatenate([small.reshape(-1), small.reshape(-1)]).reshape(height // 2, width)
    return np.asarray(np.concatenate([cover, chroma]), dtype=np.float32)
