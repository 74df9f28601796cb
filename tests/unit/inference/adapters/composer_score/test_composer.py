"""Windows of a score join exactly, stems follow intensity without a click, and nothing is ever too loud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.composer_score.composer import ScoreComposer
from services.inference.adapters.composer_score.moods import MOODS, STEMS
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.music import Score

_SCORE = Score(11, "tense", "Em", 120)


def _flat(value: float) -> NDArray[np.float32]:
    return np.full(1, value, np.float32)


def test_without_a_soundfont_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        ScoreComposer(tmp_path / "none.sf2")


def test_windows_join_exactly_and_in_any_order(composer: ScoreComposer, soundfont: Path) -> None:
    start, middle, end = 150_001, 201_234, 260_000
    whole = composer.compose(_SCORE, start, end - start, _flat(1.0))
    fresh = ScoreComposer(soundfont)
    right = fresh.compose(_SCORE, middle, end - middle, _flat(1.0))
    left = fresh.compose(_SCORE, start, middle - start, _flat(1.0))
    for whole_stem, left_stem, right_stem in zip(whole, left, right, strict=True):
        np.testing.assert_array_equal(whole_stem.pcm, np.concatenate([left_stem.pcm, right_stem.pcm]))


def test_a_ramp_may_be_cut_where_it_likes(composer: ScoreComposer) -> None:
    whole = composer.compose(_SCORE, 0, 48_000, np.array((0.2, 0.8), np.float32))
    left = composer.compose(_SCORE, 0, 24_000, np.array((0.2, 0.5), np.float32))
    right = composer.compose(_SCORE, 24_000, 24_000, np.array((0.5, 0.8), np.float32))
    for whole_stem, left_stem, right_stem in zip(whole, left, right, strict=True):
        joined = np.concatenate([left_stem.pcm, right_stem.pcm])
        np.testing.assert_allclose(whole_stem.pcm, joined, atol=1e-6)


@pytest.mark.parametrize("mood", list(MOODS))
def test_every_stem_sounds_and_keeps_its_headroom(composer: ScoreComposer, mood: str) -> None:
    stems = composer.compose(Score(2, mood, "Dm", 120), 0, 5 * 48_000, _flat(1.0))
    assert tuple(stem.name for stem in stems) == STEMS
    for stem in stems:
        assert stem.pcm.dtype == np.float32
        assert stem.pcm.shape == (5 * 48_000, 2)
        assert 0.005 < np.abs(stem.pcm).max() < 0.5, stem.name


def test_layers_enter_with_intensity(composer: ScoreComposer) -> None:
    def sounding(level: float) -> set[str]:
        stems = composer.compose(_SCORE, 0, 96_000, _flat(level))
        return {stem.name for stem in stems if stem.pcm.any()}

    assert sounding(0.0) == {"pad"}
    assert sounding(0.0) < sounding(0.3) < sounding(1.0) == set(STEMS)


def test_intensity_acts_at_once_and_without_a_step(composer: ScoreComposer) -> None:
    curve = np.zeros(49, np.float32)
    curve[25:] = 1.0
    stems = {stem.name: stem.pcm for stem in composer.compose(_SCORE, 96_000, 96_000, curve)}
    full = {stem.name: stem.pcm for stem in composer.compose(_SCORE, 96_000, 96_000, _flat(1.0))}
    assert not stems["strings"][:48_000].any()
    np.testing.assert_array_equal(stems["strings"][50_001:], full["strings"][50_001:])
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = stems["strings"][:, 0] / full["strings"][:, 0]
    known = np.abs(full["strings"][:, 0]) > 1e-3
    assert np.abs(np.diff(gain[known])).max() < 0.02


def test_rests_are_silent_and_cheap(composer: ScoreComposer) -> None:
    assert all(stem.pcm.shape == (0, 2) for stem in composer.compose(_SCORE, 5, 0, _flat(1.0)))


def test_seeds_keys_and_tempi_are_heard(composer: ScoreComposer) -> None:
    def mix(score: Score) -> NDArray[np.float32]:
        return np.sum([stem.pcm for stem in composer.compose(score, 0, 144_000, _flat(0.6))], axis=0, dtype=np.float32)

    base = mix(_SCORE)
    for other in (Score(12, "tense", "Em", 120), Score(11, "tense", "Gm", 120), Score(11, "tense", "Em", 90)):
        assert np.abs(mix(other) - base).max() > 0.01


@pytest.mark.parametrize(
    ("start", "count", "intensity", "field"),
    [
        (-1, 10, [0.5], "start_sample"),
        (0, -1, [0.5], "sample_count"),
        (0, 10, [], "intensity"),
        (0, 10, [0.5, 1.1], "intensity"),
        (0, 10, [float("nan")], "intensity"),
        (0, 10, [[0.5]], "intensity"),
    ],
)
def test_bad_asks_name_the_field(
    composer: ScoreComposer, start: int, count: int, intensity: list[float], field: str
) -> None:
    with pytest.raises(InvalidAsk) as raised:
        composer.compose(_SCORE, start, count, np.array(intensity, np.float32))
    assert raised.value.field == field


def test_unknown_mood_and_key(composer: ScoreComposer) -> None:
    for score, field in ((Score(1, "jolly", "C", 90), "mood"), (Score(1, "calm", "X", 90), "key")):
        with pytest.raises(UnknownName) as raised:
            composer.compose(score, 0, 10, _flat(0.5))
        assert raised.value.field == field


def test_a_piece_that_ends_dies_away_and_is_silent_after(composer: ScoreComposer) -> None:
    score = Score(7, "warm", "G", 80.0, "hero", 14 * 48_000)

    def level(start_s: float, score: Score = score) -> float:
        stems = composer.compose(score, round(start_s * 48_000), 24_000, np.array([0.8], np.float32))
        return float(np.sqrt(np.mean(np.square(sum(stem.pcm for stem in stems)))))

    assert level(12.0) > 0.01
    assert level(17.5) < 0.1 * level(12.0)
    assert level(24.0) == 0.0
    assert level(24.0, replace(score, end_sample=0)) > 0.01
