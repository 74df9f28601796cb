"""The session log: every decision of a session in order, enough to resume or replay it exactly."""

from __future__ import annotations

from dataclasses import dataclass

from services.streaming.domain.events import PreferenceEvent, Receipt
from services.streaming.domain.screenplay import Rendition, Scene, TakeOrder


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """What a session was asked for; seed 0 means that the service drew one, planned_minutes 0 the story's own length.

    no_horror: nothing dark and frightening, whatever the age band. described: what is seen is told, too.
    interests: axes of taste that the viewer said beforehand they want more of.
    """

    story_id: str
    viewer_id: str
    calm: bool = False
    age_band: str = "general"
    captions: bool = True
    seed: int = 0
    planned_minutes: float = 0.0
    no_horror: bool = False
    described: bool = False
    interests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """token_hash: hex SHA-256 of the viewer's token."""

    session_id: str
    spec: SessionSpec
    token_hash: str
    created_at_s: float


@dataclass(frozen=True, slots=True)
class Started:
    spec: SessionSpec
    story_fingerprint: str
    rendition: Rendition


@dataclass(frozen=True, slots=True)
class BeatChosen:
    beat_id: str
    terms: tuple[tuple[str, float], ...]
    why: str


@dataclass(frozen=True, slots=True)
class SceneWritten:
    """start_frame: where the scene begins in the session; a later one of the same scene id takes its place."""

    scene: Scene
    start_frame: int


@dataclass(frozen=True, slots=True)
class TakeScheduled:
    """From first_frame of the session on, frames of the take play, beginning with take_frame."""

    shot_id: str
    take_id: str
    order: TakeOrder
    first_frame: int
    take_frame: int


@dataclass(frozen=True, slots=True)
class EventDecided:
    event: PreferenceEvent
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Progress:
    """The session has played up to this frame."""

    frame: int


@dataclass(frozen=True, slots=True)
class Held:
    """The film held on its picture for frame_count frames from a frame on; take_id: whose hold chunk was shown."""

    frame: int
    frame_count: int
    take_id: str


@dataclass(frozen=True, slots=True)
class ChoiceTaken:
    """by_viewer: false when the time ran out and the default was taken."""

    choice_id: str
    option_id: str
    by_viewer: bool


@dataclass(frozen=True, slots=True)
class BeatDropped:
    """A beat that was chosen but never begun, because another suits the viewer better now."""

    beat_id: str


@dataclass(frozen=True, slots=True)
class VoiceReplaced:
    asked: str
    used: str


@dataclass(frozen=True, slots=True)
class Ended:
    beat_id: str
    title: str


Entry = (
    Started
    | BeatChosen
    | SceneWritten
    | TakeScheduled
    | EventDecided
    | Progress
    | Held
    | ChoiceTaken
    | BeatDropped
    | VoiceReplaced
    | Ended
)
