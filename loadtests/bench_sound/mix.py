"""Renders the sound of takes as the Animator does, decodes what a viewer would, and measures it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import pyloudnorm
from numpy.typing import NDArray

from loadtests.watch.sound import true_peak_dbtp
from services.inference.adapters.animator_stage.encoding import encode_audio
from services.inference.adapters.animator_stage.settings import StageSettings
from services.inference.adapters.animator_stage.shelf import Shelf
from services.inference.adapters.animator_stage.sound import MusicKey, TakeSound
from services.inference.domain.shot import GradeKey, Shot
from services.inference.domain.speech import Speech
from services.inference.domain.timebase import (
    FRAMES_PER_CHUNK,
    SAMPLE_RATE_HZ,
)
from services.inference.ports import Composer, Foley

Stereo = NDArray[np.float32]
DECODER_DELAY = 312
BORDER = 240
NEARBY = 9_600
SHORTEST_MEASURED = 21_600
FORK_FRAME = 24
PLAIN = (GradeKey(),)
TENSER = (GradeKey(FORK_FRAME - 1), GradeKey(FORK_FRAME + 5, music_intensity=0.35))


@dataclass(frozen=True, slots=True)
class Studio:
    """What takes are mixed from; the last windows of music are kept as the Animator keeps them."""

    composer: Composer
    foley: Foley
    settings: StageSettings = field(default_factory=StageSettings)
    windows: Shelf[MusicKey, Stereo] = field(default_factory=lambda: Shelf(StageSettings().music_windows_kept))

    def take(self, shot: Shot, speeches: Sequence[Speech], keys: tuple[GradeKey, ...] = PLAIN) -> TakeSound:
        return TakeSound(shot, keys, speeches, self.composer, self.foley, self.settings, self.windows)


@dataclass(slots=True)
class Track:
    """What a viewer hears: packets in the order in which they are sent, and where takes begin among them."""

    packets: list[bytes] = field(default_factory=list)
    borders: list[int] = field(default_factory=list)
    cpu_s: float = 0.0

    def add(self, sound: TakeSound, chunks: Sequence[int]) -> None:
        """A take (or a part of it) follows what is there."""
        if self.packets:
            self.borders.append(len(self.packets))
        started_s = time.process_time()
        for chunk in chunks:
            self.packets += encode_audio(sound.chunk_with_preroll(chunk))
        self.cpu_s += time.process_time() - started_s

    def decoded(self) -> Stereo:
        """(samples, 2) at 48 kHz, from the first packet's first sample on."""
        return decode(self.packets)


def decode(packets: Sequence[bytes]) -> Stereo:
    """Opus packets through one decoder."""
    context: Any = av.CodecContext.create("libopus", "r")
    context.sample_rate = SAMPLE_RATE_HZ
    context.layout = "stereo"
    parts: list[Stereo] = []
    for data in packets:
        for frame in context.decode(av.Packet(data)):
            pcm = frame.to_ndarray()
            pcm = pcm.T if pcm.shape[0] == 2 else pcm.reshape(-1, 2)
            parts.append(pcm.astype(np.float32) / (32_768.0 if pcm.dtype == np.int16 else 1.0))
    return np.concatenate(parts)


def chunks_of(shot: Shot) -> range:
    return range(shot.frame_count // FRAMES_PER_CHUNK)


def loudness(pcm: Stereo) -> tuple[float, float]:
    """(integrated LUFS, true peak dBTP) by ITU-R BS.1770-5."""
    lufs = float(pyloudnorm.Meter(SAMPLE_RATE_HZ).integrated_loudness(pcm.astype(np.float64)))
    return lufs, true_peak_dbtp(pcm)


@dataclass(frozen=True, slots=True)
class Splices:
    """ratio: largest step between two samples within 5 ms of any border, against the largest elsewhere. local: the
    same for the border where it is worst against the fifth of a second on either side of it."""

    count: int
    ratio: float
    local: float


def splices(pcm: Stereo, borders: Sequence[int]) -> Splices:
    """borders: packet numbers."""
    steps = np.abs(np.diff(pcm, axis=0)).max(axis=1)
    inside = np.ones(len(steps), bool)
    at_borders, local = [0.0], [0.0]
    for packet in borders:
        at = packet * 960
        inside[at - BORDER : at + BORDER + DECODER_DELAY] = False
        here = float(steps[at - BORDER : at + BORDER + DECODER_DELAY].max())
        around = np.concatenate([steps[at - NEARBY : at - BORDER], steps[at + BORDER + DECODER_DELAY : at + NEARBY]])
        at_borders.append(here)
        local.append(here / max(float(around.max(initial=0.0)), 1e-4))
    return Splices(len(borders), max(at_borders) / float(steps[inside].max()), max(local))


def dialogue_over_bed(said: Stereo, bed: Stereo, lines: Sequence[tuple[int, int]]) -> list[float]:
    """How many LU each line is above what sounds with it. lines: (first sample, samples) of the film."""
    meter = pyloudnorm.Meter(SAMPLE_RATE_HZ)
    found: list[float] = []
    for start, length in lines:
        span = slice(start, start + length)
        if length < SHORTEST_MEASURED or start + length > len(said):
            continue
        speech_lufs = meter.integrated_loudness(said[span].astype(np.float64))
        bed_lufs = meter.integrated_loudness(bed[span].astype(np.float64))
        found.append(float(speech_lufs - max(bed_lufs, -70.0)))
    return found
