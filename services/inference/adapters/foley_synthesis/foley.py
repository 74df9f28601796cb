"""The Foley port: ambience of places and sounds of things, synthesised."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.foley_synthesis.ambience import AmbienceRenderer
from services.inference.adapters.foley_synthesis.sounds import MAKERS
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import SoundCue

_VARIANTS: Final = 4
_LOUDEST: Final = 4.0


class SynthesisedFoley:
    """Needs no files. Everything is a function of its arguments alone."""

    fingerprint = "foley-synthesis/3"

    def __init__(self) -> None:
        self._ambience = AmbienceRenderer()
        self._made = lru_cache(maxsize=24)(_make)

    def known_sounds(self) -> tuple[str, ...]:
        return tuple(MAKERS)

    def ambience(self, name: str, start_sample: int, sample_count: int) -> NDArray[np.float32]:
        """About -40 LUFS, under speech at -20. Raises InvalidAsk."""
        if sample_count < 0:
            raise InvalidAsk("sample_count", f"{sample_count} is negative")
        return self._ambience.window(name, start_sample, sample_count)

    def sound(self, cue: SoundCue) -> NDArray[np.float32]:
        """Peak below 0.5 at gain 1; at another frame it differs a little. Raises UnknownName, InvalidAsk."""
        if cue.sound not in MAKERS:
            raise UnknownName("sound", cue.sound, self.known_sounds())
        if not (math.isfinite(cue.gain) and 0.0 <= cue.gain <= _LOUDEST):
            raise InvalidAsk("gain", f"{cue.gain} is not within 0..{_LOUDEST:g}")
        if not -1.0 <= cue.pan <= 1.0:
            raise InvalidAsk("pan", f"{cue.pan} is not within -1..1")
        return self._made(cue.sound, cue.start_frame % _VARIANTS) * _balance(cue.pan) * np.float32(cue.gain)


def _make(sound: str, variant: int) -> NDArray[np.float32]:
    return MAKERS[sound](np.random.default_rng([variant, *sound.encode("ascii")]))


def _balance(pan: float) -> NDArray[np.float32]:
    """Gain of each side: the far side falls, the near side stays, so that no peak grows."""
    left, right = (math.cos(max(side * pan, 0.0) * math.pi / 2.0) for side in (1.0, -1.0))
    return np.array((left, right), np.float32)
