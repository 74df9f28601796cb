"""What one preference event teaches and changes: the lesson for taste and mood, and how deep the film reacts."""

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
from services.streaming.domain.story import Beat, Story
from services.streaming.domain.taste import Mood, Taste

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


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned from an event."""

    taste: Taste
    mood: Mood


_EMOJI_FEELING = {
    "love": (0.5, 0.1),
    "wow": (0.5, 0.5),
    "laugh": (0.6, 0.3),
    "tense": (-0.1, 0.6),
    "bored": (-0.4, -0.6),
    "sad": (-0.5, -0.1),
}
_EMOJI_LIKING = {"love": 0.9, "wow": 0.8, "laugh": 0.6, "tense": 0.4, "bored": -0.9, "sad": -0.1}
_EMOJI_TONE = {
    "laugh": (("humour", 0.9),),
    "tense": (("tension", 0.6),),
    "wow": (("wonder", 0.9),),
    "love": (("warmth", 0.6),),
    "bored": (("pace", 0.5),),
    "sad": (("darkness", -0.4),),
}
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
            delta = tuple((field, amount * value) for field, amount in _DIAL_LOOK[name])
            look = Change(f"dial:{name}", 0, delta)
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


def learn(event: PreferenceEvent, taste: Taste, mood: Mood, beat: Beat | None, story: Story, frame: int) -> Lesson:
    """What the event teaches about lasting taste and about the mood of the moment."""
    match event.act:
        case Emoji(name):
            taste = _learn_tone(taste, _EMOJI_TONE[name], 0.4, event.event_id)
            taste = _learn_beat(taste, beat, _EMOJI_LIKING[name], 0.5, event.event_id)
            return Lesson(taste, mood.felt(*_EMOJI_FEELING[name], frame))
        case Dial(name, value):
            return Lesson(taste.observe(name, value, 0.05, event.event_id), mood)
        case FreeText(text):
            return Lesson(_learn_words(taste, text, story, event.event_id), mood)
        case Skip():
            taste = _learn_beat(taste, beat, -0.6, 0.6, event.event_id)
            return Lesson(taste.observe("pace", 0.4, 1.0, event.event_id), mood.felt(-0.2, -0.3, frame))
        case Rewind():
            return Lesson(_learn_beat(taste, beat, 0.6, 0.7, event.event_id), mood.felt(0.1, 0.1, frame))
        case Visibility(hidden) if hidden:
            return Lesson(_learn_beat(taste, beat, -0.2, 2.0, event.event_id), mood)
        case Volume(level):
            value = 0.2 if level > 0.0 else -0.2
            return Lesson(_learn_beat(taste, beat, value, 4.0, event.event_id), mood)
        case _:
            return Lesson(taste, mood)


def _learn_tone(taste: Taste, tones: tuple[tuple[str, float], ...], noise: float, event_id: str) -> Taste:
    for axis, value in tones:
        taste = taste.observe(axis, value, noise, event_id)
    return taste


def _learn_beat(taste: Taste, beat: Beat | None, liking: float, noise: float, event_id: str) -> Taste:
    """A liking of what is playing is one of its themes and tones, by their share in it."""
    if beat is None:
        return taste
    for theme, weight in beat.themes.items():
        if weight > 0.0:
            taste = taste.observe(f"theme:{theme}", liking, noise / weight, event_id)
    for axis, weight in beat.tone.items():
        if weight > 0.3:
            taste = taste.observe(axis, liking, 2.0 * noise / weight, event_id)
    return taste


_WORDS = {
    "tension": (
        ("scary", 0.7),
        ("tense", 0.7),
        ("action", 0.7),
        ("danger", 0.7),
        ("exciting", 0.6),
        ("relax", -0.7),
        ("calm", -0.7),
    ),
    "humour": (("funny", 0.8), ("joke", 0.8), ("laugh", 0.7), ("humour", 0.7), ("humor", 0.7), ("serious", -0.7)),
    "science": (
        ("science", 0.8),
        ("explain", 0.7),
        ("physics", 0.8),
        ("real", 0.4),
        ("technical", 0.7),
        ("simple", -0.6),
    ),
    "pace": (("faster", 0.8), ("boring", 0.7), ("hurry", 0.7), ("slower", -0.8)),
    "wonder": (("beautiful", 0.7), ("wonder", 0.8), ("mystery", 0.6), ("alien", 0.6)),
    "warmth": (("love", 0.7), ("friend", 0.7), ("kind", 0.6)),
    "darkness": (("dark", 0.7), ("horror", 0.8), ("happy", -0.7)),
}
_DENIALS = ("less ", "no ", "not ", "don't ", "without ", "too ")


def _learn_words(taste: Taste, text: str, story: Story, event_id: str) -> Taste:
    said = f" {text.lower()} "
    for axis, words in _WORDS.items():
        for word, value in words:
            if f" {word}" in said:
                taste = taste.observe(axis, value * _denial(said, word), 0.3, event_id)
    for theme in story.themes:
        for word in theme.split("_"):
            if len(word) > 4 and word[:-1] in said:
                taste = taste.observe(f"theme:{theme}", 0.8 * _denial(said, word[:-1]), 0.3, event_id)
    return taste


def _denial(said: str, word: str) -> float:
    before = said[: said.index(word)][-10:]
    return -1.0 if any(before.endswith(denial) for denial in _DENIALS) else 1.0
