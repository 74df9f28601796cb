"""Drawing that somebody waits for: in which parts pictures are given, and where drawing that fell behind begins anew.

Knows frame numbers and times; nothing of what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from services.inference.domain.chunk import Chunk, VideoFrame
from services.inference.domain.timebase import (
    FRAMES_PER_CHUNK,
    FRAMES_PER_SECOND,
    SAMPLES_PER_FRAME,
    SAMPLES_PER_PACKET,
)

_PARTS: Final = (1, 2, 2, 3)
"""Pictures in the first parts: one is soon there, and each part costs a message."""
_SILENT: Final = 2 * FRAMES_PER_CHUNK
"""Chunks that begin so soon after the entrance come without their sound, which follows them: a fork's music is composed
anew, which takes longer than pictures, and until then the take before is heard."""
_LEAST_LEAD, _MOST_LEAD = 2, 10


def part_lengths(pictures: int) -> Iterator[int]:
    """Of the parts before the last, which is never empty."""
    left = pictures
    for length in _PARTS:
        if left > length:
            left -= length
            yield length


def pictures_in_parts(
    index: int, begin: int, lengths: Sequence[int], coded: Iterator[VideoFrame], degraded: tuple[str, ...]
) -> Iterator[Chunk]:
    """One chunk's pictures, in parts of that many and one of the rest. All are of an unfinished chunk, for its sound
    follows, unless it was entered within its half second: it goes on with the sound of the take before."""
    packet = first_packet(begin % FRAMES_PER_CHUNK)
    at = begin
    for length in lengths:
        yield Chunk(index, at, tuple(islice(coded, length)), (), packet, degraded, at > begin, unfinished=True)
        at += length
    yield Chunk(index, at, tuple(coded), (), packet, degraded, at > begin, unfinished=not packet)


def first_packet(frames_in: int) -> int:
    """Of a chunk, the first packet that begins with or after a frame of it."""
    return -(-frames_in * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)


class Lead:
    """How many frames ahead of the one that is shown drawing begins: as many as the first picture took the last time,
    and one. Shared by all takes of a machine."""

    def __init__(self) -> None:
        self.frames = _LEAST_LEAD

    def learn(self, first_picture_s: float) -> None:
        """How long a first picture took, encoded."""
        self.frames = min(max(math.ceil(first_picture_s * FRAMES_PER_SECOND) + 1, _LEAST_LEAD), _MOST_LEAD)


class Haste:
    """One take that somebody waits for. shown: the frame that is on the screen now. entered: where the film can go over
    to the take; later where drawing has begun anew."""

    def __init__(self, first_frame: int, frame_count: int, shown: Callable[[], int], lead: Lead) -> None:
        self.entered = first_frame
        self._last_frame = frame_count - 1
        self._shown = shown
        self._lead = lead
        self._begins = True

    def begin(self, frame: int) -> int:
        """Where to draw on, at a frame or, where that would come too late, at a later one."""
        if self._begins or self._shown() >= frame:
            frame = self.entered = min(max(frame, self._shown() + self._lead.frames), self._last_frame)
            self._begins = False
        return frame

    def began(self, seconds: float) -> None:
        """How long the first picture took."""
        self._lead.learn(seconds)

    def lags(self, frame: int) -> bool:
        """Whether the picture that is drawn next comes late, so that drawing had better begin anew: to draw it, and to
        bring it to the screen, takes about a frame's time."""
        return self._shown() + 1 > frame

    def waits_for(self, chunk_start: int) -> bool:
        """Whether a chunk's pictures are waited for; its sound comes later."""
        return chunk_start < self.entered + _SILENT

    def lengths(self, chunk_start: int, pictures: int) -> tuple[int, ...]:
        """Of the parts of a chunk: the first and the next, for one that was entered near its end is soon over."""
        return tuple(part_lengths(pictures)) if chunk_start < self.entered + FRAMES_PER_CHUNK else ()
