"""What the streaming service needs from outside: models, the broker, the store, the viewer's connection, time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.streaming.domain.events import PreferenceEvent, Receipt
from services.streaming.domain.journal import Entry, SessionRecord
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.story import Story
from services.streaming.domain.taste import Taste
from services.streaming.domain.timeline_messages import TimelineMessage
from services.streaming.domain.wish_axes import WishAxis


class Clock(Protocol):
    """Time; the only one that domain and app code sees."""

    def monotonic_s(self) -> float:
        """Seconds that never jump."""

    def epoch_s(self) -> float:
        """Seconds since the Unix epoch, for what is written down."""


@dataclass(frozen=True, slots=True)
class WriterCharacter:
    character_id: str
    name: str
    manner: str
    knows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriterLine:
    """source: "authored" or "model"; refusal: why the model's words were not taken."""

    speaker: str
    text: str
    emotion: str
    intent: str = ""
    may_vary: bool = True
    source: str = "authored"
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class WriterBrief:
    """One scene to be put in words."""

    beat_id: str
    purpose: str
    place: str
    cast: tuple[WriterCharacter, ...]
    lines: tuple[WriterLine, ...]
    facts: tuple[str, ...]
    said: tuple[str, ...]
    tone: tuple[str, ...]
    names: tuple[str, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class PremisePart:
    """What became of some words of a premise. use: "used", "told_as" (the note says how) or "unused" (it says why)."""

    text: str
    use: str
    note: str


@dataclass(frozen=True, slots=True)
class WrittenStory:
    """text: a story by the schema of story files. model_lines of lines were chosen or thought of by a model."""

    text: str
    parts: tuple[PremisePart, ...]
    engine: str
    model_lines: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class SpokenTimes:
    """When the words of a line are heard, in samples at 48 kHz; voice: the one that spoke."""

    sample_count: int
    words: tuple[tuple[str, int, int], ...]
    voice: str


@dataclass(frozen=True, slots=True)
class VideoFrame:
    data: bytes
    key_frame: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """index: number in its take; first_frame: the take's frame at which video begins; first_packet: 0..24.

    whole: False while later pictures and the sound are still being rendered; a longer chunk takes its place.
    bed: where the rendition has two tracks, everything but what is said; `audio` is then that.
    """

    index: int
    first_frame: int
    video: tuple[VideoFrame, ...]
    audio: tuple[bytes, ...]
    first_packet: int
    degraded: tuple[str, ...] = ()
    whole: bool = True
    bed: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    category: str
    reasons: tuple[str, ...]


class ModelUnavailable(Exception):
    """A model service did not answer; trying again later may help."""


class ModelRefused(Exception):
    """A model service will never do what was asked; the message says why."""


class Writer(Protocol):
    async def write_scene(self, brief: WriterBrief, deadline_s: float) -> tuple[WriterLine, ...]:
        """One line for each line of the brief, in order. Raises ModelUnavailable, ModelRefused."""

    async def write_story(
        self, premise: str, story_id: str, seed: int, age_band: str, deadline_s: float
    ) -> WrittenStory:
        """A story of a premise. Raises ModelUnavailable, ModelRefused."""


class Voice(Protocol):
    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        """Raises ModelUnavailable, ModelRefused."""


class Animator(Protocol):
    async def fingerprint(self) -> str:
        """Names engine and models; part of every take's identity."""

    def animate(
        self, order: TakeOrder, take_id: str, first_frame: int, hurry: bool = False, due_in_s: float | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Chunks from the one with first_frame on. Closing the iterator cancels the render.

        hurry: the first two chunks are given several times, longer each time, until they are whole. The sound comes
        last; a chunk that begins within its half second has none. due_in_s: seconds until first_frame is shown; what
        would be drawn too late for its time is left out, and chunks may begin anew where it ends.
        """

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        """The chunk that can be looped after the take's end."""

    async def prepare(self, order: TakeOrder) -> None:
        """Paint, speak and rig ahead of the cut."""


class TakeShelf(Protocol):
    """Rendered takes outside memory. Nothing on it is needed, all of it spares a render: whatever goes wrong is a take
    less."""

    @property
    def size_bytes(self) -> int:
        """Bytes that it takes up."""

    def holds(self, take_id: str) -> bool:
        """Whether the take is there."""

    async def put(self, take_id: str, chunks: Sequence[Chunk]) -> bool:
        """Keep a take, whole or not at all; False where that could not be done."""

    async def get(self, take_id: str) -> tuple[Chunk, ...] | None:
        """The take as it was put; None where it is not there any more or cannot be read."""

    def drop(self, take_id: str) -> None:
        """Keep the take no longer."""


class Painter(Protocol):
    async def warm(self, set_names: Sequence[str]) -> None:
        """Have sets made ready that will be seen; answers at once. Raises ModelUnavailable, ModelRefused."""


class Guard(Protocol):
    async def judge_text(self, text: str, policy: str) -> Verdict:
        """Raises ModelUnavailable."""

    async def read_wish(self, text: str, axes: Sequence[WishAxis]) -> Mapping[str, float]:
        """Axis -> -1 for less .. 1 for more, as far as a model reads it in the words. Raises ModelUnavailable."""


@dataclass(frozen=True, slots=True)
class Models:
    """The lineup as this service sees it."""

    writer: Writer
    voice: Voice
    animator: Animator
    guard: Guard
    painter: Painter


EventHandler = Callable[[PreferenceEvent, float], Awaitable[None]]
"""Called with each event of a followed session and the epoch time at which it was read, in order."""


class EventBus(Protocol):
    """Events in, everything decided out."""

    async def publish_event(self, event: PreferenceEvent) -> bool:
        """True when the broker has it; False when it cannot be reached now."""

    def publish_receipt(self, receipt: Receipt) -> None:
        """Queued; dropped and counted when the queue is full (the session log has it)."""

    def publish_entry(self, session_id: str, sequence: int, recorded_at_s: float, entry: Entry) -> None:
        """Queued like a receipt."""

    def publish_taste(self, viewer_id: str, taste: Taste, updated_at_s: float) -> None:
        """Queued like a receipt."""

    async def erase_viewer(self, viewer_id: str, session_ids: Sequence[str]) -> tuple[str, ...]:
        """Forget a viewer; the topics that keep records of the sessions until they expire."""

    def follow(self, session_id: str, handler: EventHandler) -> None:
        """Read the partition that this session's events go to."""

    def unfollow(self, session_id: str) -> None:
        """Stop reading for a session."""

    @property
    def available(self) -> bool:
        """Whether the broker answered lately."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    sequence: int
    recorded_at_s: float
    entry: Entry


@dataclass(frozen=True, slots=True)
class StoredStory:
    """A story that was made from a viewer's premise. text: by the schema of story files."""

    story_id: str
    viewer_id: str
    premise: str
    text: str
    parts: tuple[PremisePart, ...]
    created_at_s: float


class Store(Protocol):
    """What must outlive process and broker. Every call is one transaction."""

    async def create_session(self, record: SessionRecord) -> None:
        """Raises KeyError when the id is taken."""

    async def session(self, session_id: str) -> SessionRecord | None:
        """The record, None for an unknown id."""

    async def append(self, session_id: str, entries: Sequence[StoredEntry]) -> None:
        """Add to the session log; a sequence that is there already is an error."""

    async def log(self, session_id: str) -> tuple[StoredEntry, ...]:
        """The whole session log in order."""

    async def accept_event(self, event: PreferenceEvent) -> bool:
        """Put into the outbox; False when the event id is known already."""

    async def undecided(self, session_id: str = "", older_than_s: float = 0.0) -> tuple[PreferenceEvent, ...]:
        """Accepted events that have no receipt yet, oldest first; an empty session id means all."""

    async def decided(self, event_id: str) -> bool:
        """Whether the event has its receipt."""

    async def decide(
        self, session_id: str, entries: Sequence[StoredEntry], event_id: str, viewer_id: str, taste: Taste
    ) -> None:
        """Log entries, the event's end in the outbox and the viewer's taste, all or nothing."""

    async def taste(self, viewer_id: str) -> Taste:
        """What is known; an empty taste for an unknown viewer."""

    async def tastes(self, limit: int) -> tuple[Taste, ...]:
        """Tastes of any viewers, those that were kept last first."""

    async def keep_taste(self, viewer_id: str, taste: Taste) -> None:
        """Put a taste in the place of what was known."""

    async def sessions_of(self, viewer_id: str) -> tuple[SessionRecord, ...]:
        """The viewer's sessions, oldest first."""

    async def erase_viewer(self, viewer_id: str) -> int:
        """Forget the viewer: sessions, their logs, events and taste; how many records there were."""

    async def keep_story(self, story: StoredStory) -> None:
        """Raises KeyError when the id is taken."""

    async def made_story(self, story_id: str) -> StoredStory | None:
        """None for an unknown id."""

    async def made_stories(self, limit: int) -> tuple[StoredStory, ...]:
        """The newest ones that were made from premises, newest first."""

    async def forget_stories(self, viewer_id: str) -> tuple[str, ...]:
        """Erase what was made from a viewer's premises; the ids of those stories."""

    async def claim(self, session_id: str, node_url: str, until_s: float, now_s: float) -> str:
        """Which node holds the session from now on: the one that asks, unless another one's hold has not ended."""

    async def renew(self, session_ids: Sequence[str], node_url: str, until_s: float) -> frozenset[str]:
        """Hold sessions for longer; those of them that this node still held."""

    async def release(self, session_ids: Sequence[str], node_url: str) -> None:
        """Let sessions go that this node holds."""


class UnreadableStory(Exception):
    """A text that is no story; the message says where and why."""


StoryReader = Callable[[str, str], Story]
"""(text, what to call it in errors) -> the story. Raises UnreadableStory."""


class Viewer(Protocol):
    """One connection of a viewer: takes frames and packets, never blocks, drops and counts when it is slow."""

    @property
    def rung(self) -> int:
        """The rung of the ladder of renditions that the viewer's line carries now; 0 is the best."""

    @property
    def two_tracks(self) -> bool:
        """Whether it levels dialogue and bed itself, and so gets them apart."""

    def send_video(self, frame: VideoFrame, tick: float) -> None:
        """tick: frames of sending time since the connection's film began; it gives the RTP timestamp."""

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        """sample_tick: samples of sending time at the packet's first sample. The mix, or the dialogue of two tracks."""

    def send_bed(self, packet: bytes, sample_tick: int) -> None:
        """As `send_audio`, of music, ambience and sounds; to viewers with two tracks only."""

    def tell(self, message: TimelineMessage) -> None:
        """Put a message on the data channel "timeline"."""

    def rtp_timestamp(self, tick: int) -> int | None:
        """The RTP timestamp of a video tick, None until the first frame is sent."""
