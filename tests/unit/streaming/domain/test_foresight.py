"""What is worth preparing: likelier, longer waits and cheaper work first; films that may need the same add up."""

from __future__ import annotations

import pytest

from services.streaming.domain.foresight import LEAST_WORTH, SLIPS, Guess, ranked, saved_s

pytestmark = pytest.mark.unit


def test_probability_times_the_wait_spared_over_the_cost_decides() -> None:
    guesses = [
        Guess("likely", 0.5, 4.0, 4.0),
        Guess("cheap", 0.1, 4.0, 0.4),
        Guess("long wait", 0.1, 30.0, 4.0),
        Guess("unlikely", 0.05, 4.0, 4.0),
    ]
    assert [guess.key for guess in ranked(guesses)] == ["cheap", "long wait", "likely", "unlikely"]


def test_what_several_films_may_need_is_likelier() -> None:
    shared = [Guess("shared", 0.3, 2.0, 1.0) for _ in range(3)]
    first, second = ranked([Guess("own", 0.5, 2.0, 1.0), *shared])
    assert (first.key, second.key) == ("shared", "own")
    assert first.probability == pytest.approx(1.0 - 0.7**3)


def test_what_is_not_worth_the_work_is_left() -> None:
    assert ranked([Guess("never", 0.0, 9.0, 1.0), Guess("hardly", LEAST_WORTH / 2.0, 1.0, 1.0)]) == ()


def test_who_is_told_early_enough_spares_little_by_a_guess() -> None:
    assert saved_s(4.0, 0.0) == pytest.approx(4.0 + 4.0 * SLIPS)
    assert saved_s(4.0, 3.0) == pytest.approx(1.0 + 4.0 * SLIPS)
    assert saved_s(4.0, 60.0) == pytest.approx(4.0 * SLIPS)
