"""When lines are heard and how they are captioned: in order, never overlapping, slow enough to read, sounds included."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.layout import (
    CAPTION_LIMIT,
    GAP_FRAMES,
    LATE_FRAMES,
    READING_SPEED_CPS,
    TURN_GAP_FRAMES,
    LaidLine,
    Layout,
    SaidLine,
    captions_of,
    lay_out,
    without_overlap,
)
from services.streaming.domain.screenplay import Caption
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND
from tests.unit.streaming.domain.small_screenplay import layouts, said

pytestmark = pytest.mark.unit


def captioned(layout: Layout, until: int | None = None) -> tuple[Caption, ...]:
    """All captions of a layout, as a scene has them."""
    cues = [
        cue for number, line in enumerate(layout.lines) for cue in captions_of(line, f"c{number}", line.said.speaker)
    ]
    return without_overlap(cues, until)


def sound(name: str, start_frame: int, end_frame: int) -> Caption:
    return Caption(f"s.{name}", "", f"[{name}]", start_frame, end_frame, sound=True)


def spoken(text: str, start_frame: int, end_frame: int) -> Caption:
    return Caption(f"c.{start_frame}", "Ann", text, start_frame, end_frame)


@given(layouts())
def test_lines_are_heard_one_after_the_other_within_the_scene(layout: Layout) -> None:
    assert layout.frame_count % FRAMES_PER_CHUNK == 0
    assert layout.frame_count >= 96
    for before, after in zip(layout.lines, layout.lines[1:], strict=False):
        assert before.end_frame < after.start_frame
    if layout.lines:
        assert layout.lines[0].start_frame > 0
        assert layout.lines[-1].end_frame < layout.frame_count


def test_another_speaker_takes_longer_to_begin() -> None:
    layout = lay_out([said(0, "ann", 3), said(1, "ann", 3), said(2, "bob", 3)], new_place=False, pace=0.0)
    pauses = [
        after.start_frame - before.end_frame for before, after in zip(layout.lines, layout.lines[1:], strict=False)
    ]
    assert pauses == [GAP_FRAMES, TURN_GAP_FRAMES]


def test_pace_moves_pauses_and_never_words() -> None:
    lines = [said(0, "ann", 6), said(1, "bob", 6)]
    slow, fast = (lay_out(lines, new_place=True, pace=pace) for pace in (-1.0, 1.0))
    assert slow.lines[0].start_frame > fast.lines[0].start_frame
    assert [line.said.frame_count for line in slow.lines] == [line.said.frame_count for line in fast.lines]


@given(st.integers(1, 34), st.lists(st.integers(1, 14), max_size=6), st.floats(-1, 1))
def test_a_description_is_told_in_a_gap_that_dialogue_waits_for(words: int, lines: list[int], pace: float) -> None:
    told = said(-1, "Description", words)
    layout = lay_out([said(n, "ann", count) for n, count in enumerate(lines)], True, pace, description=told)
    assert layout.description is not None
    assert layout.description.said is told
    begins = layout.lines[0].start_frame if layout.lines else layout.frame_count
    assert layout.description.end_frame < begins
    assert captions_of(layout.description, "d", "Description")[-1].end_frame <= begins
    assert layout.start_of(0) == begins


def test_a_new_place_is_seen_before_anyone_speaks() -> None:
    assert (
        lay_out([said(0, "ann", 3)], new_place=True, pace=0.0).lines[0].start_frame
        > lay_out([said(0, "ann", 3)], new_place=False, pace=0.0).lines[0].start_frame
    )


def test_start_of_a_line_that_is_not_said_is_the_next_ones() -> None:
    layout = lay_out([said(0, "ann", 3), said(2, "bob", 3)], new_place=False, pace=0.0)
    assert layout.start_of(1) == layout.lines[1].start_frame
    assert layout.start_of(3) == layout.frame_count


@given(layouts())
def test_captions_never_overlap_and_say_every_word_once(layout: Layout) -> None:
    cues = captioned(layout)
    for before, after in zip(cues, cues[1:], strict=False):
        assert before.end_frame <= after.start_frame
    assert all(cue.start_frame < cue.end_frame for cue in cues)
    assert " ".join(cue.text for cue in cues).split() == [
        word.text for line in layout.lines for word in line.said.words
    ]


@given(layouts())
def test_no_caption_outlives_its_scene_and_the_last_can_be_read(layout: Layout) -> None:
    cues = captioned(layout, layout.frame_count)
    assert all(cue.end_frame <= layout.frame_count for cue in cues)
    for cue in cues[-1:]:
        assert (cue.end_frame - cue.start_frame) / FRAMES_PER_SECOND >= len(cue.text) / READING_SPEED_CPS - 1 / 24


@given(layouts())
def test_a_caption_is_there_while_its_words_are_heard(layout: Layout) -> None:
    for line in layout.lines:
        words = list(line.said.words)
        for cue in captions_of(line, "c", "Ann"):
            own = [words.pop(0) for _ in cue.text.split()]
            assert cue.start_frame == line.start_frame + round(own[0].start_frame)
            assert cue.end_frame >= line.start_frame + round(own[-1].end_frame)


def test_a_caption_stays_long_enough_to_be_read() -> None:
    quick = said(0, "ann", 12, frames_per_word=3)
    [cue] = captions_of(LaidLine(quick, 40), "c", "Ann")
    assert (cue.end_frame - cue.start_frame) / FRAMES_PER_SECOND >= len(cue.text) / READING_SPEED_CPS - 1 / 24


@given(st.integers(1, 60))
def test_a_caption_fits_on_two_lines(words: int) -> None:
    for cue in captions_of(LaidLine(said(0, "ann", words), 0), "c", "Ann"):
        assert len(cue.text) <= CAPTION_LIMIT + 1


def test_a_line_without_word_times_is_captioned_whole() -> None:
    line = SaidLine(0, "ann", "Who is there?", "engineer", "calm", 1.0, 48)
    [cue] = captions_of(LaidLine(line, 30), "c", "Ann")
    assert (cue.text, cue.start_frame) == ("Who is there?", 30)
    assert cue.end_frame >= 78


def test_a_sound_during_words_goes_in_front_of_them() -> None:
    cues = without_overlap([spoken("Run!", 10, 60), sound("door", 20, 60), spoken("Now!", 80, 120)])
    assert [(cue.text, cue.start_frame, cue.end_frame) for cue in cues] == [
        ("[door] Run!", 10, 60),
        ("Now!", 80, 120),
    ]


def test_a_sound_in_silence_has_its_own_caption() -> None:
    cues = without_overlap([spoken("Run!", 100, 140), sound("door", 10, 50)])
    assert [cue.text for cue in cues] == ["[door]", "Run!"]
    assert cues[0].sound


def test_sounds_heard_together_are_both_told() -> None:
    cues = without_overlap([sound("door", 10, 50), sound("steps", 10, 50), sound("radio", 30, 70)])
    told = " ".join(cue.text for cue in cues)
    assert [name for name in ("door", "steps", "radio") if f"[{name}]" not in told] == []
    assert all(before.end_frame <= after.start_frame for before, after in zip(cues, cues[1:], strict=False))


def test_several_sounds_during_words_are_told_in_the_order_in_which_they_are_heard() -> None:
    [cue] = without_overlap([spoken("Run!", 10, 90), sound("door", 20, 60), sound("steps", 50, 90)])
    assert cue.text == "[door] [steps] Run!"


@given(st.lists(st.integers(2, 14), min_size=1, max_size=8), st.lists(st.integers(0, 200), max_size=4))
def test_captions_can_be_read_in_their_time(lengths: list[int], alarms: list[int]) -> None:
    """Lines at 17 characters a second, with a breath between them, and sounds that join them: below 20 at any time."""
    cues, at = [], 0
    for number, words in enumerate(lengths):
        text = " ".join(["signal"] * words)
        length = round(len(text) / 17.0 * FRAMES_PER_SECOND)
        cues.append(Caption(f"c{number}", "Ann", text, at, at + length))
        at += length + TURN_GAP_FRAMES
    shown = without_overlap([*cues, *(sound("alarm", start, start + 40) for start in alarms)])
    for cue, following in zip(shown, shown[1:], strict=False):
        assert cue.end_frame <= following.start_frame
    speeds = [len(cue.text) * FRAMES_PER_SECOND / (cue.end_frame - cue.start_frame) for cue in shown]
    late = [cue.start_frame - own.start_frame for own in cues for cue in shown if cue.cue_id == own.cue_id]
    assert max(late, default=0) <= LATE_FRAMES
    assert sorted(speeds)[: max(1, len(speeds) - len(alarms))][-1] < 20.0
