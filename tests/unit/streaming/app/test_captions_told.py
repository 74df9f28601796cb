"""Whatever cuts a caption off, the page never has two of them for one moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.app.captions_told import CaptionsTold
from services.streaming.domain.timeline_messages import CaptionCue

pytestmark = pytest.mark.unit


def cue(cue_id: str, start: int, end: int) -> CaptionCue:
    return CaptionCue(cue_id, "Ann", f"words of {cue_id}", start, end, sound=False)


def as_shown(told: list[CaptionCue]) -> list[CaptionCue]:
    """What a page that takes the later of two has."""
    kept = {one.cue_id: one for one in told}.values()
    return sorted((one for one in kept if one.end_frame > one.start_frame), key=lambda one: one.start_frame)


def test_a_caption_that_runs_on_ends_where_the_next_shots_begins() -> None:
    told: list[CaptionCue] = []
    captions = CaptionsTold(told.append)
    captions.begin("s1", 0)
    captions.tell([cue("a", 10, 60), cue("b", 60, 140)])
    captions.begin("s1", 96)
    captions.tell([cue("c", 120, 180)])
    assert [(one.cue_id, one.end_frame) for one in as_shown(told)] == [("a", 60), ("b", 120), ("c", 180)]


def test_a_scene_that_was_skipped_takes_its_caption_with_it() -> None:
    told: list[CaptionCue] = []
    captions = CaptionsTold(told.append)
    captions.begin("s1", 0)
    captions.tell([cue("a", 10, 90)])
    captions.begin("s2", 48)
    assert [(one.cue_id, one.end_frame) for one in as_shown(told)] == [("a", 48)]


def test_a_scene_that_was_skipped_takes_along_what_was_yet_to_be_said() -> None:
    told: list[CaptionCue] = []
    captions = CaptionsTold(told.append)
    captions.begin("s1", 0)
    captions.tell([cue("a", 10, 60), cue("b", 60, 90), cue("c", 90, 140)])
    captions.begin("s2", 48)
    captions.tell([cue("d", 52, 120)])
    assert [(one.cue_id, one.end_frame) for one in as_shown(told)] == [("a", 48), ("d", 120)]


def test_what_is_told_anew_after_a_pause_is_not_cut_by_itself() -> None:
    told: list[CaptionCue] = []
    captions = CaptionsTold(told.append)
    captions.begin("s1", 0)
    captions.tell([cue("a", 10, 90)])
    captions.tell([cue("a", 22, 102)])
    assert as_shown(told) == [cue("a", 22, 102)]


@given(st.lists(st.tuples(st.integers(2, 16), st.lists(st.tuples(st.integers(0, 80), st.integers(1, 90)), max_size=4),
                          st.booleans()), min_size=1, max_size=12))  # fmt: skip
def test_no_two_captions_ever_overlap(shots: list[tuple[int, list[tuple[int, int]], bool]]) -> None:
    told: list[CaptionCue] = []
    captions = CaptionsTold(told.append)
    at = scene = 0
    for number, (chunks, cues, new_scene) in enumerate(shots):
        length = chunks * 12
        scene += new_scene
        captions.begin(f"s{scene}", at)
        starts = sorted({start % length: span for start, span in cues}.items())
        captions.tell(cue(f"{number}.{start}", at + start, at + start + span) for start, span in starts)
        at += length
    shown = as_shown(told)
    for before, after in zip(shown, shown[1:], strict=False):
        assert before.end_frame <= after.start_frame
    assert all(one.start_frame < one.end_frame for one in shown)
