"""The orchestra: which preset or synthesised voice each instrument name stands for, and how it sits in the hall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Sampled:
    """bank, program: preset of the soundfont. gain: linear. send: share of it heard in the hall.

    lowpass_hz: of the loudest note, softer ones are darker; 0 is open. ring_s: longest time after the key is let go.
    swell: 0..1, how much a long note grows and fades.
    """

    bank: int
    program: int
    gain: float
    send: float
    lowpass_hz: float = 0.0
    attack_s: float = 0.0
    ring_s: float = 1.2
    swell: float = 0.0


@dataclass(frozen=True, slots=True)
class Synthesised:
    """timbre: a name in TIMBRES. detune_cents: of the outermost unison voices. width: 0 mono .. 1 wide.

    decay_s: time constant of a struck sound, 0 for a held one. brightness: at (onset, middle, end), 0 dark .. 1 bright.
    """

    timbre: str
    gain: float
    send: float
    attack_s: float
    release_s: float
    unison: int = 5
    detune_cents: float = 9.0
    width: float = 0.8
    decay_s: float = 0.0
    brightness: tuple[float, float, float] = (0.2, 0.8, 0.3)


@dataclass(frozen=True, slots=True)
class Struck:
    """kind: a percussive sound made from noise and sines, see percussion_voices."""

    kind: str
    gain: float
    send: float


Instrument = Sampled | Synthesised | Struck

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        "piano": Sampled(0, 0, 1.4, 0.45, lowpass_hz=3400.0, ring_s=1.4),
        "grand_piano": Sampled(0, 0, 1.35, 0.35, lowpass_hz=6500.0, ring_s=1.0),
        "celesta": Sampled(0, 8, 0.75, 0.6, lowpass_hz=7000.0, ring_s=1.6),
        "glockenspiel": Sampled(0, 9, 0.28, 0.7, lowpass_hz=6500.0, ring_s=2.0),
        "vibraphone": Sampled(0, 11, 1.0, 0.55, lowpass_hz=3500.0, ring_s=1.8),
        "tubular_bell": Sampled(0, 14, 0.4, 0.9, lowpass_hz=2600.0, ring_s=2.5),
        "cello": Sampled(0, 42, 0.75, 0.5, lowpass_hz=3200.0, attack_s=0.12, ring_s=0.6, swell=0.4),
        "short_cello": Sampled(0, 42, 0.9, 0.35, lowpass_hz=3000.0, ring_s=0.35),
        "tremolo": Sampled(0, 44, 0.5, 0.6, lowpass_hz=5500.0, attack_s=0.6, ring_s=1.4, swell=0.5),
        "pizzicato": Sampled(0, 45, 0.7, 0.45, lowpass_hz=5000.0, ring_s=0.5),
        "harp": Sampled(0, 46, 0.9, 0.5, lowpass_hz=5500.0, ring_s=0.9),
        "timpani": Sampled(0, 47, 1.6, 0.5, ring_s=1.5),
        "short_strings": Sampled(0, 48, 0.55, 0.4, lowpass_hz=3800.0, ring_s=0.4),
        "slow_strings": Sampled(0, 49, 0.33, 0.55, lowpass_hz=4600.0, attack_s=0.45, ring_s=1.6, swell=0.45),
        "choir_ahh": Sampled(0, 52, 0.5, 0.8, lowpass_hz=3400.0, attack_s=0.5, ring_s=1.5, swell=0.5),
        "choir_ooh": Sampled(0, 53, 0.5, 0.8, lowpass_hz=2600.0, attack_s=0.5, ring_s=1.2, swell=0.5),
        "trombone": Sampled(0, 57, 0.27, 0.5, lowpass_hz=2200.0, attack_s=0.15, ring_s=0.5, swell=0.5),
        "horn": Sampled(0, 60, 0.3, 0.65, lowpass_hz=2300.0, attack_s=0.12, ring_s=0.6, swell=0.4),
        "clarinet": Sampled(0, 71, 0.42, 0.55, lowpass_hz=3600.0, attack_s=0.08, ring_s=0.4, swell=0.35),
        "flute": Sampled(0, 73, 0.48, 0.6, lowpass_hz=4800.0, attack_s=0.08, ring_s=0.4, swell=0.35),
        "double_bass": Sampled(0, 49, 0.5, 0.3, lowpass_hz=900.0, attack_s=0.3, ring_s=1.2, swell=0.3),
        "taiko": Sampled(0, 116, 1.2, 0.5, ring_s=1.5),
        "warm_pad": Synthesised("warm", 0.22, 0.5, 0.9, 1.7),
        "dark_pad": Synthesised("dark", 0.26, 0.5, 0.7, 1.6, detune_cents=12.0),
        "glass_pad": Synthesised("glass", 0.16, 0.8, 1.4, 2.0, unison=4, detune_cents=5.0, width=1.0),
        "shimmer_pad": Synthesised("glass", 0.14, 0.9, 1.1, 2.0, detune_cents=8.0, width=1.0),
        "drone": Synthesised("dark", 0.34, 0.5, 1.6, 2.4, unison=7, detune_cents=17.0, brightness=(0.1, 0.6, 0.1)),
        "sub": Synthesised("sub", 0.42, 0.08, 0.12, 0.5, unison=1, width=0.0, brightness=(0.3, 0.3, 0.2)),
        "pulse_bass": Synthesised(
            "brass", 0.9, 0.12, 0.008, 0.12, unison=3, detune_cents=7.0, width=0.25, decay_s=0.22,
            brightness=(0.5, 0.12, 0.0),
        ),
        "pluck": Synthesised(
            "brass", 1.0, 0.45, 0.006, 0.25, unison=3, detune_cents=8.0, width=0.7, decay_s=0.2,
            brightness=(0.65, 0.15, 0.0),
        ),
        "soft_pluck": Synthesised(
            "warm", 1.2, 0.6, 0.012, 0.4, unison=3, detune_cents=6.0, width=0.8, decay_s=0.35,
            brightness=(0.7, 0.2, 0.0),
        ),
        "braam": Synthesised(
            "brass", 0.5, 0.7, 0.18, 1.6, unison=7, detune_cents=14.0, width=0.6, decay_s=2.2,
            brightness=(0.15, 0.75, 0.0),
        ),
        "boom": Struck("boom", 0.8, 0.45),
        "heartbeat": Struck("heartbeat", 0.8, 0.15),
        "tick": Struck("tick", 0.3, 0.4),
        "shaker": Struck("shaker", 0.16, 0.3),
        "riser": Struck("riser", 0.3, 0.6),
    }
)  # fmt: skip
