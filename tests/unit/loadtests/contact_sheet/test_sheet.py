"""Cells side by side."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from loadtests.contact_sheet.sheet import GAP_PX, Cell, arranged, labelled, save

pytestmark = pytest.mark.unit


def plain(value: int, width: int = 64, height: int = 36) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_cells_fill_rows_in_order_and_the_last_row_is_black_where_none_are_left() -> None:
    sheet = arranged([Cell("", plain(value)) for value in (50, 100, 150)], 2, 64)
    assert sheet.shape == (2 * (36 + GAP_PX), 2 * (64 + GAP_PX), 3)
    middles = [[int(sheet[18 + 40 * row, 40 + 68 * column, 0]) for column in (0, 1)] for row in (0, 1)]
    assert middles == [[50, 100], [150, 0]]


def test_cells_of_different_heights_stand_in_one_row() -> None:
    assert arranged([Cell("", plain(9)), Cell("", plain(9, 64, 64))], 2, 64).shape[0] == 64 + GAP_PX


def test_a_label_is_readable_on_light_and_on_dark() -> None:
    for value in (0, 255):
        written = labelled(Cell("corridor", plain(value, 320, 180)), 320)
        assert int(np.ptp(written[:40, :120])) > 200


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        arranged([], 3, 64)


def test_what_is_saved_is_read_back_in_its_colours(tmp_path: Path) -> None:
    red = plain(0)
    red[..., 0] = 200
    path = save(tmp_path / "sheets" / "red.png", red)
    assert (cv2.imread(str(path))[..., ::-1] == red).all()


def test_what_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "a.png").mkdir()
    with pytest.raises(OSError, match=r"a\.png"):
        save(tmp_path / "taken" / "a.png", plain(1))
