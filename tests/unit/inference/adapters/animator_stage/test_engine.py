"""The Animator port as callers meet it: chunks, any first frame, repeatable bytes, holds, caches, errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet

from services.inference.adapters.animator_stage import StageAnimator, StageSettings
from services.inference.domain.chunk import Chunk
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.shot import (
    CameraMove,
    Effect,
    GradeKey,
    MusicCue,
    Rendition,
    Shot,
    SpokenLine,
    Staging,
    TakeOrder,
    Title,
    View,
)
from tests.fakes.inference import FakeComposer, FakeFoley, FakePainter, FakePuppets, FakeVoice

SIZE = Rendition(640, 360, bitrate_bps=800_000)
CUE = MusicCue(3, "calm", "C", 90.0, 480_000, 0.5, 0.5)
SHOT = Shot(
    View("colonnade", seed=2), 48, CameraMove("push_in", 0.7), (Staging("engineer", "left", speaks="a"),),
    (SpokenLine("a", "we should go", "low", "calm", 1.0, 6),), (CUE,), effects=(Effect("dust", 0.5),),
    title=Title("Deck nine", "Level two"),
)  # fmt: skip
ORDER = TakeOrder(SHOT, rendition=SIZE)


@pytest.fixture(scope="module")
def take(animator: StageAnimator) -> list[Chunk]:
    return list(animator.animate(ORDER, 0))


def test_a_take_is_whole_chunks(take: list[Chunk]) -> None:
    assert [chunk.index for chunk in take] == [0, 1, 2, 3]
    assert [chunk.first_frame for chunk in take] == [0, 12, 24, 36]
    for chunk in take:
        assert len(chunk.video) == 12
        assert len(chunk.audio) == 25
        assert chunk.first_packet == 0
        assert chunk.degraded == ()
        assert [frame.key_frame for frame in chunk.video] == [True] + [False] * 11


def test_the_same_order_gives_the_same_bytes(take: list[Chunk]) -> None:
    fresh = StageAnimator(FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())
    assert list(fresh.animate(ORDER, 0)) == take


def test_a_take_can_start_at_any_chunk(animator: StageAnimator, take: list[Chunk]) -> None:
    assert list(animator.animate(ORDER, 24)) == take[2:]


def test_a_chunk_asked_for_in_its_middle_starts_there(animator: StageAnimator, take: list[Chunk]) -> None:
    chunks = list(animator.animate(ORDER, 29))
    assert [chunk.index for chunk in chunks] == [2, 3]
    first = chunks[0]
    assert first.first_frame == 29
    assert len(first.video) == 7
    assert first.video[0].key_frame
    assert first.first_packet == 11
    assert first.audio == take[2].audio[11:]
    assert chunks[1] == take[3]


def test_what_is_waited_for_comes_in_parts_of_the_same_bytes(animator: StageAnimator, take: list[Chunk]) -> None:
    plain = list(animator.animate(ORDER, 17))
    parts = list(animator.animate(ORDER, 17, True))
    assert [len(part.video) for part in parts if part.index == 1] == [1, 2, 2, 2]
    assert [part.first_frame for part in parts if part.index == 1] == [17, 18, 20, 22]
    assert [part.continues for part in parts if part.index == 1] == [False, True, True, True]
    assert [part.unfinished for part in parts if part.index == 1] == [True, True, True, False]
    assert [(len(part.video), bool(part.audio)) for part in parts if part.index == 2] == [
        (1, False), (2, False), (2, False), (3, False), (4, False), (0, True)
    ]  # fmt: skip
    for index in (1, 2, 3):
        video = tuple(frame for part in parts if part.index == index for frame in part.video)
        assert video == plain[index - 1].video
    for index in (2, 3):
        assert [packet for part in parts if part.index == index for packet in part.audio] == list(take[index].audio)


def test_pictures_that_are_waited_for_do_not_wait_for_their_sound(animator: StageAnimator) -> None:
    order = replace(ORDER, shot=replace(SHOT, frame_count=96))
    gave_way: list[None] = []
    parts = list(animator.animate(order, 17, True, lambda: gave_way.append(None)))
    silent = [(part.index, bool(part.video), bool(part.audio)) for part in parts]
    first_heard = next(number for number, part in enumerate(parts) if part.audio)
    assert {index for index, _, _ in silent[:first_heard]} == {1, 2, 3}
    assert silent[first_heard:] == [(2, False, True), (3, False, True), *((n, True, True) for n in (4, 5, 6, 7))]
    assert len(gave_way) == 4 * 13  # pictures and sound of the chunks that nobody waits for


def test_where_a_take_begins_each_half_second_is_heard_with_its_pictures(animator: StageAnimator) -> None:
    parts = list(animator.animate(ORDER, 0, True))
    heard = [(part.index, bool(part.audio)) for part in parts if part.audio or len(part.video) == 1]
    assert heard == [(0, False), (0, True), (1, True), (2, True), (3, True)]


def test_what_would_be_drawn_too_late_is_left_out(take: list[Chunk]) -> None:
    """When the second part is there, the film is at frame 27."""
    parties = FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley()
    animator = StageAnimator(*parties, clock=lambda: 0.0)
    shown = [14, 14, 27]
    parts = list(animator.animate(ORDER, 17, True, shown=lambda: shown.pop(0) if len(shown) > 1 else shown[0]))
    entries = [part for part in parts if part.video and not part.continues]
    assert [part.first_frame for part in entries[:2]] == [17, 29]
    assert all(part.video[0].key_frame for part in entries)
    drawn = [part.first_frame + n for part in parts for n in range(len(part.video))]
    assert drawn == [17, 18, 19, *range(29, 48)]
    assert [part for part in parts if part.index == 2][-1].unfinished is False
    assert [packet for part in parts if part.index == 3 for packet in part.audio] == list(take[3].audio)


def test_a_take_that_is_over_before_it_is_drawn_ends_with_its_last_picture(animator: StageAnimator) -> None:
    (chunk,) = animator.animate(ORDER, 17, True, shown=lambda: 1000)
    assert (chunk.first_frame, len(chunk.video), chunk.unfinished) == (47, 1, False)


def test_the_last_frame_alone_can_be_asked_for(animator: StageAnimator) -> None:
    (chunk,) = animator.animate(ORDER, 47)
    assert len(chunk.video) == 1
    assert chunk.first_packet == 23
    assert len(chunk.audio) == 2


def test_a_changed_grade_leaves_the_frames_before_it_alone(animator: StageAnimator, take: list[Chunk]) -> None:
    changes = GradeKey(30, -1.0, 0.4, 0.8, 1.2, 0.6, 0.3, 0.5, 1.8, 0.4)
    graded = replace(ORDER, grade=(GradeKey(), GradeKey(24), changes))
    changed = list(animator.animate(graded, 0))
    assert [chunk.video for chunk in changed[:2]] == [chunk.video for chunk in take[:2]]
    assert changed[0].audio == take[0].audio
    assert changed[3].video != take[3].video
    assert changed[3].audio != take[3].audio


def test_hold_is_one_chunk_after_the_end(animator: StageAnimator) -> None:
    chunk = animator.hold(ORDER)
    assert (chunk.index, chunk.first_frame) == (4, 48)
    assert (len(chunk.video), len(chunk.audio)) == (12, 25)
    assert chunk.video[0].key_frame
    assert chunk == animator.hold(ORDER)


def test_vp8_and_other_sizes(animator: StageAnimator) -> None:
    small = replace(ORDER, shot=replace(SHOT, staging=(), title=None), rendition=replace(SIZE, codec="vp8"))
    chunk = next(animator.animate(small, 36))
    assert chunk.video[0].key_frame
    context = av.CodecContext.create("vp8", "r")
    (picture,) = context.decode(Packet(chunk.video[0].data))
    assert (picture.width, picture.height) == (640, 360)


def test_consecutive_takes_join_without_a_click(animator: StageAnimator) -> None:
    length = 48 * 2_000
    first = replace(ORDER, shot=replace(SHOT, lines=(), title=None, staging=()))
    second = replace(first, shot=replace(first.shot, music=(replace(CUE, start_sample=CUE.start_sample + length),)))
    packets = [packet for order in (first, second) for chunk in animator.animate(order, 0) for packet in chunk.audio]
    context = av.CodecContext.create("opus", "r")
    context.sample_rate = 48_000
    context.layout = "stereo"
    sound = np.concatenate([f.to_ndarray() for packet in packets for f in context.decode(Packet(packet))], axis=1)
    steps = np.abs(np.diff(sound[0]))
    border = steps[length - 1_920 : length + 1_920].max()
    inside = max(steps[10_000 : length - 2_000].max(), steps[length + 4_000 :].max())
    assert border <= 1.02 * inside


def heard(packets: list[bytes]) -> np.ndarray:
    context = av.CodecContext.create("opus", "r")
    context.sample_rate = 48_000
    context.layout = "stereo"
    return np.concatenate([f.to_ndarray() for packet in packets for f in context.decode(Packet(packet))], axis=1)


def test_two_tracks_add_up_to_the_mix_and_have_no_pictures(animator: StageAnimator, take: list[Chunk]) -> None:
    apart = list(animator.animate(replace(ORDER, rendition=replace(SIZE, two_tracks=True)), 0))
    assert [(len(chunk.video), len(chunk.audio), len(chunk.bed)) for chunk in apart] == [(0, 25, 25)] * 4
    assert all(chunk.bed == () for chunk in take)
    mix = heard([packet for chunk in take for packet in chunk.audio])
    said, bed = (
        heard([p for chunk in apart for p in packets(chunk)]) for packets in (lambda c: c.audio, lambda c: c.bed)
    )
    before_the_line = slice(2_400, 6 * 2_000 - 480)
    assert np.abs(said[:, before_the_line]).max() < 1e-3
    assert np.std(bed[:, before_the_line]) > 1e-3
    assert np.std(said + bed - mix) < 0.15 * np.std(mix)
    later = next(animator.animate(replace(ORDER, rendition=replace(SIZE, two_tracks=True)), 17))
    assert (later.index, later.first_frame, later.first_packet) == (1, 17, 11)
    assert len(later.audio) == len(later.bed) == 14
    held = animator.hold(replace(ORDER, rendition=replace(SIZE, two_tracks=True)))
    assert np.abs(heard(list(held.audio))).max() < 1e-3
    assert len(held.bed) == 25


def test_calm_is_told_in_the_key_frames(animator: StageAnimator) -> None:
    leap = replace(ORDER, grade=(GradeKey(0), GradeKey(1, exposure_stops=2.0)))
    assert animator.key_frames(leap) == leap.grade
    assert list(animator.key_frames(replace(leap, calm=True))) != list(leap.grade)


def test_preparing_does_the_slow_work_once() -> None:
    painter, voice = FakePainter(), FakeVoice()
    animator = StageAnimator(painter, FakePuppets(), voice, FakeComposer(), FakeFoley())
    animator.prepare(ORDER)
    assert (len(painter.asked), voice.asked) == (1, 1)
    next(animator.animate(ORDER, 30))
    assert (len(painter.asked), voice.asked) == (1, 1)


def test_a_late_chunk_makes_the_next_simpler() -> None:
    ticks = iter(range(0, 10_000, 5))
    settings = StageSettings(deadline_s=1.0)
    animator = StageAnimator(
        FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley(), settings, lambda: float(next(ticks))
    )
    chunks = list(animator.animate(replace(ORDER, shot=replace(SHOT, staging=())), 0))
    assert [chunk.degraded for chunk in chunks] == [
        (), ("particles",), ("particles", "far_half_rate"), ("particles", "far_half_rate")
    ]  # fmt: skip


def test_simpler_pictures_are_said_and_the_take_goes_on() -> None:
    ticks = iter(range(0, 100_000, 5))
    still = replace(ORDER, shot=replace(SHOT, staging=(), title=None, camera=CameraMove("truck_left", 1.0)))
    engines = (FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())
    slow = StageAnimator(*engines, StageSettings(deadline_s=1.0), lambda: float(next(ticks)))
    quick = StageAnimator(*engines)
    simple, full = list(slow.animate(still, 0)), list(quick.animate(still, 0))
    assert [len(chunk.video) for chunk in simple] == [12] * 4
    assert [chunk.video == other.video for chunk, other in zip(simple, full, strict=True)] == [
        True,
        False,
        False,
        False,
    ]
    assert [chunk.audio for chunk in simple] == [chunk.audio for chunk in full]


def test_waiting_for_others_makes_nothing_simpler() -> None:
    now = [0.0]

    def wait() -> None:
        now[0] += 60.0

    animator = StageAnimator(
        FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley(), StageSettings(deadline_s=1.0),
        lambda: now[0],
    )  # fmt: skip
    order = replace(ORDER, shot=replace(SHOT, staging=()))
    assert {chunk.degraded for chunk in animator.animate(order, 0, give_way=wait)} == {()}


@pytest.mark.parametrize(
    ("shot", "error"),
    [
        (replace(SHOT, view=View("moon_base")), UnknownName),
        (replace(SHOT, staging=(Staging("dragon", "left"),)), UnknownName),
        (replace(SHOT, frame_count=50), InvalidAsk),
    ],
)
def test_what_cannot_be_drawn_is_refused(animator: StageAnimator, shot: Shot, error: type[Exception]) -> None:
    def all_of() -> Iterator[Chunk]:
        yield from animator.animate(replace(ORDER, shot=shot), 0)

    with pytest.raises(error):
        list(all_of())


def test_a_failed_paint_is_tried_again() -> None:
    animator = StageAnimator(FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())
    wrong = replace(ORDER, shot=replace(SHOT, view=View("moon_base")))
    for _ in range(2):
        with pytest.raises(UnknownName):
            animator.prepare(wrong)


def test_a_missing_font_is_said_at_once() -> None:
    with pytest.raises(EngineUnavailable, match="fonts-inter"):
        StageAnimator(
            FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley(),
            StageSettings(light_fonts=("/nowhere/a.otf",)),
        )  # fmt: skip


def test_the_fingerprint_names_every_engine_under_it() -> None:
    one = StageAnimator(FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())
    other = StageAnimator(FakePainter("fake-painter-2"), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())
    assert one.fingerprint != other.fingerprint


def test_another_program_makes_other_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    engines = (FakePainter(), FakePuppets(), FakeVoice(), FakeComposer(), FakeFoley())
    before = StageAnimator(*engines).fingerprint
    assert StageAnimator(*engines).fingerprint == before
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "levels.py"))
    assert StageAnimator(*engines).fingerprint != before
