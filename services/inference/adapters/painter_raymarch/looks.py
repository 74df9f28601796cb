"""How hour, weather, mood and palette change the light of a set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.inference.adapters.painter_raymarch.design import Light, SetDesign, Vec3
from services.inference.domain.errors import UnknownName
from services.inference.domain.shot import View


@dataclass(frozen=True, slots=True)
class Hour:
    """sun: irradiance over pi of a surface that faces the sun. ambient: factor on the set's fill light. azimuth_share:
    of the set's own azimuth that is left, so that a low sun comes into the picture of cameras that look along -z."""

    elevation_deg: float
    azimuth_share: float
    azimuth_shift_deg: float
    sun: Vec3
    zenith: Vec3
    horizon: Vec3
    halo: Vec3
    ambient: Vec3
    stars: float
    practicals: float


@dataclass(frozen=True, slots=True)
class Weather:
    sun: float
    halo: float
    extinction: float
    veil: Vec3
    veil_amount: float
    ambient: float
    clouds: float


HOURS: Mapping[str, Hour] = {
    "dawn": Hour(9, 1.1, 0, (1.95, 1.20, 0.66), (0.11, 0.10, 0.15), (0.66, 0.43, 0.33), (0.42, 0.46, 0.60),
                 (0.50, 0.50, 0.66), 0.18, 1.0),
    "day": Hour(31, 1.0, 14, (2.55, 2.02, 1.50), (0.19, 0.135, 0.115), (0.60, 0.40, 0.27), (0.34, 0.32, 0.31),
                (0.62, 0.70, 0.92), 0.0, 0.6),
    "dusk": Hour(4.6, 0.36, 0, (1.30, 0.98, 0.92), (0.060, 0.052, 0.095), (0.38, 0.20, 0.17), (0.34, 0.62, 1.15),
                 (0.42, 0.40, 0.58), 0.3, 1.15),
    "night": Hour(34, 1.0, -70, (0.34, 0.46, 0.70), (0.009, 0.015, 0.034), (0.040, 0.050, 0.082),
                  (0.012, 0.02, 0.04), (0.16, 0.20, 0.31), 1.0, 1.25),
}  # fmt: skip
"""The Martian sunset is blue near the sun: fine dust bends red away (Lemmon et al., 2004)."""

WEATHERS: Mapping[str, Weather] = {
    "clear": Weather(1.0, 1.0, 1.0, (0.6, 0.4, 0.3), 0.0, 1.0, 0.6),
    "dust": Weather(0.62, 1.3, 4.0, (0.56, 0.34, 0.19), 0.45, 1.1, 1.0),
    "storm": Weather(0.16, 0.7, 16.0, (0.37, 0.19, 0.09), 0.8, 0.95, 1.0),
}
"""Factors on the hour's light; veil is blended into the sky, lit by the hour."""

MOODS: Mapping[str, tuple[Vec3, Vec3, Vec3, Vec3, Vec3]] = {
    "calm": ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    "tense": ((0.74, 0.82, 0.94), (0.38, 0.48, 0.60), (0.98, 0.82, 0.62), (1.25, 1.2, 1.2), (0.95, 1.0, 1.05)),
    "wonder": ((1.16, 1.02, 0.92), (0.62, 0.86, 1.28), (1.10, 0.96, 1.0), (0.8, 0.8, 0.8), (1.4, 1.4, 1.5)),
    "dread": ((0.30, 0.39, 0.37), (0.20, 0.31, 0.29), (0.62, 0.56, 0.36), (1.4, 1.3, 1.3), (0.85, 0.98, 0.86)),
    "warm": ((1.18, 0.98, 0.72), (1.12, 0.90, 0.70), (1.45, 1.08, 0.68), (0.7, 0.7, 0.7), (1.0, 0.95, 0.86)),
}
"""Factors on key, fill, practicals, alarm and emission."""


@dataclass(frozen=True, slots=True)
class SkyMood:
    """Factors on the sky's colours, and on how high the sun stands: drama has a lower one."""

    zenith: Vec3
    horizon: Vec3
    halo: Vec3
    elevation: float


SKY_MOODS: Mapping[str, SkyMood] = {
    "calm": SkyMood((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), 1.0),
    "tense": SkyMood((0.56, 0.64, 0.80), (0.70, 0.72, 0.76), (0.80, 0.85, 0.95), 0.66),
    "wonder": SkyMood((0.78, 0.84, 1.55), (1.02, 0.94, 1.08), (1.45, 1.45, 1.60), 0.58),
    "dread": SkyMood((0.30, 0.36, 0.38), (0.40, 0.44, 0.40), (0.45, 0.52, 0.50), 0.45),
    "warm": SkyMood((1.05, 0.88, 0.82), (1.22, 1.00, 0.74), (1.50, 1.20, 0.80), 0.52),
}

PALETTES: Mapping[str, tuple[Vec3, Vec3, Vec3]] = {
    "": ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    "teal_orange": ((1.13, 0.98, 0.80), (0.70, 1.0, 1.18), (1.14, 0.98, 0.76)),
    "amber": ((1.16, 1.0, 0.72), (1.06, 0.96, 0.80), (1.2, 1.0, 0.68)),
    "steel": ((0.88, 1.0, 1.14), (0.80, 0.98, 1.20), (0.90, 1.0, 1.12)),
    "violet": ((1.06, 0.91, 1.08), (0.90, 0.82, 1.28), (1.10, 0.88, 1.02)),
    "verdant": ((1.02, 1.06, 0.84), (0.82, 1.10, 0.90), (1.0, 1.06, 0.82)),
}
"""Factors on key, fill and practicals."""


