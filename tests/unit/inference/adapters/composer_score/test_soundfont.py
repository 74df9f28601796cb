"""What is taken out of a soundfont still plays, and nothing else is taken."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from services.inference.adapters.composer_score.sampler import Sampler
from services.inference.adapters.composer_score.soundfont import extract_presets
from services.inference.domain.errors import EngineUnavailable


def test_a_missing_file_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="fluid-soundfont-gm"):
        extract_presets(tmp_path / "none.sf2", [(0, 0)])


@pytest.mark.parametrize("content", [b"", b"RIFF\x04\x00\x00\x00WAVE", b"RIFF\xff\xff\x00\x00sfbk"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.sf2"
    path.write_bytes(content)
    with pytest.raises(EngineUnavailable):
        extract_presets(path, [(0, 0)])


def test_an_absent_preset_is_refused(soundfont: Path) -> None:
    with pytest.raises(EngineUnavailable, match="preset 99"):
        extract_presets(soundfont, [(0, 99)])


def test_only_the_samples_in_use_are_kept(soundfont: Path) -> None:
    taken = extract_presets(soundfont, [(7, 7)])
    at = taken.index(b"smpl")
    assert struct.unpack("<I", taken[at + 4 : at + 8])[0] == 2 * (4000 + 46)


def test_notes_sound_at_their_pitch_and_always_the_same(soundfont: Path) -> None:
    sampler = Sampler(soundfont, [(0, 0), (7, 7)])
    first = sampler.play((7, 7), 69, 100, 24_000, 4_800)
    sampler.play((0, 0), 40, 120, 9_000, 100)
    again = sampler.play((7, 7), 69, 100, 24_000, 4_800)
    np.testing.assert_array_equal(first, again)
    spectrum = np.abs(np.fft.rfft(first[:24_000, 0]))
    sample_hz = 48_000 / 100 * 2.0 ** ((69 - 71) / 12.0)
    assert abs(np.argmax(spectrum) * 2.0 - sample_hz) < 6.0
    assert np.abs(first[-1]).max() < 1e-6
