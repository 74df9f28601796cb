"""What every Composer must do; the fake that other tests use is held to it as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.inference.adapters.composer_score import ScoreComposer
from services.inference.adapters.composer_score.instruments import INSTRUMENTS, Sampled
from services.inference.domain.music import Score
from services.inference.ports import Composer
from tests.fakes.inference import FakeComposer
from tests.unit.inference.adapters.composer_score.conftest import build_soundfont

pytestmark = pytest.mark.contract

SCORE = Score(3, "tense", "Dm", 96.0)
LEVEL = np.array([0.8], np.float32)
COUNT = 24_000


@pytest.fixture(scope="module", params=["fake", "score"])
def composer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Composer:
    if request.param == "fake":
        return FakeComposer()
    path: Path = tmp_path_factory.mktemp("soundfont") / "tiny.sf2"
    presets = {(each.bank, each.program) for each in INSTRUMENTS.values() if isinstance(each, Sampled)}
    path.write_bytes(build_soundfont([*sorted(presets), (7, 7)]))
    return ScoreComposer(path)


def test_stems_have_the_windows_length(composer: Composer) -> None:
    stems = composer.compose(SCORE, 48_000, COUNT, LEVEL)
    assert len({stem.name for stem in stems}) == len(stems) > 1
    for stem in stems:
        assert stem.pcm.shape == (COUNT, 2)
        assert stem.pcm.dtype == np.float32
        assert np.isfinite(stem.pcm).all()


def test_windows_join_exactly(composer: Composer) -> None:
    whole = composer.compose(SCORE, 96_000, COUNT, LEVEL)
    first = composer.compose(SCORE, 96_000, 10_007, LEVEL)
    second = composer.compose(SCORE, 96_000 + 10_007, COUNT - 10_007, LEVEL)
    assert [stem.name for stem in whole] == [stem.name for stem in first] == [stem.name for stem in second]
    for stem, one, other in zip(whole, first, second, strict=True):
        assert np.array_equal(stem.pcm, np.concatenate([one.pcm, other.pcm])), stem.name


def test_intensity_is_heard(composer: Composer) -> None:
    def power(level: float) -> float:
        stems = composer.compose(SCORE, 48_000, 4 * COUNT, np.array([level], np.float32))
        return float(np.square(np.sum([stem.pcm for stem in stems], axis=0)).mean())

    assert power(0.9) > 1.5 * power(0.1)
