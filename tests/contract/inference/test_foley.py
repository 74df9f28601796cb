"""What every Foley must do; the fake that other tests use is held to it as well."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.foley_synthesis import SynthesisedFoley
from services.inference.domain.errors import UnknownName
from services.inference.domain.shot import SoundCue
from services.inference.ports import Foley
from tests.fakes.inference import FakeFoley

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module", params=[FakeFoley, SynthesisedFoley])
def foley(request: pytest.FixtureRequest) -> Foley:
    made: Foley = request.param()
    return made


def test_windows_of_ambience_join_exactly(foley: Foley) -> None:
    whole = foley.ambience("airlock", 7_000, 3_000)
    parts = [foley.ambience("airlock", start, count) for start, count in ((7_000, 1_001), (8_001, 1_999))]
    assert whole.shape == (3_000, 2)
    assert whole.dtype == np.float32
    assert np.array_equal(whole, np.concatenate(parts))


def test_place_without_a_bed_of_its_own_is_quiet_but_there(foley: Foley) -> None:
    room = foley.ambience("nowhere in particular", 0, 48_000)
    assert 0.0 < float(np.abs(room).max()) < 0.25


def test_every_known_sound_is_made_and_repeats(foley: Foley) -> None:
    for name in foley.known_sounds():
        pcm = foley.sound(SoundCue(name, 12))
        assert pcm.dtype == np.float32
        assert pcm.ndim == 2
        assert pcm.shape[1] == 2
        assert 0.001 < float(np.abs(pcm).max()) <= 1.0
        assert np.array_equal(pcm, foley.sound(SoundCue(name, 12)))


def test_pan_goes_to_its_side_and_gain_scales(foley: Foley) -> None:
    name = foley.known_sounds()[0]
    left, right = (np.abs(foley.sound(SoundCue(name, 0, 1.0, pan))).sum(axis=0) for pan in (-1.0, 1.0))
    assert left[0] > 10 * left[1]
    assert right[1] > 10 * right[0]
    assert np.allclose(foley.sound(SoundCue(name, 0, 0.5)), 0.5 * foley.sound(SoundCue(name, 0)), atol=1e-6)


def test_unknown_sound_is_refused_with_the_known_ones(foley: Foley) -> None:
    with pytest.raises(UnknownName) as told:
        foley.sound(SoundCue("purr", 0))
    assert told.value.known == foley.known_sounds()
