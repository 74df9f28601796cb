"""What came of each event."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.watch.answers import answers, in_words


def _one(run: Any, decided: dict[str, int] | None = None) -> Any:
    return answers(run.seen, decided)[0]


def test_an_answered_event_tells_its_times(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"emoji": {"name": "wow"}}, 3.0)
    run.tell(3.05, "ack", {"eventId": "event-01"})
    run.receipt("event-01", 3.1, frame=72)
    found = _one(run, {"event-01": 1})
    assert (found.kind, found.what, found.at_s) == ("emoji", "emoji wow", 2.5)
    assert (found.ack_after_s, found.receipt_after_s) == (0.05, 0.1)
    assert (found.outcome, found.depth, found.changed) == ("applied", "grade", ("warmer light",))
    assert found.changed_after_s == pytest.approx(0.5)
    assert (found.receipts, found.decided) == (1, 1)


def test_the_first_changed_picture_is_found_across_the_wrap_of_its_clock(a_run: Any) -> None:
    run = a_run()
    assert run.stamp(39) > run.stamp(41)
    run.send("event-01", {"skip": {}}, 1.5)
    run.receipt("event-01", 1.6, frame=41)
    assert _one(run).changed_after_s == pytest.approx(41 / 24 + 0.5 - 1.5, abs=0.001)


def test_a_change_that_never_came_has_no_time(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"skip": {}}, 1.5)
    run.receipt("event-01", 1.6, frame=5000)
    assert _one(run).changed_after_s is None


def test_a_hold_makes_the_change_later_than_promised(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=72)
    run.tell(3.2, "hold", {"active": True})
    run.tell(5.2, "hold", {"active": False})
    found = _one(run)
    assert found.promised_after_s == pytest.approx(0.5)
    assert found.changed_after_s == pytest.approx(2.5)


def test_a_change_the_film_holds_before_to_the_end_was_never_seen(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=72)
    run.tell(2.0, "hold", {"active": True})
    found = _one(run)
    assert found.promised_after_s == pytest.approx(0.5)
    assert found.changed_after_s is None


def test_a_hold_after_the_change_does_not_matter(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=72)
    run.tell(4.0, "hold", {"active": True})
    run.tell(6.0, "hold", {"active": False})
    assert _one(run).changed_after_s == pytest.approx(0.5)


def test_an_event_without_receipt_has_none(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"skip": {}}, 1.5)
    found = _one(run, {})
    assert (found.receipts, found.decided, found.outcome, found.ack_after_s) == (0, 0, "", None)


def test_a_grade_is_seen_in_the_pixels(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=96)
    run.brighten(96, 140)
    pixels = _one(run).changed_pixels
    assert (pixels.luma_before, pixels.luma_after) == (80.5, 140.0)
    assert pixels.difference == pytest.approx(59.5)
    assert pixels.motion < 1
    assert not pixels.at_cut


def test_a_grade_that_changes_nothing_differs_no_more_than_the_film_moves(a_run: Any) -> None:
    run = a_run()
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=96)
    pixels = _one(run).changed_pixels
    assert pixels.difference <= pixels.motion + 0.01


def test_a_cut_at_the_change_is_said(a_run: Any) -> None:
    run = a_run()
    run.shot("s0.0", 0)
    run.shot("s0.1", 96)
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=96)
    assert _one(run).changed_pixels.at_cut


def test_a_fork_of_the_same_shot_is_no_cut(a_run: Any) -> None:
    run = a_run()
    run.shot("s0.0", 0)
    run.shot("s0.0", 96)
    run.send("event-01", {"emoji": {"name": "love"}}, 3.0)
    run.receipt("event-01", 3.1, frame=96)
    assert not _one(run).changed_pixels.at_cut


def test_acts_in_words() -> None:
    assert in_words({"dial": {"name": "tension", "value": 0.9}}) == "dial tension 0.9"
    assert in_words({"skip": {}}) == "skip"
