"""Hand-written fakes behind the streaming service's ports: deterministic, slow or broken where a test asks for it."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from services.streaming.domain.events import PreferenceEvent, Receipt
from services.streaming.domain.journal import Entry, SessionRecord
from services.streaming.domain.screenplay import Shot, TakeOrder
from services.streaming.domain.taste import EMPTY, Taste
from services.streaming.domain.timebase import (
    FRAMES_PER_CHUNK,
    PACKETS_PER_CHUNK,
    SAMPLES_PER_FRAME,
    SAMPLES_PER_PACKET,
)
from services.streaming.domain.timeline_messages import TimelineMessage
from services.streaming.domain.wish_axes import WishAxis
from services.streaming.ports import (
    Chunk,
    Clock,
    EventHandler,
    Models,
    ModelUnavailable,
    SpokenTimes,
    StoredEntry,
    StoredStory,
    Verdict,
    VideoFrame,
    WriterBrief,
    WriterLine,
    WrittenStory,
)


def frame_bytes(take_id: str, frame: int) -> bytes:
    """What the fake animator draws: it says where it belongs."""
    return f"{take_id}/v{frame}".encode()


def packet_bytes(take_id: str, number: int) -> bytes:
    """What the fake animator sounds like; number: of the packet in the whole take."""
    return f"{take_id}/a{number}".encode()


def parts_of(chunk: Chunk) -> Iterator[Chunk]:
    """A chunk as it grows under a render that is in a hurry, before it is whole."""
    for pictures in (1, 3, 6, 12):
        if pictures <= len(chunk.video):
            yield replace(chunk, video=chunk.video[:pictures], audio=(), whole=False)


def bed_bytes(take_id: str, number: int) -> bytes:
    """As `packet_bytes`, of the second of two tracks."""
    return f"{take_id}/b{number}".encode()


def _apart(chunk: Chunk, take_id: str) -> Chunk:
    """The chunk as an order of two tracks gives it."""
    first = chunk.index * PACKETS_PER_CHUNK + chunk.first_packet
    return replace(chunk, video=(), bed=tuple(bed_bytes(take_id, first + n) for n in range(len(chunk.audio))))


@dataclass
class FakeAnimator:
    """first_s: time to the first chunk; chunk_s: between chunks; part_s: between parts. fail_next: raised by the next renders, oldest first.

    asked: (take id, first frame) of each render; due: in how many seconds it was said to be shown; ended: how many were ended by their reader before the take's end.
    """

    first_s: float = 0.0
    chunk_s: float = 0.0
    part_s: float = 0.0
    prepare_s: float = 0.0
    fail_next: deque[Exception] = field(default_factory=deque)
    refuses: Callable[[TakeOrder], Exception | None] = lambda _: None
    stops_after: int | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)
    due: list[float | None] = field(default_factory=list)
    prepared: list[TakeOrder] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    stilled: list[Shot] = field(default_factory=list)
    orders: dict[str, TakeOrder] = field(default_factory=dict)
    ended: int = 0
    under_way: int = 0
    most_under_way: int = 0

    async def fingerprint(self) -> str:
        return "fake-animator"

    async def animate(
        self, order: TakeOrder, take_id: str, first_frame: int, hurry: bool = False, due_in_s: float | None = None
    ) -> AsyncGenerator[Chunk, None]:
        self.asked.append((take_id, first_frame))
        self.due.append(due_in_s)
        self.orders[take_id] = order
        self._trouble(order)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        whole = False
        try:
            await asyncio.sleep(self.first_s)
            for index in range(first_frame // FRAMES_PER_CHUNK, order.shot.frame_count // FRAMES_PER_CHUNK):
                if self.stops_after is not None and index >= self.stops_after:
                    self.stops_after = None
                    whole = True
                    return
                chunk = chunk_of(take_id, index, max(first_frame, index * FRAMES_PER_CHUNK))
                if hurry and chunk.first_frame < first_frame + FRAMES_PER_CHUNK:
                    for part in parts_of(chunk):
                        yield part
                        await asyncio.sleep(self.part_s)
                    chunk = replace(chunk, audio=()) if chunk.first_packet else chunk
                yield _apart(chunk, take_id) if order.rendition.two_tracks else chunk
                await asyncio.sleep(self.chunk_s)
            whole = True
        finally:
            self.under_way -= 1
            self.ended += not whole

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        if order.rendition.two_tracks:
            self._trouble(order)
            self.stilled.append(order.shot)
            return _apart(chunk_of(f"{take_id}~still", 0, 0), f"{take_id}~still")
        self.held.append(take_id)
        return chunk_of(f"{take_id}~hold", 0, 0)

    async def prepare(self, order: TakeOrder) -> None:
        await asyncio.sleep(self.prepare_s)
        self._trouble(order)
        self.prepared.append(order)

    def _trouble(self, order: TakeOrder) -> None:
        if self.fail_next:
            raise self.fail_next.popleft()
        refusal = self.refuses(order)
        if refusal is not None:
            raise refusal


def chunk_of(take_id: str, index: int, first_frame: int) -> Chunk:
    """The chunk of a take from a frame of it on."""
    end = (index + 1) * FRAMES_PER_CHUNK
    offset = first_frame - index * FRAMES_PER_CHUNK
    first_packet = -(-offset * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)
    video = tuple(VideoFrame(frame_bytes(take_id, frame), frame == first_frame) for frame in range(first_frame, end))
    numbers = range(index * PACKETS_PER_CHUNK + first_packet, (index + 1) * PACKETS_PER_CHUNK)
    return Chunk(index, first_frame, video, tuple(packet_bytes(take_id, number) for number in numbers), first_packet)


@dataclass
class FakeVoice:
    """A third of a second a word; fails as long as `failure` is set."""

    failure: Exception | None = None
    used: str = ""
    samples_per_word: int = 16_000
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        self.asked.append((text, voice))
        if self.failure is not None:
            raise self.failure
        step = round(self.samples_per_word / pace)
        words = tuple((word, n * step, (n + 1) * step) for n, word in enumerate(text.split()))
        return SpokenTimes(step * len(words), words, self.used or voice)


@dataclass
class FakeWriter:
    """Says each line that may vary in its own words after `takes_s`, or fails. stories: what it makes of premises."""

    failure: Exception | None = None
    takes_s: float = 0.0
    rewrite: Callable[[str], str] = lambda text: text
    briefs: list[tuple[WriterBrief, float]] = field(default_factory=list)
    stories: deque[WrittenStory] = field(default_factory=deque)
    premises: list[tuple[str, str, int, str]] = field(default_factory=list)

    async def write_scene(self, brief: WriterBrief, deadline_s: float) -> tuple[WriterLine, ...]:
        self.briefs.append((brief, deadline_s))
        await asyncio.sleep(self.takes_s)
        if self.failure is not None:
            raise self.failure
        return tuple(
            WriterLine(line.speaker, self.rewrite(line.text), line.emotion, line.intent, True, "model")
            if line.may_vary
            else line
            for line in brief.lines
        )

    async def write_story(
        self, premise: str, story_id: str, seed: int, age_band: str, deadline_s: float
    ) -> WrittenStory:
        self.premises.append((premise, story_id, seed, age_band))
        await asyncio.sleep(self.takes_s)
        if self.failure is not None:
            raise self.failure
        story = self.stories.popleft()
        return replace(story, text=re.sub(r"(?m)^story_id: .*$", f"story_id: {story_id}", story.text))


@dataclass
class FakeGuard:
    """Refuses texts that hold a word of `forbidden`."""

    forbidden: tuple[str, ...] = ("forbidden",)
    failure: Exception | None = None
    takes_s: float = 0.0
    judged: list[tuple[str, str]] = field(default_factory=list)
    leanings: dict[str, float] = field(default_factory=dict)

    async def read_wish(self, text: str, axes: Sequence[WishAxis]) -> dict[str, float]:
        await asyncio.sleep(self.takes_s)
        if self.failure is not None:
            raise self.failure
        known = {axis.name for axis in axes}
        return {axis: value for axis, value in self.leanings.items() if axis in known}

    async def judge_text(self, text: str, policy: str) -> Verdict:
        self.judged.append((text, policy))
        await asyncio.sleep(self.takes_s)
        if self.failure is not None:
            raise self.failure
        bad = [word for word in self.forbidden if word in text]
        return Verdict(not bad, "rules" if bad else "", tuple(f"{word} is not for this film." for word in bad))


@dataclass
class FakeSetPainter:
    """`warmed` lists what was asked for; failure: raised instead."""

    warmed: list[tuple[str, ...]] = field(default_factory=list)
    failure: Exception | None = None

    async def warm(self, set_names: Sequence[str]) -> None:
        if self.failure is not None:
            raise self.failure
        self.warmed.append(tuple(set_names))


@dataclass
class FakeModels:
    """The lineup, each fake by its name."""

    writer: FakeWriter = field(default_factory=FakeWriter)
    voice: FakeVoice = field(default_factory=FakeVoice)
    animator: FakeAnimator = field(default_factory=FakeAnimator)
    guard: FakeGuard = field(default_factory=FakeGuard)
    painter: FakeSetPainter = field(default_factory=FakeSetPainter)

    def all(self) -> Models:
        return Models(self.writer, self.voice, self.animator, self.guard, self.painter)


@dataclass
class _Outboxed:
    event: PreferenceEvent | None
    session_id: str
    accepted_at_s: float
    decided: bool = False


class MemoryStore:
    """ports.Store in memory. fail_next: raised by the next writes, oldest first. writes_s: how long a write takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[str, SessionRecord] = {}
        self._logs: dict[str, dict[int, StoredEntry]] = {}
        self._outbox: dict[str, _Outboxed] = {}
        self._tastes: dict[str, Taste] = {}
        self._stories: dict[str, StoredStory] = {}
        self._holders: dict[str, tuple[str, float]] = {}
        self.fail_next: deque[Exception] = deque()
        self.writes_s = 0.0

    async def create_session(self, record: SessionRecord) -> None:
        await self._write()
        if record.session_id in self._sessions:
            raise KeyError(record.session_id)
        self._sessions[record.session_id] = record
        self._logs[record.session_id] = {}

    async def session(self, session_id: str) -> SessionRecord | None:
        return self._sessions.get(session_id)

    async def append(self, session_id: str, entries: Sequence[StoredEntry]) -> None:
        await self._write()
        self._add(session_id, entries)

    async def log(self, session_id: str) -> tuple[StoredEntry, ...]:
        return tuple(stored for _, stored in sorted(self._logs.get(session_id, {}).items()))

    async def accept_event(self, event: PreferenceEvent) -> bool:
        await self._write()
        if event.event_id in self._outbox:
            return False
        self._outbox[event.event_id] = _Outboxed(event, event.session_id, self._clock.epoch_s())
        return True

    async def undecided(self, session_id: str = "", older_than_s: float = 0.0) -> tuple[PreferenceEvent, ...]:
        latest = self._clock.epoch_s() - older_than_s
        waiting = [
            kept
            for kept in self._outbox.values()
            if not kept.decided and kept.accepted_at_s <= latest and session_id in ("", kept.session_id)
        ]
        return tuple(kept.event for kept in waiting if kept.event is not None)

    async def decided(self, event_id: str) -> bool:
        await asyncio.sleep(0)
        return event_id in self._outbox and self._outbox[event_id].decided

    async def decide(
        self, session_id: str, entries: Sequence[StoredEntry], event_id: str, viewer_id: str, taste: Taste
    ) -> None:
        await self._write()
        self._add(session_id, entries)
        elsewhere = _Outboxed(None, session_id, self._clock.epoch_s())
        self._outbox.setdefault(event_id, elsewhere).decided = True
        self._tastes[viewer_id] = taste

    async def taste(self, viewer_id: str) -> Taste:
        return self._tastes.get(viewer_id, EMPTY)

    async def keep_story(self, story: StoredStory) -> None:
        await self._write()
        if story.story_id in self._stories:
            raise KeyError(story.story_id)
        self._stories[story.story_id] = story

    async def made_story(self, story_id: str) -> StoredStory | None:
        return self._stories.get(story_id)

    async def made_stories(self, limit: int) -> tuple[StoredStory, ...]:
        newest = sorted(self._stories.values(), key=lambda story: -story.created_at_s)
        return tuple(newest[:limit])

    async def forget_stories(self, viewer_id: str) -> tuple[str, ...]:
        await self._write()
        gone = tuple(story.story_id for story in self._stories.values() if story.viewer_id == viewer_id)
        for story_id in gone:
            del self._stories[story_id]
        return gone

    async def claim(self, session_id: str, node_url: str, until_s: float, now_s: float) -> str:
        holder, held_until_s = self._holders.get(session_id, (node_url, 0.0))
        if holder == node_url or held_until_s <= now_s:
            self._holders[session_id] = (node_url, until_s)
        return self._holders[session_id][0]

    async def renew(self, session_ids: Sequence[str], node_url: str, until_s: float) -> frozenset[str]:
        kept = frozenset(one for one in session_ids if self._holders.get(one, ("", 0.0))[0] == node_url)
        self._holders.update(dict.fromkeys(kept, (node_url, until_s)))
        return kept

    async def release(self, session_ids: Sequence[str], node_url: str) -> None:
        for one in session_ids:
            if self._holders.get(one, ("", 0.0))[0] == node_url:
                del self._holders[one]

    async def tastes(self, limit: int) -> tuple[Taste, ...]:
        return tuple(self._tastes.values())[-limit:][::-1]

    async def keep_taste(self, viewer_id: str, taste: Taste) -> None:
        await self._write()
        self._tastes[viewer_id] = taste

    async def sessions_of(self, viewer_id: str) -> tuple[SessionRecord, ...]:
        mine = [record for record in self._sessions.values() if record.spec.viewer_id == viewer_id]
        return tuple(sorted(mine, key=lambda record: record.created_at_s))

    async def erase_viewer(self, viewer_id: str) -> int:
        await self._write()
        mine = {record.session_id for record in await self.sessions_of(viewer_id)}
        events = [event_id for event_id, kept in self._outbox.items() if kept.session_id in mine]
        erased = sum(len(self._logs.pop(session_id)) for session_id in mine) + len(events) + len(mine)
        for event_id in events:
            del self._outbox[event_id]
        for session_id in mine:
            del self._sessions[session_id]
        return erased + (self._tastes.pop(viewer_id, None) is not None)

    async def _write(self) -> None:
        await asyncio.sleep(self.writes_s)
        if self.fail_next:
            raise self.fail_next.popleft()

    def _add(self, session_id: str, entries: Sequence[StoredEntry]) -> None:
        if session_id not in self._sessions:
            raise ValueError(f"no session {session_id}")
        log = self._logs[session_id]
        doubles = [stored.sequence for stored in entries if stored.sequence in log]
        if doubles:
            raise ValueError(f"sequence {doubles} is in the log already")
        log.update({stored.sequence: stored for stored in entries})


