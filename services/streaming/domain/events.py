"""Preference events and receipts as the domain sees them: one act of one viewer, and what the film did about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EMOJI = ("love", "wow", "laugh", "tense", "bored", "sad")
DIALS = ("tension", "pace", "humour", "science")
FREE_TEXT_LIMIT = 280


@dataclass(frozen=True, slots=True)
class Emoji:
    name: str


@dataclass(frozen=True, slots=True)
class Dial:
    """value: -1..1."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    choice_id: str
    option_id: str


@dataclass(frozen=True, slots=True)
class FreeText:
    text: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The viewer wants the next scene."""


@dataclass(frozen=True, slots=True)
class Rewind:
    """The viewer wants to see the shot again."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The viewer stops the film."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The viewer goes on."""


@dataclass(frozen=True, slots=True)
class Volume:
    """level: 0..1."""

    level: float


@dataclass(frozen=True, slots=True)
class Visibility:
    hidden: bool


@dataclass(frozen=True, slots=True)
class Calm:
    """The viewer asks for no flashes, or takes that back."""

    on: bool


Act = Emoji | Dial | ChoiceMade | FreeText | Skip | Rewind | Pause | Resume | Volume | Visibility | Calm


@dataclass(frozen=True, slots=True)
class PreferenceEvent:
    """acted_at_s, received_at_s: seconds since the Unix epoch, as the sender's and this service's clocks say."""

    event_id: str
    session_id: str
    viewer_id: str
    act: Act
    acted_at_s: float
    received_at_s: float

    @property
    def kind(self) -> str:
        """Name of the act, e.g. "emoji"."""
        return ACT_NAMES[type(self.act)]


ACT_NAMES: dict[type, str] = {
    Emoji: "emoji",
    Dial: "dial",
    ChoiceMade: "choice",
    FreeText: "free_text",
    Skip: "skip",
    Rewind: "rewind",
    Pause: "pause",
    Resume: "resume",
    Volume: "volume",
    Visibility: "visibility",
    Calm: "calm",
}


class Outcome(StrEnum):
    APPLIED = "applied"
    MERGED = "merged"
    DEFERRED = "deferred"
    REFUSED = "refused"
    EXPIRED = "expired"


class Depth(StrEnum):
    NONE = "none"
    GRADE = "grade"
    SHOT = "shot"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Receipt:
    """first_frame_index: first changed frame counted from the session's start, None where nothing changes.

    Times are seconds since the Unix epoch; rendered_at_s is 0 until the first changed frame was rendered,
    sent_at_s where nothing changes: that frame leaves then if nothing holds the film up.
    """

    event_id: str
    session_id: str
    outcome: Outcome
    depth: Depth
    changed: tuple[str, ...] = ()
    why: str = ""
    first_frame_index: int | None = None
    merged_into: str = ""
    acted_at_s: float = 0.0
    received_at_s: float = 0.0
    consumed_at_s: float = 0.0
    decided_at_s: float = 0.0
    rendered_at_s: float = 0.0
    sent_at_s: float = 0.0


class InvalidEvent(ValueError):
    """An event that cannot be taken; `field` names what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check_event(event: PreferenceEvent) -> None:
    """Raises InvalidEvent where a value is missing, unknown or out of its range."""
    if not 8 <= len(event.event_id) <= 64 or not event.event_id.isprintable():
        raise InvalidEvent("eventId", "must have 8 to 64 printable characters")
    act = event.act
    if isinstance(act, Emoji) and act.name not in EMOJI:
        raise InvalidEvent("emoji.name", f"must be one of {', '.join(EMOJI)}")
    if isinstance(act, Dial):
        if act.name not in DIALS:
            raise InvalidEvent("dial.name", f"must be one of {', '.join(DIALS)}")
        if not -1.0 <= act.value <= 1.0:
            raise InvalidEvent("dial.value", "must lie between -1 and 1")
    if isinstance(act, Volume) and not 0.0 <= act.level <= 1.0:
        raise InvalidEvent("volume.level", "must lie between 0 and 1")
    if isinstance(act, FreeText):
        if not act.text.strip():
            raise InvalidEvent("freeText.text", "must not be empty")
        if len(act.text) > FREE_TEXT_LIMIT:
            raise InvalidEvent("freeText.text", f"must have at most {FREE_TEXT_LIMIT} characters")
    if isinstance(act, ChoiceMade) and not (act.choice_id and act.option_id):
        raise InvalidEvent("choice", "needs choiceId and optionId")
