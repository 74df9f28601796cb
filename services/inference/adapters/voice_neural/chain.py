"""What a voice goes through after it is spoken: filters, radios, loudspeakers and rooms, at 48 kHz."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import signal

from services.inference.adapters.voice_neural.speakers import Floats
from services.inference.domain.timebase import SAMPLE_RATE_HZ

ECHOES_DOWN_TO = 0.02


class Effect(Protocol):
    """pcm: (samples,) float32 at 48 kHz, speech near -20 dBFS; gives the same number of samples."""

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Band:
    """Butterworth band or high pass (high_hz 0: no upper limit)."""

    low_hz: float
    high_hz: float = 0.0
    order: int = 2

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        return _band(pcm, self.low_hz, self.high_hz, self.order)


@dataclass(frozen=True, slots=True)
class Shelf:
    """First-order shelf: `gain_db` below or above the corner."""

    corner_hz: float
    gain_db: float
    side: str

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        passed = signal.butter(1, self.corner_hz, "lowpass" if self.side == "low" else "highpass", fs=SAMPLE_RATE_HZ)
        part = signal.lfilter(*passed, pcm)
        return _floats(pcm + (_gain(self.gain_db) - 1.0) * part)


@dataclass(frozen=True, slots=True)
class Bell:
    """Peaking equaliser (RBJ cookbook); width in octaves."""

    centre_hz: float
    gain_db: float
    width: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        omega = 2 * np.pi * self.centre_hz / SAMPLE_RATE_HZ
        amplitude = 10 ** (self.gain_db / 40)
        alpha = np.sin(omega) * np.sinh(np.log(2) / 2 * self.width * omega / np.sin(omega))
        up = np.array([1 + alpha * amplitude, -2 * np.cos(omega), 1 - alpha * amplitude])
        down = np.array([1 + alpha / amplitude, -2 * np.cos(omega), 1 - alpha / amplitude])
        return _floats(signal.lfilter(up, down, pcm))


@dataclass(frozen=True, slots=True)
class Comb:
    """Feedback comb: a pipe, a visor or a metal throat."""

    delay_ms: float
    feedback: float
    mix: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        return _floats((1 - self.mix) * pcm + self.mix * _echoes(pcm, _samples(self.delay_ms), self.feedback))


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring modulation by a sine."""

    frequency_hz: float
    mix: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        carrier = np.sin(2 * np.pi * self.frequency_hz / SAMPLE_RATE_HZ * np.arange(len(pcm)))
        return _floats(pcm * ((1 - self.mix) + 1.4 * self.mix * carrier))


@dataclass(frozen=True, slots=True)
class Flutter:
    """Loudness that flickers, as of a projection that hardly holds; irregular by a second slow wave."""

    frequency_hz: float
    depth: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        turn = 2 * np.pi * np.arange(len(pcm)) / SAMPLE_RATE_HZ
        wave = 0.5 + 0.5 * np.sin(self.frequency_hz * turn) * (0.6 + 0.4 * np.sin(2.3 * turn + random.uniform(0, 6)))
        return _floats(pcm * (1 - self.depth * wave))


@dataclass(frozen=True, slots=True)
class Drive:
    """Soft saturation; amount 0..1."""

    amount: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        push = 1.0 + 14.0 * self.amount
        return _floats(np.tanh(push * pcm) / np.tanh(push * 0.35) * 0.35)


@dataclass(frozen=True, slots=True)
class Press:
    """Compressor with a 12 ms smoothed detector and make-up to the level it had."""

    threshold_db: float
    ratio: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        pole = np.exp(-1.0 / (0.012 * SAMPLE_RATE_HZ))
        power = signal.lfilter([1 - pole], [1, -pole], np.square(pcm, dtype=np.float64))
        level_db = 10 * np.log10(power + 1e-9)
        reduction_db = np.maximum(0.0, level_db - self.threshold_db) * (1 / self.ratio - 1)
        pressed = pcm * 10 ** (reduction_db / 20)
        return _floats(pressed * (_rms(pcm) / max(_rms(pressed), 1e-9)))


@dataclass(frozen=True, slots=True)
class Double:
    """A second voice beside the first, late and out of tune by `cents` (a slowly swept delay)."""

    delay_ms: float
    cents: float
    mix: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        time = np.arange(len(pcm), dtype=np.float64)
        sweep_hz = 0.9
        swing = (2 ** (self.cents / 1200) - 1) * SAMPLE_RATE_HZ / (2 * np.pi * sweep_hz)
        phase = random.uniform(0, 2 * np.pi)
        delay = (
            _samples(self.delay_ms) + abs(swing) + swing * np.sin(2 * np.pi * sweep_hz / SAMPLE_RATE_HZ * time + phase)
        )
        second = np.interp(time - delay, time, pcm, left=0.0)
        return _floats((1 - self.mix) * pcm + self.mix * second)


@dataclass(frozen=True, slots=True)
class Slap:
    """Repeats from a far wall, each duller and weaker."""

    delay_ms: float
    feedback: float
    mix: float
    damp_hz: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        far = _band(pcm, 120.0, self.damp_hz, 1)
        delay = _samples(self.delay_ms)
        repeats = np.concatenate([np.zeros(delay, np.float32), _echoes(far, delay, self.feedback)])[: len(pcm)]
        return _floats(pcm + self.mix * repeats)


