"""Refuses an order that cannot be drawn, naming the field, before anything is painted or spoken."""

from __future__ import annotations

from typing import Final

from services.inference.domain.errors import InvalidAsk, UnknownName
from services.inference.domain.shot import CameraMove, Effect, GradeKey, Leaving, Rendition, Shot, Staging, TakeOrder
from services.inference.domain.timebase import FRAMES_PER_CHUNK

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
    "storm",
    "glow",
    "shafts",
    "rain",
    "rack_focus",
    "dust_devil",
)
TRANSITIONS: Final = ("cut", "dip", "dissolve", "wipe_left", "wipe_right", "iris")
TITLES: Final = ("title", "place", "end")
POSES: Final = ("stand", "walk", "turn", "point", "recoil", "operate", "sit")
CODECS: Final = ("h264", "vp8")
WIDTHS: Final = range(160, 1921, 2)
HEIGHTS: Final = range(90, 1081, 2)
"""Even, as 4:2:0 pictures are."""
SHORTEST_FRAMES: Final = 48
LONGEST_FRAMES: Final = 192

_GRADE_RANGES: Final = {
    "exposure_stops": (-3.0, 3.0),
    "warmth": (-1.0, 1.0),
    "saturation": (0.0, 2.0),
    "contrast": (0.0, 2.0),
    "alarm": (0.0, 1.0),
    "flicker": (0.0, 1.0),
    "weather": (0.0, 1.0),
    "camera_energy": (0.0, 2.0),
    "music_intensity": (-1.0, 1.0),
}


def check_order(order: TakeOrder) -> None:
    """Raises UnknownName or InvalidAsk for the first field that is wrong."""
    _check_shot(order.shot)
    _check_grade(order.grade)
    _check_rendition(order.rendition)


def check_first_frame(order: TakeOrder, first_frame: int) -> None:
    if not 0 <= first_frame < order.shot.frame_count:
        raise InvalidAsk("first_frame", f"{first_frame} is outside 0..{order.shot.frame_count - 1}")


def _check_shot(shot: Shot) -> None:
    frames = shot.frame_count
    if frames % FRAMES_PER_CHUNK or not SHORTEST_FRAMES <= frames <= LONGEST_FRAMES:
        raise InvalidAsk(
            "shot.frame_count",
            f"{frames} is not a multiple of {FRAMES_PER_CHUNK} in {SHORTEST_FRAMES}..{LONGEST_FRAMES}",
        )
    _known("shot.transition", shot.transition, TRANSITIONS)
    _check_set_up("shot", shot.camera, shot.effects, shot.staging)
    if shot.leaving is not None:
        _check_leaving(shot.leaving)
    for index, line in enumerate(shot.lines):
        if line.start_frame >= frames:
            raise InvalidAsk(f"shot.lines[{index}].start_frame", f"{line.start_frame} is after the shot's end")
    if shot.title is not None:
        _known("shot.title.kind", shot.title.kind, TITLES)
        if shot.title.end_frame <= shot.title.start_frame:
            raise InvalidAsk("shot.title.end_frame", "is not after start_frame")


def _check_set_up(field: str, camera: CameraMove, effects: tuple[Effect, ...], stagings: tuple[Staging, ...]) -> None:
    _known(f"{field}.camera.kind", camera.kind, CAMERA_MOVES)
    _within(f"{field}.camera.strength", camera.strength, 0.0, 1.0)
    for index, effect in enumerate(effects):
        _check_effect(f"{field}.effects[{index}]", effect)
    for index, staging in enumerate(stagings):
        _known(f"{field}.staging[{index}].pose", staging.pose, POSES)


def _check_leaving(leaving: Leaving) -> None:
    _within("shot.leaving.frame_count", leaving.frame_count, 2, LONGEST_FRAMES)
    _within("shot.leaving.frame", leaving.frame, 0, leaving.frame_count)
    _check_set_up("shot.leaving", leaving.camera, leaving.effects, leaving.staging)


def _check_effect(field: str, effect: Effect) -> None:
    _known(f"{field}.kind", effect.kind, EFFECTS)
    _within(f"{field}.strength", effect.strength, 0.0, 1.0)
    if effect.end_frame != -1 and effect.end_frame <= effect.start_frame:
        raise InvalidAsk(f"{field}.end_frame", "is not after start_frame (-1 is the shot's end)")


def _check_grade(keys: tuple[GradeKey, ...]) -> None:
    for index, key in enumerate(keys):
        if index and key.frame < keys[index - 1].frame:
            raise InvalidAsk(f"grade[{index}].frame", "is before the key that precedes it")
        for name, (low, high) in _GRADE_RANGES.items():
            _within(f"grade[{index}].{name}", getattr(key, name), low, high)


def _check_rendition(rendition: Rendition) -> None:
    _known("rendition.codec", rendition.codec, CODECS)
    for name, side, sides in (("width", rendition.width, WIDTHS), ("height", rendition.height, HEIGHTS)):
        if side not in sides:
            raise InvalidAsk(f"rendition.{name}", f"{side} is not even or outside {sides[0]}..{sides[-1]}")
    _within("rendition.bitrate_bps", rendition.bitrate_bps, 100_000, 8_000_000)


def _known(field: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UnknownName(field, name, known)


def _within(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidAsk(field, f"{value} is outside {low}..{high}")
