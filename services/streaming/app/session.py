"""One viewer's session: plans scenes ahead, schedules takes, plays them, and answers each event with one receipt.

Owns its tasks and its film; talks to models, broker and store through ports only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.streaming.app.captions_told import CaptionsTold
from services.streaming.app.choices import Choices
from services.streaming.app.film import Film, ScenePlan, choice_id_of
from services.streaming.app.keeping import Keeping
from services.streaming.app.playout import Playout
from services.streaming.app.prospects import Prospects
from services.streaming.app.rehearsal import warm_places
from services.streaming.app.renders import Renders
from services.streaming.app.renditions import Renditions
from services.streaming.app.scene_asks import scene_ask, trunk_of
from services.streaming.app.scenes import MadeScene, SceneMaker
from services.streaming.app.silence import Silence
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.domain import timeline_messages as page
from services.streaming.domain.draw import draw_int
from services.streaming.domain.events import Receipt
from services.streaming.domain.identity import take_identity
from services.streaming.domain.journal import (
    BeatChosen,
    BeatDropped,
    ChoiceTaken,
    Ended,
    Entry,
    Held,
    Progress,
    SceneWritten,
    SessionRecord,
    TakeScheduled,
    VoiceReplaced,
)
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_SECOND, frames, up_to_grid
from services.streaming.domain.timeline import ScheduledTake
from services.streaming.domain.transitions import cut_to, left_behind
from services.streaming.ports import StoredEntry, Viewer

logger = logging.getLogger(__name__)

PROGRESS_EVERY_FRAMES = 24
PLAN_RETRY_S = 1.0
UNTOLD_LIMIT = 64


@dataclass(slots=True)
class SessionCounts:
    """What the metrics tell of a session."""

    model_lines: int = 0
    authored_lines: int = 0
    estimated_lines: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    dropped_beats: int = 0
    shots_left_out: int = 0
    receipts: dict[str, int] = field(default_factory=dict)


class Session:
    """Make it with a film (new or replayed), then `start()`; `close()` ends its tasks."""

    def __init__(self, record: SessionRecord, film: Film, around: Surroundings) -> None:
        self.record = record
        self.film = film
        self.around = around
        self.counts = SessionCounts()
        self.renditions = Renditions(around.ladder, around.takes, around.fingerprint, record.session_id)
        self.playout = Playout(
            film.timeline,
            around.takes,
            around.clock,
            on_take=self._on_take,
            on_hold=self._on_hold,
            on_resumed=self._announce_position,
            renditions=self.renditions,
            frame=up_to_grid(film.played_to),
        )
        self.renders = Renders(film, self.playout, self.renditions, around, record.session_id)
        self.seed = draw_int(film.spec.seed, "director") >> 33
        self._prospects = Prospects(film, self.playout, around, record.session_id, self.seed)
        self._maker = SceneMaker(around.models, self._count_estimated)
        self.choices = Choices(film, self.playout, around.policy.choice_margin_s, self._decide_choice)
        self._tasks: list[asyncio.Task[None]] = []
        self._planning: asyncio.Task[None] | None = None
        self._plan_lock = asyncio.Lock()
        self._plan_not_before_s = 0.0
        self._untold: deque[Receipt] = deque(maxlen=UNTOLD_LIMIT)
        self._changed = asyncio.Event()
        self._shot_told = ""
        self._silence = Silence(film, record.session_id)
        self._keeping = Keeping(record.session_id, film, around, self._silence)
        self._captions = CaptionsTold(self.tell)
        self.failed = False

    @property
    def session_id(self) -> str:
        """Id of the session."""
        return self.record.session_id

    @property
    def state(self) -> str:
        """ "ready" (nobody watches), "playing", "paused" or "ended"."""
        if self.film.ended:
            return "ended"
        if not self.playout.playing:
            return "paused"
        return "playing" if self.playout.viewers else "ready"

    def start(self) -> None:
        """Begin to plan and, when someone watches, to play."""
        self._drop_unwritten()
        self._tasks = [
            asyncio.create_task(self._direct(), name=f"direct {self.session_id}"),
            asyncio.create_task(self._keeping.keep(), name=f"journal {self.session_id}"),
            asyncio.create_task(warm_places(self.film.story, self.around), name=f"warm {self.session_id}"),
        ]
        if not self.film.ended:
            self._tasks.append(asyncio.create_task(self._play(), name=f"play {self.session_id}"))
        for task in self._tasks:
            task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            self.failed = True
            logger.error("session %s: %s failed", self.session_id, task.get_name(), exc_info=failure)

    async def close(self) -> None:
        """End the tasks and write what is left of the journal."""
        tasks = [*self._tasks, *([self._planning] if self._planning is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks = []
        self.around.takes.drop_all(self.session_id)
        self._prospects.withdraw()
        await self.flush()

    def attach(self, viewer: Viewer) -> None:
        """Someone watches from the next chunk on."""
        self.playout.attach(viewer)
        self._shot_told = ""
        viewer.tell(page.Hello(self.session_id, self.playout.frame, self.film.story.title))
        self.choices.greet(viewer)
        for receipt in self._untold:
            viewer.tell(receipt)
        self._untold.clear()
        if self.film.ended:
            viewer.tell(page.Ended(self.film.plans[-1].beat.title if self.film.plans else self.film.story.title))
        self._changed.set()

    def detach(self, viewer: Viewer) -> None:
        """Someone has gone; the place is kept."""
        self.playout.detach(viewer)
        self.choices.bid_farewell()
        if not self.playout.viewers:
            self._silence.gone()
            self.write(Progress(self.playout.frame))

    def tell(self, message: page.TimelineMessage) -> None:
        """Tell everyone who watches."""
        for viewer in self.playout.viewers:
            viewer.tell(message)

    def tell_receipt(self, receipt: Receipt) -> None:
        """Tell of a receipt, now or when someone watches again."""
        if self.playout.viewers:
            self.tell(receipt)
        else:
            self._untold.append(receipt)

    def wake(self) -> None:
        """Look at once at what there is to plan and schedule."""
        self._changed.set()

    # --- journal -------------------------------------------------------------------------------------------------

    def stamp(self, entry: Entry) -> StoredEntry:
        """As `Keeping.stamp`."""
        return self._keeping.stamp(entry)

    def write(self, entry: Entry) -> None:
        """As `Keeping.write`."""
        self._keeping.write(entry)

    def _decide_choice(self, taken: ChoiceTaken) -> None:
        self.write(taken)
        self._changed.set()

    async def flush(self, last: Sequence[StoredEntry] = (), event_id: str = "") -> None:
        """As `Keeping.flush`."""
        await self._keeping.flush(last, event_id)

    # --- directing -----------------------------------------------------------------------------------------------

    async def _direct(self) -> None:
        while True:
            if self.film.ended:
                return
            if self.playout.frame - self.film.played_to >= PROGRESS_EVERY_FRAMES:
                self.write(Progress(self.playout.frame))
            self.choices.tend()
            self._leave_out_refused()
            self._plan_ahead()
            self.schedule_ahead()
            self.renders.prepare_ahead()
            self.renders.drop_left()
            self._prospects.propose()
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await self._changed.wait()

    @property
    def seconds_ahead(self) -> float:
        """Playing time that is scheduled or planned."""
        pending = sum(plan.frames_left for plan in self.film.plans)
        return (max(0, self.film.timeline.end_frame - self.playout.frame) + pending) / FRAMES_PER_SECOND

    def _plan_ahead(self) -> None:
        film = self.film
        if not self._collect_plan():
            return
        if film.canon.over:
            self.playout.ended = not any(plan.frames_left for plan in film.plans)
            return
        last = film.plans[-1] if film.plans else None
        if last is not None and last.awaits_choice:
            return
        rested = self.around.clock.monotonic_s() >= self._plan_not_before_s
        # One scene is always ahead: who skips does not wait for it, and who reacts has it chosen anew.
        ahead = any(not plan.begun for plan in film.plans) and self.seconds_ahead >= self.around.policy.lookahead_s
        if rested and not ahead:
            self._planning = asyncio.create_task(self.plan_next(), name=f"plan {self.session_id}")
            self._planning.add_done_callback(lambda _: self._changed.set())

    def _collect_plan(self) -> bool:
        """Whether nothing is being planned and what was planned last was made."""
        if self._planning is None:
            return True
        if not self._planning.done():
            return False
        failure = None if self._planning.cancelled() else self._planning.exception()
        self._planning = None
        if failure is not None:
            self._plan_again(failure)
        return failure is None

    def _plan_again(self, failure: BaseException) -> None:
        logger.error("session %s: a scene could not be made", self.session_id, exc_info=failure)
        self._drop_unwritten()
        self._plan_not_before_s = self.around.clock.monotonic_s() + PLAN_RETRY_S

    def _drop_unwritten(self) -> None:
        """A beat whose scene was never made, because its making failed or was cut off, has not been told."""
        chosen = self.film.last_chosen
        if chosen is not None and (not self.film.plans or self.film.plans[-1].beat.beat_id != chosen.beat_id):
            self.write(BeatDropped(chosen.beat_id))

    async def plan_next(self, in_a_hurry: bool = False) -> None:
        """Choose the next beat and make its scene; one at a time, whoever asks."""
        async with self._plan_lock:
            await self._plan_next(in_a_hurry)

    async def _plan_next(self, in_a_hurry: bool) -> None:
        film, policy = self.film, self.around.policy
        before = film.canon
        words_by_s = 0.0 if in_a_hurry else self._time_for_words(policy)
        trunk = trunk_of(film, self.around.scenes, before, film.plans, words_by_s, policy.shared_bound)
        decision = film.choose_next(self.playout.frame, self.seed, trunk)
        if decision is None:
            raise RuntimeError(f"story {film.story.story_id}: nothing can follow {before.played}")
        self._maker.hurry.clear()
        ask = scene_ask(film, decision.beat, before, film.plans, words_by_s)
        self.around.scenes.counts.chosen(decision.liking_lost)
        self._prospects.chosen(ask)
        self.write(BeatChosen(decision.beat.beat_id, decision.terms[:8], decision.why))
        made = await self.around.scenes.make(ask, self._maker)
        self._count_lines(made)
        self._add(made)

    def _time_for_words(self, policy: SessionPolicy) -> float:
        return min(policy.words_limit_s, self.seconds_ahead - policy.planning_margin_s)

    def _add(self, made: MadeScene) -> None:
        for asked, used in made.replaced:
            self.write(VoiceReplaced(asked, used))
        self.write(SceneWritten(made.scene, -1))
        plan = self.film.plans[-1]
        plan.brief = made.brief
        if len(plan.options) == 1:
            self.write(ChoiceTaken(choice_id_of(plan.scene), plan.options[0].option_id, by_viewer=False))
        self._changed.set()

    async def rethink(self) -> bool:
        """Choose the next beat anew if it has not begun and another one suits better now. True when it changed."""
        film = self.film
        last = film.plans[-1] if film.plans else None
        planning = self._planning is not None and not self._planning.done()
        if film.before_last is None or last is None or (not planning and (last.begun or len(film.plans) < 2)):
            return False
        if film.last_chosen is None or self.seconds_until_next_scene < self.around.policy.planning_margin_s + 2.0:
            return False
        policy, told = self.around.policy, [plan for plan in film.plans if plan.begun]
        trunk = trunk_of(film, self.around.scenes, film.before_last, told, policy.words_limit_s, policy.shared_bound)
        decision = film.choose_anew(self.playout.frame, self.seed, trunk)
        if decision is None or decision.beat.beat_id == film.last_chosen.beat_id:
            return False
        await self.stop_planning()
        self.write(BeatDropped(film.last_chosen.beat_id))
        self.counts.dropped_beats += 1
        self._changed.set()
        return True

    async def stop_planning(self) -> None:
        """Give up the scene that is being made."""
        if self._planning is not None:
            self._planning.cancel()
            await asyncio.gather(self._planning, return_exceptions=True)
            self._planning = None

    async def plan_in_a_hurry(self, patience_s: float) -> None:
        """Make the next scene without waiting for the Writer; one that is being made goes on with authored words."""
        self._collect_plan()
        if self._planning is None:
            self._planning = asyncio.create_task(self.plan_next(in_a_hurry=True), name=f"plan {self.session_id}")
        self._maker.hurry.set()
        await asyncio.wait([self._planning], timeout=patience_s)

    @property
    def seconds_until_next_scene(self) -> float:
        """Playing time until the scene after the one that plays."""
        begun = [plan for plan in self.film.plans if plan.begun]
        pending = begun[-1].frames_left if begun else 0
        return (max(0, self.film.timeline.end_frame - self.playout.frame) + pending) / FRAMES_PER_SECOND

    def schedule_ahead(self) -> None:
        """Put planned shots on the timeline and have them rendered, as far as the horizon reaches."""
        film, horizon = self.film, frames(self.around.policy.horizon_s)
        while film.timeline.end_frame - self.playout.frame < horizon:
            plan = next((plan for plan in film.plans if plan.frames_left), None)
            if plan is None:
                break
            self.schedule_shot(plan, max(film.timeline.end_frame, up_to_grid(self.playout.frame)))
        self.renders.want_scheduled(horizon)

    def schedule_shot(self, plan: ScenePlan, first_frame: int) -> ScheduledTake:
        """Put the scene's next shot on the timeline at a frame."""
        planned = plan.scene.shots[plan.next_shot]
        order = self.order_for(planned.shot_id, plan, first_frame)
        take_id = take_identity(order, self.around.fingerprint)
        self.write(TakeScheduled(planned.shot_id, take_id, order, first_frame, 0))
        scheduled = self.film.timeline.at(first_frame)
        if scheduled is None:
            raise RuntimeError("a scheduled take is not on the timeline")
        return scheduled

    def order_for(self, shot_id: str, plan: ScenePlan, first_frame: int, straight: bool = False) -> TakeOrder:
        """What is rendered if the shot's first frame plays at a session frame. straight: cut to it in any case."""
        planned = plan.shot(shot_id)
        if planned is None:
            raise KeyError(shot_id)
        keys = self.film.look.settled(first_frame).keys(first_frame, planned.shot.frame_count)
        left = self.film.timeline.at(first_frame - 1)
        shot = cut_to(planned.shot) if straight else planned.shot
        if left is not None:
            shot = left_behind(shot, left.order.shot, left.frame_of_take(first_frame))
        return TakeOrder(shot, keys, self.around.rendition, self.film.calm)

    def _leave_out_refused(self) -> None:
        """A shot that cannot be rendered is left out, so that the film goes on without it."""
        for scheduled in self.film.timeline.takes:
            if scheduled.first_frame < self.playout.frame:
                continue
            take = self.around.takes.take(scheduled.take_id)
            plan = self.film.plan_of(scheduled.shot_id) if take is not None and take.refused else None
            if take is None or plan is None:
                continue
            logger.error("session %s goes on without shot %s: %s", self.session_id, scheduled.shot_id, take.refused)
            self.film.unschedule(scheduled.first_frame)
            left = tuple(planned for planned in plan.scene.shots if planned.shot_id != scheduled.shot_id)
            self.counts.shots_left_out += 1
            self.write(SceneWritten(replace(plan.scene, shots=left), plan.start_frame))
            return

    # --- playing -------------------------------------------------------------------------------------------------

    async def _play(self) -> None:
        await self.playout.run(self._end)

    async def _end(self) -> None:
        plan = self.film.plans[-1]
        self.write(Ended(plan.beat.beat_id, plan.beat.title))
        self.tell(page.Ended(plan.beat.title))
        self._changed.set()

    def _on_take(self, scheduled: ScheduledTake) -> None:
        self.film.timeline.forget_before(self.playout.frame - frames(60.0))
        plan = self.film.plan_of(scheduled.shot_id)
        if plan is None:
            return
        if self._shot_told != scheduled.shot_id or scheduled.take_frame == 0:
            self._shot_told = scheduled.shot_id
            self._silence.shown(plan)
            self._captions.begin(plan.scene.scene_id, scheduled.first_frame)
            self.tell(
                page.ShotStarted(
                    scheduled.shot_id,
                    plan.scene.scene_id,
                    plan.scene.title,
                    plan.scene.place_name,
                    scheduled.first_frame,
                    scheduled.take_id,
                )
            )
            self._tell_captions(scheduled, plan)

    def _tell_captions(self, scheduled: ScheduledTake, plan: ScenePlan) -> None:
        planned = plan.shot(scheduled.shot_id)
        base = scheduled.first_frame - scheduled.take_frame
        cues = [
            page.CaptionCue(cue.cue_id, cue.speaker, cue.text, base + cue.start_frame, base + cue.end_frame, cue.sound)
            for cue in (planned.captions if planned is not None else ())
        ]
        self._captions.tell(cue for cue in cues if cue.end_frame > self.playout.frame)

    def _announce_position(self) -> None:
        """After a pause frames have other RTP timestamps: tell anew what was told for frames not yet played."""
        self.tell(page.Hello(self.session_id, self.playout.frame, self.film.story.title))
        scheduled = self.film.timeline.at(self.playout.frame)
        plan = self.film.plan_of(scheduled.shot_id) if scheduled is not None else None
        if scheduled is not None and plan is not None:
            self._tell_captions(scheduled, plan)

    def _on_hold(self, frame: int, frame_count: int, take_id: str) -> None:
        if frame_count == 0:
            self.tell(page.Hold(active=False))
            self._announce_position()
            return
        # The timeline has made room already; the journal repeats it for a replay.
        self._keeping.note(Held(frame, frame_count, take_id))
        self.tell(page.Hold(active=True))
        self._changed.set()

    # --- counting ------------------------------------------------------------------------------------------------

    def _count_estimated(self) -> None:
        self.counts.estimated_lines += 1

    def _count_lines(self, made: MadeScene) -> None:
        for line in made.written:
            if line.source == "model":
                self.counts.model_lines += 1
            else:
                self.counts.authored_lines += 1
            if line.refusal:
                self.counts.refusals[line.refusal] = self.counts.refusals.get(line.refusal, 0) + 1
