"""What a scene shows, in the words of audio description: place, light and weather, who is there and what they do.

Told from what the pictures are made of, never from what is said or what nobody can see. Knows no voice and no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from services.streaming.domain.canon import Canon
from services.streaming.domain.outdoors import outdoors
from services.streaming.domain.picture_words import SEATS
from services.streaming.domain.story import Appearance, Beat, Place, Story

DESCRIBER: Final = "Description"
"""Who speaks, as captions name it."""
VOICE: Final = "narrator"
WORDS_LIMIT: Final = 34
"""Some twelve seconds; what comes first matters most, and sentences are left out whole."""

_DOES: Final[Mapping[str, str]] = {
    "stand": "stands", "walk": "walks", "turn": "turns around", "point": "points ahead", "recoil": "shrinks back",
    "operate": "is at work", "sit": "sits",
}  # fmt: skip
_WHERE: Final[Mapping[str, str]] = {
    "left": "on the left", "right": "on the right", "centre": "in the middle", "far": "in the distance",
}  # fmt: skip
_TIMES: Final[Mapping[str, str]] = {"dawn": "Dawn", "day": "Day", "dusk": "Dusk", "night": "Night"}
_WEATHERS: Final[Mapping[str, str]] = {"dust": "Dust hangs in the air.", "storm": "A storm drives dust along."}
_MARKS: Final[Mapping[str, str]] = {
    "lights_out": "The lights are out.",
    "breach": "The wall is torn open.",
    "symbols_on_screens": "Strange signs glow on the screens.",
    "dust_inside": "Dust covers everything.",
    "aurora": "The sky glows green along the edge of the planet.",
    "face_on_screens": "The screens show a hill that looks like a face, half of it in shadow.",
    "smile_on_screens": "The screens show a crater with a smiling face in it.",
    "dot_on_screens": "The screen shows a dot over the horizon, and an arrow: you are here.",
    "parachute_on_screens": "The screens show a parachute from below, with rings of red and white stripes.",
}
_EFFECTS: Final[Mapping[str, str]] = {
    "alarm": "Red alarm light pulses.", "flicker": "The light flickers.", "lights_out": "The lights are out.",
    "torch": "A torch beam wanders.", "glow": "A glow spreads.", "steam": "Steam drifts.", "sparks": "Sparks fly.",
    "embers": "Embers float up.", "fog": "Fog lies low.", "snow": "Snow falls.",
    "screen_glitch": "The picture breaks up in stripes.", "dust_devil": "A tall column of dust turns and wanders.",
}  # fmt: skip


def describe(story: Story, beat: Beat, canon: Canon, new_place: bool) -> str:
    """Whole sentences, WORDS_LIMIT words at the most; "" where there is nothing that was not seen before."""
    told: list[str] = []
    words = 0
    for sentence in dict.fromkeys(_sentences(story, beat, canon, new_place)):
        length = len(sentence.split())
        if words + length <= WORDS_LIMIT:
            told.append(sentence)
            words += length
    return " ".join(told)


def _sentences(story: Story, beat: Beat, canon: Canon, new_place: bool) -> Iterator[str]:
    place = story.place(beat.place)
    hour, weather = outdoors(beat, canon)
    if new_place:
        yield _sentence(place.name if place.inside else f"{_TIMES[hour]}, {place.name}")
    yield from _people(story, beat, canon, place)
    events = [_MARKS[mark] for mark in canon.marks(place.place_id) if mark in _MARKS]
    events += [_EFFECTS[kind] for kind, _ in beat.cues.effects if kind in _EFFECTS]
    if not place.inside and weather in _WEATHERS:
        events.insert(0, _WEATHERS[weather])
    yield from events
    if new_place and place.description:
        yield from (_sentence(part) for part in place.description.rstrip(".").split(";"))


def _people(story: Story, beat: Beat, canon: Canon, place: Place) -> Iterator[str]:
    for appearance in beat.cast:
        sheet = story.character(appearance.character_id)
        if not sheet.puppet or appearance.character_id not in beat.present:
            continue
        dressed = " in a suit" if sheet.puppet_outside and appearance.character_id in canon.suited else ""
        where = _WHERE.get(appearance.position, "")
        yield _sentence(f"{sheet.name}{dressed} {_does(appearance, place)} {where}".rstrip())


def _does(appearance: Appearance, place: Place) -> str:
    """Nobody sits where there is no seat: the picture shows them standing."""
    seated = appearance.position in SEATS.get(place.set_name, ())
    return _DOES["stand"] if appearance.pose == "sit" and not seated else _DOES.get(appearance.pose, _DOES["stand"])


def _sentence(text: str) -> str:
    text = " ".join(text.split()).rstrip(".,")
    return f"{text[:1].upper()}{text[1:]}."
