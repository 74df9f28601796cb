"""Effects: the same length, repeatable, and each doing what its name says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from services.inference.adapters.voice_neural.chain import KINDS, Effect, lead_s, read_effect, tail_s

RATE = 48_000
EXAMPLES: list[dict[str, Any]] = [
    {"kind": "band", "low_hz": 300, "high_hz": 3_400},
    {"kind": "shelf", "corner_hz": 2_000, "gain_db": 6.0, "side": "high"},
    {"kind": "bell", "centre_hz": 1_000, "gain_db": -6.0, "width": 1.0},
    {"kind": "comb", "delay_ms": 8.0, "feedback": 0.5, "mix": 0.4},
    {"kind": "ring", "frequency_hz": 50, "mix": 0.3},
    {"kind": "flutter", "frequency_hz": 17, "depth": 0.3},
    {"kind": "drive", "amount": 0.5},
    {"kind": "press", "threshold_db": -30, "ratio": 4.0},
    {"kind": "double", "delay_ms": 17, "cents": 9, "mix": 0.4},
    {"kind": "slap", "delay_ms": 90, "feedback": 0.3, "mix": 0.2, "damp_hz": 3_000},
    {"kind": "room", "seconds": 0.5, "mix": 0.1, "predelay_ms": 10, "damp_hz": 5_000},
    {"kind": "hiss", "level_db": -40, "low_hz": 500, "high_hz": 4_000},
    {"kind": "clicks", "level_db": -20},
    {"kind": "chime", "level_db": -20, "low_hz": 620, "high_hz": 830},
]


def tone(frequency_hz: float, seconds: float = 0.5) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * np.sin(2 * np.pi * frequency_hz * time)).astype(np.float32)


def apply(row: dict[str, Any], pcm: np.ndarray, seed: int = 1) -> np.ndarray:
    return read_effect(row).apply(pcm, np.random.default_rng(seed))


def level_db(pcm: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(pcm[len(pcm) // 4 :])) + 1e-12))


def test_every_kind_has_an_example() -> None:
    assert {row["kind"] for row in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["kind"])
@pytest.mark.parametrize("seconds", [0.12, 0.5])
def test_length_stays_and_repeats_are_equal(row: dict[str, Any], seconds: float) -> None:
    pcm = tone(440, seconds)
    kept = pcm.copy()
    once, twice = apply(row, pcm), apply(row, pcm)
    assert once.shape == pcm.shape
    assert once.dtype == np.float32
    assert np.isfinite(once).all()
    assert np.array_equal(once, twice)
    assert np.array_equal(pcm, kept)
    assert not np.array_equal(once, pcm)


def test_a_band_keeps_its_middle_and_drops_the_rest() -> None:
    row = {"kind": "band", "low_hz": 400, "high_hz": 3_300, "order": 4}
    inside = level_db(apply(row, tone(1_200))) - level_db(tone(1_200))
    below = level_db(apply(row, tone(100))) - level_db(tone(100))
    above = level_db(apply(row, tone(9_000))) - level_db(tone(9_000))
    assert abs(inside) < 0.5
    assert max(below, above) < -25


def test_equalisers_reach_their_gain() -> None:
    bell = {"kind": "bell", "centre_hz": 1_000, "gain_db": 6.0, "width": 1.0}
    shelf = {"kind": "shelf", "corner_hz": 1_000, "gain_db": 6.0, "side": "high"}
    assert level_db(apply(bell, tone(1_000))) - level_db(tone(1_000)) == pytest.approx(6.0, abs=0.3)
    assert level_db(apply(shelf, tone(12_000))) - level_db(tone(12_000)) == pytest.approx(6.0, abs=0.4)
    assert level_db(apply(shelf, tone(60))) - level_db(tone(60)) == pytest.approx(0.0, abs=0.4)


def test_a_slap_comes_back_after_its_delay() -> None:
    pcm = np.zeros(RATE, np.float32)
    pcm[100:140] = 0.5
    row = {"kind": "slap", "delay_ms": 100, "feedback": 0.3, "mix": 0.5, "damp_hz": 6_000}
    echoed = apply(row, pcm) - pcm
    assert abs(int(np.argmax(np.abs(echoed))) - (100 + 4_800)) < 60
    assert float(np.abs(echoed[:4_700]).max()) == 0.0


def test_a_press_brings_loud_and_soft_together() -> None:
    pcm = np.concatenate([tone(500), 0.1 * tone(500)])
    row = {"kind": "press", "threshold_db": -40, "ratio": 4.0}
    pressed = apply(row, pcm)
    half = len(pcm) // 2
    assert level_db(pressed[:half]) - level_db(pressed[half:]) < 10.0


def test_tails_are_as_long_as_the_longest_effect() -> None:
    chain: tuple[Effect, ...] = tuple(read_effect(row) for row in EXAMPLES if row["kind"] in ("slap", "room"))
    assert tail_s(chain) == pytest.approx(0.36)
    assert tail_s(()) == 0.0


def test_unknown_kinds_and_values_are_refused() -> None:
    with pytest.raises(KeyError):
        read_effect({"kind": "telepathy"})
    with pytest.raises(TypeError):
        read_effect({"kind": "drive", "ammount": 1})


def test_a_chime_asks_for_time_before_the_voice_and_sounds_in_it() -> None:
    chime = read_effect({"kind": "chime", "level_db": -20, "low_hz": 620, "high_hz": 830})
    lead = round(lead_s((chime,)) * RATE)
    pcm = chime.apply(np.zeros(2 * RATE, np.float32), np.random.default_rng(1))
    assert lead > RATE // 2
    assert np.abs(pcm[:lead]).max() > 0.05
    assert np.abs(pcm[lead:]).max() < 1e-4
    assert lead_s(()) == 0.0
