"""What is sharp: the subject always, the foreground never, and what lies elsewhere only before focus is pulled."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.animator_stage.focus import defocus, focus_at, margin_px, softened
from services.inference.adapters.animator_stage.kernels import GRID_STEP
from services.inference.domain.shot import Effect, Shot, View

OVER = Shot(View("colonnade", "over_shoulder"), 96)
PULL = Shot(View("colonnade", "medium"), 96, effects=(Effect("rack_focus", 1.0, 20, 60),))
HEIGHT = 480


def test_who_is_looked_past_is_soft_and_the_subject_is_sharp() -> None:
    focus = focus_at(OVER, 10, 3.0, (1.2, 3.0), HEIGHT)
    assert focus.radius_px(1.2) > 3.0
    assert focus.radius_px(3.0) == 0.0
    assert focus.is_foreground(1.2)
    assert not focus.is_foreground(2.8)
    assert not focus.pulled


def test_nobody_is_soft_where_nobody_is_looked_past() -> None:
    wide = focus_at(Shot(View("colonnade", "wide"), 96), 10, 6.0, (2.0, 6.0), HEIGHT)
    assert (wide.radius_px(2.0), wide.pulled) == (0.0, False)


def test_focus_is_pulled_from_the_foreground_to_the_subject() -> None:
    at = [focus_at(PULL, frame, 4.0, (1.5, 4.0), HEIGHT).at_m for frame in range(96)]
    assert at[:21] == [1.5] * 21
    assert at[60:] == pytest.approx([4.0] * 36)
    assert at == sorted(at)
    before, after = focus_at(PULL, 0, 4.0, (1.5, 4.0), HEIGHT), focus_at(PULL, 95, 4.0, (1.5, 4.0), HEIGHT)
    assert (before.radius_px(1.5), after.radius_px(4.0)) == (0.0, 0.0)
    assert before.radius_px(4.0) > 2.0
    assert before.pulled
    assert not after.pulled


def test_it_may_begin_and_end_by_itself_and_finds_a_foreground_where_nobody_stands() -> None:
    shot = Shot(View("colonnade", "wide"), 96, effects=(Effect("rack_focus", 0.5),))
    at = [focus_at(shot, frame, 5.0, (), HEIGHT).at_m for frame in range(96)]
    assert at[0] < 2.5
    assert at[-1] == pytest.approx(5.0)


def test_the_place_is_blurred_by_its_distance_from_what_is_sharp() -> None:
    focus = focus_at(PULL, 0, 4.0, (1.5, 4.0), HEIGHT)
    stripes = np.where(np.arange(96) // 4 % 2 == 0, 8000, 24000).astype(np.uint16)
    luma = np.tile(stripes, (48, 1))
    chroma = np.full((2, 24, 48), 16384, np.uint16)
    near = np.full((48 // GRID_STEP + 2, 96 // GRID_STEP + 3), 1.0 / 1.5, np.float32)
    near[:, 12:] = 1.0 / 4.0
    defocus(luma, chroma, focus, near)
    assert np.ptp(luma[20, 8:32]) == 16000
    assert np.ptp(luma[20, 64:88]) < 9000
    assert luma[20, 64:88].mean() == pytest.approx(16000, rel=0.1)
    assert (chroma == 16384).all()


def test_a_soft_card_keeps_its_weight_and_reaches_beyond_its_outline() -> None:
    card = np.zeros((60, 60, 4), np.uint8)
    card[20:40, 20:40] = (200, 100, 50, 255)
    soft = softened(card, 4.0, foreground=False)
    assert int(soft[:, :, 3].sum()) == pytest.approx(int(card[:, :, 3].sum()), rel=0.03)
    assert 0 < soft[30, 17, 3] < 255
    assert margin_px(4.0) >= 8
    assert margin_px(0.0) == 0
    assert softened(card, 0.0, foreground=False) is card
    dark = softened(card, 0.0, foreground=True)
    assert dark[30, 30, 3] == 255
    assert dark[30, 30, :3].sum() < 0.75 * card[30, 30, :3].sum()
    assert np.ptp(dark[30, 30, :3]) < np.ptp(card[30, 30, :3])
