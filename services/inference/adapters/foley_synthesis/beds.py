"""What each place sounds like: layers of air, tones of machines, and small sounds now and then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Air:
    """Noise. spectrum: (frequency in Hz, level in dB), straight between them on a log scale.

    gust_depth: 0..1 of how far it swells and sinks; gust_s: its slowest period; gust_power: >1 makes rarer gusts.
    width: 0 mono .. 1 both sides independent.
    """

    spectrum: tuple[tuple[float, float], ...]
    level: float
    gust_depth: float = 0.0
    gust_s: float = 11.0
    gust_power: float = 1.0
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Tone:
    """A steady partial. sway_depth: 0..1 of its loudness; wander: radians of slow phase movement (an engine's hunting).

    beat_hz: difference between the two sides, which makes it breathe.
    """

    frequency_hz: float
    level: float
    sway_depth: float = 0.2
    sway_s: float = 7.0
    wander: float = 0.0
    beat_hz: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """kind: a name in events. every_s: mean spacing. regular: on a steady beat instead of by chance. pan: widest."""

    kind: str
    every_s: float
    level: float
    pan: float = 0.7
    regular: bool = False


@dataclass(frozen=True, slots=True)
class Bed:
    """gain: linear, sets the whole to its loudness under speech."""

    gain: float
    layers: tuple[Air | Tone | Event, ...]


def _resonance(frequency_hz: float, sharpness: float, level: float) -> Air:
    """Air singing in a cavity."""
    edge = 1.0 / sharpness
    spectrum = (
        (frequency_hz * (1.0 - 3.0 * edge), -60.0),
        (frequency_hz * (1.0 - edge), -14.0),
        (frequency_hz, 0.0),
        (frequency_hz * (1.0 + edge), -14.0),
        (frequency_hz * (1.0 + 3.0 * edge), -60.0),
    )
    return Air(spectrum, level, 0.7, 9.0 + frequency_hz % 5.0)


def _engine(frequency_hz: float, levels: tuple[float, ...], wander: float) -> tuple[Tone, ...]:
    """Harmonics that hunt together."""
    return tuple(
        Tone(number * frequency_hz, level, 0.15, 5.0, number * wander) for number, level in enumerate(levels, start=1)
    )


_LOW_WIND = ((25.0, -30.0), (70.0, -4.0), (160.0, 0.0), (420.0, -9.0), (1200.0, -26.0), (4000.0, -46.0))
_THIN_WIND = ((200.0, -40.0), (420.0, -10.0), (640.0, 0.0), (900.0, -8.0), (1500.0, -24.0), (3000.0, -50.0))
_SAND = ((1200.0, -40.0), (3000.0, -6.0), (5200.0, 0.0), (8000.0, -8.0), (12_000.0, -30.0))
_VENTS = ((40.0, -24.0), (90.0, -5.0), (220.0, 0.0), (600.0, -8.0), (1800.0, -20.0), (5000.0, -38.0), (12e3, -60.0))
_FAN = ((60.0, -18.0), (140.0, 0.0), (400.0, -5.0), (1100.0, -13.0), (3000.0, -25.0), (8000.0, -44.0))
_LEAVES = ((900.0, -40.0), (2200.0, -7.0), (3600.0, 0.0), (6000.0, -6.0), (11_000.0, -26.0))
_HISS = ((500.0, -30.0), (1500.0, -6.0), (3200.0, 0.0), (6500.0, -10.0), (12_000.0, -34.0))
_GRIND = ((60.0, -20.0), (180.0, -2.0), (420.0, 0.0), (1000.0, -8.0), (2600.0, -18.0), (7000.0, -40.0))
_DEEP = ((18.0, -26.0), (40.0, 0.0), (80.0, -4.0), (160.0, -18.0), (400.0, -40.0))
_ROOM = ((30.0, -12.0), (80.0, 0.0), (250.0, -8.0), (1000.0, -22.0), (4000.0, -34.0), (12_000.0, -50.0))

QUIET_ROOM = Bed(0.0207, (Air(_ROOM, 1.0, 0.1), Tone(60.0, 0.06), Tone(120.0, 0.03)))

BEDS: Mapping[str, Bed] = MappingProxyType(
    {
        "mars_surface": Bed(
            0.074,
            (Air(_LOW_WIND, 1.0, 0.55, 13.0), Air(_THIN_WIND, 0.42, 0.9, 17.0, 1.8), Air(_SAND, 0.09, 0.9, 17.0, 2.2)),
        ),
        "colony_exterior": Bed(
            0.083,
            (
                Air(_LOW_WIND, 0.9, 0.5, 12.0),
                Air(_THIN_WIND, 0.2, 0.9, 15.0, 1.6),
                Tone(59.0, 0.2, 0.3, 9.0),
                Tone(118.0, 0.12, 0.3, 7.0),
                Event("creak", 19.0, 0.8),
                Event("clank", 31.0, 0.9),
            ),
        ),
        "corridor": Bed(
            0.071,
            (
                Air(_VENTS, 1.0, 0.18, 14.0),
                Tone(50.0, 0.35, 0.15, 8.0, beat_hz=0.11),
                Tone(100.0, 0.2, 0.25, 6.0),
                Tone(203.0, 0.05, 0.4, 5.0),
                Air(_DEEP, 0.5, 0.5, 16.0),
                Event("clank", 27.0, 0.7),
                Event("tick", 11.0, 0.4),
            ),
        ),
        "control_room": Bed(
            0.074,
            (
                Air(_FAN, 0.9, 0.1, 9.0),
                Tone(120.0, 0.16, 0.2),
                Tone(240.0, 0.06, 0.3, 5.0),
                Tone(613.0, 0.018, 0.5, 8.0),
                Event("beep", 6.0, 0.5, 0.6),
                Event("relay", 3.0, 0.5),
            ),
        ),
        "greenhouse": Bed(
            0.082,
            (
                Air(_FAN, 0.8, 0.2, 10.0),
                Air(_LEAVES, 0.16, 0.85, 9.0, 1.7),
                Tone(72.0, 0.12, 0.3),
                Event("leaf_drip", 1.3, 0.6, 0.9),
                Event("leaf_drip", 3.7, 1.1, 0.6),
            ),
        ),
        "airlock": Bed(
            0.069,
            (
                Air(_HISS, 0.3, 0.35, 6.0),
                _resonance(86.0, 14.0, 1.0),
                _resonance(231.0, 20.0, 0.25),
                Air(_VENTS, 0.6, 0.1),
                Tone(48.0, 0.3, 0.5, 3.0),
                Event("relay", 7.0, 0.6),
                Event("creak", 24.0, 0.7),
            ),
        ),
        "rover_cabin": Bed(
            0.073,
            (
                *_engine(38.0, (0.7, 1.0, 0.55, 0.4, 0.22, 0.16, 0.08), 1.6),
                Air(_GRIND, 0.5, 0.35, 4.0),
                Air(_DEEP, 1.2, 0.45, 3.0),
                Event("rattle", 2.6, 0.5, 0.6),
                Event("relay", 14.0, 0.15),
            ),
        ),
        "drill_site": Bed(
            0.079,
            (
                *_engine(54.0, (0.6, 0.7, 0.5, 0.3, 0.2, 0.1), 1.1),
                Air(_GRIND, 0.8, 0.5, 5.0, 1.3),
                Air(_LOW_WIND, 0.5, 0.5, 14.0),
                Event("thud", 0.64, 1.4, 0.1, regular=True),
                Event("rattle", 5.0, 0.6),
            ),
        ),
        "cavern": Bed(
            0.073,
            (
                _resonance(71.0, 12.0, 1.0),
                _resonance(113.0, 16.0, 0.5),
                _resonance(164.0, 20.0, 0.25),
                Air(_LOW_WIND, 0.35, 0.6, 18.0),
                Event("cave_drip", 2.9, 0.55, 0.9),
                Event("cave_drip", 7.3, 0.9, 0.5),
            ),
        ),
        "alien_hall": Bed(
            0.099,
            (
                Tone(55.0, 0.9, 0.5, 13.0, 0.4, 0.13),
                Tone(82.7, 0.6, 0.6, 17.0, 0.5, 0.19),
                Tone(110.4, 0.4, 0.8, 11.0, 0.7, 0.23),
                Tone(138.9, 0.3, 0.9, 19.0, 0.8, 0.31),
                Tone(207.6, 0.22, 0.95, 23.0, 1.0, 0.37),
                Tone(311.4, 0.1, 0.95, 14.0, 1.4, 0.47),
                Tone(467.0, 0.045, 0.95, 12.0, 2.0, 0.61),
                Air(_DEEP, 0.7, 0.6, 9.0),
                _resonance(165.0, 40.0, 0.4),
                _resonance(293.0, 60.0, 0.3),
                Event("song", 8.0, 0.45, 0.8),
            ),
        ),
        "orbit": Bed(
            0.088,
            (
                Air(_VENTS, 0.55, 0.1, 15.0),
                Air(_DEEP, 0.5, 0.4, 20.0),
                Tone(58.3, 0.4, 0.2, 12.0, beat_hz=0.07),
                Tone(116.6, 0.16, 0.3, 9.0),
                Tone(174.9, 0.07, 0.4, 7.0),
                Event("tick", 6.0, 0.5),
                Event("creak", 41.0, 0.5),
                Event("beep", 23.0, 0.2),
            ),
        ),
        "dunes": Bed(
            0.072,
            (
                Air(_LOW_WIND, 0.55, 0.5, 21.0),
                Air(_SAND, 0.32, 0.85, 14.0, 1.8),
                Air(_THIN_WIND, 0.2, 0.9, 19.0, 2.2),
                _resonance(96.0, 9.0, 0.16),
            ),
        ),
        "crater_rim": Bed(
            0.077,
            (
                Air(_THIN_WIND, 0.75, 0.8, 9.0, 1.5),
                Air(_LOW_WIND, 0.8, 0.6, 16.0),
                Air(_DEEP, 0.6, 0.6, 23.0),
                Event("rattle", 21.0, 0.25, 0.9),
            ),
        ),
        "starfield": Bed(
            0.062,
            (
                Air(_DEEP, 0.7, 0.5, 27.0),
                Tone(43.7, 0.5, 0.6, 19.0, 0.3, 0.05),
                Tone(65.4, 0.25, 0.7, 23.0, 0.4, 0.09),
                Tone(196.2, 0.05, 0.9, 31.0, 0.8, 0.13),
                _resonance(131.0, 30.0, 0.2),
            ),
        ),
        "quarters": Bed(
            0.041,
            (
                Air(_ROOM, 1.0, 0.1),
                Air(_VENTS, 0.55, 0.15, 16.0),
                Tone(50.0, 0.14, 0.2, 9.0),
                Tone(100.0, 0.06, 0.3, 7.0),
                Event("tick", 9.0, 0.25),
                Event("relay", 33.0, 0.3),
            ),
        ),
        "silence": QUIET_ROOM,
    }
)
