"""A take as far as it is rendered: its half seconds, forks that begin within one, and the chunk that can be looped."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_CHUNK
from services.streaming.ports import Chunk


@dataclass(slots=True)
class Take:
    """What is rendered of a take so far. forks: chunks that begin within their half second, by first frame."""

    take_id: str
    order: TakeOrder
    chunks: dict[int, Chunk] = field(default_factory=dict)
    forks: dict[int, Chunk] = field(default_factory=dict)
    hold: Chunk | None = None
    refused: str = ""
    refused_until_s: float = math.inf
    size_bytes: int = 0

    @property
    def chunk_count(self) -> int:
        """Chunks of the whole take."""
        return self.order.shot.frame_count // FRAMES_PER_CHUNK

    def chunk_at(self, frame: int) -> Chunk | None:
        """The chunk that shows a frame of the take: that of the whole half second, else a fork that began before it.
        It may be under way still (`Chunk.whole`)."""
        index = frame // FRAMES_PER_CHUNK
        first = self.chunks.get(index)
        if first is not None and first.whole:
            return first
        return self._fork_before(frame) or first

    def fork_at(self, frame: int) -> Chunk | None:
        """The chunk by which the take is entered so as to show a frame, if that is drawn: a fork, else the whole half
        second. What it has before the frame is sent along, for the decoder needs it."""
        best = self._fork_before(frame) or self.chunks.get(frame // FRAMES_PER_CHUNK)
        return best if best is not None and frame < best.first_frame + len(best.video) else None

    def entry_from(self, frame: int) -> int | None:
        """The first frame from `frame` on at which the film can go over to what is drawn of this take. Where the take
        begins its sound has to be there too: elsewhere that of the take before goes on."""
        entry = self.fork_at(frame)
        if entry is not None and (frame > 0 or entry.audio):
            return frame
        begun = (*self.forks, *(chunk.first_frame for chunk in self.chunks.values()))
        return min((first for first in begun if first > frame), default=None)

    def can_be_entered(self, frame: int) -> bool:
        """Whether there is a key frame at which the film could go over to this take now, so as to show a frame."""
        return self.fork_at(frame) is not None

    def _fork_before(self, frame: int) -> Chunk | None:
        """The latest fork of a frame's half second that begins with it or before it."""
        start = frame - frame % FRAMES_PER_CHUNK
        begun = [first for first in self.forks if start <= first <= frame]
        return self.forks[max(begun)] if begun else None

    def same_chunk(self, chunk: Chunk) -> Chunk | None:
        """What is there now of a chunk that was under way."""
        return self.forks.get(chunk.first_frame) or self.chunks.get(chunk.index)

    def missing_from(self, frame: int) -> int | None:
        """The first frame at or after `frame` whose chunk is not all rendered, None when all are."""
        at = frame
        while at < self.order.shot.frame_count:
            chunk = self.chunk_at(at)
            if chunk is None or not chunk.whole:
                return at
            at = (at // FRAMES_PER_CHUNK + 1) * FRAMES_PER_CHUNK
        return None

    def add(self, chunk: Chunk) -> None:
        """Keep a rendered chunk."""
        if chunk.first_frame % FRAMES_PER_CHUNK:
            replaced = self.forks.get(chunk.first_frame)
            self.forks[chunk.first_frame] = chunk
        else:
            replaced = self.chunks.get(chunk.index)
            self.chunks[chunk.index] = chunk
        self.size_bytes += _size(chunk) - (_size(replaced) if replaced is not None else 0)


def _size(chunk: Chunk) -> int:
    return sum(len(frame.data) for frame in chunk.video) + sum(map(len, chunk.audio)) + sum(map(len, chunk.bed))
