"""Viewers at sessions of the service: each watches a film to its end, acts as it feels, and keeps what it was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from loadtests.bench_trunk.kinds import option_of
from loadtests.simulated_viewers.audience import SimulatedViewer
from loadtests.simulated_viewers.behaviour import Deed, deeds_in
from services.streaming.app.session import Session
from services.streaming.app.sessions import Sessions
from services.streaming.domain.events import Act, ChoiceMade, PreferenceEvent
from services.streaming.domain.journal import SessionSpec
from services.streaming.domain.story import Beat
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from services.streaming.domain.timeline_messages import ChoiceOffered, Ended, ShotStarted, TimelineMessage
from services.streaming.ports import VideoFrame

DECIDES_AFTER_S = 2.0
PATIENCE = 3.0
"""A film that takes so many times its planned length will not end: something is wrong."""


@dataclass(slots=True)
class Watched:
    """A scene as it was seen; began_at_s: on the loop's clock."""

    beat: Beat
    liking: float
    began_at_s: float
    seconds: float = 0.0


@dataclass(slots=True)
class Watcher:
    """ports.Viewer that knows what it likes. shown: names of the half seconds it saw."""

    viewer: SimulatedViewer
    sessions: Sessions
    session: Session
    seen: list[Watched] = field(default_factory=list)
    shown: set[bytes] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    acts: int = 0
    rung: int = 0
    two_tracks: bool = False
    _scene_id: str = ""
    _random: Random = field(default_factory=Random)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)
    _acting: set[asyncio.Task[None]] = field(default_factory=set)

    def send_video(self, frame: VideoFrame, tick: float) -> None:
        if frame.key_frame:
            self.shown.add(frame.data)

    def send_audio(self, packet: bytes, sample_tick: int) -> None:
        pass

    def send_bed(self, packet: bytes, sample_tick: int) -> None:
        pass

    def rtp_timestamp(self, tick: int) -> int | None:
        return tick

    def tell(self, message: TimelineMessage) -> None:
        match message:
            case ShotStarted(_, scene_id) if scene_id != self._scene_id:
                self._scene_id = scene_id
                self._begin_scene()
            case ChoiceOffered():
                self._decide(message)
            case Ended():
                self._end_scene()
                self.ended.set()

    @property
    def liking(self) -> float:
        """How the film was liked, -1..1, by the time that scenes were seen for."""
        return sum(one.liking * one.seconds for one in self.seen) / max(1e-9, sum(one.seconds for one in self.seen))

    def _begin_scene(self) -> None:
        self._end_scene()
        plan = next(plan for plan in self.session.film.plans if plan.scene.scene_id == self._scene_id)
        latest = [one.beat for one in self.seen]
        liking = self.viewer.taste.liking(plan.beat, latest)
        now_s = asyncio.get_running_loop().time()
        self.seen.append(Watched(plan.beat, liking, now_s))
        # what a viewer does in a scene is the same whatever was seen before, so that films can be compared
        self._random = Random(f"viewer {self.viewer.number} in {plan.beat.beat_id}")
        seconds = plan.scene.frame_count / FRAMES_PER_SECOND
        deeds = deeds_in(plan.beat, seconds, liking, self.viewer.taste, self.viewer.manners, self._random)
        self._plan(deeds)

    def _plan(self, deeds: Sequence[Deed]) -> None:
        loop = asyncio.get_running_loop()
        # timers of one moment have no order, but who pauses and resumes means to go on
        at_s = [max(0.0, deed.at_s) + number / 100.0 for number, deed in enumerate(deeds)]
        self._timers += [loop.call_later(at, self._act, deed.act) for at, deed in zip(at_s, deeds, strict=True)]

    def _end_scene(self) -> None:
        if self.seen and not self.seen[-1].seconds:
            self.seen[-1].seconds = asyncio.get_running_loop().time() - self.seen[-1].began_at_s

    def _decide(self, offered: ChoiceOffered) -> None:
        beat_id = self.seen[-1].beat.beat_id if self.seen else ""
        options = tuple(option for option, _ in offered.options)
        option_id = option_of(self.viewer, beat_id, options, Random(f"{self.viewer.number} {beat_id}"))
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(DECIDES_AFTER_S, self._act, ChoiceMade(offered.choice_id, option_id)))

    def _act(self, act: Act) -> None:
        if self.ended.is_set():
            return
        self.acts += 1
        task = asyncio.create_task(self._send(act))
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)

    async def _send(self, act: Act) -> None:
        now_s = self.session.around.clock.epoch_s()
        viewer_id = self.session.film.spec.viewer_id
        event_id = f"{self.session.session_id}-{self.acts:04}"
        await self.sessions.accept(PreferenceEvent(event_id, self.session.session_id, viewer_id, act, now_s, now_s))

    async def close(self) -> None:
        """Do nothing more."""
        for timer in self._timers:
            timer.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)


async def watch(
    sessions: Sessions, story_id: str, viewer: SimulatedViewer, minutes: float, arrives_s: float
) -> Watcher:
    """Come, watch a film to its end, go."""
    await asyncio.sleep(arrives_s)
    grant = await sessions.create(SessionSpec(story_id, "", planned_minutes=minutes))
    watcher = Watcher(viewer, sessions, grant.session)
    grant.session.attach(watcher)
    async with asyncio.timeout(PATIENCE * 60.0 * minutes):
        await watcher.ended.wait()
    await watcher.close()
    grant.session.detach(watcher)
    await sessions.drop(grant.session.session_id)
    return watcher
