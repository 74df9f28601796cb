"""How a thing on the stage is heard from where the camera stands: left or right, near or far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from services.inference.domain.plates import Camera, Plates, Vector
from services.inference.domain.shot import SoundCue
from services.inference.domain.timebase import SAMPLE_RATE_HZ

NEAR_M: Final = 3.0
"""From here a sound is as loud as it was made."""
_WIDEST_PAN: Final = 0.85
_SOFTEST, _LOUDEST = 0.25, 1.3
_OPEN_HZ: Final = 14_000.0
_DULLED_BY_M: Final = 14.0
"""Distance over which what is heard of the highs falls by 1/e: dust, haze and walls swallow them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """pan -1 left .. +1 right; gain: linear; corner_hz: highs above it do not arrive."""

    pan: float
    gain: float
    corner_hz: float


def heard_from(camera: Camera, place: Vector) -> Heard:
    """place: world point in metres."""
    offset = np.subtract(place, camera.position)
    distance_m = max(float(np.linalg.norm(offset)), 0.3)
    pan = _WIDEST_PAN * float(np.dot(offset, camera.right)) / distance_m
    gain = min(max(NEAR_M / distance_m, _SOFTEST), _LOUDEST)
    return Heard(pan, gain, 20_000.0 * float(np.exp(-distance_m / _DULLED_BY_M)))


def hearing_of(plates: Plates) -> dict[str, Heard]:
    """How each stage position of a view is heard in it."""
    return {name: heard_from(plates.camera, stage.floor) for name, stage in plates.stages.items()}


def placed(cue: SoundCue, heard: Heard) -> SoundCue:
    """The cue as Foley is asked for it."""
    return replace(cue, pan=min(max(heard.pan, -1.0), 1.0), gain=cue.gain * heard.gain)


def dulled(pcm: NDArray[np.float32], heard: Heard) -> NDArray[np.float32]:
    """(samples, 2) without the highs that do not come so far."""
    if heard.corner_hz >= _OPEN_HZ:
        return pcm
    return np.asarray(sosfilt(butter(1, heard.corner_hz, fs=SAMPLE_RATE_HZ, output="sos"), pcm, axis=0), np.float32)
