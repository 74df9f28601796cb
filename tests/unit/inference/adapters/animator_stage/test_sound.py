"""The take's sound: lines over a bed that makes way, under a ceiling, joining its neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.levels import (
    CEILING_DBTP,
    LIMITER_REACH,
    decibels,
    duck,
    levelled,
    limited,
    true_peaks,
)
from services.inference.adapters.animator_stage.settings import StageSettings
from services.inference.adapters.animator_stage.shelf import Shelf
from services.inference.adapters.animator_stage.sound import PREROLL_PACKETS, TakeSound
from services.inference.domain.music import Score, Stem
from services.inference.domain.shot import GradeKey, MusicCue, Shot, SoundCue, SpokenLine, View
from services.inference.domain.timebase import SAMPLES_PER_CHUNK, SAMPLES_PER_FRAME, SAMPLES_PER_PACKET
from tests.fakes.inference import FakeComposer, FakeFoley, FakeVoice

PREROLL = PREROLL_PACKETS * SAMPLES_PER_PACKET
OPUS_LATE = 312
CUE = MusicCue(3, "calm", "C", 90.0, 480_000, 0.4, 0.9)
LINE = SpokenLine("a", "we should really go now", "low", "calm", 1.0, 12)
SHOT = Shot(View("colonnade"), 48, music=(CUE,), lines=(LINE,), sounds=(SoundCue("door", 30),))


def sound_of(shot: Shot, keys: tuple[GradeKey, ...] = (GradeKey(),), composer: FakeComposer | None = None) -> TakeSound:
    speeches = [FakeVoice().speak(line.text, line.voice, line.emotion, line.pace) for line in shot.lines]
    return TakeSound(shot, keys, speeches, composer or FakeComposer(), FakeFoley(), StageSettings(), Shelf(64))


def whole(shot: Shot, keys: tuple[GradeKey, ...] = (GradeKey(),)) -> NDArray[np.float32]:
    """The take from its first sample on; chunks begin as much early as Opus is late."""
    sound = sound_of(shot, keys)
    chunks = [sound.chunk_with_preroll(chunk) for chunk in range(shot.frame_count // 12)]
    early = [chunks[0][PREROLL - OPUS_LATE : PREROLL], *(chunk[PREROLL:] for chunk in chunks)]
    return np.concatenate(early)[:-OPUS_LATE]


def test_a_chunk_sounds_the_same_whenever_it_is_asked_for() -> None:
    through = sound_of(SHOT)
    chunks = [through.chunk_with_preroll(chunk) for chunk in range(4)]
    assert np.array_equal(sound_of(SHOT).chunk_with_preroll(2), chunks[2])
    assert np.array_equal(chunks[2][:PREROLL], chunks[1][-PREROLL:])


def test_the_bed_before_a_take_is_what_the_take_before_it_sounded_like() -> None:
    quiet = replace(SHOT, lines=(), sounds=(), music=(replace(CUE, intensity_to=0.4),))
    onward = replace(quiet, music=(replace(quiet.music[0], start_sample=CUE.start_sample + 48 * SAMPLES_PER_FRAME),))
    ends = sound_of(quiet).chunk_with_preroll(3)[-PREROLL:]
    begins = sound_of(onward).chunk_with_preroll(0)[:PREROLL]
    assert begins == pytest.approx(ends, abs=1e-5)


class PlacesFoley(FakeFoley):
    """A place is a constant: what is heard of each can be told apart."""

    levels: ClassVar = {"cavern": 0.1, "colonnade": 0.02}

    def ambience(self, name: str, start_sample: int, sample_count: int) -> NDArray[np.float32]:
        return np.full((sample_count, 2), self.levels[name], np.float32)


def test_a_place_goes_over_into_the_next_without_a_step() -> None:
    still = Shot(View("colonnade"), 48, ambience="colonnade", ambience_before="cavern")
    sound = TakeSound(still, (GradeKey(),), (), FakeComposer(), PlacesFoley(), StageSettings(), Shelf(64))
    heard = np.concatenate([sound.bed(chunk) for chunk in range(-1, 4)])[:, 0]
    assert np.all(heard[:SAMPLES_PER_CHUNK] == np.float32(0.1))
    assert heard[-1] == pytest.approx(0.02)
    assert np.all(heard[2 * SAMPLES_PER_CHUNK + 16_000 :] == pytest.approx(0.02))
    assert np.abs(np.diff(heard)).max() < 0.002
    half_way = heard[SAMPLES_PER_CHUNK + 19_200]
    assert half_way == pytest.approx((0.1 + 0.02) * 0.5**0.5, rel=1e-3)


def test_a_line_that_began_before_goes_on() -> None:
    speech = FakeVoice().speak(LINE.text, "low", "calm", 1.0)
    alone = replace(SHOT, music=(), sounds=(), lines=(replace(LINE, start_frame=-10),))
    heard = whole(alone)
    rest = levelled(speech.pcm, -16.0)[10 * SAMPLES_PER_FRAME :]
    assert np.corrcoef(heard[: len(rest), 0], rest)[0, 1] > 0.99


def test_speech_is_at_its_level_and_well_over_the_music() -> None:
    both = whole(replace(SHOT, sounds=()))
    bed_gain = duck([(24_000, 76_800)], 0, len(both), len(both))
    music = whole(replace(SHOT, sounds=(), lines=())) * bed_gain[:, None]
    spoken = slice(26_000, 74_000)
    meter = pyloudnorm.Meter(48_000)
    speech_lufs = meter.integrated_loudness(both[spoken].astype(np.float64))
    music_lufs = meter.integrated_loudness(music[spoken].astype(np.float64))
    assert speech_lufs == pytest.approx(StageSettings().speech_lufs, abs=1.5)
    assert speech_lufs - music_lufs > 10.0


def test_the_bed_moves_before_the_line_and_back_after_it() -> None:
    gain = duck([(24_000, 60_000)], 0, 96_000, 96_000)
    assert gain[0] == 1.0
    assert gain[24_000] == pytest.approx(decibels(-9.0), abs=1e-3)
    assert gain[59_999] == pytest.approx(decibels(-9.0), abs=1e-3)
    assert gain[95_999] == pytest.approx(1.0, abs=1e-3)
    assert np.abs(np.diff(gain)).max() < 5e-4


@pytest.mark.parametrize("span", [(0, 40_000), (2_000, 95_900), (70_000, 96_000)])
def test_the_bed_is_at_rest_at_borders_that_no_line_crosses(span: tuple[int, int]) -> None:
    gain = duck([span], -1, 96_002, 96_000)
    assert gain[0] == pytest.approx(1.0, abs=1e-3)
    assert gain[-2] == pytest.approx(1.0, abs=1e-3)


def test_the_bed_stays_down_across_a_border_that_a_line_crosses() -> None:
    before = duck([(60_000, 120_000)], 95_990, 10, 96_000)
    after = duck([(60_000 - 96_000, 24_000)], -6, 10, 96_000)
    assert before == pytest.approx(after, abs=1e-6)
    assert before[-1] == pytest.approx(decibels(-9.0), abs=1e-3)


def test_peaks_stay_under_the_ceiling_between_samples_too() -> None:
    time_s = np.arange(48_000) / 48_000
    burst = 2.5 * np.sin(2.0 * np.pi * 11_990.0 * time_s + 0.7) * (np.abs(time_s - 0.5) < 0.1)
    mix = np.stack([burst, 0.5 * burst], axis=1).astype(np.float32)
    held = limited(mix)
    assert len(held) == len(mix) - 2 * LIMITER_REACH
    assert true_peaks(held).max() < decibels(CEILING_DBTP + 0.4) < decibels(-1.0)


def test_limiting_leaves_quiet_sound_alone() -> None:
    mix = (0.2 * np.random.default_rng(0).standard_normal((9_600, 2))).clip(-0.4, 0.4).astype(np.float32)
    assert np.array_equal(limited(mix), mix[LIMITER_REACH:-LIMITER_REACH])


def test_the_grade_turns_the_music_up_from_its_frame_on() -> None:
    composer = FakeComposer()
    plain = replace(SHOT, lines=(), sounds=())
    raised = (GradeKey(24), GradeKey(36, music_intensity=0.5))
    one, other = whole(plain), whole(plain, raised)
    assert np.array_equal(one[: 20 * SAMPLES_PER_FRAME], other[: 20 * SAMPLES_PER_FRAME])
    late = slice(40 * SAMPLES_PER_FRAME, 46 * SAMPLES_PER_FRAME)
    assert np.abs(other[late]).mean() > 1.1 * np.abs(one[late]).mean()
    sound_of(plain, composer=composer).chunk_with_preroll(0)
    assert composer.windows
    assert all(count == SAMPLES_PER_CHUNK for _, count in composer.windows)


def intensities(shot: Shot, keys: tuple[GradeKey, ...] = (GradeKey(),)) -> NDArray[np.float32]:
    """What the Composer is asked for over the shot, at points 10 ms apart."""
    composer = RecordingComposer()
    sound = TakeSound(shot, keys, (), composer, FakeFoley(), StageSettings(), Shelf(64))
    for chunk in range(shot.frame_count // 12):
        sound.bed(chunk)
    return np.concatenate([curve[:-1] for curve in composer.curves])


class RecordingComposer(FakeComposer):
    def __init__(self) -> None:
        super().__init__()
        self.curves: list[NDArray[np.float32]] = []

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        self.curves.append(intensity)
        return super().compose(score, start_sample, sample_count, intensity)


RISING = replace(
    SHOT, lines=(), sounds=(), frame_count=192, music=(replace(CUE, intensity_from=0.2, intensity_to=0.9),)
)


def test_what_the_scene_plans_changes_on_bar_lines_only() -> None:
    curve = intensities(RISING)
    bar_points = Score(3, "calm", "C", 90.0).bar_samples / 480.0
    into_bar = (CUE.start_sample / 480.0 + np.arange(len(curve) - 1)) % bar_points
    moves = np.abs(np.diff(curve)) > 1e-6
    assert moves.any()
    assert ((into_bar[moves] <= 13.0) | (into_bar[moves] > bar_points - 1.0)).all()
    assert curve[-1] - curve[0] > 0.3


def test_the_intensity_goes_on_over_a_cut_and_over_the_start_of_a_scene() -> None:
    cue = RISING.music[0]
    after = replace(
        cue, start_sample=cue.start_sample + 192 * SAMPLES_PER_FRAME, intensity_from=0.9, intensity_to=0.9,
        opens_scene=True, intensity_before=0.9, rise_before_per_s=0.7 / 8.0,
    )  # fmt: skip
    onward = replace(cue, start_sample=after.start_sample, intensity_from=0.9, intensity_to=1.6)
    for following in (after, onward):
        joined = np.concatenate([intensities(RISING), intensities(replace(RISING, music=(following,)))])
        border = 192 * SAMPLES_PER_FRAME // 480
        bar_points = Score(3, "calm", "C", 90.0).bar_samples / 480.0
        assert ((CUE.start_sample / 480.0 + border) % bar_points) > 14.0, "the border lies inside a bar"
        assert joined[border] == pytest.approx(joined[border - 1], abs=1e-5)


def test_what_the_grade_adds_is_heard_at_once_whatever_the_bar() -> None:
    steady = replace(RISING, music=(replace(CUE, intensity_from=0.4, intensity_to=0.4),))
    keys = (GradeKey(47), GradeKey(53, music_intensity=0.3))
    curve = intensities(steady, keys)
    at = 53 * SAMPLES_PER_FRAME // 480 + 1
    assert curve[at] == pytest.approx(0.7, abs=1e-3)
    assert curve[47 * SAMPLES_PER_FRAME // 480 - 1] == pytest.approx(0.4, abs=1e-6)


def test_music_gains_ramp_over_the_shot() -> None:
    fading = replace(SHOT, lines=(), sounds=(), music=(replace(CUE, intensity_to=0.4, gain_to=0.0),))
    heard = np.abs(whole(fading)).reshape(4, -1).mean(axis=1)
    assert heard[0] > heard[1] > heard[2] > heard[3]


def test_a_score_at_its_very_beginning_is_silent_before() -> None:
    first = replace(SHOT, lines=(), sounds=(), music=(replace(CUE, start_sample=0),))
    composer = FakeComposer()
    sound_of(first, composer=composer).chunk_with_preroll(0)
    assert min(start for start, _ in composer.windows) == 0


def test_a_sound_that_the_cut_ends_fades_rather_than_clicks() -> None:
    cut = replace(SHOT, music=(), lines=(), sounds=(SoundCue("impact", 44, 2.0),))
    without = replace(cut, sounds=())
    rest = np.abs(whole(cut) - whole(without))
    assert rest[-5:].max() < 0.01
    assert rest[44 * SAMPLES_PER_FRAME : 46 * SAMPLES_PER_FRAME].max() > 0.2


def test_the_held_loop_closes_and_has_no_speech_or_music() -> None:
    loop = sound_of(SHOT).held_with_preroll()[PREROLL:]
    bare = sound_of(replace(SHOT, lines=(), sounds=())).held_with_preroll()[PREROLL:]
    assert np.array_equal(loop, bare)
    inside = np.abs(np.diff(loop[:, 0])).max()
    assert abs(loop[0, 0] - loop[-1, 0]) <= 1.1 * inside
