"""Rungs are smaller, even, and no more than make sense."""

from __future__ import annotations

import pytest

from services.streaming.domain.ladder import ladder_from, need_bps
from services.streaming.domain.screenplay import Rendition


def test_the_best_comes_first_and_each_rung_is_lighter() -> None:
    best = Rendition(640, 360, "h264", 900_000)
    ladder = ladder_from(best)
    assert ladder[0] == best
    assert [(r.width, r.height, r.bitrate_bps) for r in ladder[1:]] == [(480, 270, 450_000), (320, 180, 225_000)]
    needs = [need_bps(rendition) for rendition in ladder]
    assert needs == sorted(needs, reverse=True)
    assert all(need > rendition.bitrate_bps for need, rendition in zip(needs, ladder, strict=True))


@pytest.mark.parametrize("size", [(854, 480), (638, 358), (1281, 721)])
def test_sizes_are_even(size: tuple[int, int]) -> None:
    for rendition in ladder_from(Rendition(*size, "h264", 2_000_000))[1:]:
        assert rendition.width % 2 == 0
        assert rendition.height % 2 == 0


def test_what_is_small_already_has_no_rung_below() -> None:
    assert len(ladder_from(Rendition(160, 90, "h264", 100_000))) == 1
