"""What the text-to-image model is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.inference.adapters.painter_diffusers.prompt import load_sets, prompt_for
from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import View

SETS = load_sets()
VIEW = View("mars_surface", "wide", "left", 1, "dusk", "storm", "dread", "rust", ())


def test_every_field_of_the_view_is_in_the_words() -> None:
    changed = [
        replace(VIEW, set_name="colony_exterior"),
        replace(VIEW, framing="close"),
        replace(VIEW, subject="far"),
        replace(VIEW, side=-1),
        replace(VIEW, time_of_day="day"),
        replace(VIEW, weather="clear"),
        replace(VIEW, mood="warm"),
        replace(VIEW, palette="teal"),
        replace(VIEW, marks=("breach",)),
    ]
    prompts = {prompt_for(view, SETS).positive for view in [VIEW, *changed]}
    assert len(prompts) == len(changed) + 1


def test_the_seed_is_not_in_the_words() -> None:
    assert prompt_for(VIEW, SETS) == prompt_for(replace(VIEW, seed=9), SETS)


def test_weather_is_left_out_indoors() -> None:
    inside = View("corridor", weather="storm")
    assert prompt_for(inside, SETS) == prompt_for(replace(inside, weather="clear"), SETS)
    assert "storm" in prompt_for(VIEW, SETS).positive


def test_what_the_set_looks_like_comes_before_the_style_of_the_film() -> None:
    words = prompt_for(VIEW, SETS).positive
    assert words.index("Mars") < words.index("film still")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("set_name", "ballroom"),
        ("framing", "fisheye"),
        ("subject", "ceiling"),
        ("time_of_day", "noon"),
        ("weather", "rain"),
        ("mood", "silly"),
        ("marks", ("flood",)),
    ],
)
def test_unknown_names_are_said_with_their_field(field: str, value: object) -> None:
    with pytest.raises(UnknownName, match=f"view.{field}"):
        prompt_for(replace(VIEW, **{field: value}), SETS)


def test_side_is_left_front_or_right() -> None:
    with pytest.raises(InvalidAsk, match=r"view\.side"):
        prompt_for(replace(VIEW, side=2), SETS)


def test_a_palette_cannot_steer_the_prompt() -> None:
    words = prompt_for(replace(VIEW, palette="(((red:2))), text, watermark | blood"), SETS).positive
    assert "(" not in words
    assert "|" not in words
    assert "red 2 text watermark blood colour palette" in words
