"""How bright each light group is at each frame. Effects and grade act on light here and nowhere else."""

from __future__ import annotations

import math
from typing import Final

from services.inference.adapters.animator_stage.noise import chance, drift, smooth
from services.inference.domain.plates import LIGHT_GROUPS
from services.inference.domain.shot import Effect, GradeKey, Shot
from services.inference.domain.timebase import FRAMES_PER_SECOND

_STEPS: Final = 128.0
_EDGE_FRAMES: Final = 6
_ALARM_PERIOD_FRAMES: Final = 20
_CALM_ALARM_PERIOD_FRAMES: Final = 60
_EMERGENCY: Final = 0.13
"""Of the alarm lamps, steady, where a place has lost its light: a second colour, and an edge on who stands there."""


def envelope(effect: Effect, frame: int, frame_count: int) -> float:
    """Strength of an effect at a frame: it comes and goes over a quarter of a second, except at the shot's ends."""
    end = frame_count if effect.end_frame < 0 else effect.end_frame
    if not effect.start_frame <= frame < end:
        return 0.0
    level = effect.strength
    if effect.start_frame > 0:
        level *= smooth((frame - effect.start_frame + 1) / _EDGE_FRAMES)
    if end < frame_count:
        level *= smooth((end - frame) / _EDGE_FRAMES)
    return level


def strength_of(shot: Shot, kind: str, frame: int) -> float:
    """Strongest of the shot's effects of one kind at a frame."""
    return max((envelope(e, frame, shot.frame_count) for e in shot.effects if e.kind == kind), default=0.0)


def light_weights(shot: Shot, grade: GradeKey, frame: int, *, outdoor: bool, calm: bool) -> dict[str, float]:
    """Light group -> weight, in steps of 1/128 so that still light is mixed once."""
    seed = shot.view.seed
    weights = dict.fromkeys(LIGHT_GROUPS, 1.0)
    weights["alarm"] = _EMERGENCY if "lights_out" in shot.view.marks and not outdoor else 0.0
    _lights_out(weights, shot, frame, outdoor=outdoor, calm=calm)
    _torch(weights, strength_of(shot, "torch", frame))
    storm = max(strength_of(shot, "storm", frame), grade.weather if outdoor else 0.0)
    if storm > 0.0 and outdoor:
        swell = 0.5 + 0.5 * drift(seed + 3, frame / (2.0 * FRAMES_PER_SECOND))
        weights["key"] *= 1.0 - storm * (0.25 + 0.25 * swell)
    flicker = max(strength_of(shot, "flicker", frame), grade.flicker)
    if flicker > 0.0:
        lamp = _calm_flicker(seed, frame, flicker) if calm else _flicker(seed, frame, flicker)
        weights["practicals"] *= lamp
        if not outdoor:
            weights["key"] *= 0.45 + 0.55 * lamp
            weights["fill"] *= 0.6 + 0.4 * lamp
    glow = strength_of(shot, "glow", frame)
    weights["emission"] *= 1.0 + 0.6 * glow * (1.0 + 0.15 * drift(seed + 5, frame / 18.0))
    alarm = max(strength_of(shot, "alarm", frame), grade.alarm)
    if alarm > 0.0:
        _alarm(weights, alarm, frame, outdoor=outdoor, calm=calm)
    return {group: round(weight * _STEPS) / _STEPS for group, weight in weights.items()}


def _lights_out(weights: dict[str, float], shot: Shot, frame: int, *, outdoor: bool, calm: bool) -> None:
    for effect in shot.effects:
        if effect.kind != "lights_out" or frame < effect.start_frame:
            continue
        age = frame - effect.start_frame
        gone = 1.0
        if effect.start_frame > 0:
            gone = smooth((age + 1) / 18.0) if calm else _failing(age)
        if 0 <= effect.end_frame <= frame:
            gone *= 1.0 - smooth((frame - effect.end_frame + 1) / 18.0)
        gone *= effect.strength
        weights["practicals"] *= 1.0 - gone
        if not outdoor:
            weights["key"] *= 1.0 - 0.9 * gone
            weights["fill"] *= 1.0 - 0.45 * gone
            weights["alarm"] = max(weights["alarm"], _EMERGENCY * gone)


def _failing(age: int) -> float:
    """Lamps die in two jerks rather than at once."""
    curve = (0.35, 0.9, 0.8, 0.3, 0.45, 0.95)
    return curve[age] if age < len(curve) else 1.0


def _torch(weights: dict[str, float], torch: float) -> None:
    """The room's own light goes down; what is left is what the torch lights, dimmed outside its spot by the picture."""
    weights["practicals"] *= 1.0 - 0.6 * torch
    weights["key"] += torch * (max(0.45, 0.6 * weights["key"]) - weights["key"])
    weights["fill"] += torch * (1.7 - weights["fill"])


def _flicker(seed: int, frame: int, strength: float) -> float:
    """A failing lamp: mostly steady, now and then a burst of drops (two frames each)."""
    burst = chance(seed + 11, frame // 10) < 0.25 + 0.5 * strength
    dip = chance(seed + 12, frame // 2) if burst else 0.12 * chance(seed + 13, frame // 2)
    return 1.0 - strength * (0.9 * dip if dip > 0.45 else 0.35 * dip)


def _calm_flicker(seed: int, frame: int, strength: float) -> float:
    swell = 0.5 + 0.5 * drift(seed + 11, frame / (1.25 * FRAMES_PER_SECOND))
    return 1.0 - 0.22 * strength * swell


def _alarm(weights: dict[str, float], alarm: float, frame: int, *, outdoor: bool, calm: bool) -> None:
    period = _CALM_ALARM_PERIOD_FRAMES if calm else _ALARM_PERIOD_FRAMES
    turn = 0.5 - 0.5 * math.cos(2.0 * math.pi * (frame % period) / period)
    pulse = 0.45 + 0.4 * turn if calm else 0.12 + 0.88 * turn**1.6
    weights["alarm"] = max(weights["alarm"], 1.15 * alarm * pulse)
    weights["practicals"] *= 1.0 - 0.45 * alarm
    if not outdoor:
        weights["key"] *= 1.0 - 0.5 * alarm
        weights["fill"] *= 1.0 - 0.35 * alarm
