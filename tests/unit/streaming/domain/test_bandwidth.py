"""Down at once, up only after a trial that went well, and never misled by what a silence left behind."""

from __future__ import annotations

from random import Random

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
    """A line and a viewer that reports once a second, or every `report_s`; tells what is sent."""

    def __init__(self, report_s: float = 1.0) -> None:
        self.control = BandwidthControl(NEEDS)
        self.now_s = 0.0
        self.report_s = report_s
        self.chance = Random(7)

    def run(self, seconds: float, carries_bps: float = 1e9, loss: float = 0.0, round_trip_s: float = 0.06) -> float:
        """Quarter seconds of life; the most padding that was sent."""
        most = 0
        for _ in range(round(seconds * 4)):
            self.now_s += 0.25
            padding = self.control.padding_bps(self.now_s)
            most = max(most, padding)
            over = max(0.0, 1 - carries_bps / (NEEDS[self.control.rung] + padding))
            if self.now_s % self.report_s == 0 or padding:
                expected = round(30 * self.report_s) if self.report_s < 1.0 else 100
                lost = sum(self.chance.random() < loss + over for _ in range(expected))
                self.control.on_report(self.now_s, lost, expected, round_trip_s + (0.4 if over else 0.0))
        return most


def test_a_good_line_is_left_alone() -> None:
    line = Line()
    assert line.run(60.0, loss=0.02) == 0
    assert (line.control.rung, line.control.switches) == (0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_a_packet_lost_now_and_then_means_nothing_however_few_a_report_is_about(seed: int) -> None:
    line = Line(report_s=0.25)
    line.chance = Random(seed)
    line.run(10.0, loss=0.02)
    for _ in range(120):
        line.run(1.0, loss=0.02)
        line.control.on_estimate(line.now_s, 700_000 + 1000 * line.chance.randrange(100))
    assert (line.control.rung, line.control.switches) == (0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_a_lossy_line_that_got_wide_again_is_found_within_ten_seconds(seed: int) -> None:
    line = Line(report_s=0.25)
    line.chance = Random(seed)
    line.run(10.0, loss=0.02)
    line.run(25.0, carries_bps=600_000, loss=0.02)
    assert line.control.rung == 1
    line.run(10.0, loss=0.02)
    assert line.control.rung == 0


def test_a_burst_of_padding_that_drains_is_no_queue() -> None:
    line = Line(report_s=0.25)
    line.run(10.0)
    line.run(10.0, carries_bps=600_000)
    for _ in range(40):
        line.now_s += 0.25
        padding = line.control.padding_bps(line.now_s)
        line.control.on_report(line.now_s, 0, 8, 0.06)
        line.control.on_report(line.now_s + 0.1, 0, 8, 0.2 if padding else 0.06)
    assert line.control.rung == 0


def test_a_queue_that_stays_is_not_taken_for_the_line_however_many_reports_tell_of_it() -> None:
    line = Line()
    line.run(10.0)
    line.control.on_silence_ended(10.0)
    for number in range(200):
        line.control.on_report(10.0 + 0.02 * number, 0, 2, 0.6)
    assert line.control.rung > 0


def test_a_line_that_got_narrow_is_left_within_two_reports() -> None:
    line = Line()
    line.run(10.0)
    line.run(3.0, carries_bps=600_000)
    assert line.control.rung == 1


def test_one_bad_report_is_not_believed() -> None:
    line = Line()
    line.run(10.0)
    line.control.on_report(10.5, 50, 100, 0.06)
    line.control.on_report(11.5, 0, 100, 0.06)
    assert line.control.rung == 0


def test_a_growing_queue_counts_as_full() -> None:
    line = Line()
    line.run(10.0)
    for at_s in (11.0, 12.0):
        line.control.on_report(at_s, 0, 100, 0.5)
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
    assert 10 <= line.control.failed_probes <= 22
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
        control.on_report(at_s, 50, 100, 0.06)
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
    line.control.on_report(11.0, 0, 100, 0.2)
    assert line.control.rung == 1
    assert line.control.estimate_bps == 400_000


def test_a_report_of_loss_makes_one_falling_estimate_enough() -> None:
    line = Line()
    line.run(10.0)
    line.control.on_estimate(10.2, 1_500_000)
    line.control.on_report(11.0, 8, 100, 0.06)
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
        line.control.on_report(15.0 + after_s + 0.1 * number, 100, 100, 4.0)
    assert line.control.rung == 0


def test_nothing_is_padded_on_the_best_rung() -> None:
    assert BandwidthControl(NEEDS).padding_bps(100.0) == 0
