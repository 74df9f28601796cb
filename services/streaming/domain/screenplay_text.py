"""A film as the text of a screenplay: scene headings, who is there, what was said, what was decided and why.

The told values come from a session log or from a simulated film; how they came about is not this module's affair.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 78
SPEECH_INDENT = 12
SPEECH_WIDTH = 46
NAME_INDENT = 30

_POSES = {
    "stand": "",
    "walk": "walking",
    "turn": "turning round",
    "point": "pointing",
    "recoil": "shrinking back",
    "operate": "at work",
    "sit": "sitting",
}
_EMOTIONS = {"calm": "", "amused": "amused", "awed": "in awe", "urgent": "urgently", "afraid": "afraid"}
_CARRIED = {"radio": "OVER RADIO", "recording": "RECORDING", "helmet": "IN HELMET", "hologram": "", "alien": ""}


@dataclass(frozen=True, slots=True)
class ToldLine:
    """name: as it is shown. over: how the voice is carried. note: "model" where a model put it in words, or ""."""

    name: str
    text: str
    emotion: str = "calm"
    over: str = ""
    narrated: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToldChoice:
    """taken: the label of the option; by_viewer: false when time ran out."""

    prompt: str
    taken: str
    consequence: str = ""
    by_viewer: bool = False


@dataclass(frozen=True, slots=True)
class ToldScene:
    """people: (name, position, pose). reactions: what the viewer did, and what the film made of it."""

    title: str
    place: str
    inside: bool
    time_of_day: str
    weather: str
    mood: str
    lines: tuple[ToldLine, ...]
    people: tuple[tuple[str, str, str], ...] = ()
    choice: ToldChoice | None = None
    reactions: tuple[str, ...] = ()
    why: str = ""
    ends: bool = False


def screenplay(title: str, logline: str, scenes: Sequence[ToldScene], about: Iterable[str] = ()) -> str:
    """The whole text. about: lines under the title, such as whose film it is."""
    head = [title.upper().center(WIDTH).rstrip(), "", *_folded(logline, 6, WIDTH - 12), ""]
    head += [f"{line}".center(WIDTH).rstrip() for line in about]
    body = [line for number, scene in enumerate(scenes, start=1) for line in _scene(number, scene)]
    ended = bool(scenes) and scenes[-1].ends
    close = ["", "THE END".center(WIDTH).rstrip() if ended else "(the film has not ended)".center(WIDTH).rstrip()]
    return "\n".join([*head, *body, *close, ""])


def _scene(number: int, scene: ToldScene) -> list[str]:
    where = "INT." if scene.inside else "EXT."
    weather = "" if scene.weather == "clear" else f", {scene.weather.upper()}"
    heading = f"{number:<3} {where} {scene.place.upper()} - {scene.time_of_day.upper()}{weather}"
    lines = ["", "", heading, f"    “{scene.title}”, {scene.mood}"]
    if scene.people:
        lines += ["", *_folded(_staging(scene.people), 4, WIDTH - 8)]
    for line in scene.lines:
        lines += ["", *_line(line)]
    if scene.choice is not None:
        lines += ["", *_choice(scene.choice)]
    for reaction in scene.reactions:
        lines += ["", *_folded(f"[{reaction}]", 4, WIDTH - 8)]
    if scene.why:
        lines += ["", *_folded(f"({scene.why})", 4, WIDTH - 8)]
    return lines


def _staging(people: Sequence[tuple[str, str, str]]) -> str:
    told = []
    for name, position, pose in people:
        where = {"left": "on the left", "right": "on the right", "centre": "in the middle", "far": "far off"}[position]
        told.append(f"{name} {where}" + (f", {_POSES.get(pose, pose)}" if _POSES.get(pose, pose) else ""))
    return "; ".join(told) + "."


def _line(line: ToldLine) -> list[str]:
    marks = [mark for mark in ("V.O." if line.narrated else "", _CARRIED.get(line.over, line.over.upper())) if mark]
    name = line.name.upper() + (f" ({', '.join(marks)})" if marks else "")
    emotion = _EMOTIONS.get(line.emotion, line.emotion)
    manner = [f"{' ' * (NAME_INDENT - 6)}({emotion})"] if emotion else []
    note = f"{'':>4}~ " if line.note == "model" else ""
    spoken = _folded(line.text, SPEECH_INDENT, SPEECH_WIDTH)
    if note:
        spoken[0] = note + spoken[0][len(note) :]
    return [" " * NAME_INDENT + name, *manner, *spoken]


def _choice(choice: ToldChoice) -> list[str]:
    who = "The viewer" if choice.by_viewer else "Nobody chose"
    taken = choice.taken if choice.taken.endswith((".", "?", "!")) else f"{choice.taken}."
    outcome = f" {choice.consequence}" if choice.consequence else ""
    return [
        *_folded(f"CHOICE: {choice.prompt}", 4, WIDTH - 8),
        *_folded(f"{who}: {taken}{outcome}", 8, WIDTH - 12),
    ]


def _folded(text: str, indent: int, width: int) -> list[str]:
    return [" " * indent + line for line in textwrap.wrap(text, width)]
