"""What a beat repeats of the two before it."""

from __future__ import annotations

import pytest

from services.streaming.domain.sameness import NO_REPEATS, repeats
from tests.unit.streaming.domain.small_story import start

pytestmark = pytest.mark.unit

HOME = start(beat_id="home", place="house", purpose="setup", themes={"robotics": 0.5, "family": 0.4})
SAME = start(beat_id="same", place="house", purpose="setup", themes={"robotics": 0.9})
YARD = start(beat_id="yard", place="yard", purpose="turn", themes={"family": 0.5})


def test_nothing_repeats_nothing() -> None:
    assert repeats(HOME, ()) == NO_REPEATS
    assert repeats(HOME, (YARD, YARD)) == NO_REPEATS


def test_place_main_theme_and_purpose_count_by_themselves() -> None:
    assert repeats(HOME, (SAME,)) == (1.0, 1.0, 1.0)
    elsewhere = start(beat_id="elsewhere", place="yard", purpose="turn", themes={"robotics": 0.9})
    assert repeats(HOME, (elsewhere, YARD)) == (0.0, 1.0, 0.0)


def test_only_the_latest_two_count() -> None:
    assert repeats(HOME, (SAME, SAME, SAME)) == (2.0, 2.0, 2.0)
    assert repeats(HOME, (SAME, YARD, SAME)) == (1.0, 1.0, 1.0)
    assert repeats(HOME, (SAME, YARD, YARD)) == NO_REPEATS
