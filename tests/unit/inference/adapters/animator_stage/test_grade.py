"""Grade keys interpolate linearly, and calm slows them causally."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.inference.adapters.animator_stage.grade import calm_keys, grade_at
from services.inference.domain.shot import GradeKey


def test_values_are_linear_between_keys_and_held_beyond() -> None:
    keys = (GradeKey(10, exposure_stops=0.0, warmth=-1.0), GradeKey(20, exposure_stops=2.0, warmth=1.0))
    assert grade_at(keys, 0).exposure_stops == 0.0
    assert grade_at(keys, 15).exposure_stops == pytest.approx(1.0)
    assert grade_at(keys, 13).warmth == pytest.approx(-0.4)
    assert grade_at(keys, 99).exposure_stops == 2.0


def test_of_two_keys_on_one_frame_the_later_counts() -> None:
    keys = (GradeKey(0), GradeKey(8), GradeKey(8, contrast=1.5), GradeKey(20, contrast=1.5))
    assert grade_at(keys, 7.99).contrast == 1.0
    assert grade_at(keys, 8).contrast == 1.5


def test_no_keys_is_neutral() -> None:
    assert grade_at((), 5) == GradeKey(5)


def test_calm_bounds_how_fast_exposure_moves() -> None:
    keys = tuple(GradeKey(frame, exposure_stops=2.0 * (frame // 2 % 2)) for frame in range(48))
    calm = calm_keys(keys, 48)
    stops = [grade_at(calm, frame).exposure_stops for frame in range(48)]
    assert max(abs(b - a) for a, b in pairwise(stops)) <= 0.8 / 24 + 1e-9


def test_calm_reaches_what_was_asked_in_the_end() -> None:
    calm = calm_keys((GradeKey(0), GradeKey(1, exposure_stops=-1.0, saturation=0.5)), 96)
    assert grade_at(calm, 95).exposure_stops == pytest.approx(-1.0)
    assert grade_at(calm, 2).saturation == pytest.approx(0.5)


def test_calm_at_a_frame_does_not_depend_on_later_keys() -> None:
    early = (GradeKey(0), GradeKey(12, alarm=0.6))
    late = (*early, GradeKey(30, alarm=0.0, exposure_stops=3.0))
    one, other = calm_keys(early, 96), calm_keys(late, 96)
    for frame in range(13):
        assert grade_at(one, frame).alarm == pytest.approx(grade_at(other, frame).alarm)


def test_calm_keeps_a_steady_grade_to_one_key() -> None:
    assert len(calm_keys((GradeKey(exposure_stops=0.5),), 96)) == 1
