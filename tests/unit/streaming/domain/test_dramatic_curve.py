"""The shape of a film: acts that fill the planned length, tension that rises to the climax and falls at the close."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.dramatic_curve import PEAK_TENSION, fitted

pytestmark = pytest.mark.unit

seconds = st.floats(0.0, 2000.0)


@given(st.floats(60.0, 2000.0), st.tuples(seconds, seconds, seconds), st.tuples(seconds, seconds, seconds))
def test_acts_follow_each_other_and_fill_the_planned_length(
    planned_s: float, least_s: tuple[float, ...], more_s: tuple[float, ...]
) -> None:
    shape = fitted(planned_s, least_s, [least + more for least, more in zip(least_s, more_s, strict=True)])
    assert list(shape.ends_s) == sorted(shape.ends_s)
    assert shape.planned_s == pytest.approx(planned_s)
    assert all(0.0 <= shape.tension_at(planned_s * n / 20) <= 1.0 for n in range(25))


def test_an_act_is_no_longer_than_the_story_can_make_it() -> None:
    shape = fitted(1000.0, (0.0, 0.0, 0.0), (100.0, 2000.0, 2000.0))
    assert shape.end_of(1) == pytest.approx(100.0, rel=0.05)


def test_tension_rises_to_the_climax_with_breathers_and_falls_at_the_close() -> None:
    shape = fitted(900.0, (100.0, 100.0, 100.0), (900.0, 900.0, 900.0))
    told = [shape.tension_at(float(at)) for at in range(0, 901, 5)]
    assert max(told) == pytest.approx(PEAK_TENSION, abs=0.05)
    assert told.index(max(told)) > 0.8 * len(told)
    assert told[-1] < 0.4
    drops = sum(before - after > 0.0 for before, after in zip(told, told[1:], strict=False))
    assert drops > 10
    assert [shape.act_at(at) for at in (0.0, 450.0, 899.0)] == [1, 2, 3]
