"""Plays single notes of a soundfont; each starts from silence, so that the same note is the same samples."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import tinysoundfont
from numpy.typing import NDArray

from services.inference.adapters.composer_score.soundfont import Preset, extract_presets
from services.inference.domain.errors import EngineUnavailable
from services.inference.domain.timebase import SAMPLE_RATE_HZ

_DAMPING: Final = 2048
"""Samples in which tinysoundfont damps a voice that was cut off."""


class Sampler:
    """Holds only `presets` of the file. Raises EngineUnavailable for a missing or broken file."""

    def __init__(self, soundfont: Path, presets: Iterable[Preset]) -> None:
        wanted = sorted(set(presets))
        self._synth = tinysoundfont.Synth(gain=0, samplerate=SAMPLE_RATE_HZ)
        content = extract_presets(soundfont, wanted)
        try:
            font = self._synth.sfload(content)
            self._channels = {preset: channel for channel, preset in enumerate(wanted)}
            for (bank, program), channel in self._channels.items():
                self._synth.program_select(channel, font, bank, program)
        except (RuntimeError, tinysoundfont.SoundFontException) as error:
            raise EngineUnavailable(f"soundfont {soundfont} cannot be used: {error}") from error
        self._lock = Lock()

    def play(self, preset: Preset, key: int, velocity: int, held: int, ring: int) -> NDArray[np.float32]:
        """(held + ring, 2): the key goes down at 0 and up after `held` samples; the end is faded to silence."""
        channel = self._channels[preset]
        pcm = np.empty((held + ring, 2), np.float32)
        with self._lock:
            self._synth.noteon(channel, key, velocity)
            self._synth.generate(held, pcm[:held].data.cast("B"))
            self._synth.noteoff(channel, key)
            self._synth.generate(ring, pcm[held:].data.cast("B"))
            self._synth.sounds_off(channel)
            self._synth.generate(_DAMPING)
        fade = min(ring, round(0.4 * SAMPLE_RATE_HZ))
        pcm[-fade:] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, fade, dtype=np.float32)))[:, None]
        return pcm
