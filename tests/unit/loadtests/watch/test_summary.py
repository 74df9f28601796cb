"""What a run must not show, and what it looks like as JSON and text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from loadtests.watch.measures import Stall
from loadtests.watch.observations import Interruption
from loadtests.watch.summary import Summary, summarise
from loadtests.watch.table import table


def _summary(run: Any, decided: dict[str, int] | None = None) -> Summary:
    return summarise(run.seen, "session-1", decided if decided is not None else {}, None, None)


def _run_with_event(a_run: Any, receipts: int = 1) -> Any:
    run = a_run()
    run.shot("s0.0", 0)
    run.shot("s0.1", 96)
    run.send("event-01", {"dial": {"name": "pace", "value": 0.5}}, 3.0)
    for _ in range(receipts):
        run.receipt("event-01", 3.1, frame=72)
    return run


def test_a_good_run_has_no_fault(a_run: Any) -> None:
    summary = _summary(_run_with_event(a_run), {"event-01": 1})
    assert summary.faults() == []
    assert (summary.ttff_s, summary.watched_s, summary.played_s) == (0.5, 10.0, 10.0)
    assert [(shot.shot_id, shot.at_s) for shot in summary.shots] == [("s0.0", 0.0), ("s0.1", 4.0)]


def test_a_stall_is_a_fault(a_run: Any) -> None:
    run = _run_with_event(a_run)
    run.lose(4.5, 5.5)
    faults = _summary(run, {"event-01": 1}).faults()
    assert [fault.split()[0] for fault in faults] == ["video", "audio"]
    assert "at 4.0 s" in faults[0]


def test_many_stalls_are_told_in_one_line(a_run: Any) -> None:
    summary = _summary(_run_with_event(a_run), {"event-01": 1})
    stalls = (Stall("video", 1.0, 0.5, 0.0), Stall("video", 4.0, 2.0, 0.0))
    assert replace(summary, stalls=stalls).faults() == ["video stalled 2 times, 2.5 s in all, at most 2.00 s at 4.0 s"]


def test_no_receipt_and_two_receipts_are_faults(a_run: Any) -> None:
    for receipts in (0, 2):
        faults = _summary(_run_with_event(a_run, receipts), {"event-01": 1}).faults()
        assert len(faults) == 1
        assert f"has {receipts} receipts" in faults[0]


def test_a_decision_that_was_taken_twice_is_a_fault(a_run: Any) -> None:
    faults = _summary(_run_with_event(a_run), {"event-01": 2}).faults()
    assert "decided in the log: 2" in faults[0]


def test_a_receipt_lost_with_its_connection_is_looked_up_in_the_log(a_run: Any) -> None:
    run = _run_with_event(a_run, receipts=0)
    run.seen.interruptions.append(Interruption(3.0, 3.2))
    assert not any("receipts" in fault for fault in _summary(run, {"event-01": 1}).faults())
    assert any("receipts" in fault for fault in _summary(run, {}).faults())


def test_sound_far_from_its_picture_is_a_fault(a_run: Any) -> None:
    summary = _summary(a_run(20.0, sound_late_s=lambda _: -0.05))
    assert summary.av_offset_ms_max is not None
    assert summary.faults() == [f"sound and picture were {summary.av_offset_ms_max:.1f} ms apart"]


def test_what_could_not_be_measured_does_not_pass(a_run: Any) -> None:
    run = a_run()
    run.seen.reports.clear()
    run.seen.sounds.clear()
    assert "sound against picture could not be measured" in _summary(run).faults()


def test_choices_errors_and_the_end_are_told(a_run: Any) -> None:
    run = a_run()
    options = [{"optionId": "press", "label": "Press"}, {"optionId": "wait", "label": "Wait"}]
    run.tell(2.5, "choiceOffered", {"choiceId": "c1", "prompt": "Press or wait?", "options": options})
    run.tell(4.5, "choiceClosed", {"choiceId": "c1", "optionId": "press"})
    run.tell(5.0, "error", {"code": "invalid_event", "message": "no", "field": "dial.name"})
    run.tell(6.0, "ended", {"endingTitle": "Dawn"})
    summary = _summary(run)
    (choice,) = summary.choices
    assert (choice.at_s, choice.options, choice.taken) == (2.0, ("Press", "Wait"), "press")
    assert summary.errors == ("invalid_event: no (dial.name)",)
    assert summary.ended


def test_json_and_table_say_the_same(a_run: Any) -> None:
    summary = _summary(_run_with_event(a_run, receipts=2), {"event-01": 1})
    written = json.loads(json.dumps(summary.to_json()))
    assert written["events"][0]["receipts"] == 2
    assert written["stall_count"] == 0
    assert written["faults"] == summary.faults()
    text = table(summary)
    assert "dial pace 0.5" in text
    assert f"WRONG: {summary.faults()[0]}" in text
