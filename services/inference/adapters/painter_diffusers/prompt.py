"""The words in which a text-to-image model is asked for a view. Pure: no model, no picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import View

Looks = TypeVar("Looks")
SETS_FILE: Final = Path(__file__).with_name("sets.yaml")

_FRAMING: Final = {
    "establishing": "extreme wide establishing shot",
    "wide": "wide shot",
    "medium": "medium shot, background slightly soft",
    "close": "close background plate, shallow depth of field",
    "over_shoulder": "over-the-shoulder background plate",
    "insert": "insert shot of a detail",
    "point_of_view": "point-of-view shot at eye height",
}
_SUBJECT: Final = {
    "left": "composition weighted to the left",
    "centre": "centred composition",
    "right": "composition weighted to the right",
    "far": "looking into the distance",
}
_SIDE: Final = {-1: "camera at an angle from the left", 0: "frontal camera", 1: "camera at an angle from the right"}
_TIME_OUTSIDE: Final = {
    "dawn": "dawn, low pale blue sun, long shadows",
    "day": "midday, hard sunlight",
    "dusk": "dusk, blue sunset glow, long shadows",
    "night": "night, starlight and floodlights",
}
_TIME_INSIDE: Final = {
    "dawn": "lamps warming up, early morning",
    "day": "lamps fully lit",
    "dusk": "lamps dimmed for the evening",
    "night": "night lighting, few lamps",
}
_WEATHER: Final = {"clear": "clear air", "dust": "dust haze in the air", "storm": "dust storm, low visibility"}
_MOOD: Final = {
    "calm": "quiet, balanced light",
    "tense": "high contrast, hard side light",
    "wonder": "luminous, awe-inspiring, shafts of light",
    "dread": "oppressive darkness, deep shadows",
    "warm": "soft warm light, homely",
}
_MARKS: Final = {
    "lights_out": "power failure, all lamps off",
    "breach": "hull breach, torn panel, frost and vapour",
    "symbols_on_screens": "unknown glowing symbols on every screen",
    "dust_inside": "red dust drifted over floor and furniture",
    "aurora": "green aurora glowing in the sky",
    "face_on_screens": "screens showing a Martian hill that looks like a face",
    "smile_on_screens": "screens showing a crater that looks like a smiling face",
    "dot_on_screens": "a screen showing a bright dot in the sky over a horizon",
    "parachute_on_screens": "screens showing a red and white parachute from below",
}
_STYLE: Final = (
    "film still, 35mm anamorphic, photorealistic, physically plausible, fine detail, level horizon, empty set"
)
_NEGATIVE: Final = (
    "people, person, face, text, caption, watermark, logo, frame, border, blurry, lowres, tilted horizon, cartoon"
)


@dataclass(frozen=True, slots=True)
class SetLooks:
    """looks: words for the prompt; outdoors: whether weather and sky apply."""

    looks: str
    outdoors: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """positive: what is wanted, most important first. negative: what is not."""

    positive: str
    negative: str


def load_sets(path: Path = SETS_FILE) -> dict[str, SetLooks]:
    """Set name -> its looks, out of a YAML file."""
    entries: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: SetLooks(entry["looks"], bool(entry["outdoors"])) for name, entry in entries.items()}


def prompt_for(view: View, sets: Mapping[str, SetLooks]) -> Prompt:
    """What to ask for. Raises UnknownName and InvalidAsk that name the field of the view."""
    looks = _known("view.set_name", view.set_name, sets)
    if view.side not in _SIDE:
        raise InvalidAsk("view.side", "must be -1, 0 or 1")
    times = _TIME_OUTSIDE if looks.outdoors else _TIME_INSIDE
    weather = _known("view.weather", view.weather, _WEATHER)
    words = [
        _known("view.framing", view.framing, _FRAMING),
        looks.looks,
        *(_known("view.marks", mark, _MARKS) for mark in view.marks),
        _known("view.time_of_day", view.time_of_day, times),
        *([weather] if looks.outdoors else []),
        _known("view.mood", view.mood, _MOOD),
        *([_known("view.subject", view.subject, _SUBJECT)] if view.subject else []),
        _SIDE[view.side],
        *([f"{_plain(view.palette)} colour palette"] if view.palette else []),
        _STYLE,
    ]
    return Prompt(", ".join(words), _NEGATIVE)


def _known(field: str, name: str, table: Mapping[str, Looks]) -> Looks:
    if name not in table:
        raise UnknownName(field, name, tuple(table))
    return table[name]


def _plain(words: str) -> str:
    """Letters, digits and blanks of a free word, so that it cannot steer the rest of the prompt."""
    return " ".join("".join(char if char.isalnum() or char in " -" else " " for char in words).split())[:60]
