"""Light groups are summed whatever their number, and only where the box says."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.animator_stage import kernels
from services.inference.adapters.animator_stage.tones import display, tone_tables

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("groups", "dark"), [(1, ()), (5, (1, 3)), (7, (0,)), (11, ()), (5, (0, 1, 2, 3, 4))])
def test_the_sum_of_all_groups_is_shown(groups: int, dark: tuple[int, ...]) -> None:
    random = np.random.default_rng(groups)
    stack = random.integers(0, 256, (groups, 3, 8, 20), np.uint8)
    weights = np.float32(0.5 / groups) * np.ones((groups, 3), np.float32)
    weights[list(dark)] = 0.0
    luma, chroma = np.full(160, 7, np.uint32), np.full(40, 7, np.uint32)
    clear, fog = np.full((8, 20), 255, np.uint8), np.zeros(3, np.float32)
    kernels.mix(stack, weights / np.float32(65025.0), clear, False, fog, tone_tables(), luma, chroma, 4, 2, 18, 8)
    linear = np.einsum("gc,gcyx->cyx", weights, (stack / np.float32(255.0)) ** 2).astype(np.float32)
    shown = np.tensordot(np.array([0.299, 0.587, 0.114]), display(linear), 1)
    found = (luma & 0xFFFF).reshape(8, 20) / kernels.SCALE
    assert np.abs(found - shown)[2:8, 4:18].max() < 0.6
    untouched = luma.reshape(8, 20)
    assert (untouched[:2] == 7).all()
    assert (untouched[:, :4] == 7).all()
    assert (untouched[:, 18:] == 7).all()
