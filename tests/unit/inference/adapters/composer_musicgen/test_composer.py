"""The real loading and generating code, with random weights: windows join, sections cross on bars, pieces end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.inference.adapters.composer_musicgen import MusicgenComposer, MusicModel
from services.inference.adapters.composer_musicgen.prompts import STEMS, prompt_of
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.music import MOTIFS, Score

SCORE = Score(3, "tense", "Dm", 180.0, "hero")
FULL = np.array([1.0], np.float32)
BAR = 64_000


def mixed(composer: MusicgenComposer, start: int, count: int, score: Score = SCORE) -> np.ndarray:
    return np.sum([stem.pcm for stem in composer.compose(score, start, count, FULL)], axis=0)


def test_windows_join_exactly_within_a_section_and_over_its_end(composer: MusicgenComposer) -> None:
    whole = mixed(composer, 40_000, 48_000)
    assert np.array_equal(np.concatenate([mixed(composer, 40_000, 30_000), mixed(composer, 70_000, 18_000)]), whole)
    assert float(np.abs(whole).max()) > 0.01


def test_another_engine_with_the_same_seed_plays_the_same(composer: MusicgenComposer, tiny: MusicModel) -> None:
    other = MusicgenComposer(tiny)
    assert np.array_equal(mixed(other, 24_000, 24_000), mixed(composer, 24_000, 24_000))
    assert not np.array_equal(mixed(other, 24_000, 24_000, replace(SCORE, seed=4)), mixed(other, 24_000, 24_000))
    assert other.fingerprint == composer.fingerprint
    other.close()


def test_the_drive_joins_as_tension_rises(composer: MusicgenComposer) -> None:
    calm, tense = (composer.compose(SCORE, 0, 24_000, np.array([level], np.float32)) for level in (0.2, 1.0))
    assert [stem.name for stem in calm] == list(STEMS)
    assert not calm[1].pcm.any()
    assert tense[1].pcm.any()
    assert np.abs(tense[0].pcm).mean() > np.abs(calm[0].pcm).mean()


def test_sections_cross_over_during_a_bar_without_a_step(composer: MusicgenComposer) -> None:
    section, bar = composer._lengths(SCORE)
    assert section % bar == 0
    around = mixed(composer, section - 2_400, 4_800)
    steps = np.abs(np.diff(around, axis=0)).max(axis=1)
    assert steps[2_390:2_410].max() <= 1.5 * np.percentile(steps, 99) + 1e-4


def test_a_piece_that_ends_dies_away(composer: MusicgenComposer) -> None:
    ends = replace(SCORE, end_sample=2 * BAR)
    assert np.array_equal(mixed(composer, BAR * 2, 4_800, ends), np.zeros((4_800, 2), np.float32))
    early, late = (float(np.abs(mixed(composer, at, 4_800, ends)).mean()) for at in (0, 2 * BAR - 4_800))
    assert late < 0.05 * early


@pytest.mark.parametrize("stem", STEMS)
def test_prompts_say_key_tempo_and_theme(stem: str) -> None:
    assert "D minor, 180 bpm" in prompt_of(SCORE, stem)
    assert len({prompt_of(replace(SCORE, motif=motif), "bed") for motif in MOTIFS}) == len(MOTIFS)


def test_what_cannot_be_played_is_refused(composer: MusicgenComposer) -> None:
    for score, field in ((replace(SCORE, mood="jolly"), "mood"), (replace(SCORE, motif="villain"), "motif")):
        with pytest.raises(UnknownName) as unknown:
            composer.compose(score, 0, 10, FULL)
        assert unknown.value.field == field
    for start, count, curve, field in ((-1, 10, FULL, "start_sample"), (0, 10, 2 * FULL, "intensity")):
        with pytest.raises(InvalidAsk) as invalid:
            composer.compose(SCORE, start, count, curve)
        assert invalid.value.field == field
    with pytest.raises(InvalidAsk, match="tempo"):
        composer.compose(replace(SCORE, tempo_bpm=float("nan")), 0, 10, FULL)


def test_a_model_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no-such-model"):
        MusicgenComposer(MusicModel(str(tmp_path / "no-such-model"), "cpu"))
    with pytest.raises(EngineUnavailable, match="CUDA"):
        MusicgenComposer(MusicModel("any", "cuda"))
