"""Effects and grade change light group weights and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.inference.adapters.animator_stage.lights import light_weights, strength_of
from services.inference.domain.shot import Effect, GradeKey, Shot, View

PLAIN = Shot(View("colonnade", seed=4), 96)


NEUTRAL = GradeKey()


def weights(
    shot: Shot, frame: int, grade: GradeKey = NEUTRAL, *, outdoor: bool = False, calm: bool = False
) -> dict[str, float]:
    return light_weights(shot, grade, frame, outdoor=outdoor, calm=calm)


def lit(*effects: Effect) -> Shot:
    return Shot(View("colonnade", seed=4), 96, effects=effects)


def test_a_plain_shot_is_lit_as_painted_without_alarm() -> None:
    assert weights(PLAIN, 7) == {"key": 1.0, "fill": 1.0, "practicals": 1.0, "alarm": 0.0, "emission": 1.0}


def test_the_alarm_swells_and_falls() -> None:
    levels = [weights(lit(Effect("alarm", 1.0)), frame)["alarm"] for frame in range(40)]
    assert max(levels) > 1.0
    assert min(levels) < 0.3


def test_the_grade_rings_the_alarm_too() -> None:
    assert max(weights(PLAIN, frame, GradeKey(alarm=1.0))["alarm"] for frame in range(24)) > 1.0


def test_the_calm_alarm_moves_slowly_and_shallowly() -> None:
    levels = [weights(lit(Effect("alarm", 1.0)), frame, calm=True)["alarm"] for frame in range(96)]
    assert max(levels) - min(levels) < 0.6
    assert max(abs(b - a) for a, b in pairwise(levels)) < 0.05


def test_lights_out_spares_the_sun_and_the_screens() -> None:
    shot = lit(Effect("lights_out", 1.0, 10))
    assert weights(shot, 9) == weights(PLAIN, 9)
    inside, outside = weights(shot, 60), weights(shot, 60, outdoor=True)
    assert inside["practicals"] == outside["practicals"] == 0.0
    assert inside["key"] < 0.2
    assert outside["key"] == 1.0
    assert inside["emission"] == 1.0


def test_flicker_moves_the_lamps_and_calm_tames_it() -> None:
    shot = lit(Effect("flicker", 1.0))
    wild = [weights(shot, frame)["practicals"] for frame in range(96)]
    tame = [weights(shot, frame, calm=True)["practicals"] for frame in range(96)]
    assert min(wild) < 0.4
    assert min(tame) > 0.75


def test_an_effect_comes_and_goes_at_its_frames() -> None:
    shot = lit(Effect("dust", 0.8, 20, 60))
    assert strength_of(shot, "dust", 19) == 0.0
    assert 0.0 < strength_of(shot, "dust", 20) < 0.8
    assert strength_of(shot, "dust", 40) == pytest.approx(0.8)
    assert strength_of(shot, "dust", 60) == 0.0


def test_where_light_has_failed_the_emergency_lamps_stay_on_and_do_not_pulse() -> None:
    dark = Shot(View("colonnade", seed=4, marks=("lights_out",)), 96)
    levels = {weights(dark, frame)["alarm"] for frame in range(40)}
    assert len(levels) == 1
    assert 0.05 < levels.pop() < 0.3
    assert weights(dark, 5, outdoor=True)["alarm"] == 0.0
