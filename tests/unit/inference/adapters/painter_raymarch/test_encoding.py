"""Square-root encoding and depth of field."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.painter_raymarch.encoding import BRIGHTEST, decode, encode
from services.inference.adapters.painter_raymarch.focus import blur_radii, defocus

pytestmark = pytest.mark.unit


def test_light_survives_within_a_step() -> None:
    rng = np.random.default_rng(1)
    light = (rng.random((40, 60, 3), dtype=np.float32) ** 3) * 4
    encoded, scale = encode(light)
    assert encoded.dtype == np.uint8
    step = 2 * np.sqrt(light * scale) / 255 + scale / 255**2
    assert (np.abs(decode(encoded, scale) - light) <= step * 1.01).all()


def test_dither_keeps_the_mean_of_a_dark_gradient() -> None:
    light = np.full((120, 160, 3), 0.0123, dtype=np.float32)
    light[0, 0] = 5.0
    encoded, scale = encode(light)
    assert len(np.unique(encoded[1:])) > 1
    assert decode(encoded, scale)[1:].mean() == pytest.approx(0.0123, rel=0.03)


def test_black_and_too_bright() -> None:
    assert encode(np.zeros((8, 8, 3), dtype=np.float32))[0].max() <= 1
    encoded, scale = encode(np.full((8, 8, 3), 50.0, dtype=np.float32))
    assert scale == BRIGHTEST
    assert decode(encoded, scale).min() == pytest.approx(BRIGHTEST, rel=0.02)


def test_what_is_in_focus_stays_sharp_and_light_is_kept() -> None:
    light = np.zeros((60, 120, 3), dtype=np.float32)
    light[30, 30] = light[30, 90] = 9.0
    depth = np.full((60, 120), 2.0, dtype=np.float32)
    depth[:, 60:] = 40.0
    blurred = defocus(light, blur_radii(depth, 2.0, 5.0))
    assert blurred[30, 30, 0] == pytest.approx(9.0)
    assert blurred[30, 90, 0] < 0.5
    assert blurred[:, 70:].sum() == pytest.approx(27.0, rel=0.05)
