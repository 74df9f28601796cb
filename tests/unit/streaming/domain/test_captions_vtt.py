"""Captions on export: what was really shown, one at a time, in a file that players read."""

from __future__ import annotations

import pytest

from services.streaming.domain.captions_vtt import captions_of_log, webvtt
from services.streaming.domain.journal import Held, Progress, SceneWritten, TakeScheduled
from services.streaming.domain.screenplay import Caption, PlannedShot, Scene, Shot, TakeOrder, View

pytestmark = pytest.mark.unit

SHOT = Shot(View("corridor"), 96)
CUES = (
    Caption("s1.c0", "Tamsin Okoro", "One bolt, Hob.", 10, 40),
    Caption("s1.s0", "", "[alarm]", 44, 80, sound=True),
)
SCENE = Scene(
    "s1", "opening", "Opening", "ridge", "the ridge", "calm", 0.2,
    (PlannedShot("s1.0", SHOT, CUES), PlannedShot("s1.1", SHOT, (Caption("s1.c1", "Hob", "Tap & <listen>.", 5, 60),))),
)  # fmt: skip


def scheduled(shot_id: str, first_frame: int, take_frame: int = 0) -> TakeScheduled:
    return TakeScheduled(shot_id, f"take-{shot_id}-{first_frame}", TakeOrder(SHOT), first_frame, take_frame)


def test_cues_lie_where_their_shots_were_played() -> None:
    cues = captions_of_log([SceneWritten(SCENE, 0), scheduled("s1.0", 24), scheduled("s1.1", 120), Progress(216)])
    assert [(cue.cue_id, cue.start_frame, cue.end_frame) for cue in cues] == [
        ("s1.c0", 34, 64), ("s1.s0", 68, 104), ("s1.c1", 125, 180),
    ]  # fmt: skip


def test_a_fork_goes_on_with_the_caption_that_is_up_and_a_hold_moves_what_follows() -> None:
    log = [SceneWritten(SCENE, 0), scheduled("s1.0", 0), scheduled("s1.0", 20, 20), Held(96, 12, "t"), Progress(300)]
    cues = captions_of_log([*log[:3], scheduled("s1.1", 96), *log[3:]])
    assert [(cue.cue_id, cue.start_frame) for cue in cues] == [("s1.c0", 10), ("s1.s0", 44), ("s1.c1", 113)]


def test_what_was_not_played_is_not_told() -> None:
    cues = captions_of_log([SceneWritten(SCENE, 0), scheduled("s1.0", 0), scheduled("s1.1", 96), Progress(50)])
    assert [(cue.cue_id, cue.end_frame) for cue in cues] == [("s1.c0", 40), ("s1.s0", 50)]


def test_the_file_names_speakers_marks_sounds_and_escapes_what_is_markup() -> None:
    text = webvtt(captions_of_log([SceneWritten(SCENE, 0), scheduled("s1.0", 0), scheduled("s1.1", 96), Progress(999)]))
    blocks = text.split("\n\n")
    assert blocks[0].startswith("WEBVTT\n")
    assert blocks[1] == "s1.c0\n00:00:00.417 --> 00:00:01.667\n<v Tamsin Okoro>One bolt, Hob.</v>"
    assert blocks[2].endswith("<i>[alarm]</i>")
    assert "<v Hob>Tap &amp; &lt;listen&gt;.</v>" in blocks[3]
    assert webvtt([Caption("x", "", "late", 24 * 3_725, 24 * 3_726)]).count("01:02:05.000 --> 01:02:06.000") == 1


def test_a_film_without_words_is_an_empty_file() -> None:
    assert webvtt(captions_of_log([])) == "WEBVTT\nKind: captions\nLanguage: en\n"
