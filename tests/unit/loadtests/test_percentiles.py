"""Percentiles of measures are values that were measured."""

from __future__ import annotations

import math

import pytest

from loadtests.percentiles import nearest_rank

pytestmark = pytest.mark.unit


def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed() -> None:
    values = [float(value) for value in range(20, 0, -1)]
    assert [nearest_rank(values, share) for share in (0.0, 0.05, 0.5, 0.95, 1.0)] == [1, 1, 10, 19, 20]
    assert nearest_rank([4.0], 0.95) == 4.0
    assert math.isnan(nearest_rank([], 0.5))
