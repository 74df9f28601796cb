"""A session's film again from its log: what was shown when, rendered anew, take identities checked. No viewer, no time.

`Cut.of` reads the log; `Replay.play` renders and hands pictures, sound and captions to a film file in order.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from services.streaming.app.film import Film
from services.streaming.app.playout import SILENCE
from services.streaming.domain.identity import take_identity
from services.streaming.domain.journal import Entry, Held, SceneWritten, SessionSpec
from services.streaming.domain.screenplay import Caption
from services.streaming.domain.story import Story
from services.streaming.domain.taste import EMPTY
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, PACKETS_PER_CHUNK
from services.streaming.domain.timeline import ScheduledTake
from services.streaming.ports import Animator, Chunk, VideoFrame

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cut:
    """takes: in order, as much of each as was shown. captions: in frames of the film. frame_count: of the whole film.

    Between takes the film held on its picture.
    """

    takes: tuple[ScheduledTake, ...]
    captions: tuple[Caption, ...]
    frame_count: int

    @classmethod
    def of(cls, story: Story, spec: SessionSpec, entries: Iterable[tuple[int, Entry]]) -> Cut:
        """What the log says was shown; what was scheduled but never reached is left out."""
        film = Film.begun(story, spec, EMPTY)
        captions: dict[str, tuple[Caption, ...]] = {}
        held_to = 0
        for _, entry in entries:
            film.apply(entry)
            if isinstance(entry, SceneWritten):
                captions.update({planned.shot_id: planned.captions for planned in entry.scene.shots})
            elif isinstance(entry, Held):
                held_to = max(held_to, entry.frame + entry.frame_count)
        end = film.timeline.end_frame if film.ended else max(film.played_to, held_to)
        takes = [replace(t, frame_count=min(t.end_frame, end) - t.first_frame) for t in film.timeline.takes]
        shown = tuple(take for take in takes if take.frame_count > 0)
        placed = [cue for take in shown for cue in _placed(take, captions.get(take.shot_id, ()))]
        return cls(shown, tuple(sorted(placed, key=lambda cue: cue.start_frame)), end)


def _placed(take: ScheduledTake, captions: Iterable[Caption]) -> Iterable[Caption]:
    base = take.first_frame - take.take_frame
    for cue in captions:
        start, end = max(base + cue.start_frame, take.first_frame), min(base + cue.end_frame, take.end_frame)
        if start < end:
            yield replace(cue, start_frame=start, end_frame=end)


class FilmFile(Protocol):
    """Where a replay goes, in order."""

    def picture(self, frame: VideoFrame, frame_index: int) -> None:
        """One access unit."""

    def sound(self, packet: bytes, number: int) -> None:
        """The Opus packet that begins at number x 20 ms."""

    def caption(self, caption: Caption) -> None:
        """One caption, in frames of the film; those of the whole film come before the first picture."""


@dataclass(slots=True)
class ReplayCounts:
    """different: takes whose identity is not the logged one, because engine or models changed."""

    takes: int = 0
    equal: int = 0
    different: list[str] = field(default_factory=list)
    held_frames: int = 0


class Replay:
    """fingerprint: of the animator that renders now. on_take: told how far it is, after each take."""

    def __init__(self, animator: Animator, fingerprint: str, on_take: Callable[[int, int], None]) -> None:
        self._animator = animator
        self._fingerprint = fingerprint
        self._on_take = on_take
        self.counts = ReplayCounts()

    async def play(self, cut: Cut, file: FilmFile) -> None:
        """Render every take and write the film. Raises ModelUnavailable, ModelRefused."""
        for caption in cut.captions:
            file.caption(caption)
        at, last = 0, None
        for number, take in enumerate(cut.takes):
            at = await self._hold(at, take.first_frame, last, file)
            following = cut.takes[number + 1] if number + 1 < len(cut.takes) else None
            forked = following is not None and following.take_frame % FRAMES_PER_CHUNK != 0
            await self._show(take, file, sounds_on=forked)
            at, last = take.end_frame, take
            self._on_take(number + 1, len(cut.takes))
        await self._hold(at, cut.frame_count, last, file)

    async def _show(self, take: ScheduledTake, file: FilmFile, sounds_on: bool) -> None:
        """sounds_on: the take's sound goes on to the end of its half second, under the pictures of a fork."""
        self.counts.takes += 1
        named = take_identity(take.order, self._fingerprint)
        if named == take.take_id:
            self.counts.equal += 1
        else:
            self.counts.different.append(take.take_id)
        end = take.take_frame + take.frame_count
        forked = take.take_frame % FRAMES_PER_CHUNK != 0
        chunks = self._animator.animate(take.order, named, take.take_frame, hurry=forked)
        async with contextlib.aclosing(chunks) as stream:
            async for chunk in stream:
                if not chunk.whole:
                    continue
                self._write(chunk, take.first_frame - take.take_frame, end, sounds_on, file)
                if (chunk.index + 1) * FRAMES_PER_CHUNK >= end:
                    return

    @staticmethod
    def _write(chunk: Chunk, base: int, end: int, sounds_on: bool, file: FilmFile) -> None:
        """base: the film's frame at which the take's frame 0 would be. end: the take's frame after the last shown."""
        for offset, frame in enumerate(chunk.video):
            if chunk.first_frame + offset < end:
                file.picture(frame, base + chunk.first_frame + offset)
        slot = (base // FRAMES_PER_CHUNK + chunk.index) * PACKETS_PER_CHUNK
        shown = FRAMES_PER_CHUNK if sounds_on else min(FRAMES_PER_CHUNK, end - chunk.index * FRAMES_PER_CHUNK)
        last = -(-shown * PACKETS_PER_CHUNK // FRAMES_PER_CHUNK)
        for offset, packet in enumerate(chunk.audio):
            if chunk.first_packet + offset < last:
                file.sound(packet, slot + chunk.first_packet + offset)

    async def _hold(self, at: int, until: int, last: ScheduledTake | None, file: FilmFile) -> int:
        """The film stood on its picture: the take's hold chunk, over and over."""
        if at >= until or last is None:
            return max(at, until)
        self.counts.held_frames += until - at
        held = await self._animator.hold(last.order, last.take_id)
        while at < until:
            count = min(FRAMES_PER_CHUNK, until - at)
            for offset in range(min(count, len(held.video))):
                file.picture(held.video[offset], at + offset)
            first = at * PACKETS_PER_CHUNK // FRAMES_PER_CHUNK
            packets = -(-count * PACKETS_PER_CHUNK // FRAMES_PER_CHUNK)
            for offset, packet in enumerate((held.audio or SILENCE)[:packets]):
                file.sound(packet, first + offset)
            at += count
        return at