class MemoryBus:
    """ports.EventBus in memory: `available = False` is a broker that is away, `loses` one that forgets events.

    Events are handed over one after the other by a task of its own; `doubles` hands each one over twice.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._handlers: dict[str, EventHandler] = {}
        self._incoming: asyncio.Queue[PreferenceEvent] = asyncio.Queue()
        self._dispatching: asyncio.Task[None] | None = None
        self.available = True
        self.loses = False
        self.doubles = False
        self.receipts: list[Receipt] = []
        self.entries: list[tuple[str, int, Entry]] = []
        self.tastes: list[tuple[str, Taste]] = []
        self.poison = 0
        self.dropped = 0

    def start(self) -> None:
        self._dispatching = asyncio.create_task(self._dispatch())

    async def close(self) -> None:
        if self._dispatching is not None:
            self._dispatching.cancel()
            await asyncio.gather(self._dispatching, return_exceptions=True)

    async def publish_event(self, event: PreferenceEvent) -> bool:
        if not self.available:
            return False
        if not self.loses:
            for _ in range(2 if self.doubles else 1):
                self._incoming.put_nowait(event)
        return True

    def publish_receipt(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)

    def publish_entry(self, session_id: str, sequence: int, recorded_at_s: float, entry: Entry) -> None:
        self.entries.append((session_id, sequence, entry))

    def publish_taste(self, viewer_id: str, taste: Taste, updated_at_s: float) -> None:
        self.tastes.append((viewer_id, taste))

    async def erase_viewer(self, viewer_id: str, session_ids: Sequence[str]) -> tuple[str, ...]:
        self.tastes = [(known, taste) for known, taste in self.tastes if known != viewer_id]
        self.receipts = [receipt for receipt in self.receipts if receipt.session_id not in session_ids]
        self.entries = [entry for entry in self.entries if entry[0] not in session_ids]
        return ()

    def follow(self, session_id: str, handler: EventHandler) -> None:
        self._handlers[session_id] = handler

    def unfollow(self, session_id: str) -> None:
        self._handlers.pop(session_id, None)

    async def _dispatch(self) -> None:
        while True:
            event = await self._incoming.get()
            handler = self._handlers.get(event.session_id)
            if handler is not None:
                await handler(event, self._clock.epoch_s())


@dataclass
class RecordingViewer:
    """ports.Viewer that keeps all it was sent: (tick, data, key frame), (sample tick, packet), messages."""

    video: list[tuple[float, bytes, bool]] = field(default_factory=list)
    audio: list[tuple[int, bytes]] = field(default_factory=list)
    told: list[TimelineMessage] = field(default_factory=list)
    sent_at_s: list[float] = field(default_factory=list)
    rung: int = 0
    two_tracks: bool = False
    bed: list[tuple[int, bytes]] = field(default_factory=list)

    def send_video(self, frame: VideoFrame, tick: float) -> None:
        self.video.append((tick, frame.data, frame.key_frame))
        self.sent_at_s.append(asyncio.get_running_loop().time())

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        self.audio.append((sample_tick, packet))

    def send_bed(self, packet: bytes, sample_tick: int) -> None:
        self.bed.append((sample_tick, packet))

    def tell(self, message: TimelineMessage) -> None:
        self.told.append(message)

    def rtp_timestamp(self, tick: int) -> int | None:
        return tick * 3_750 if self.video else None

    def told_of(self, kind: type) -> list[TimelineMessage]:
        return [message for message in self.told if isinstance(message, kind)]

    @property
    def receipts(self) -> list[Receipt]:
        return [message for message in self.told if isinstance(message, Receipt)]


def away() -> ModelUnavailable:
    """A model that does not answer."""
    return ModelUnavailable("away")
