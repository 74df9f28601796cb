"""Coverage masks of a plate, from the forms and materials that each pixel sees."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.painter_raymarch.gl_passes import Geometry
from services.inference.adapters.painter_raymarch.shader_compiler import CompiledSet

GLOW_FROM, GLOW_FULL = 0.25, 0.9
EVEN_TAKEN = 0.7
OUTSIDE_FROM_M = 30.0
"""What is seen farther off than this from within a room is outside of it, here and in `glsl/shade.frag`."""


def _soft(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A yes-or-no mask with its edge smoothed over one pixel."""
    return np.asarray(cv2.GaussianBlur(mask.astype(np.uint8) * 255, (3, 3), 0.6), dtype=np.uint8)


def _drawn_out(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light in the air with most of what lies evenly over the picture taken from it, so that its edges are seen."""
    soft = cv2.GaussianBlur(np.ascontiguousarray(light), (0, 0), 0.8)
    even = cv2.GaussianBlur(soft, (0, 0), max(2.0, 0.16 * light.shape[0]))
    return np.asarray(np.maximum(1.5 * soft - EVEN_TAKEN * 1.5 * even, 0.0), dtype=np.float32)


def masks_of(
    compiled: CompiledSet, geometry: Geometry, depth: NDArray[np.float32], linear: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.uint8]]:
    """Sky, screens, glow, floor, what windows show of the outside, and the air that key lights and lamps shine through.

    depth: metres; linear: light groups in order. Gives (height, width) uint8, empty ones left out.
    """
    form = geometry.place[..., 3].astype(np.int32)
    materials = [None, *(compiled.materials[m] for m in compiled.material_of_form[1:])]
    is_screen = np.array([m is not None and m.pattern in ("screen", "glyph") for m in materials])
    is_floor = np.array([m is not None and m.floor for m in materials])
    is_glowing = np.array([m is not None and max(m.emission) > 0 for m in materials])
    masks = {
        "sky": _soft(form == 0),
        "screens": _soft(is_screen[form]),
        "floor": _soft(is_floor[form] & (geometry.normal[..., 1] > 0.6)),
    }
    if compiled.design.inside and compiled.design.sky.kind == "mars":
        masks["windows"] = _soft(depth > OUTSIDE_FROM_M)
    brightness = (linear[0] + linear[2] + linear[4]).max(axis=2)
    glow = np.clip((brightness - GLOW_FROM) / (GLOW_FULL - GLOW_FROM), 0, 1) * is_glowing[form]
    masks["glow"] = (glow * 255).astype(np.uint8)
    rows, columns = form.shape
    for name, channel in (("shafts", 0), ("lamp_shafts", 1)):
        seen = cv2.resize(_drawn_out(geometry.shafts[..., channel]), (columns, rows), interpolation=cv2.INTER_CUBIC)
        masks[name] = np.clip(seen * 255.0 + 0.5, 0, 255).astype(np.uint8)
    return {name: mask for name, mask in masks.items() if mask.any()}
