"""Renders one stem of one passage: its notes, placed, panned, and heard in the hall."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.composer_score.form import Form, Passage
from services.inference.adapters.composer_score.instruments import INSTRUMENTS, Sampled, Synthesised
from services.inference.adapters.composer_score.mixing import OPEN_HZ, colour, place
from services.inference.adapters.composer_score.notes import Note
from services.inference.adapters.composer_score.parts_held import write_brass, write_choir, write_pad, write_strings
from services.inference.adapters.composer_score.parts_moving import write_bass, write_percussion, write_pulse
from services.inference.adapters.composer_score.parts_sung import write_bells, write_melody
from services.inference.adapters.composer_score.percussion_voices import play_struck
from services.inference.adapters.composer_score.recent import Recent
from services.inference.adapters.composer_score.reverb import Hall
from services.inference.adapters.composer_score.sampler import Sampler
from services.inference.adapters.composer_score.synthesis import pitch_hz, play_synthesised
from services.inference.domain.timebase import SAMPLE_RATE_HZ

TAIL_SAMPLES: Final = 4 * SAMPLE_RATE_HZ
"""How long a passage sounds on after its end."""
_TAIL_FADE: Final = SAMPLE_RATE_HZ
_LENGTH_GRID: Final = 480
_STRENGTHS: Final = 14
"""Steps of loudness, so that repeated notes are found again."""
_NOTE_BYTES: Final = 48_000_000
_KEPT_NOTE_SAMPLES: Final = 4 * SAMPLE_RATE_HZ

PARTS: Mapping[str, Callable[[Form, Passage], list[Note]]] = MappingProxyType(
    {
        "pad": write_pad, "strings": write_strings, "melody": write_melody, "brass": write_brass, "bass": write_bass,
        "pulse": write_pulse, "percussion": write_percussion, "choir": write_choir, "bells": write_bells,
    }
)  # fmt: skip


class StemRenderer:
    """Owns the instruments and the hall. Raises EngineUnavailable without a usable soundfont."""

    def __init__(self, soundfont: Path) -> None:
        presets = [(each.bank, each.program) for each in INSTRUMENTS.values() if isinstance(each, Sampled)]
        self._sampler = Sampler(soundfont, presets)
        self._hall = Hall()
        self._notes: Recent[tuple[str, int, int, int], np.float32] = Recent(_NOTE_BYTES)

    def render(self, form: Form, stem: str, number: int) -> NDArray[np.float32]:
        """(samples, 2) from the passage's first sample on, at most its length and TAIL_SAMPLES; empty when it rests."""
        passage = form.passage(number)
        notes = ending(form, passage, PARTS[stem](form, passage))
        if not notes:
            return np.zeros((0, 2), np.float32)
        count = form.passage_start(number + 1) - form.passage_start(number) + TAIL_SAMPLES
        mix = np.zeros((count, 2), np.float32)
        send = np.zeros(count, np.float32)
        for note in notes:
            self._place(note, form.beat_s, mix, send)
        heard = last_sounding(send) + 1
        self._hall.reverberate(send[:heard], mix)
        mix[-_TAIL_FADE:] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, _TAIL_FADE, dtype=np.float32)))[:, None]
        return mix

    def _place(self, note: Note, beat_s: float, mix: NDArray[np.float32], send: NDArray[np.float32]) -> None:
        pcm = self._play(note, beat_s)
        at = round((note.start * beat_s + note.late_s) * SAMPLE_RATE_HZ)
        angle = (note.pan + 1.0) * math.pi / 4.0
        left, right = math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)
        place(mix, send, pcm, at, left, right, 0.5 * INSTRUMENTS[note.instrument].send)

    def _play(self, note: Note, beat_s: float) -> NDArray[np.float32]:
        held = max(1, round(note.length * beat_s * SAMPLE_RATE_HZ / _LENGTH_GRID)) * _LENGTH_GRID
        strength = round(min(max(note.level, 1.0 / _STRENGTHS), 1.0) * _STRENGTHS)
        name = (note.instrument, note.key, strength, held)
        pcm = self._notes.get(name)
        if pcm is None:
            pcm = self._sound(*name)
            if len(pcm) <= _KEPT_NOTE_SAMPLES:
                self._notes.put(name, pcm)
        return pcm

    def _sound(self, name: str, key: int, strength: int, held: int) -> NDArray[np.float32]:
        instrument = INSTRUMENTS[name]
        level = strength / _STRENGTHS
        if isinstance(instrument, Sampled):
            return self._sampled(instrument, key, level, held)
        if isinstance(instrument, Synthesised):
            pcm = play_synthesised(instrument, key, held)
        else:
            pcm = play_struck(instrument.kind, key, held)
        return np.asarray(pcm * np.float32(level * instrument.gain), np.float32)

    def _sampled(self, instrument: Sampled, key: int, level: float, held: int) -> NDArray[np.float32]:
        ring = round(instrument.ring_s * SAMPLE_RATE_HZ)
        pcm = self._sampler.play((instrument.bank, instrument.program), key, round(40 + 75 * level), held, ring)
        shape = np.full(len(pcm), instrument.gain, np.float32)
        rise = min(round(instrument.attack_s * SAMPLE_RATE_HZ), held // 2)
        if rise:
            shape[:rise] *= 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, rise, dtype=np.float32))
        if instrument.swell:
            arc = np.sin(np.linspace(0.0, np.pi, held, dtype=np.float32))
            shape[:held] *= 1.0 - instrument.swell + instrument.swell * arc
            shape[held:] *= 1.0 - instrument.swell
        lowest_hz = 1.6 * pitch_hz(key)
        corner_hz = max(instrument.lowpass_hz * (0.35 + 0.65 * level), lowest_hz) if instrument.lowpass_hz else OPEN_HZ
        colour(pcm, corner_hz, shape)
        return pcm


def ending(form: Form, passage: Passage, notes: list[Note]) -> list[Note]:
    """The notes as written; in the last passage only those that begin with it, held to the end; after it none."""
    if form.last is None or passage.number < form.last:
        return notes
    if passage.number > form.last:
        return []
    held = form.beats_to_end(passage.number)
    return [replace(note, length=held if note.length >= 1.0 else note.length) for note in notes if note.start < 0.5]


def last_sounding(pcm: NDArray[np.generic]) -> int:
    """Index of the last sample that is not zero, -1 when there is none."""
    backwards = pcm[::-1] != 0
    from_end = int(np.argmax(backwards)) if len(pcm) else 0
    return len(pcm) - 1 - from_end if len(pcm) and backwards[from_end] else -1
