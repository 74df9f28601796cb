"""The words a story may use for what is seen and heard; engines know the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SETS: Final = (
    "mars_surface",
    "colony_exterior",
    "corridor",
    "control_room",
    "greenhouse",
    "airlock",
    "rover_cabin",
    "drill_site",
    "cavern",
    "alien_hall",
    "orbit",
    "dunes",
    "crater_rim",
    "starfield",
    "quarters",
)
STAGES: Final = ("left", "centre", "right", "far")
PUPPETS: Final = (
    "engineer",
    "scientist",
    "engineer_suit",
    "scientist_suit",
    "service_robot",
    "ai_hologram",
    "rover",
    "drone",
    "alien_presence",
    "colonist_woman",
    "colonist_man",
    "child",
)
EYE_HEIGHTS_M: Final[Mapping[str, float]] = {
    "engineer": 1.6,
    "scientist": 1.65,
    "engineer_suit": 1.65,
    "scientist_suit": 1.7,
    "service_robot": 1.3,
    "ai_hologram": 1.55,
    "rover": 1.6,
    "drone": 1.6,
    "alien_presence": 2.25,
    "colonist_woman": 1.65,
    "colonist_man": 1.7,
    "child": 1.25,
}
"""Of each puppet as it stands, in steps that let views be shared."""

SEATS: Final[Mapping[str, tuple[str, ...]]] = {
    "airlock": ("left", "centre", "right"),
    "alien_hall": ("centre",),
    "control_room": ("left", "centre", "right"),
    "corridor": ("left", "right"),
    "drill_site": ("left", "right"),
    "greenhouse": ("left", "right"),
    "quarters": ("left", "centre", "right"),
    "rover_cabin": ("left", "right"),
}
"""Stage positions of a set at which there is something to sit on."""

MACHINES: Final = ("service_robot", "ai_hologram", "rover", "drone", "alien_presence")
"""Puppets that do not sit."""


def seated_eyes_m(standing_m: float) -> float:
    """Eyes of who sits on a seat of 0.42 m, from how high they are when standing."""
    return round(0.41 * standing_m + 0.51, 2)


VOICES: Final = (
    "narrator", "engineer", "scientist", "robot", "colony_ai", "woman", "man", "child", "captain", "elder", "alien",
)  # fmt: skip
TREATMENTS: Final = ("radio", "helmet", "hologram", "alien", "loudspeaker")
PALETTES: Final = ("teal_orange", "amber", "steel", "violet", "verdant")
FRAMINGS: Final = ("establishing", "wide", "medium", "close", "over_shoulder", "insert", "point_of_view")
PASSING: Final = ("never", "between_acts", "always")
"""When there may have been a night before a beat: never, where it opens its act, or whatever came before."""
TIMES_OF_DAY: Final = ("dawn", "day", "dusk", "night")
WEATHERS: Final = ("clear", "dust", "storm")
MOODS: Final = ("calm", "tense", "wonder", "dread", "warm")
EMOTIONS: Final = ("calm", "tense", "afraid", "warm", "amused", "awed", "urgent")
POSES: Final = ("stand", "walk", "turn", "point", "recoil", "operate", "sit")
CAMERA_MOVES: Final = (
    "still",
    "push_in",
    "pull_out",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "truck_left",
    "truck_right",
    "crane_up",
    "handheld",
    "orbit",
)
EFFECTS: Final = (
    "dust",
    "snow",
    "steam",
    "sparks",
    "embers",
    "fog",
    "screen_glitch",
    "alarm",
    "flicker",
    "lights_out",
    "torch",
    "glow",
    "shafts",
    "rain",
    "rack_focus",
    "dust_devil",
)
SOUNDS: Final = (
    "alarm",
    "door",
    "steps",
    "footstep",
    "console",
    "radio",
    "impact",
    "rumble",
    "power_down",
    "power_up",
    "steam",
    "sparks",
    "signal",
    "drill",
    "rover",
    "whoosh",
    "chime",
)
MARKS: Final = (
    "lights_out",
    "breach",
    "symbols_on_screens",
    "dust_inside",
    "aurora",
    "face_on_screens",
    "smile_on_screens",
    "parachute_on_screens",
    "dot_on_screens",
)
