"""Sounds of things at a moment. Each maker gives stereo PCM from a generator that varies it a little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.foley_synthesis.acoustics import (
    Mono,
    Stereo,
    body,
    envelope,
    finish,
    glide,
    highpass,
    lowpass,
    metal,
    noise,
    room,
    seconds,
    stereo,
    struck,
)

Maker = Callable[[np.random.Generator], NDArray[np.float32]]


def _harmonics(phase: Mono, amplitudes: tuple[float, ...]) -> Mono:
    total = np.zeros(len(phase))
    for number, amplitude in enumerate(amplitudes, start=1):
        total += amplitude * np.sin(number * phase)
    return total


def _wide(chance: np.random.Generator, shape: Mono, low_hz: float, high_hz: float, order: int = 2) -> Stereo:
    """Decorrelated noise on both sides under one envelope."""
    return np.stack([noise(chance, len(shape), low_hz, high_hz, order) * shape for _ in range(2)], axis=1)


def _alarm(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(2.6)
    out = np.zeros(len(time))
    for start_s in (0.0, 0.85, 1.7):
        local = time - start_s
        pulse = envelope(local, ((-1.0, 0.0), (0.0, 0.0), (0.035, 1.0), (0.5, 0.9), (0.68, 0.0), (9.0, 0.0)))
        pitch_hz = 392.0 + 74.0 * envelope(local, ((-1.0, 0.0), (0.24, 0.0), (0.3, 1.0), (9.0, 1.0)))
        out += pulse * _harmonics(glide(pitch_hz), (1.0, 0.12, 0.34, 0.05, 0.15, 0.0, 0.06))
    return finish(room(stereo(lowpass(out, 2400.0)), 1.3, 0.55, 3000.0), 0.17, 0.3)


def _door(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.9)
    seal = _wide(chance, envelope(time, ((0.0, 0.0), (0.03, 1.0), (0.16, 0.35), (0.5, 0.0))), 900.0, 6500.0) * 0.3
    motion = envelope(time, ((0.12, 0.0), (0.3, 1.0), (1.05, 0.85), (1.22, 0.0)))
    pitch_hz = 84.0 + 46.0 * envelope(time, ((0.12, 0.0), (0.55, 1.0), (1.0, 0.8), (1.25, 0.1)))
    servo = _harmonics(glide(pitch_hz), (0.5, 0.4, 0.3, 0.22, 0.15, 0.1, 0.07)) * motion * 0.2
    slide = _wide(chance, motion, 180.0, 1400.0, 1) * 0.12
    stop = body(time - 1.2, [(58.0, 0.16, 0.9), *metal(chance, 171.0, 7, 0.22)]) * 0.45
    latch = body(time - 1.42, metal(chance, 620.0, 5, 0.05)) * 0.12
    return finish(room(seal + slide + stereo(servo, -0.1) + stereo(stop + latch, 0.15), 0.9, 0.35), 0.3, 0.2)


def _footstep(chance: np.random.Generator, strength: float) -> Mono:
    time = seconds(0.34)
    boot = [(float(chance.uniform(68, 84)), 0.045, 1.0), (float(chance.uniform(130, 160)), 0.03, 0.5)]
    heel = body(time, boot, 0.004)
    plate = body(time, metal(chance, float(chance.uniform(330, 400)), 6, 0.05), 0.003) * 0.12
    sole = noise(chance, len(time), 300.0, 2600.0) * struck(time, 0.02, 0.004) * 0.16
    toe_at = float(chance.uniform(0.085, 0.11))
    toe = noise(chance, len(time), 400.0, 3400.0) * struck(time - toe_at, 0.028, 0.008) * 0.1
    return strength * (heel + plate + sole + toe)


def _steps(chance: np.random.Generator) -> NDArray[np.float32]:
    count, spacing_s = 4, 0.53
    out = np.zeros((len(seconds(count * spacing_s + 0.4)), 2))
    for index in range(count):
        at = len(seconds(index * spacing_s + float(chance.uniform(0.0, 0.02))))
        step = stereo(_footstep(chance, float(chance.uniform(0.8, 1.0))), -0.12 if index % 2 else 0.12)
        out[at : at + len(step)] += step
    return finish(room(out, 0.7, 0.3, 3000.0), 0.3)


def _one_step(chance: np.random.Generator) -> NDArray[np.float32]:
    step = stereo(_footstep(chance, 1.0), float(chance.uniform(-0.12, 0.12)))
    return finish(room(step, 0.6, 0.3, 3000.0), 0.24)


def _console(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.1)
    out = np.zeros((len(time), 2))
    scale_hz = (880.0, 988.0, 1175.0, 1319.0, 1568.0)
    onset_s = 0.02
    for index in range(int(chance.integers(4, 7))):
        local = time - onset_s
        shape = envelope(local, ((-1.0, 0.0), (0.0, 0.0), (0.008, 1.0), (0.045, 0.7), (0.085, 0.0), (9.0, 0.0)))
        pitch_hz = scale_hz[int(chance.integers(len(scale_hz)))]
        blip = _harmonics(2.0 * np.pi * pitch_hz * time, (1.0, 0.1, 0.05)) * shape
        key = noise(chance, len(time), 1800.0, 6000.0) * struck(local + 0.015, 0.006) * 0.25
        out += stereo(0.7 * blip + key, float(chance.uniform(-0.3, 0.3))) * (0.85 + 0.15 * (index % 2))
        onset_s += float(chance.choice((0.1, 0.1, 0.2)))
    return finish(room(out, 0.5, 0.25), 0.11)


def _radio(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.5)
    shape = envelope(time, ((0.0, 0.0), (0.015, 1.0), (0.22, 0.45), (1.05, 0.4), (1.22, 0.9), (1.27, 0.0)))
    slow = lowpass(chance.standard_normal(len(time)), 14.0)
    crackle = 0.15 + 0.85 * np.clip(np.abs(slow) / np.std(slow), 0.0, 1.6)
    hiss = noise(chance, len(time), 450.0, 3300.0, 3) * shape * crackle * 0.4
    whistle_hz = 1150.0 + 420.0 * np.sin(2.0 * np.pi * 0.7 * time + float(chance.uniform(0, 6)))
    whistle = np.sin(glide(whistle_hz)) * shape * 0.12
    clicks = (noise(chance, len(time), 700.0, 5200.0) * (struck(time, 0.006) + struck(time - 1.26, 0.01))) * 0.5
    return finish(stereo(np.tanh(hiss + whistle + clicks)), 0.14)


def _impact(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(2.8)
    fall = glide(34.0 + 70.0 * np.exp(-time / 0.06))
    low = np.sin(fall) * struck(time, 0.5, 0.004)
    plate = body(time, metal(chance, 118.0, 12, 0.7)) * 0.28
    crack = _wide(chance, struck(time, 0.05), 250.0, 4500.0) * 0.28
    debris = np.zeros((len(time), 2))
    for _ in range(26):
        at_s = 0.12 + float(chance.exponential(0.4))
        hit = body(time - at_s, metal(chance, float(chance.uniform(500, 2600)), 3, 0.035)) * np.exp(-at_s / 0.6)
        debris += stereo(hit, float(chance.uniform(-0.8, 0.8))) * 0.08
    return finish(room(stereo(np.tanh(1.3 * low) * 0.9 + plate) + crack + debris, 2.2, 0.4, 2600.0), 0.48, 0.6)


def _rumble(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(4.5)
    shape = envelope(time, ((0.0, 0.0), (0.9, 0.8), (2.0, 1.0), (4.5, 0.0)))
    surge = 0.75 + 0.25 * np.sin(2.0 * np.pi * (2.1 * time + 0.4 * np.sin(2.3 * time)))
    low = _wide(chance, shape * surge, 26.0, 90.0)
    rock = _wide(chance, shape**2 * surge, 90.0, 420.0, 1) * 0.28
    rattle = _wide(chance, shape**3 * (0.5 + 0.5 * np.sin(2.0 * np.pi * 17.0 * time)) ** 4, 900.0, 3200.0) * 0.035
    return finish(low + rock + rattle, 0.45, 0.4)


def _power_down(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(3.0)
    pitch_hz = 14.0 + 190.0 * np.exp(-time / 0.75)
    shape = envelope(time, ((0.0, 0.0), (0.02, 1.0), (0.6, 0.85), (2.7, 0.0)))
    motor = _harmonics(glide(pitch_hz), (1.0, 0.55, 0.4, 0.28, 0.2, 0.14, 0.1, 0.07)) * shape
    whine = np.sin(glide(6.1 * pitch_hz)) * shape**2 * 0.1
    relay = body(time, metal(chance, 240.0, 7, 0.08)) + body(time - 2.35, metal(chance, 170.0, 6, 0.12)) * 0.5
    fan = _wide(chance, shape**1.5, 200.0, 1800.0, 1) * 0.12
    return finish(room(stereo(0.6 * lowpass(motor, 1600.0) + whine + 0.5 * relay) + fan, 1.4, 0.3), 0.23, 0.4)


def _power_up(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(3.0)
    pitch_hz = 24.0 + 132.0 * (1.0 - np.exp(-time / 0.9)) ** 1.6
    shape = envelope(time, ((0.0, 0.0), (0.25, 0.4), (1.9, 1.0), (3.0, 0.0)))
    motor = _harmonics(glide(pitch_hz), (1.0, 0.5, 0.35, 0.22, 0.15, 0.1)) * shape
    glow = np.zeros(len(time))
    for ratio, level in ((4.0, 0.16), (6.0, 0.1), (8.02, 0.06)):
        glow += np.sin(glide(ratio * pitch_hz)) * shape**2 * level
    relay = body(time - 0.02, metal(chance, 260.0, 7, 0.08)) * 0.5
    ready = body(time - 2.1, [(1174.7, 0.3, 0.2), (1760.0, 0.25, 0.1)], 0.01)
    fan = _wide(chance, shape**2, 250.0, 2600.0, 1) * 0.1
    return finish(room(stereo(0.6 * lowpass(motor, 1800.0) + glow + relay + ready) + fan, 1.4, 0.35), 0.2, 0.4)


def _steam(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(2.6)
    shape = envelope(time, ((0.0, 0.0), (0.04, 1.0), (0.4, 0.7), (1.5, 0.4), (2.6, 0.0)))
    hiss = _wide(chance, shape, 1400.0, 9000.0, 1) * 0.5 + _wide(chance, shape**1.5, 2600.0, 3800.0) * 0.25
    jet = _wide(chance, shape**2, 180.0, 700.0, 1) * 0.25
    return finish(room(hiss + jet, 0.8, 0.2), 0.2, 0.3)


def _sparks(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.8)
    out = np.zeros((len(time), 2))
    for _ in range(46):
        at_s = min(float(chance.gamma(1.6, 0.28)), 1.6)
        span = time[: len(seconds(0.12))]
        ping_hz = float(chance.uniform(1800.0, 7200.0))
        crack = noise(chance, len(span), 0.6 * ping_hz, 1.5 * ping_hz)
        crack *= struck(span, float(chance.uniform(0.004, 0.018)), 5e-4)
        at = len(seconds(at_s))
        out[at : at + len(span)] += stereo(crack * float(chance.uniform(0.2, 1.0)), float(chance.uniform(-0.5, 0.5)))
    buzz = envelope(time, ((0.0, 0.0), (0.01, 1.0), (0.2, 0.4), (0.3, 0.0), (0.5, 0.0), (0.52, 0.7), (0.7, 0.0)))
    arc = highpass(np.tanh(4.0 * np.sin(2.0 * np.pi * 100.0 * time) + 0.6 * chance.standard_normal(len(time))), 500.0)
    return finish(room(lowpass(out + stereo(arc * buzz * 0.3), 9000.0), 0.6, 0.25), 0.28, 0.1)


def _signal(chance: np.random.Generator) -> NDArray[np.float32]:
    """Two, three, five: pulses of a low voice whose partials fit no instrument."""
    time = seconds(6.0)
    out = np.zeros((len(time), 2))
    pulse = seconds(0.36)
    shape = envelope(pulse, ((0.0, 0.0), (0.05, 1.0), (0.16, 0.5), (0.36, 0.0)))
    bend = 1.0 + 0.018 * np.exp(-pulse / 0.09)
    onset_s = 0.05
    for count in (2, 3, 5):
        for index in range(count):
            phase = glide(130.8 * bend * (1.0 + 0.0025 * np.sin(2.0 * np.pi * 5.3 * (pulse + onset_s))))
            voice = np.zeros(len(pulse))
            for ratio, level in ((1.0, 1.0), (1.498, 0.35), (2.76, 0.3), (4.07, 0.16), (5.43, 0.1), (0.5, 0.5)):
                voice += level * np.sin(ratio * phase + ratio)
            at = len(seconds(onset_s))
            out[at : at + len(pulse)] += stereo(voice * shape, 0.5 * np.sin(1.9 * (count + index)))
            onset_s += 0.37
        onset_s += 0.55
    breath = _wide(chance, envelope(time, ((0.0, 0.0), (2.0, 1.0), (6.0, 0.0))), 240.0, 420.0) * 0.08
    return finish(room(out * 0.5 + breath, 3.0, 0.45, 2600.0), 0.24, 1.2)


def _drill(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(3.2)
    shape = envelope(time, ((0.0, 0.0), (0.35, 0.7), (0.8, 1.0), (2.6, 0.9), (3.2, 0.0)))
    pitch_hz = 62.0 * (0.6 + 0.4 * shape) * (1.0 + 0.02 * lowpass(chance.standard_normal(len(time)), 4.0) * 40.0)
    phase = glide(pitch_hz)
    motor = _harmonics(phase, (0.8, 0.7, 0.5, 0.45, 0.3, 0.25, 0.2, 0.12)) * shape
    bite = _wide(chance, shape * (0.45 + 0.55 * np.sin(phase / 3.0) ** 2), 350.0, 3000.0, 1) * 0.35
    return finish(room(stereo(0.45 * lowpass(motor, 1500.0)) + bite, 0.9, 0.25, 3000.0), 0.22, 0.2)


def _rover(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(4.2)
    near = envelope(time, ((0.0, 0.0), (2.0, 1.0), (4.2, 0.0)))
    pitch_hz = 46.0 * (1.03 - 0.06 * np.clip((time - 1.2) / 1.8, 0.0, 1.0))
    motor = lowpass(_harmonics(glide(pitch_hz), (0.6, 0.8, 0.5, 0.4, 0.3, 0.2)), 700.0) * near**1.5
    gravel = noise(chance, len(time), 300.0, 3500.0) * near**2
    gravel *= np.abs(lowpass(chance.standard_normal(len(time)), 60.0)) * 14.0
    pan = np.clip((time - 2.0) / 2.0, -0.8, 0.8)
    angle = (pan + 1.0) * np.pi / 4.0
    mono = 0.5 * motor + 0.2 * gravel
    return finish(np.stack([mono * np.cos(angle), mono * np.sin(angle)], axis=1), 0.26, 0.3)


def _whoosh(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(1.5)
    shape = envelope(time, ((0.0, 0.0), (0.55, 1.0), (1.5, 0.0)))
    out = np.zeros((len(time), 2))
    sweep = 5.0 * envelope(time, ((0.0, 0.1), (0.6, 0.85), (1.5, 0.15)))
    for band in range(6):
        centre_hz = 160.0 * 2.0**band
        weight = np.exp(-0.5 * ((sweep - band) / 0.75) ** 2) * 2.0 ** (-0.4 * band)
        out += _wide(chance, shape**1.6 * weight, 0.7 * centre_hz, 1.4 * centre_hz)
    angle = (np.clip(time / 0.75 - 0.85, -0.6, 0.6) + 1.0) * np.pi / 4.0
    return finish(out * np.stack([np.cos(angle), np.sin(angle)], axis=1), 0.22, 0.2)


def _chime(chance: np.random.Generator) -> NDArray[np.float32]:
    time = seconds(2.4)
    out = np.zeros((len(time), 2))
    for index, pitch_hz in enumerate((659.3, 987.8, 1318.5)):
        modes = [(pitch_hz, 0.7, 1.0), (1.003 * pitch_hz, 0.6, 0.4)]
        modes += [(2.76 * pitch_hz, 0.25, 0.16), (5.4 * pitch_hz, 0.09, 0.05)]
        out += stereo(body(time - 0.11 * index, modes, 0.005), 0.3 * (index - 1))
    return finish(room(out, 1.8, 0.5, 5000.0), 0.17, 0.6)


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "alarm": _alarm, "door": _door, "steps": _steps, "footstep": _one_step, "console": _console, "radio": _radio,
        "impact": _impact,
        "rumble": _rumble, "power_down": _power_down, "power_up": _power_up, "steam": _steam, "sparks": _sparks,
        "signal": _signal, "drill": _drill, "rover": _rover, "whoosh": _whoosh, "chime": _chime,
    }
)  # fmt: skip
