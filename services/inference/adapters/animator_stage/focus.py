"""What is out of focus: whoever stands in the foreground, and everything but one distance while focus is pulled.

The plates of near framings are painted with their background out of focus; that is not done again here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage import kernels_air
from services.inference.adapters.animator_stage.kernels import GRID_STEP
from services.inference.adapters.animator_stage.noise import smooth
from services.inference.domain.shot import Effect, Shot

Pixels = NDArray[np.uint8]

_FOREGROUND: Final = 0.72
_FOREGROUND_BLUR: Final = 0.012
_PULLED_BLUR: Final = 0.012
_MOST_BLUR: Final = 1.6
_NEAR_FOCUS: Final = 0.38
_PULL_FRAMES: Final = 28
_PULL_FROM: Final = 0.28
_DARKER: Final = 0.5
_COLOUR_KEPT: Final = 0.6
_LUMA: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Focus:
    """In one frame. subject_m: what the shot is about; at_m: what is sharp. blur_px: circle of confusion far behind,
    while focus is pulled; foreground_px: the same of those who stand before the subject."""

    subject_m: float
    at_m: float
    blur_px: float
    foreground_px: float

    @property
    def pulled(self) -> bool:
        """Whether the place itself is out of focus."""
        return self.blur_px > 0.0 and abs(self.at_m - self.subject_m) > 0.01 * self.subject_m

    def amount(self, near: NDArray[np.float32]) -> NDArray[np.float32]:
        """0..1 of blur_px where the plate lies `near` (inverse metres), beyond what it was painted with."""
        out = np.abs(1.0 - self.at_m * near) - np.abs(1.0 - self.subject_m * near)
        return np.asarray(np.clip(out, 0.0, 1.0), dtype=np.float32)

    def radius_px(self, depth_m: float) -> float:
        """Blur of a puppet."""
        pulled = self.blur_px * min(abs(1.0 - self.at_m / depth_m), _MOST_BLUR) if self.pulled else 0.0
        if not self.is_foreground(depth_m):
            return pulled
        out = min(abs(1.0 - self.at_m / depth_m), _MOST_BLUR)
        return max(pulled, self.foreground_px * out)

    def is_foreground(self, depth_m: float) -> bool:
        """Whether somebody is looked past."""
        return self.foreground_px > 0.0 and depth_m < _FOREGROUND * self.subject_m


def focus_at(shot: Shot, frame: int, subject_m: float, depths_m: Sequence[float], height_px: int) -> Focus:
    """depths_m: of the puppets. Somebody is in the foreground only where the shot looks over a shoulder."""
    foreground = _FOREGROUND_BLUR * height_px if shot.view.framing == "over_shoulder" else 0.0
    pull = next((effect for effect in shot.effects if effect.kind == "rack_focus"), None)
    if pull is None:
        return Focus(subject_m, subject_m, 0.0, foreground)
    nearest = min(depths_m, default=math.inf)
    start_m = nearest if nearest < _FOREGROUND * subject_m else _NEAR_FOCUS * subject_m
    share = _pulled_share(pull, frame, shot.frame_count)
    at_m = start_m * (subject_m / start_m) ** share
    return Focus(subject_m, at_m, _PULLED_BLUR * height_px * pull.strength, foreground)


def _pulled_share(pull: Effect, frame: int, frame_count: int) -> float:
    """0 while the foreground is sharp, 1 when the subject is."""
    start = pull.start_frame or round(_PULL_FROM * frame_count)
    end = pull.end_frame if pull.end_frame > start else min(start + _PULL_FRAMES, frame_count)
    return smooth((frame - start) / max(end - start, 1))


def margin_px(radius_px: float) -> int:
    """Pixels by which a blurred card reaches beyond its outline; even."""
    return 2 * math.ceil(radius_px) if radius_px >= 0.6 else 0


def softened(card: Pixels, radius_px: float, foreground: bool) -> Pixels:
    """(h, w, 4) uint8 premultiplied, out of focus; who is looked past is also darker and greyer, as the eye passes
    over what the light does not point at."""
    if radius_px < 0.6:
        return _subdued(card) if foreground else card
    height, width = card.shape[:2]
    shrink = 2 if radius_px >= 2.0 else 1
    small = card if shrink == 1 else cv2.resize(card, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    if foreground:
        small = _subdued(np.asarray(small, dtype=np.uint8))
    soft = cv2.GaussianBlur(small, (0, 0), 0.6 * radius_px / shrink)
    return np.asarray(soft if shrink == 1 else cv2.resize(soft, (width, height)), dtype=np.uint8)


def _subdued(card: Pixels) -> Pixels:
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = _DARKER * (_COLOUR_KEPT * np.eye(3) + (1.0 - _COLOUR_KEPT) * _LUMA[None, :])
    return np.asarray(cv2.transform(card, matrix), dtype=np.uint8)


def defocus(luma: NDArray[np.uint16], chroma: NDArray[np.uint16], focus: Focus, near: NDArray[np.float32]) -> None:
    """Throw the place out of focus by its depth on the grid, in two levels."""
    amount = focus.amount(near)
    _soften_plane(luma, amount, focus.blur_px, GRID_STEP)
    for plane in chroma:
        _soften_plane(plane, amount, 0.5 * focus.blur_px, GRID_STEP // 2)


def _soften_plane(plane: NDArray[np.uint16], amount: NDArray[np.float32], radius_px: float, step: int) -> None:
    height, width = plane.shape
    small = cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), max(0.15 * radius_px, 0.3))
    softer = cv2.GaussianBlur(small, (0, 0), max(0.3 * radius_px, 0.5))
    soft, softer = (cv2.resize(level, (width, height)) for level in (soft, softer))
    kernels_air.defocus(plane, soft, softer, amount, step)
