"""How soon the music is heard to answer a change of tension: octave bands of the same music with and without it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft

from loadtests.bench_sound.mix import FORK_FRAME, PLAIN, TENSER, Studio
from services.inference.domain.shot import GradeKey, MusicCue, Shot, View
from services.inference.domain.timebase import SAMPLE_RATE_HZ, SAMPLES_PER_FRAME

HEARD_DB = 2.0
"""A change of level in an octave band that is noticed in music."""
WINDOW = 4_800
HOP = 480
CALMER = (GradeKey(FORK_FRAME - 1), GradeKey(FORK_FRAME + 5, music_intensity=-0.35))
SCORES = (
    ("calm", "D", 72.0), ("warm", "G", 76.0), ("wonder", "Bb", 66.0), ("tense", "Dm", 96.0), ("dread", "Gm", 58.0),
)  # fmt: skip
STARTS_S = (20.0, 41.3, 77.9, 120.4)
INTENSITIES = (0.2, 0.45, 0.7)


def reactions_ms(studio: Studio) -> list[float]:
    """For each mood, place in the score, intensity and direction; infinite where nothing is heard in 6 s."""
    return [
        _reaction_ms(studio, shot, keys)
        for shot in _shots()
        for keys in (TENSER, CALMER)
        if 0.0 <= shot.music[0].intensity_from + keys[1].music_intensity <= 1.1
    ]


def _shots() -> Iterator[Shot]:
    for number, (mood, key, tempo_bpm) in enumerate(SCORES):
        for place, start_s in enumerate(STARTS_S):
            intensity = INTENSITIES[(number + place) % len(INTENSITIES)]
            cue = MusicCue(11, mood, key, tempo_bpm, round(start_s * SAMPLE_RATE_HZ), intensity, intensity)
            yield Shot(View("corridor"), 168, music=(cue,), ambience="silence")


def _reaction_ms(studio: Studio, shot: Shot, keys: tuple[GradeKey, ...]) -> float:
    with_it, without = (_bands_db(_music(studio, shot, grade)) for grade in (keys, PLAIN))
    loudest = without.max(axis=0, keepdims=True)
    differs = np.where(np.maximum(with_it, without) > loudest - 30.0, np.abs(with_it - without), 0.0).max(axis=0)
    first = FORK_FRAME * SAMPLES_PER_FRAME // HOP
    heard = np.flatnonzero(differs[first:] >= HEARD_DB)
    # A window is heard when its last sample is.
    return float((heard[0] * HOP + WINDOW / 2) * 1000.0 / SAMPLE_RATE_HZ) if len(heard) else float("inf")


def _music(studio: Studio, shot: Shot, keys: tuple[GradeKey, ...]) -> NDArray[np.float32]:
    sound = studio.take(shot, (), keys)
    return np.concatenate([sound.bed(chunk) for chunk in range(shot.frame_count // 12)])


def _bands_db(pcm: NDArray[np.float32]) -> NDArray[np.float64]:
    """(bands, times): level of the octaves from 63 Hz to 8 kHz."""
    frequency, _, spectrum = stft(pcm.mean(axis=1), SAMPLE_RATE_HZ, nperseg=WINDOW, noverlap=WINDOW - HOP)
    power = np.abs(spectrum) ** 2
    centres = 63.0 * 2.0 ** np.arange(8)
    bands = [power[(frequency >= c / 2**0.5) & (frequency < c * 2**0.5)].sum(axis=0) for c in centres]
    return 10.0 * np.log10(np.array(bands) + 1e-12)
