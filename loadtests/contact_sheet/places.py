"""Sheets of places: each set in three moods, from every framing, with the marks that canon leaves on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from loadtests.contact_sheet.sheet import Cell, arranged, save
from loadtests.contact_sheet.studio import Studio
from services.inference.adapters.painter_raymarch.design import MARKS
from services.inference.domain.shot import CameraMove, Effect, Shot, View

SHEET_MOODS = ("calm", "wonder", "dread")
STILL = CameraMove("still")
FRAMES = 48


def _shot(view: View, *effects: Effect) -> Shot:
    return Shot(view, FRAMES, STILL, effects=effects)


def mood_shots(set_name: str, inside: bool) -> Iterator[tuple[str, Shot]]:
    """The place in three moods, wide and established, at the hour that suits the mood."""
    hours = {"calm": "day", "wonder": "dusk", "dread": "night"}
    palettes = {"calm": "", "wonder": "teal_orange", "dread": "steel"}
    for framing in ("establishing", "wide"):
        for mood in SHEET_MOODS:
            hour = "day" if inside else hours[mood]
            view = View(set_name, framing, mood=mood, time_of_day=hour, palette=palettes[mood])
            yield f"{set_name}, {framing}: {mood}", _shot(view)


def framing_shots(set_name: str) -> Iterator[tuple[str, Shot]]:
    """What lies behind a person in each framing, and what is looked at."""
    wide = View(set_name)
    for side in (-1, 1):
        for framing in ("medium", "close", "over_shoulder"):
            yield f"{framing} {side:+d}", _shot(replace(wide, framing=framing, side=side))
    yield "insert: console", _shot(replace(wide, framing="insert", subject="console"))
    yield "point of view: far", _shot(replace(wide, framing="point_of_view", subject="far"))
    yield "wide from the side", _shot(replace(wide, side=1))


def canon_shots(set_name: str, inside: bool) -> Iterator[tuple[str, Shot]]:
    """What has happened to the place, its lights and its weather."""
    wide = View(set_name)
    for mark in MARKS if inside else ("breach", "lights_out"):
        hour = "night" if mark == "lights_out" and not inside else "day"
        yield mark, _shot(replace(wide, marks=(mark,), time_of_day=hour))
    yield "alarm", _shot(wide, Effect("alarm", 1.0))
    if not inside:
        for hour in ("dawn", "dusk"):
            yield hour, _shot(replace(wide, time_of_day=hour))
        for weather in ("dust", "storm"):
            yield weather, _shot(replace(wide, weather=weather))


def write_place(studio: Studio, set_name: str, folder: Path, whole: bool) -> Path:
    """whole: also framings and marks, not the moods alone."""
    inside = studio.painter.design(set_name).inside
    shots = [*mood_shots(set_name, inside)]
    if whole:
        shots += [*framing_shots(set_name), *canon_shots(set_name, inside)]
    cells = [Cell(label, studio.still(shot, 11)) for label, shot in shots]
    return save(folder / f"place_{set_name}.png", arranged(cells, 3, studio.rendition.width))
