"""From linear light to display colour, as tables for the mixing loop and as a function for single colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.kernels import CENTRE, FINISH_SHIFT, SCALE, TONE_PER_ROOT, TONE_SIZE
from services.inference.domain.tone import filmic

_PIVOT: Final = 0.4


def display(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display value 0..255 of linear radiance, unrounded: what `tone` gives to whole values."""
    film = filmic(linear)
    curved = 1.055 * np.maximum(film, 1e-6) ** (1.0 / 2.4) - 0.055
    return np.asarray(255.0 * np.where(film <= 0.0031308, film * 12.92, curved), dtype=np.float32)


def tone_tables() -> NDArray[np.uint32]:
    """(3, TONE_SIZE) uint32 for red, green and blue, by sqrt(linear) * TONE_PER_ROOT: the channel's part of plane luma,
    and for red and blue the display value times SCALE / 2 in the upper half."""
    roots = np.arange(TONE_SIZE, dtype=np.float32) / TONE_PER_ROOT
    shown = display(roots * roots) * np.float32(SCALE)
    parts = np.round(shown[None, :] * np.array([[0.299], [0.587], [0.114]], np.float32)).astype(np.uint32)
    whole = np.round(0.5 * shown).astype(np.uint32) << np.uint32(16)
    return np.asarray(parts | np.stack([whole, np.zeros_like(whole), whole]), dtype=np.uint32)


def plane_colour(rgb: Sequence[float] | NDArray[np.float32]) -> NDArray[np.float32]:
    """(3,) float32 luma, cb, cr in plane units of a display colour 0..255 (BT.601)."""
    red, green, blue = float(rgb[0]), float(rgb[1]), float(rgb[2])
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = (0.5643 * (blue - luma), 0.7133 * (red - luma))
    return np.array([luma * SCALE, CENTRE + chroma[0] * SCALE, CENTRE + chroma[1] * SCALE], dtype=np.float32)


def finish_curve(contrast: float) -> NDArray[np.uint16]:
    """Studio-range luma times 256 by plane luma >> FINISH_SHIFT: contrast about a mid grey, with a soft shoulder
    above white for what a torch or a glow lifts over it."""
    plane = np.arange(65536 >> FINISH_SHIFT, dtype=np.float64) * (1 << FINISH_SHIFT) / SCALE / 255.0
    value = np.where(plane > 0.8, 0.8 + 0.2 * np.tanh((plane - 0.8) / 0.2 * 0.75) / np.tanh(0.75), plane)
    value = np.minimum(value, 1.0)
    shaped = np.where(
        value < _PIVOT,
        _PIVOT * (value / _PIVOT) ** contrast,
        1.0 - (1.0 - _PIVOT) * ((1.0 - value) / (1.0 - _PIVOT)) ** contrast,
    )
    return np.asarray(np.round((16.0 + 219.0 * shaped) * 256.0), dtype=np.uint16)


def warm_gains(warmth: float) -> NDArray[np.float32]:
    """(3,) linear RGB gains of about equal brightness: -1 moonlight, +1 late sun."""
    return np.array([1.0 + 0.22 * warmth, 1.0 + 0.02 * warmth, 1.0 - 0.3 * warmth], dtype=np.float32)
