"""What is set is read where it should stand, fits, and leaves the rest of the picture alone."""

from __future__ import annotations

import numpy as np
import pytest

from services.streaming.adapters.captions_burned import BurnedCaptions, font_file

SIZE = (320, 180)


def grey() -> np.ndarray:
    picture = np.full((270, 320), 120, np.uint8)
    picture[180:] = 90
    return picture


def burned(text: str) -> np.ndarray:
    picture = grey()
    BurnedCaptions([(0, 500, ""), (500, 900, text)], *SIZE, font_file()).lay(picture, 600.0)
    return picture


def test_white_letters_stand_on_a_dark_plate_at_the_foot() -> None:
    luma = burned("Ann: We are losing pressure.")[:180]
    rows = np.flatnonzero((luma != 120).any(axis=1))
    columns = np.flatnonzero((luma != 120).any(axis=0))
    assert rows[0] > 130
    assert rows[-1] < 172
    assert abs(columns[0] - (319 - columns[-1])) <= 2
    assert luma.max() > 225
    assert (luma[rows[0] : rows[-1], columns[0] : columns[-1]] < 60).mean() > 0.5


def test_colour_goes_where_the_plate_is_and_stays_elsewhere() -> None:
    chroma = burned("wind")[180:].reshape(2, 90, 160)
    assert (chroma[:, :60] == 90).all()
    assert int(chroma[:, 70:86, 75:85].max()) > 105


def test_a_long_line_is_wrapped_and_a_word_too_long_is_cut() -> None:
    one = burned("We go.")[:180]
    long = burned("We should have turned back at the ridge, when there was still light enough to see the beacon.")[:180]
    assert (long != 120).any(axis=1).sum() > 1.5 * (one != 120).any(axis=1).sum()
    assert (long != 120).any(axis=0).sum() < 0.9 * SIZE[0]
    assert burned("x" * 400).shape == (270, 320)


@pytest.mark.parametrize("time_ms", [0.0, 499.0, 900.0, 1e9])
def test_nothing_is_said_nothing_is_set(time_ms: float) -> None:
    picture = grey()
    BurnedCaptions([(0, 500, ""), (500, 900, "Ann: hello")], *SIZE, font_file()).lay(picture, time_ms)
    assert (picture == grey()).all()


def test_without_a_font_it_says_what_to_install() -> None:
    with pytest.raises(ValueError, match="fonts-inter"):
        font_file(("/nowhere/a.otf",))
