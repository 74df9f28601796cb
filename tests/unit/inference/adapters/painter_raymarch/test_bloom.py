"""Light scattered around what is bright."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.painter_raymarch.bloom import KNEE, bloomed

pytestmark = pytest.mark.unit


def dark_with(lamp: float) -> np.ndarray:
    picture = np.full((120, 200, 3), 0.02, np.float32)
    picture[56:64, 96:104] = (lamp, lamp * 0.5, lamp * 0.2)
    return picture


def test_a_lamp_glows_around_itself_in_its_own_colour_and_less_farther_out() -> None:
    lamp = dark_with(6.0)
    glow = bloomed(lamp) - lamp
    near, far = glow[60, 110], glow[60, 140]
    assert near[0] > 4 * far[0] > 0
    assert near[0] > near[1] > near[2] > 0
    assert glow.min() >= 0


def test_what_is_not_bright_scatters_nothing() -> None:
    dim = dark_with(KNEE * 0.9)
    assert bloomed(dim) is dim


def test_a_sun_does_not_whiten_the_picture() -> None:
    fierce = bloomed(dark_with(1e4))
    assert fierce[10, 10].max() < 0.1
