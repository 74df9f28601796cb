"""What is measured from a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loadtests.watch import measures
from loadtests.watch.observations import Interruption, Lag


def test_a_smooth_run_has_no_stall(a_run: Any) -> None:
    assert measures.stalls(a_run().seen) == []


def test_a_gap_is_a_stall_of_picture_and_sound(a_run: Any) -> None:
    run = a_run()
    run.lose(4.0, 5.0)
    run.seen.lags.append(Lag(4.6, 0.3))
    found = measures.stalls(run.seen)
    assert {stall.stream for stall in found} == {"audio", "video"}
    assert len(found) == 2
    assert all(stall.gap_s == pytest.approx(1.0, abs=0.1) for stall in found)
    assert all(stall.viewer_lag_s == 0.3 for stall in found)


def test_a_film_that_never_comes_back_is_a_stall(a_run: Any) -> None:
    run = a_run()
    run.lose(6.0, 99.0)
    found = measures.stalls(run.seen)
    assert {stall.stream for stall in found} == {"audio", "video"}
    assert all(stall.gap_s == pytest.approx(4.5, abs=0.1) for stall in found)


def test_after_its_end_the_film_may_be_still(a_run: Any) -> None:
    run = a_run()
    run.lose(6.0, 99.0)
    run.tell(6.0, "ended", {"endingTitle": "Dawn"})
    assert measures.stalls(run.seen) == []


def test_a_pause_is_no_stall_until_the_resume_is_answered(a_run: Any) -> None:
    run = a_run()
    run.send("pause-01", {"pause": {}}, 4.0)
    run.send("resume-1", {"resume": {}}, 6.0)
    run.receipt("resume-1", 6.1)
    run.lose(4.1, 6.2)
    assert measures.stalls(run.seen) == []
    run.lose(4.1, 6.8)
    assert {round(stall.gap_s, 1) for stall in measures.stalls(run.seen)} <= {0.7, 0.8}
    assert len(measures.stalls(run.seen)) == 2


def test_a_lost_connection_is_one_stall_of_the_connection(a_run: Any) -> None:
    run = a_run()
    run.seen.interruptions.append(Interruption(10.4, None))
    assert [(s.stream, s.at_s) for s in measures.stalls(run.seen)] == [("connection", 10.4)]


def test_a_hold_lasts_from_its_begin_to_its_end(a_run: Any) -> None:
    run = a_run()
    run.tell(2.0, "hold", {"active": True})
    run.tell(2.5, "hold", {"active": True})
    run.tell(3.0, "hold", {"active": False})
    run.tell(9.0, "hold", {"active": True})
    assert measures.holds(run.seen) == [measures.Span(2.0, 3.0), measures.Span(9.0, 10.5)]


def test_missing_sound_is_what_its_clock_jumps(a_run: Any) -> None:
    run = a_run()
    assert measures.sound_missing_s(run.seen) == 0.0
    del run.seen.sounds[100:110]
    assert measures.sound_missing_s(run.seen) == pytest.approx(0.2)


def test_sound_in_step_has_no_offset(a_run: Any) -> None:
    seen = a_run(20.0).seen
    assert measures.offset_by_arrival(seen).worst_ms == pytest.approx(0.0, abs=0.1)
    assert measures.offset_by_reports(seen).worst_ms == pytest.approx(0.0, abs=0.1)


def test_drifting_sound_is_found_by_both_measures(a_run: Any) -> None:
    seen = a_run(60.0, sound_late_s=lambda media_s: media_s * 0.001).seen
    for offset in (measures.offset_by_arrival(seen), measures.offset_by_reports(seen)):
        assert offset.first_ms == pytest.approx(2.0, abs=2.0)
        assert offset.worst_ms == pytest.approx(58.0, abs=3.0)


def test_early_sound_is_negative_and_the_worst(a_run: Any) -> None:
    seen = a_run(20.0, sound_late_s=lambda media_s: -0.06 if media_s > 10 else 0.01).seen
    assert measures.offset_by_reports(seen).worst_ms == pytest.approx(-60.0, abs=1.0)


def test_one_late_burst_is_no_drift(a_run: Any) -> None:
    seen = a_run(20.0, sound_late_s=lambda media_s: 0.5 if 8.0 < media_s < 8.1 else 0.0).seen
    worst_ms = measures.offset_by_arrival(seen).worst_ms
    assert worst_ms is not None
    assert abs(worst_ms) < 5


def test_a_film_that_falls_behind_its_clock_is_no_offset(a_run: Any) -> None:
    seen = a_run(20.0).seen
    behind = [replace(r, ntp_s=r.ntp_s + (3.0 if r.at_s > 8.2 else 0.0)) for r in seen.reports]
    later = {"audio": 0.1, "video": 0.0}
    seen.reports[:] = [replace(r, ntp_s=r.ntp_s + later[r.stream], media_s=r.media_s + later[r.stream]) for r in behind]
    assert measures.offset_by_reports(seen).worst_ms == pytest.approx(0.0, abs=1.0)


def test_without_reports_nothing_is_claimed(a_run: Any) -> None:
    seen = a_run().seen
    seen.reports.clear()
    assert measures.offset_by_reports(seen).worst_ms is None


def _cue(cue_id: str, start: int, end: int, sound: bool = False) -> dict[str, Any]:
    told = {"cueId": cue_id, "speaker": "Tam", "text": cue_id, "sound": sound}
    return {**told, "startFrame": str(start), "endFrame": str(end)}


def test_captions_that_are_up_together_overlap(a_run: Any) -> None:
    run = a_run()
    for cue in (_cue("a", 0, 48), _cue("b", 24, 90), _cue("c", 91, 100), _cue("rain", 0, 200, sound=True)):
        run.tell(1.0, "caption", cue)
    assert measures.caption_overlaps(run.seen) == [measures.Overlap("Tam: a", "Tam: b", 1.0)]


def test_a_cue_told_again_counts_as_told_last(a_run: Any) -> None:
    run = a_run()
    for cue in (_cue("a", 0, 48), _cue("b", 24, 90), _cue("b", 60, 90)):
        run.tell(1.0, "caption", cue)
    assert measures.caption_overlaps(run.seen) == []


def test_a_skip_cuts_the_line_off(a_run: Any) -> None:
    run = a_run()
    run.send("skip-001", {"skip": {}}, 1.0)
    run.receipt("skip-001", 1.1, frame=20)
    for cue in (_cue("a", 0, 48), _cue("b", 24, 90)):
        run.tell(1.0, "caption", cue)
    assert measures.caption_overlaps(run.seen) == []
