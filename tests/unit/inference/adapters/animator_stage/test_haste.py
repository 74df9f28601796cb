"""Where drawing begins that somebody waits for, and begins anew once it has fallen behind."""

from __future__ import annotations

import pytest

from services.inference.adapters.animator_stage.haste import Haste, Lead, part_lengths
from services.inference.ports import not_yet


@pytest.mark.parametrize(
    ("pictures", "parts"), [(1, []), (2, [1]), (3, [1]), (4, [1, 2]), (12, [1, 2, 2, 3]), (9, [1, 2, 2, 3])]
)
def test_first_parts_leave_something_for_the_last(pictures: int, parts: list[int]) -> None:
    assert list(part_lengths(pictures)) == parts
    assert sum(parts) < pictures


def test_drawing_begins_where_it_can_be_in_time() -> None:
    lead = Lead()
    assert Haste(20, 96, lambda: 17, lead).begin(20) == 20
    lead.learn(0.2)
    assert lead.frames == 6
    assert Haste(20, 96, lambda: 17, lead).begin(20) == 23
    assert Haste(20, 96, not_yet, lead).begin(20) == 20


def test_a_picture_that_takes_long_makes_no_endless_lead() -> None:
    lead = Lead()
    lead.learn(30.0)
    assert lead.frames == 10
    lead.learn(0.0)
    assert lead.frames == 2


def test_drawing_that_keeps_up_goes_on_and_drawing_that_does_not_begins_anew() -> None:
    shown = [17]
    haste = Haste(20, 96, lambda: shown[0], Lead())
    assert haste.begin(20) == 20
    shown[0] = 22
    assert not haste.lags(23)
    assert haste.lags(22)
    assert haste.begin(24) == 24
    shown[0] = 26
    assert haste.lags(25)
    assert haste.begin(25) == 28
    assert haste.entered == 28
    assert haste.waits_for(48)
    assert not haste.waits_for(60)
    assert haste.lengths(36, 12) == (1, 2, 2, 3)
    assert haste.lengths(48, 12) == ()


def test_nothing_is_drawn_past_the_end() -> None:
    assert Haste(20, 48, lambda: 100, Lead()).begin(20) == 47
