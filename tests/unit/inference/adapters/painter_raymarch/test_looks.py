"""Hour, weather, mood and palette."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER
from services.inference.adapters.painter_raymarch.loading import load_set
from services.inference.adapters.painter_raymarch.looks import HOURS, MOODS, PALETTES, WEATHERS, look_of, sun_direction
from services.inference.domain.errors import UnknownName
from services.inference.domain.shot import View

pytestmark = pytest.mark.unit

MARS = load_set(SETS_FOLDER / "mars_surface.yaml")
CORRIDOR = load_set(SETS_FOLDER / "corridor.yaml")
DAY = View("mars_surface")


@pytest.mark.parametrize("field", ["time_of_day", "weather", "mood", "palette"])
def test_unknown_names_are_refused_with_their_field(field: str) -> None:
    with pytest.raises(UnknownName) as caught:
        look_of(MARS, replace(DAY, **{field: "plaid"}))  # type: ignore[arg-type]
    assert caught.value.field == f"view.{field}"
    assert len(caught.value.known) > 2


def test_every_look_is_different() -> None:
    looks = [look_of(MARS, replace(DAY, time_of_day=hour, weather=weather)) for hour in HOURS for weather in WEATHERS]
    looks += [look_of(MARS, replace(DAY, mood=mood)) for mood in MOODS if mood != "calm"]
    looks += [look_of(MARS, replace(DAY, palette=palette)) for palette in PALETTES if palette]
    assert len(set(looks)) == len(looks)


def test_a_storm_dims_the_sun_and_thickens_the_air() -> None:
    clear, storm = look_of(MARS, DAY), look_of(MARS, replace(DAY, weather="storm"))
    assert max(storm.sun_colour) < 0.4 * max(clear.sun_colour)
    assert storm.extinction_per_m > 8 * clear.extinction_per_m


def test_night_has_stars_and_more_lamp_light_than_day() -> None:
    day, night = look_of(MARS, DAY), look_of(MARS, replace(DAY, time_of_day="night"))
    assert night.stars > day.stars == 0
    assert max(night.sun_colour) < 0.3 * max(day.sun_colour)
    assert night.tint[2] > day.tint[2]


def test_a_storm_stays_outside_the_windows() -> None:
    clear, storm = look_of(CORRIDOR, View("corridor")), look_of(CORRIDOR, View("corridor", weather="storm"))
    assert storm.outside_extinction_per_m > 8 * clear.outside_extinction_per_m
    assert max(storm.sun_colour) < 0.4 * max(clear.sun_colour)
    assert storm.extinction_per_m == clear.extinction_per_m
    assert (storm.ambient_up, storm.ambient_down, storm.tint) == (clear.ambient_up, clear.ambient_down, clear.tint)


def test_dread_takes_away_more_fill_than_key() -> None:
    calm, dread = look_of(CORRIDOR, View("corridor")), look_of(CORRIDOR, View("corridor", mood="dread"))
    key = sum(dread.tint[0]) / sum(calm.tint[0])
    fill = sum(dread.tint[1]) / sum(calm.tint[1])
    assert fill < key < 1


def test_lamps_that_are_out_take_their_bounce_with_them() -> None:
    lit = look_of(CORRIDOR, View("corridor"))
    dark = look_of(CORRIDOR, View("corridor", marks=("lights_out",)))
    assert sum(dark.tint[1]) < 0.65 * sum(lit.tint[1])
    outside = [look_of(MARS, replace(DAY, marks=marks)) for marks in ((), ("lights_out",))]
    assert outside[0] == outside[1]


def test_sun_direction() -> None:
    assert sun_direction(0, 0) == pytest.approx((0, 0, -1))
    assert sun_direction(90, 0) == pytest.approx((1, 0, 0), abs=1e-9)
    assert sun_direction(0, 90)[1] == pytest.approx(1)
