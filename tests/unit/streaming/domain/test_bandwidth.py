"""Down at once, up only after a trial that went well, and never misled by what a silence left behind."""

from __future__ import annotations

import pytest

from services.streaming.domain.bandwidth import (
    FIRST_CLIMB_AFTER_S,
    PROBE_S,
    PROBE_VERDICT_S,
    SETTLE_S,
    BandwidthControl,
)

NEEDS = (1_000_000, 560_000, 330_000)


class Line:
    """A line and a viewer that reports once a second; tells what is sent."""

    def __init__(self) -> None:
        self.control = BandwidthControl(NEEDS)
        self.now_s = 0.0

    def run(self, seconds: float, carries_bps: float = 1e9, loss: float = 0.0, round_trip_s: float = 0.06) -> float:
        """Quarter seconds of life; the most padding that was sent."""
        most = 0
        for _ in range(round(seconds * 4)):
            self.now_s += 0.25
            padding = self.control.padding_bps(self.now_s)
            most = max(most, padding)
            over = max(0.0, 1 - carries_bps / (NEEDS[self.control.rung] + padding))
            if self.now_s % 1.0 == 0 or padding:
                self.control.on_report(self.now_s, min(1.0, loss + over), round_trip_s + (0.4 if over else 0.0))
        return most


def test_a_good_line_is_left_alone() -> None:
    line = Line()
    assert line.run(60.0, loss=0.02) == 0
    assert (line.control.rung, line.control.switches) == (0, 0)


def test_a_line_that_got_narrow_is_left_within_two_reports() -> None:
    line = Line()
    line.run(10.0)
    line.run(3.0, carries_bps=600_000)
    assert line.control.rung == 1


def test_one_bad_report_is_not_believed() -> None:
    line = Line()
    line.run(10.0)
    line.control.on_report(10.5, 0.5, 0.06)
    line.control.on_report(11.5, 0.0, 0.06)
    assert line.control.rung == 0


def test_a_growing_queue_counts_as_full() -> None:
    line = Line()
    line.run(10.0)
    for at_s in (11.0, 12.0):
        line.control.on_report(at_s, 0.0, 0.5)
    assert line.control.rung == 1


def test_a_very_narrow_line_gets_the_lowest_rung_and_stays_there() -> None:
    line = Line()
    line.run(30.0, carries_bps=100_000)
    assert line.control.rung == 2


def test_a_line_that_got_wide_again_is_found_within_ten_seconds() -> None:
    line = Line()
    line.run(10.0)
    line.run(10.0, carries_bps=600_000)
    assert line.control.rung == 1
    padding = line.run(10.0)
    assert padding >= NEEDS[0] - NEEDS[1]
    assert line.control.rung == 0


def test_trials_on_a_narrow_line_get_rarer_and_change_nothing() -> None:
    line = Line()
    line.run(10.0)
    line.run(120.0, carries_bps=600_000)
    assert line.control.rung == 1
    assert 10 <= line.control.failed_probes <= 18
    assert line.control.switches == 1


def test_loss_that_was_always_there_does_not_spoil_a_trial() -> None:
    line = Line()
    line.run(10.0, loss=0.03)
    line.run(10.0, carries_bps=600_000)
    line.run(12.0, loss=0.03)
    assert line.control.rung == 0


def test_a_trial_that_nobody_reported_on_is_no_success() -> None:
    control = BandwidthControl(NEEDS)
    for at_s in (1.0, 2.0):
        control.on_report(at_s, 0.5, 0.06)
    assert control.rung == 1
    at_s = 2.0
    while control.failed_probes == 0:
        at_s += 0.25
        control.padding_bps(at_s)
        assert at_s < 2.0 + SETTLE_S + FIRST_CLIMB_AFTER_S + PROBE_S + PROBE_VERDICT_S + 2.0
    assert control.rung == 1


def test_an_estimate_that_falls_makes_one_report_of_a_queue_enough() -> None:
    line = Line()
    line.run(10.0)
    line.control.on_estimate(10.2, 1_500_000)
    line.control.on_estimate(10.4, 400_000)
    assert line.control.rung == 0
    line.control.on_report(11.0, 0.0, 0.2)
    assert line.control.rung == 1
    assert line.control.estimate_bps == 400_000


def test_a_report_of_loss_makes_one_falling_estimate_enough() -> None:
    line = Line()
    line.run(10.0)
    line.control.on_estimate(10.2, 1_500_000)
    line.control.on_report(11.0, 0.08, 0.06)
    line.control.on_estimate(11.2, 600_000)
    assert line.control.rung == 1


def test_an_estimate_alone_moves_nothing() -> None:
    line = Line()
    for number in range(40):
        line.run(1.0, loss=0.02)
        line.control.on_estimate(line.now_s, 400_000 if number % 2 else 900_000)
    assert (line.control.rung, line.control.switches) == (0, 0)


@pytest.mark.parametrize("after_s", [0.5, 1.0])
def test_what_was_lost_in_a_silence_is_not_held_against_the_line(after_s: float) -> None:
    line = Line()
    line.run(10.0)
    line.control.on_silence_ended(15.0)
    for number in range(2):
        line.control.on_report(15.0 + after_s + 0.1 * number, 1.0, 4.0)
    assert line.control.rung == 0


def test_nothing_is_padded_on_the_best_rung() -> None:
    assert BandwidthControl(NEEDS).padding_bps(100.0) == 0