LIGHTS_OUT_FILL: Vec3 = (0.46, 0.60, 0.84)
"""What is left of the fill inside when the lamps that it bounced from are out, in every mood: dark and blue, and still
enough to see who is there."""


OUTSIDE_EXTINCTION_PER_M = 0.0011
"""Of clear air behind a window."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything about light that is not in the set itself; colours are linear.

    extinction_per_m: of the set's own air; outside_extinction_per_m: of what is seen through the windows of a room.
    """

    sun: Vec3
    sun_colour: Vec3
    zenith: Vec3
    horizon: Vec3
    halo: Vec3
    stars: float
    clouds: float
    ambient_up: Vec3
    ambient_down: Vec3
    air_colour: Vec3
    extinction_per_m: float
    outside_extinction_per_m: float
    tint: tuple[Vec3, Vec3, Vec3, Vec3, Vec3]


def _times(a: Vec3, b: Vec3) -> Vec3:
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


def _scaled(a: Vec3, k: float) -> Vec3:
    return (a[0] * k, a[1] * k, a[2] * k)


def _mixed(a: Vec3, b: Vec3, k: float) -> Vec3:
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k)


def sun_direction(azimuth_deg: float, elevation_deg: float) -> Vec3:
    """Unit vector towards the sun; azimuth 0 is -z, 90 is +x."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    return (math.sin(a) * math.cos(e), math.sin(e), -math.cos(a) * math.cos(e))


def _known(field: str, name: str, table: Mapping[str, object]) -> None:
    if name not in table:
        raise UnknownName(field, name, tuple(sorted(table)))


def check_look(view: View) -> None:
    """Raise UnknownName for an hour, weather, mood or palette that is not known."""
    _known("view.time_of_day", view.time_of_day, HOURS)
    _known("view.weather", view.weather, WEATHERS)
    _known("view.mood", view.mood, MOODS)
    _known("view.palette", view.palette, PALETTES)


def _tints(view: View, inside: bool, practicals: float, exposure: float) -> tuple[Vec3, Vec3, Vec3, Vec3, Vec3]:
    mood, palette = MOODS[view.mood], PALETTES[view.palette]
    white = (1.0, 1.0, 1.0)
    coloured = [_times(a, b) for a, b in zip(mood, (*palette, white, white), strict=True)]
    if inside and "lights_out" in view.marks:
        coloured[1] = LIGHTS_OUT_FILL
    strength = (1.0, 1.0, practicals, 1.0, 1.0)
    key, fill, lamps, alarm, emission = (_scaled(c, k * exposure) for c, k in zip(coloured, strength, strict=True))
    return key, fill, lamps, alarm, emission


def look_of(design: SetDesign, view: View) -> Look:
    """The light of a set at the view's hour, in its weather and mood."""
    check_look(view)
    inside = design.inside
    hour = HOURS[view.time_of_day]
    weather = WEATHERS[view.weather]
    sun = next((light for light in design.lights if light.kind == "sun"), None) or Light("sun", "key", 0)
    feeling, own = SKY_MOODS[view.mood], sun.elevation_deg >= 0
    elevation = sun.elevation_deg if own else hour.elevation_deg * (1.0 if inside else feeling.elevation)
    azimuth = sun.azimuth_deg if own else sun.azimuth_deg * hour.azimuth_share + hour.azimuth_shift_deg
    direction = sun_direction(azimuth, elevation)
    if design.sky.kind != "mars":
        colour = sun.colour if design.sky.kind == "space" else _times(sun.colour, hour.sun)
        return Look(
            direction, colour, (0.0,) * 3, (0.0,) * 3, (0.0,) * 3, design.sky.stars, 0.0, design.ambient_up,
            design.ambient_down, design.air.colour, design.air.extinction_per_m,
            OUTSIDE_EXTINCTION_PER_M, _tints(view, design.inside, 1.0, design.exposure),
        )  # fmt: skip
    day = max(hour.horizon)
    key, fill, _ = PALETTES[view.palette]
    veil = _scaled(weather.veil, day / 0.6)
    zenith = _times(_times(_mixed(hour.zenith, veil, weather.veil_amount * 0.85), feeling.zenith), fill)
    low = _times(_mixed(hour.horizon, veil, weather.veil_amount), feeling.horizon)
    horizon = _times(low, _mixed(key, fill, 0.5))
    up = design.ambient_up if inside else _scaled(_times(design.ambient_up, hour.ambient), weather.ambient)
    down = design.ambient_down if inside else _scaled(_times(design.ambient_down, hour.ambient), weather.ambient)
    return Look(
        direction, _scaled(_times(sun.colour, hour.sun), weather.sun), zenith, horizon,
        _scaled(_times(hour.halo, feeling.halo), weather.halo), max(hour.stars * (1 - weather.veil_amount * 1.2), 0.0),
        design.sky.clouds * weather.clouds, up, down, design.air.colour if inside else horizon,
        design.air.extinction_per_m * (1.0 if inside else weather.extinction),
        OUTSIDE_EXTINCTION_PER_M * weather.extinction,
        _tints(view, inside, 1.0 if inside else hour.practicals, design.exposure),
    )  # fmt: skip
