"""The tone curve."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.domain.tone import filmic, tone

pytestmark = pytest.mark.unit


def test_black_white_and_order() -> None:
    ramp = np.linspace(0, 20, 4000, dtype=np.float32)[:, None].repeat(3, axis=1)
    shown = tone(ramp)
    assert shown.dtype == np.uint8
    assert shown[0].max() == 0
    assert shown[-1].min() == 255
    assert (np.diff(shown[:, 0].astype(int)) >= 0).all()


def test_middle_grey_stays_in_the_middle() -> None:
    assert 90 < tone(np.full((1, 3), 0.18, dtype=np.float32))[0, 0] < 140


def test_highlights_are_compressed_not_clipped() -> None:
    assert filmic(np.float32([1.0]))[0] < filmic(np.float32([3.0]))[0] < 1


def test_negative_light_is_black() -> None:
    assert tone(np.full((1, 3), -1.0, dtype=np.float32)).max() == 0
