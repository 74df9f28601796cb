"""What screens show of a story: drawn, and true where it can be checked."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.painter_raymarch import photographs
from services.inference.adapters.painter_raymarch.photographs import CELL, photograph_atlas

pytestmark = pytest.mark.unit

RADII = (44, 73, 95, 129)


@pytest.fixture(scope="module")
def atlas() -> photographs.Canvas:
    return photograph_atlas()


def cell(atlas: photographs.Canvas, k: int) -> photographs.Canvas:
    return atlas[(k // 2) * CELL : (k // 2 + 1) * CELL, (k % 2) * CELL : (k % 2 + 1) * CELL]


def test_four_pictures_the_same_each_time(atlas: photographs.Canvas) -> None:
    assert atlas.shape == (2 * CELL, 2 * CELL, 3)
    assert all(cell(atlas, k).std() > 20 for k in range(4))
    assert np.array_equal(atlas, photograph_atlas())


def test_the_parachute_can_be_read(atlas: photographs.Canvas) -> None:
    """Around each ring, ten stripes a number, red for one: the words, and where they were written."""
    picture = cell(atlas, 2).astype(int)
    rings = []
    for radius in RADII:
        turns = (np.arange(80) + 0.5) / 80 * 2 * np.pi
        rows = np.rint(256 + radius * np.sin(turns)).astype(int)
        columns = np.rint(256 + radius * np.cos(turns)).astype(int)
        red = picture[rows, columns, 0] - picture[rows, columns, 2] > 60
        rings.append([int("".join(map(str, map(int, red[at : at + 10]))), 2) for at in range(0, 80, 10)])
    words = ["".join(chr(64 + number) for number in ring if number != 127) for ring in rings[:3]]
    assert words == ["DARE", "MIGHTY", "THINGS"]
    assert rings[3] == [34, 11, 58, ord("N") - 64, 118, 10, 31, ord("W") - 64]


def test_the_smile_is_darkest_at_the_rim_and_under_the_eyes(atlas: photographs.Canvas) -> None:
    grey = cell(atlas, 1).mean(axis=2)
    floor = np.median(grey[270:300, 240:270])
    assert grey[215:245, 195:225].min() < 0.6 * floor
    assert grey[215:245, 295:325].min() < 0.6 * floor
    assert grey[335:365, 240:270].min() < 0.75 * floor
