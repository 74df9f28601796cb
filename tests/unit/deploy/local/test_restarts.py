"""Restarts: growing delays, a limit within the window, and forgiveness beyond it."""

from __future__ import annotations

from deploy.local.restarts import RestartPolicy, Restarts

POLICY = RestartPolicy(deaths_limit=5, window_s=60.0, first_delay_s=0.2, delay_limit_s=1.0)


def test_delays_double_up_to_their_limit_and_the_fifth_death_ends_it() -> None:
    restarts = Restarts(POLICY)
    assert [restarts.after_death(float(second)) for second in range(5)] == [0.2, 0.4, 0.8, 1.0, None]
    assert restarts.count == 4


def test_deaths_that_lie_back_are_forgiven() -> None:
    restarts = Restarts(POLICY)
    assert [restarts.after_death(61.0 * number) for number in range(20)] == [0.2] * 20


def test_window_slides() -> None:
    restarts = Restarts(POLICY)
    for second in (0.0, 1.0, 2.0, 3.0):
        assert restarts.after_death(second) is not None
    assert restarts.after_death(62.5) == 0.4
    assert restarts.after_death(62.6) == 0.8
