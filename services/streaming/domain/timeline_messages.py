"""What the page is told on the data channel "timeline". Frames count from the session's start."""

from __future__ import annotations

from dataclasses import dataclass

from services.streaming.domain.events import Receipt


@dataclass(frozen=True, slots=True)
class Hello:
    session_id: str
    frame_index: int
    title: str


@dataclass(frozen=True, slots=True)
class Ack:
    """The event is safe: it will get a receipt whatever fails."""

    event_id: str


@dataclass(frozen=True, slots=True)
class ShotStarted:
    shot_id: str
    scene_id: str
    beat_title: str
    place: str
    frame_index: int
    take_id: str


@dataclass(frozen=True, slots=True)
class CaptionCue:
    cue_id: str
    speaker: str
    text: str
    start_frame: int
    end_frame: int
    sound: bool


@dataclass(frozen=True, slots=True)
class ChoiceOffered:
    """options: (option id, label)."""

    choice_id: str
    prompt: str
    options: tuple[tuple[str, str], ...]
    countdown_s: float
    default_option_id: str


@dataclass(frozen=True, slots=True)
class ChoiceVotes:
    """votes: (option id, how many) of options that have some. watching: how many may vote."""

    choice_id: str
    votes: tuple[tuple[str, int], ...]
    watching: int


@dataclass(frozen=True, slots=True)
class ChoiceClosed:
    choice_id: str
    option_id: str


@dataclass(frozen=True, slots=True)
class Why:
    text: str
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Hold:
    active: bool


@dataclass(frozen=True, slots=True)
class Ended:
    ending_title: str


@dataclass(frozen=True, slots=True)
class Error:
    code: str
    message: str
    field: str = ""


TimelineMessage = (
    Hello
    | Ack
    | ShotStarted
    | CaptionCue
    | ChoiceOffered
    | ChoiceVotes
    | ChoiceClosed
    | Receipt
    | Why
    | Hold
    | Ended
    | Error
)
