"""Counts flashes in drawn pictures as WCAG 2.2 defines them (general flash and red flash thresholds), place by place.

Stricter than the criterion: a single place of 8 x 8 pixels counts, whatever part of the picture flashes with it.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

FRAMES_PER_SECOND = 24
PLACE_PX = 8
MOST_IN_A_SECOND = 3
GENERAL_CHANGE, DARK_BELOW = 0.1, 0.8
RED_CHANGE, RED_SHARE = 20.0 / 320.0, 0.8
Floats = NDArray[np.float64]


def linear_places(picture: NDArray[np.uint8]) -> Floats:
    """(places, 3) mean linear RGB, 0..1, of an I420 picture's blocks."""
    rgb = cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_I420).astype(np.float64) / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    rows, columns = (side // PLACE_PX for side in linear.shape[:2])
    blocks = linear[: rows * PLACE_PX, : columns * PLACE_PX].reshape(rows, PLACE_PX, columns, PLACE_PX, 3)
    return np.asarray(blocks.mean(axis=(1, 3)).reshape(-1, 3))


def pairs_in_a_second(levels: Floats, change: float, counts: NDArray[np.bool_]) -> int:
    """Most pairs of opposing changes of at least `change` in any second. counts: for each frame, whether a change to or
    from it counts."""
    most = 0
    for first in range(max(len(levels) - FRAMES_PER_SECOND + 1, 1)):
        changes, turn, direction = 0, first, 0
        for at in range(first, min(first + FRAMES_PER_SECOND, len(levels))):
            step = levels[at] - levels[turn]
            if direction * step > 0 or (direction == 0 and abs(step) < change):
                turn = at if direction else turn
            elif abs(step) >= change and (counts[at] or counts[turn]):
                changes, direction, turn = changes + 1, int(np.sign(step)), at
        most = max(most, changes // 2)
    return most


def general_flashes(rgb: Floats) -> int:
    """Of one place over time, (frames, 3): pairs of changes of relative luminance, the darker under 0.8."""
    luminance = rgb @ np.array([0.2126, 0.7152, 0.0722])
    return pairs_in_a_second(luminance, GENERAL_CHANGE, luminance < DARK_BELOW)


def red_flashes(rgb: Floats) -> int:
    """Of one place over time: pairs of changes to or from a saturated red."""
    red = np.maximum(rgb[:, 0] - rgb[:, 1] - rgb[:, 2], 0.0)
    saturated = rgb[:, 0] >= RED_SHARE * np.maximum(rgb.sum(axis=1), 1e-9)
    return pairs_in_a_second(red, RED_CHANGE, saturated)


def flashing_places(pictures: Iterable[NDArray[np.uint8]], every: int = 7) -> tuple[int, int]:
    """How many places (every n-th is looked at) have more than three general, and red, flashes in a second."""
    seen = np.array([linear_places(picture)[::every] for picture in pictures])
    places = [seen[:, place] for place in range(seen.shape[1])]
    general = sum(general_flashes(place) > MOST_IN_A_SECOND for place in places)
    return general, sum(red_flashes(place) > MOST_IN_A_SECOND for place in places)
