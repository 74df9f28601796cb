"""Beds join exactly and stay under speech; sounds start and end softly, keep their headroom and their pan."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.foley_synthesis.beds import BEDS
from services.inference.adapters.foley_synthesis.foley import SynthesisedFoley
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import SoundCue

_PLACES = (
    "mars_surface", "colony_exterior", "corridor", "control_room", "greenhouse", "airlock", "rover_cabin",
    "drill_site", "cavern", "alien_hall", "orbit", "dunes", "crater_rim", "starfield", "quarters", "silence",
)  # fmt: skip
_SOUNDS = (
    "alarm", "door", "steps", "footstep", "console", "radio", "impact", "rumble", "power_down", "power_up", "steam", "sparks",
    "signal", "drill", "rover", "whoosh", "chime",
)  # fmt: skip


@pytest.fixture(scope="module")
def foley() -> SynthesisedFoley:
    return SynthesisedFoley()


def _level_db(pcm: NDArray[np.float32]) -> float:
    return float(20.0 * np.log10(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))))


def test_the_places_are_known() -> None:
    assert set(_PLACES) == set(BEDS)


@pytest.mark.parametrize("place", ["mars_surface", "drill_site", "cavern", "alien_hall", "control_room"])
def test_windows_join_exactly_whatever_came_before(foley: SynthesisedFoley, place: str) -> None:
    start, middle, end = 196_000, 262_143, 330_001
    whole = foley.ambience(place, start, end - start)
    fresh = SynthesisedFoley()
    right = fresh.ambience(place, middle, end - middle)
    left = fresh.ambience(place, start, middle - start)
    np.testing.assert_array_equal(whole, np.concatenate([left, right]))


@pytest.mark.parametrize("place", _PLACES)
def test_beds_are_quiet_wide_and_without_steps(foley: SynthesisedFoley, place: str) -> None:
    bed = foley.ambience(place, 480_000, 240_000)
    assert bed.dtype == np.float32
    assert bed.shape == (240_000, 2)
    assert -62.0 < _level_db(bed) < -30.0
    assert np.abs(bed).max() < 0.1
    assert np.abs(bed.mean(axis=0)).max() < 1e-4
    assert np.abs(bed[:, 0] - bed[:, 1]).max() > 1e-4
    bend = np.abs(np.diff(bed, 2, axis=0)).max(axis=1)
    block_edge = 8 * 65_536 - 480_000
    assert bend[block_edge - 4 : block_edge + 4].max() <= bend.max()
    assert bend[block_edge - 4 : block_edge + 4].max() < 20.0 * np.median(bend) + 1e-5


def test_the_bed_goes_on_without_repeating(foley: SynthesisedFoley) -> None:
    early, late = foley.ambience("corridor", 0, 65_536), foley.ambience("corridor", 65_536 * 40, 65_536)
    assert abs(np.corrcoef(early[:, 0], late[:, 0])[0, 1]) < 0.6


def test_an_unknown_place_is_the_quiet_room(foley: SynthesisedFoley) -> None:
    unknown, silence = foley.ambience("the moon", 77, 9_000), foley.ambience("silence", 77, 9_000)
    np.testing.assert_array_equal(unknown, silence)
    assert _level_db(unknown) < _level_db(foley.ambience("corridor", 77, 9_000)) - 6.0


@pytest.mark.parametrize("name", _SOUNDS)
def test_sounds_start_and_end_softly_below_half(foley: SynthesisedFoley, name: str) -> None:
    pcm = foley.sound(SoundCue(name, 0))
    assert pcm.dtype == np.float32
    assert pcm.ndim == 2
    assert pcm.shape[1] == 2
    assert 0.08 < np.abs(pcm).max() < 0.5
    assert np.abs(pcm[[0, -1]]).max() < 1e-3
    assert np.abs(pcm.mean(axis=0)).max() < 1e-3
    assert 0.5 < len(pcm) / 48_000 < 12.0


def test_known_sounds(foley: SynthesisedFoley) -> None:
    assert set(_SOUNDS) <= set(foley.known_sounds())


def test_same_cue_same_samples_other_frame_other_take(foley: SynthesisedFoley) -> None:
    first = foley.sound(SoundCue("steps", 10))
    np.testing.assert_array_equal(first, SynthesisedFoley().sound(SoundCue("steps", 10)))
    assert not np.array_equal(first, foley.sound(SoundCue("steps", 11)))


def test_gain_and_pan(foley: SynthesisedFoley) -> None:
    plain = foley.sound(SoundCue("impact", 0))
    np.testing.assert_allclose(foley.sound(SoundCue("impact", 0, gain=0.5)), plain * 0.5, atol=1e-7)
    left = foley.sound(SoundCue("impact", 0, pan=-1.0))
    np.testing.assert_array_equal(left[:, 0], plain[:, 0])
    assert np.abs(left[:, 1]).max() < 1e-6
    right = foley.sound(SoundCue("impact", 0, pan=0.5))
    assert _level_db(right[:, 1]) > _level_db(right[:, 0]) + 2.0


@pytest.mark.parametrize(
    ("cue", "field"),
    [
        (SoundCue("door", 0, gain=-0.1), "gain"),
        (SoundCue("door", 0, gain=float("nan")), "gain"),
        (SoundCue("door", 0, pan=1.2), "pan"),
        (SoundCue("door", 0, pan=float("nan")), "pan"),
    ],
)
def test_bad_cues_name_the_field(foley: SynthesisedFoley, cue: SoundCue, field: str) -> None:
    with pytest.raises(InvalidAsk) as raised:
        foley.sound(cue)
    assert raised.value.field == field


def test_unknown_sound_and_negative_window(foley: SynthesisedFoley) -> None:
    with pytest.raises(UnknownName, match="alarm"):
        foley.sound(SoundCue("trombone", 0))
    with pytest.raises(InvalidAsk):
        foley.ambience("corridor", 0, -1)
    assert foley.ambience("corridor", 5, 0).shape == (0, 2)
