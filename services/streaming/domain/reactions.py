"""What the film does about one preference event: how deep it reacts, and what changes on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from services.streaming.domain.events import (
    Calm,
    ChoiceMade,
    Depth,
    Dial,
    Emoji,
    FreeText,
    Pause,
    PreferenceEvent,
    Resume,
    Rewind,
    Skip,
    Visibility,
    Volume,
)
from services.streaming.domain.look import Change
from services.streaming.domain.story import Beat

PULSE_FRAMES = 96


@dataclass(frozen=True, slots=True)
class Reaction:
    """depth: the deepest change asked for. look: lasting or passing change from the next frames (its first_frame is
    set when the frame is known). restyle: whether coming shots are framed and cut anew. rethink: whether the next
    beat is chosen anew. changed, why: words for the receipt."""

    depth: Depth
    changed: tuple[str, ...] = ()
    why: str = ""
    look: Change | None = None
    restyle: bool = False
    rethink: bool = False


_EMOJI_LOOK = {
    "love": (("a warmer light",), (("warmth", 0.45), ("exposure_stops", 0.15), ("saturation", 0.12))),
    "wow": (
        ("brighter colours", "fuller music"),
        (("exposure_stops", 0.35), ("saturation", 0.25), ("music_intensity", 0.35)),
    ),
    "laugh": (("a lighter picture",), (("exposure_stops", 0.3), ("warmth", 0.25), ("contrast", -0.08))),
    "tense": (
        ("colder light", "a restless camera", "tenser music"),
        (
            ("warmth", -0.4),
            ("contrast", 0.15),
            ("camera_energy", 0.5),
            ("music_intensity", 0.4),
            ("exposure_stops", -0.25),
        ),
    ),
    "bored": (
        ("livelier camera", "more contrast"),
        (("camera_energy", 0.7), ("contrast", 0.18), ("music_intensity", 0.3)),
    ),
    "sad": (
        ("softer colours", "quieter music"),
        (("saturation", -0.35), ("exposure_stops", -0.2), ("music_intensity", -0.35)),
    ),
}
_EMOJI_WHY = {
    "love": "you liked this",
    "wow": "this amazed you",
    "laugh": "you laughed",
    "tense": "you feel the tension",
    "bored": "this was too slow for you",
    "sad": "this touched you",
}
_DIAL_LOOK = {
    "tension": (
        ("warmth", -0.45),
        ("contrast", 0.2),
        ("camera_energy", 0.4),
        ("music_intensity", 0.5),
        ("exposure_stops", -0.35),
    ),
    "pace": (("camera_energy", 0.6), ("music_intensity", 0.2)),
    "humour": (("warmth", 0.3), ("exposure_stops", 0.2), ("saturation", 0.15)),
    "science": (("contrast", 0.1), ("saturation", -0.12), ("warmth", -0.12)),
}
_DIAL_WORDS = {
    "tension": ("darker, colder light and closer shots", "softer light and calmer shots"),
    "pace": ("a livelier camera and shorter shots", "a steadier camera and longer shots"),
    "humour": ("a lighter picture and drier lines", "a graver picture"),
    "science": ("clearer pictures and deeper science", "less science, more story"),
}


def react(event: PreferenceEvent, beat: Beat | None) -> Reaction:
    """How the film answers. beat: what is playing, None before the first."""
    match event.act:
        case Emoji(name):
            words, delta = _EMOJI_LOOK[name]
            look = Change(f"emoji:{event.event_id}", 0, delta, hold_frames=PULSE_FRAMES)
            restyle = name in ("tense", "bored", "wow")
            return Reaction(Depth.GRADE, words, _EMOJI_WHY[name], look, restyle=restyle, rethink=True)
        case Dial(name, value):
            look = Change(f"dial:{name}", 0, _DIAL_LOOK[name], strength=value)
            word = _DIAL_WORDS[name][0 if value >= 0 else 1]
            return Reaction(
                Depth.GRADE, (word,), f"you asked for {_more(value)} {name}", look, restyle=True, rethink=True
            )
        case ChoiceMade():
            return Reaction(Depth.STORY, ("the story takes your way",), "you decided", rethink=True)
        case FreeText():
            return Reaction(
                Depth.STORY, ("the next scene is chosen with your words in mind",), "you told the film", rethink=True
            )
        case Skip():
            return Reaction(Depth.STORY, ("the next scene begins",), "you skipped this scene", rethink=True)
        case Rewind():
            return Reaction(Depth.SHOT, ("the shot is shown again",), "you wanted to see it again")
        case Calm(on):
            word = "no flashes from here on" if on else "flashing light is allowed again"
            return Reaction(Depth.GRADE, (word,), "you asked for it", restyle=True)
        case Pause() | Resume() | Volume() | Visibility():
            return Reaction(Depth.NONE, (), "noted")


def _more(value: float) -> str:
    return "more" if value >= 0 else "less"
