"""Sheets of camera moves and transitions, each as a strip of five pictures, and of the effects."""

from __future__ import annotations

from pathlib import Path

from loadtests.contact_sheet.sheet import Cell, arranged, save
from loadtests.contact_sheet.studio import Studio
from services.inference.adapters.animator_stage.checks import TRANSITIONS
from services.inference.domain.shot import CameraMove, Effect, Leaving, Shot, Staging, Title, View

MOVES = (
    "push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "truck_left", "truck_right", "crane_up",
    "orbit", "handheld", "still",
)  # fmt: skip
EFFECTS = (
    "dust", "snow", "steam", "sparks", "embers", "fog", "screen_glitch", "alarm", "flicker", "lights_out", "torch",
    "glow", "shafts", "rain", "rack_focus",
)  # fmt: skip
FRAMES = 72
MOMENTS = (11, 23, 35, 47, 71)
CROSSED = (0, 4, 8, 12, 18)


def write_moves(studio: Studio, folder: Path) -> Path:
    """A corridor with two people in it, for parallax is what moves show."""
    pair = (Staging("engineer", "left", 1, emotion="tense"), Staging("service_robot", "right", -1))
    cells = []
    for kind in MOVES:
        shot = Shot(View("corridor"), FRAMES, CameraMove(kind, 1.0), pair)
        cells += [Cell(f"{kind} {frame}", studio.still(shot, frame)) for frame in MOMENTS]
    return save(folder / "moves.png", arranged(cells, len(MOMENTS), studio.rendition.width // 2))


def write_crossings(studio: Studio, folder: Path) -> Path:
    """Each way from a picture to the next as a strip of its first frames."""
    left = Leaving(
        View("control_room", "close", "left", 1, mood="tense"), FRAMES, CameraMove("push_in", 0.6),
        (Staging("engineer", "left", 1, emotion="tense"),), frame=FRAMES,
    )  # fmt: skip
    cells = []
    for kind in TRANSITIONS:
        shot = Shot(
            View("mars_surface", "establishing", time_of_day="dusk", mood="wonder"), FRAMES,
            CameraMove("push_in", 0.6), transition=kind, leaving=left,
        )  # fmt: skip
        cells += [Cell(f"{kind} {frame}", studio.still(shot, frame)) for frame in CROSSED]
    return save(folder / "crossings.png", arranged(cells, len(CROSSED), studio.rendition.width // 2))


def write_effects(studio: Studio, folder: Path) -> Path:
    """Each effect at full strength, and the three kinds of card."""
    one = (Staging("engineer", "centre", 1),)
    shots = [(kind, Shot(View("corridor"), FRAMES, staging=one, effects=(Effect(kind, 1.0),))) for kind in EFFECTS]
    titles = (
        Title("Mars Colony 2095", "", "title", 0, FRAMES),
        Title("The ridge above Arcadia", "Sol 412", "place", 0, FRAMES),
        Title("What the Ice Keeps", "The End", "end", 0, FRAMES),
    )
    shots += [
        (f"card: {title.kind}", Shot(View("mars_surface", "establishing", time_of_day="dusk"), FRAMES, title=title))
        for title in titles
    ]
    cells = [Cell(label, studio.still(shot, 35)) for label, shot in shots]
    return save(folder / "effects.png", arranged(cells, 3, studio.rendition.width))
