"""Triangles into samples: which one is seen, at the edges of the buffer too, and what is filled from them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite import raster

FAR, NEAR = 0.25, 0.5
Corner = tuple[float, float]


def scanned(
    *triangles: tuple[tuple[Corner, Corner, Corner], float],
    size: tuple[int, int] = (24, 32),
    at: tuple[int, int] = (0, 0),
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """(h, w) codes, and which triangles were seen. Each triangle: corners as on paper and its inverse depth."""
    screen = np.array([(x, y, depth) for corners, depth in triangles for x, y in corners], np.float32)
    numbers = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
    samples = np.full(size, raster.EMPTY, np.int64)
    seen = np.zeros(len(triangles), np.uint8)
    codes = np.arange(len(triangles), dtype=np.int32)
    raster.scan(screen, numbers, codes, 0, len(triangles), *at, samples, seen)
    return samples.astype(np.int32), seen


def square(left: float, top: float, side: float, depth: float) -> list[tuple[tuple[Corner, Corner, Corner], float]]:
    """Two triangles that face the viewer."""
    a, b = (left, top), (left, top + side)
    c, d = (left + side, top + side), (left + side, top)
    return [((a, b, c), depth), ((a, c, d), depth)]


def test_a_square_covers_its_samples_once_and_no_others() -> None:
    codes, seen = scanned(*square(5.0, 4.0, 10.0, NEAR))
    assert (codes[4:14, 5:15] >= 0).all()
    assert (codes >= 0).sum() == 100
    assert seen.all()


@pytest.mark.parametrize("nearest_first", [True, False])
def test_the_nearer_is_seen_whatever_is_scanned_first(nearest_first: bool) -> None:
    pieces = [*square(2.0, 2.0, 12.0, NEAR), *square(8.0, 8.0, 12.0, FAR)]
    order = [0, 1, 2, 3] if nearest_first else [2, 3, 0, 1]
    codes, _ = scanned(*(pieces[n] for n in order))
    found = np.array(order)[codes[9:13, 9:13]]
    assert (found < 2).all()
    assert (np.array(order)[codes[16:19, 16:19]] >= 2).all()


def test_what_lies_behind_another_everywhere_is_not_seen() -> None:
    _, seen = scanned(*square(2.0, 2.0, 18.0, NEAR), *square(6.0, 6.0, 6.0, FAR))
    assert seen.tolist() == [1, 1, 0, 0]


def test_what_faces_away_is_not_drawn() -> None:
    (a, b, c), depth = square(2.0, 2.0, 10.0, NEAR)[0]
    codes, seen = scanned(((a, c, b), depth))
    assert (codes < 0).all()
    assert not seen.any()


@pytest.mark.parametrize("left", [-40.0, -13.5, -3.0, 20.0, 29.5, 50.0])
@pytest.mark.parametrize("top", [-30.0, -5.5, 10.0, 22.0, 40.0])
def test_what_hangs_over_an_edge_is_cut_there(left: float, top: float) -> None:
    inside, _ = scanned(*square(left + 60.0, top + 60.0, 17.0, NEAR), size=(160, 160))
    codes, _ = scanned(*square(left, top, 17.0, NEAR))
    assert np.array_equal(codes, inside[60:84, 60:92])


def test_slanting_triangles_over_an_edge_are_cut_there() -> None:
    random = np.random.default_rng(5)
    for _ in range(200):
        points = random.uniform(-30.0, 60.0, (3, 2))
        (ax, ay), (bx, by), (cx, cy) = points
        if (cx - ax) * (by - ay) - (bx - ax) * (cy - ay) < 0:
            points = points[::-1]
        triangle = tuple((float(x), float(y)) for x, y in points)
        moved = tuple((x + 60.0, y + 60.0) for x, y in triangle)
        whole, _ = scanned((moved, NEAR), size=(160, 160))  # type: ignore[arg-type]
        codes, _ = scanned((triangle, NEAR))  # type: ignore[arg-type]
        assert (codes != whole[60:84, 60:92]).sum() <= 2


def test_a_buffer_may_begin_anywhere() -> None:
    codes, _ = scanned(*square(105.0, 54.0, 10.0, NEAR), at=(100, 50))
    assert (codes[4:14, 5:15] >= 0).all()
    assert (codes >= 0).sum() == 100