@dataclass(frozen=True, slots=True)
class Room:
    """Reverberation: a decaying noise response whose energy equals the direct sound's at mix 1."""

    seconds: float
    mix: float
    predelay_ms: float
    damp_hz: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        length = int(self.seconds * SAMPLE_RATE_HZ)
        decay = np.exp(-6.9 * np.arange(length) / length)
        response = _band(_floats(random.standard_normal(length) * decay), 140.0, self.damp_hz, 1)
        response = response / np.sqrt(np.sum(np.square(response)))
        wet = signal.fftconvolve(pcm, np.pad(response, (_samples(self.predelay_ms), 0)))[: len(pcm)]
        return _floats(pcm + np.sqrt(self.mix) * wet)


@dataclass(frozen=True, slots=True)
class Hiss:
    """Noise of a carrier that is open as long as someone speaks."""

    level_db: float
    low_hz: float
    high_hz: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        noise = _band(_floats(random.standard_normal(len(pcm))), self.low_hz, self.high_hz, 2)
        swell = _faded(len(pcm), _samples(25))
        return _floats(pcm + noise / _rms(noise) * _gain(self.level_db) * swell)


@dataclass(frozen=True, slots=True)
class Clicks:
    """The press and release of a push-to-talk key."""

    level_db: float

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        length = min(_samples(9), len(pcm) // 4)
        burst = random.standard_normal(length) * np.exp(-6.0 * np.arange(length) / max(length, 1))
        click = _band(_floats(burst), 700.0, 3_300.0, 1) * _gain(self.level_db) * 4.0
        keyed = pcm.copy()
        keyed[:length] += click
        keyed[len(keyed) - length :] += 0.7 * click
        return keyed


CHIME_S = 0.95


@dataclass(frozen=True, slots=True)
class Chime:
    """Two tones that ask for attention before an announcement; it puts itself in front of the speech."""

    level_db: float
    low_hz: float
    high_hz: float

    @property
    def lead_s(self) -> float:
        """How long before the first word it begins."""
        return CHIME_S

    def apply(self, pcm: Floats, random: np.random.Generator) -> Floats:
        chimed = pcm.copy()
        for number, frequency_hz in enumerate((self.low_hz, self.high_hz)):
            time = np.arange(_samples(620)) / SAMPLE_RATE_HZ
            ring = np.exp(-4.2 * time) * np.minimum(time / 0.006, 1.0) * np.clip((0.62 - time) / 0.08, 0.0, 1.0)
            tone = np.sin(2 * np.pi * frequency_hz * time) + 0.3 * np.sin(4 * np.pi * frequency_hz * time)
            start = _samples(10) + number * _samples(300)
            part = chimed[start : start + len(time)]
            part += _floats(1.6 * _gain(self.level_db) * ring * tone)[: len(part)]
        return chimed


KINDS: dict[str, type[Any]] = {
    "band": Band,
    "shelf": Shelf,
    "bell": Bell,
    "comb": Comb,
    "ring": Ring,
    "flutter": Flutter,
    "drive": Drive,
    "press": Press,
    "double": Double,
    "slap": Slap,
    "room": Room,
    "hiss": Hiss,
    "clicks": Clicks,
    "chime": Chime,
}


def read_effect(row: dict[str, Any]) -> Effect:
    """An effect from its YAML row. Raises KeyError for an unknown kind, TypeError for an unknown value."""
    values = {key: value for key, value in row.items() if key != "kind"}
    effect: Effect = KINDS[row["kind"]](**values)
    return effect


def lead_s(chain: tuple[Effect, ...]) -> float:
    """How long the chain sounds before the voice begins."""
    return max([*(effect.lead_s for effect in chain if isinstance(effect, Chime)), 0.0])


def tail_s(chain: tuple[Effect, ...]) -> float:
    """How long the chain goes on sounding after the voice ends."""
    rooms = [0.6 * effect.seconds for effect in chain if isinstance(effect, Room)]
    slaps = [0.004 * effect.delay_ms for effect in chain if isinstance(effect, Slap)]
    return max([*rooms, *slaps, 0.0])


def _band(pcm: Floats, low_hz: float, high_hz: float, order: int) -> Floats:
    corners, shape = ((low_hz, high_hz), "bandpass") if high_hz else (low_hz, "highpass")
    sections = signal.butter(order, corners, shape, fs=SAMPLE_RATE_HZ, output="sos")
    return _floats(signal.sosfilt(sections, pcm))


def _echoes(pcm: Floats, delay: int, feedback: float) -> Floats:
    """pcm plus its repeats every `delay` samples, as far as they can be heard."""
    summed = pcm.copy()
    strength, offset = feedback, delay
    while abs(strength) > ECHOES_DOWN_TO and offset < len(pcm):
        summed[offset:] += strength * pcm[: len(pcm) - offset]
        strength, offset = strength * feedback, offset + delay
    return summed


def _faded(sample_count: int, ramp: int) -> Floats:
    ramp = max(1, min(ramp, sample_count // 2))
    time = np.arange(sample_count)
    return _floats(np.clip(np.minimum(time + 1, sample_count - time) / ramp, 0.0, 1.0))


def _samples(milliseconds: float) -> int:
    return round(milliseconds * SAMPLE_RATE_HZ / 1000)


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _rms(pcm: Any) -> float:
    return float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64)))) if len(pcm) else 0.0


def _floats(values: Any) -> Floats:
    return np.asarray(values, np.float32)
