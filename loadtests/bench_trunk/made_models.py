"""Models behind the service's ports that give nothing to look at, take the time that real ones take, and count.

Costs are seconds of one core, as the laptop lineup needs them; they pass on the virtual clock.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.streaming.domain.screenplay import GradeKey, Shot, TakeOrder, View
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND
from services.streaming.domain.wish_axes import WishAxis
from services.streaming.ports import (
    Chunk,
    Models,
    SpokenTimes,
    Verdict,
    VideoFrame,
    WriterBrief,
    WriterLine,
    WrittenStory,
)

CHUNK_S = 0.19
FIRST_CHUNK_S = 0.08
STILL_S = 0.02
PLATES_S = 1.1
WRITTEN_LINE_S = 0.3
SPOKEN_LINE_S = 0.25
JUDGED_S = 0.02
SAMPLES_PER_WORD = 17_000
FRAME_BYTES = 4_500
CHUNK_FILM_S = FRAMES_PER_CHUNK / FRAMES_PER_SECOND

_FRAME = VideoFrame(bytes(FRAME_BYTES), key_frame=False)


@dataclass(slots=True)
class Counts:
    """What was asked of the models, by what was asked: a second call for the same is what sharing should spare.

    chunks: (take, first frame) of each half second. stills: shots whose place alone was sounded. graded: takes whose
    look is not as written, because of what somebody did. seconds: cores' seconds that all of it cost.
    """

    takes: Counter[str] = field(default_factory=Counter)
    chunks: Counter[bytes] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)
    stills: Counter[Shot] = field(default_factory=Counter)
    scenes: Counter[tuple[object, ...]] = field(default_factory=Counter)
    lines: Counter[tuple[object, ...]] = field(default_factory=Counter)
    views: Counter[View] = field(default_factory=Counter)
    graded: set[str] = field(default_factory=set)
    seconds: float = 0.0

    @property
    def rendered_s(self) -> float:
        """Film that was rendered, holds included."""
        return CHUNK_FILM_S * (self.chunks.total() + self.holds.total())

    @property
    def calls(self) -> int:
        """All calls that cost something."""
        return self.takes.total() + self.holds.total() + self.stills.total() + self.scenes.total() + self.lines.total()

    def add(self, other: Counts) -> None:
        """Count what other models did as well."""
        self.takes += other.takes
        self.chunks += other.chunks
        self.holds += other.holds
        self.stills += other.stills
        self.scenes += other.scenes
        self.lines += other.lines
        self.views += other.views
        self.graded |= other.graded
        self.seconds += other.seconds


class MadeAnimator:
    """Each half second's key frame names the half second; plates that a shot needs are painted once."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._painted: dict[View, asyncio.Task[None]] = {}

    async def fingerprint(self) -> str:
        return "made"

    async def animate(
        self, order: TakeOrder, take_id: str, first_frame: int, hurry: bool = False, due_in_s: float | None = None
    ) -> AsyncGenerator[Chunk, None]:
        self._counts.takes[take_id] += 1
        if order.grade != (GradeKey(),):
            self._counts.graded.add(take_id)
        await self.prepare(order)
        await self._spend(FIRST_CHUNK_S)
        for index in range(first_frame // FRAMES_PER_CHUNK, order.shot.frame_count // FRAMES_PER_CHUNK):
            await self._spend(CHUNK_S)
            chunk = _chunk(take_id, index, max(first_frame, index * FRAMES_PER_CHUNK))
            self._counts.chunks[chunk.video[0].data] += 1
            yield chunk

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        if order.rendition.two_tracks:
            self._counts.stills[order.shot] += 1
            await self._spend(STILL_S)
            return replace(_chunk(take_id, 0, 0), video=())
        self._counts.holds[take_id] += 1
        await self._spend(CHUNK_S)
        return _chunk(take_id, order.shot.frame_count // FRAMES_PER_CHUNK, order.shot.frame_count)

    async def prepare(self, order: TakeOrder) -> None:
        view = order.shot.view
        painting = self._painted.get(view)
        if painting is None:
            self._counts.views[view] += 1
            painting = self._painted[view] = asyncio.create_task(self._spend(PLATES_S))
        await asyncio.shield(painting)

    async def _spend(self, seconds: float) -> None:
        self._counts.seconds += seconds
        await asyncio.sleep(seconds)


def _chunk(take_id: str, index: int, first_frame: int) -> Chunk:
    length = (index + 1) * FRAMES_PER_CHUNK - first_frame
    named = VideoFrame(f"{take_id}/{first_frame}".encode(), key_frame=True)
    return Chunk(index, first_frame, (named, *(_FRAME for _ in range(length - 1))), (), 0)


@dataclass(slots=True)
class MadeWriter:
    """Rewords nothing, but takes its time over each line that it may reword."""

    counts: Counts

    async def write_scene(self, brief: WriterBrief, deadline_s: float) -> tuple[WriterLine, ...]:
        self.counts.scenes[brief.beat_id, tuple(line.text for line in brief.lines), brief.tone] += 1
        vary = sum(line.may_vary for line in brief.lines)
        self.counts.seconds += WRITTEN_LINE_S * vary
        await asyncio.sleep(min(deadline_s, WRITTEN_LINE_S * vary))
        return tuple(replace(line, source="model") if line.may_vary else line for line in brief.lines)

    async def write_story(
        self, premise: str, story_id: str, seed: int, age_band: str, deadline_s: float
    ) -> WrittenStory:
        raise NotImplementedError("nobody asks for a story here")


@dataclass(slots=True)
class MadeVoice:
    counts: Counts

    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        self.counts.lines[text, voice, emotion, pace] += 1
        self.counts.seconds += SPOKEN_LINE_S
        await asyncio.sleep(SPOKEN_LINE_S)
        step = round(SAMPLES_PER_WORD / pace)
        words = tuple((word, n * step, (n + 1) * step) for n, word in enumerate(text.split()))
        return SpokenTimes(step * len(words), words, voice)


@dataclass(slots=True)
class MadeGuard:
    counts: Counts

    async def judge_text(self, text: str, policy: str) -> Verdict:
        self.counts.seconds += JUDGED_S
        await asyncio.sleep(JUDGED_S)
        return Verdict(True, "", ())

    async def read_wish(self, text: str, axes: Sequence[WishAxis]) -> Mapping[str, float]:
        """Reads nothing in the words; it takes as long as judging them does."""
        self.counts.seconds += JUDGED_S
        await asyncio.sleep(JUDGED_S)
        return {}


class MadeSetPainter:
    """Sets cost nothing here: what a plate costs is in the Animator's time."""

    async def warm(self, set_names: Sequence[str]) -> None:
        """Nothing is needed."""


def made_models(counts: Counts) -> Models:
    """A lineup that counts into `counts`."""
    return Models(MadeWriter(counts), MadeVoice(counts), MadeAnimator(counts), MadeGuard(counts), MadeSetPainter())
