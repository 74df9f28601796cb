"""Mouth shapes follow the lines of the character that a puppet plays."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from services.inference.adapters.animator_stage.cast import Actor, mouths_of, talk_of
from services.inference.domain.shot import SpokenLine, Staging
from services.inference.domain.speech import Speech, Viseme
from tests.fakes.inference import FakeTrack

SPEECH = Speech(np.zeros(8_000, np.float32), (), (Viseme("ai", 0, 4_000), Viseme("mbp", 4_000, 8_000)), "low")


def line(speaker: str, start_frame: int) -> SpokenLine:
    return SpokenLine(speaker, "hello", "low", "calm", 1.0, start_frame)


def test_each_frame_shows_the_shape_in_its_middle() -> None:
    mouths = mouths_of(Staging("engineer", "left", speaks="a"), [line("a", 3)], [SPEECH], 9)
    assert mouths == ("rest", "rest", "rest", "ai", "ai", "mbp", "mbp", "rest", "rest")


def test_a_line_begun_before_the_shot_goes_on() -> None:
    mouths = mouths_of(Staging("engineer", "left", speaks="a"), [line("a", -3)], [SPEECH], 3)
    assert mouths == ("mbp", "rest", "rest")


def test_others_lines_leave_the_mouth_closed() -> None:
    assert set(mouths_of(Staging("engineer", "left", speaks="b"), [line("a", 0)], [SPEECH], 6)) == {"rest"}
    assert set(mouths_of(Staging("engineer", "left"), [line("", 0)], [SPEECH], 6)) == {"rest"}


def test_held_puppets_breathe_back_and_forth_or_freeze_in_mid_stride() -> None:
    track = FakeTrack((0.0, 0.0, 4.0), 300.0, (160.0, 90.0), "stand")
    stands = Actor(Staging("engineer", "left"), track, ())
    walks = Actor(Staging("engineer", "left", pose="walk"), track, ())
    frames = [stands.idle_frame(95, step) for step in range(13)]
    assert frames[0] == frames[12] == 95
    assert max(abs(b - a) for a, b in pairwise(frames)) == 1
    assert {walks.idle_frame(95, step) for step in range(12)} == {95}


def test_lips_that_meet_for_less_than_a_frame_are_seen_in_one() -> None:
    line = SpokenLine("a", "oh, bo", "low", "calm", 1.0, 0)
    brief = (
        Viseme("o", 0, 10_100), Viseme("mbp", 10_100, 10_700), Viseme("o", 10_700, 20_000),
    )  # fmt: skip
    speech = Speech(np.zeros(20_000, np.float32), (), brief, "low")
    staging = Staging("box", "centre", speaks="a")
    mouths = mouths_of(staging, (line,), (speech,), 12)
    assert mouths.count("mbp") == 1
    assert abs(mouths.index("mbp") - 5) <= 1
    assert mouths[:4] == ("o",) * 4


SOUNDING = Speech(
    np.concatenate([np.full(24_000, level, np.float32) for level in (0.02, 0.5, 0.05, 0.4)]), (),
    tuple(Viseme(shape, n * 24_000, (n + 1) * 24_000) for n, shape in enumerate(("ai", "ai", "o", "e"))), "low",
)  # fmt: skip


def test_what_a_puppet_says_and_what_it_hears() -> None:
    lines = [line("a", 24), line("b", 96)]
    talk = talk_of(Staging("engineer", "left", speaks="a"), lines, [SOUNDING, SOUNDING])
    assert talk.spoken == ((1.0, 3.0),)
    assert talk.heard == ((4.0, 6.0),)
    assert talk.stresses
    assert all(1.0 < stress.at_s < 3.0 for stress in talk.stresses)
    assert all(4.0 < stress.at_s < 6.0 for stress in talk.weighed)
    assert talk_of(Staging("engineer", "left"), lines, [SOUNDING, SOUNDING]).spoken == ()


def test_the_loud_open_sounds_carry_weight_and_stand_apart() -> None:
    stresses = talk_of(Staging("engineer", "left", speaks="a"), [line("a", 0)], [SOUNDING]).stresses
    assert [round(stress.at_s, 2) for stress in stresses] == [0.75, 1.75]
    assert stresses[0].strength == 1.0
    assert 0.4 < stresses[1].strength < 1.0


def test_a_line_without_sound_has_its_weight_by_its_mouth() -> None:
    silent = Speech(np.zeros(96_000, np.float32), (), SOUNDING.visemes, "low")
    assert talk_of(Staging("engineer", "left", speaks="a"), [line("a", 0)], [silent]).stresses
    pressed = Speech(np.zeros(9_000, np.float32), (), (Viseme("mbp", 0, 9_000),), "low")
    assert talk_of(Staging("engineer", "left", speaks="a"), [line("a", 0)], [pressed]).stresses == ()


def test_a_line_over_a_cut_is_acted_the_same_in_both_shots() -> None:
    staging = Staging("engineer", "left", speaks="a")
    before, after = (talk_of(staging, [line("a", start)], [SOUNDING]) for start in (24, -24))
    assert [s.draw for s in before.stresses] == [s.draw for s in after.stresses]
    assert [round(b.at_s - a.at_s, 6) for b, a in zip(before.stresses, after.stresses, strict=True)] == [2.0, 2.0]
