"""A film of made-up takes, played by the real playout, take library and ladder; only the animator is made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

from loadtests.delivery.media import MadeTake, made_take
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.app.playout import Playout
from services.streaming.app.renders import want_ahead
from services.streaming.app.renditions import Renditions
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.ladder import ladder_from
from services.streaming.domain.screenplay import Rendition, Shot, TakeOrder, View
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, SAMPLES_PER_FRAME, SAMPLES_PER_PACKET, frames
from services.streaming.domain.timeline import ScheduledTake, Timeline
from services.streaming.ports import Chunk, Clock

BEST = Rendition(640, 360, "h264", 900_000)
TAKE_SECONDS = 8
HORIZON_S = 6.0
LOOK_EVERY_S = 0.1
RENDERS_AT_ONCE = 2


@dataclass
class MadeAnimator:
    """ports.Animator that has every take already, in every rendition, and gives it as fast as a real one would.

    chunk_s: how long a chunk takes; a real animator on two cores needs about a quarter of a second.
    """

    takes: dict[Rendition, MadeTake]
    chunk_s: float = 0.25

    async def fingerprint(self) -> str:
        """Made up."""
        return "made"

    async def animate(
        self, order: TakeOrder, take_id: str, first_frame: int, hurry: bool = False, due_in_s: float | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Chunks from a frame of the shot on; a shot longer than what is made up begins anew."""
        made = self.takes[order.rendition].chunks
        for index in range(first_frame // FRAMES_PER_CHUNK, order.shot.frame_count // FRAMES_PER_CHUNK):
            await asyncio.sleep(self.chunk_s)
            chunk = replace(made[index % len(made)], index=index, first_frame=index * FRAMES_PER_CHUNK)
            yield chunk if chunk.first_frame >= first_frame else forked(chunk, first_frame)

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        """The last half second again."""
        await asyncio.sleep(0)
        return self.takes[replace(order.rendition, two_tracks=False)].chunks[-1]

    async def prepare(self, order: TakeOrder) -> None:
        """Nothing is needed."""


def forked(chunk: Chunk, first_frame: int) -> Chunk:
    """A chunk that begins within its half second, as a fork does: with a key frame, and the sound that is left."""
    offset = first_frame - chunk.first_frame
    first_packet = -(-offset * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)
    video, audio = chunk.video[: FRAMES_PER_CHUNK - offset], chunk.audio[first_packet:]
    return replace(chunk, first_frame=first_frame, video=video, audio=audio, first_packet=first_packet)


def made_takes(cache: Path) -> dict[Rendition, MadeTake]:
    """In every rung of the ladder."""
    return {rendition: made_take(rendition, TAKE_SECONDS, cache) for rendition in ladder_from(BEST)}


class MadeFilm:
    """`start()`, then attach viewers to `playout`; `close()` ends it."""

    def __init__(self, animator: MadeAnimator, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self.takes = TakeLibrary(animator, clock, RENDERS_AT_ONCE, 256 * 1024 * 1024)
        self.renditions = Renditions(ladder_from(BEST), self.takes, "made")
        self.playout = Playout(
            Timeline(), self.takes, clock, lambda _: None, lambda *_: None, lambda: None, renditions=self.renditions
        )
        self._number = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to render, and to play when someone watches."""
        self.takes.start()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._direct()), loop.create_task(self.playout.run(self._never))]

    async def close(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.takes.close()

    async def _never(self) -> None:
        raise AssertionError("a film without an end has ended")

    async def _direct(self) -> None:
        timeline = self.playout.timeline
        while True:
            timeline.forget_before(self.playout.frame - frames(10.0))
            while timeline.end_frame - self.playout.frame < frames(HORIZON_S):
                self._schedule(timeline)
            want_ahead(self.playout, self.renditions, frames(HORIZON_S))
            await asyncio.sleep(LOOK_EVERY_S)

    def _schedule(self, timeline: Timeline) -> None:
        count = frames(TAKE_SECONDS)
        name = f"shot{self._number}"
        order = TakeOrder(Shot(View(name), count), rendition=BEST)
        timeline.schedule(ScheduledTake(name, name, order, timeline.end_frame, 0, count))
        self._number += 1
