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
from services.streaming.app.film import Film, ScenePlan, choice_id_of
from services.streaming.app.playout import Playout
from services.streaming.app.renders import Renders
from services.streaming.app.renditions import Renditions
from services.streaming.app.scenes import MadeScene, SceneAsk, SceneMaker
from services.streaming.app.silence import Silence
from services.streaming.app.surroundings import SessionPolicy, Surroundings
from services.streaming.app.voting import Vote
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


@dataclass(slots=True)
class _OpenChoice:
    choice_id: str
    closes_at_frame: int
    offered: page.ChoiceOffered
    vote: Vote


class Session:
    """Make it with a film (new or replayed), then `start()`; `close()` ends its tasks."""

    def __init__(self, record: SessionRecord, film: Film, around: Surroundings) -> None:
        self.record = record
        self.film = film
        self.around = around
        self.counts = SessionCounts()
        self.renditions = Renditions(around.ladder, around.takes, around.fingerprint)
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
        self._maker = SceneMaker(around.models, self._count_estimated)
        self._journal: list[StoredEntry] = []
        self._journal_lock = asyncio.Lock()
        self._journal_news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._planning: asyncio.Task[None] | None = None
        self._plan_lock = asyncio.Lock()
        self._plan_not_before_s = 0.0
        self._untold: deque[Receipt] = deque(maxlen=UNTOLD_LIMIT)
        self._changed = asyncio.Event()
        self._choice: _OpenChoice | None = None
        self._shot_told = ""
        self._silence = Silence(film, record.session_id)
        self._captions = CaptionsTold(self.tell)
        self.failed = False
        self.seed = draw_int(film.spec.seed, "director") >> 33

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
            asyncio.create_task(self._keep_journal(), name=f"journal {self.session_id}"),
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
        await self.flush()

    def attach(self, viewer: Viewer) -> None:
        """Someone watches from the next chunk on."""
        self.playout.attach(viewer)
        self._shot_told = ""
        viewer.tell(page.Hello(self.session_id, self.playout.frame, self.film.story.title))
        if self._choice is not None:
            viewer.tell(self._choice.offered)
        for receipt in self._untold:
            viewer.tell(receipt)
        self._untold.clear()
        if self.film.ended:
            viewer.tell(page.Ended(self.film.plans[-1].beat.title if self.film.plans else self.film.story.title))
        self._changed.set()

    def detach(self, viewer: Viewer) -> None:
        """Someone has gone; the place is kept."""
        self.playout.detach(viewer)
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
        """Give an entry its number and let it have its effect; it must be stored by `write` or with an event."""
        stored = StoredEntry(self.film.next_sequence, self.around.clock.epoch_s(), entry)
        self.film.next_sequence += 1
        self.film.apply(entry)
        return stored

    def write(self, entry: Entry) -> None:
        """Decide something: it takes effect now and is stored within a moment, in order."""
        self._journal.append(self.stamp(entry))
        self._journal_news.set()

    async def flush(self, last: Sequence[StoredEntry] = (), event_id: str = "") -> None:
        """Store everything written so far; with an event id, its end in the outbox in the same transaction.

        It is done in any case, even if the caller is cancelled; what the store does not take is kept for the next time.
        """
        storing = asyncio.create_task(self._store(last, event_id), name=f"store {self.session_id}")
        await asyncio.shield(storing)

    async def _store(self, last: Sequence[StoredEntry], event_id: str) -> None:
        async with self._journal_lock:
            written, self._journal = self._journal, []
            entries = [*written, *last]
            store = self.around.store
            try:
                if event_id:
                    await store.decide(self.session_id, entries, event_id, self.film.spec.viewer_id, self.film.taste)
                else:
                    if entries:
                        await store.append(self.session_id, entries)
                    if self._silence.unsaved:
                        await store.keep_taste(self.film.spec.viewer_id, self.film.taste)
                self._silence.unsaved = False
            except BaseException:
                self._journal = [*written, *self._journal]
                raise
            for stored in entries:
                self.around.bus.publish_entry(self.session_id, stored.sequence, stored.recorded_at_s, stored.entry)

    async def _keep_journal(self) -> None:
        while True:
            await self._journal_news.wait()
            self._journal_news.clear()
            await asyncio.sleep(0.1)
            await self.flush()

    # --- directing -----------------------------------------------------------------------------------------------

    async def _direct(self) -> None:
        while True:
            if self.film.ended:
                return
            if self.playout.frame - self.film.played_to >= PROGRESS_EVERY_FRAMES:
                self.write(Progress(self.playout.frame))
            self._tend_choice()
            self._leave_out_refused()
            self._plan_ahead()
            self.schedule_ahead()
            self.renders.prepare_ahead()
            self.renders.drop_left()
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
        decision = film.choose_next(self.playout.frame, self.seed)
        if decision is None:
            raise RuntimeError(f"story {film.story.story_id}: nothing can follow {before.played}")
        first = not film.plans
        self._maker.hurry.clear()
        place_before = film.plans[-1].beat.place if film.plans else ""
        ask = SceneAsk(
            scene_id=f"s{film.scene_count}",
            story=film.story,
            beat=decision.beat,
            canon=before,
            taste=film.taste,
            manner=film.manner,
            seed=draw_int(0, film.story.story_id, decision.beat.beat_id) >> 33,
            first=first,
            new_place=decision.beat.place != place_before,
            previous=film.score,
            said=tuple(film.said),
            described=film.spec.described,
            words_by_s=0.0 if first or in_a_hurry else self._time_for_words(policy),
        )
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
        decision = film.choose_anew(self.playout.frame, self.seed)
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

    def order_for(self, shot_id: str, plan: ScenePlan, first_frame: int) -> TakeOrder:
        """What is rendered if the shot's first frame plays at a session frame."""
        planned = plan.shot(shot_id)
        if planned is None:
            raise KeyError(shot_id)
        keys = self.film.look.keys(first_frame, planned.shot.frame_count)
        return TakeOrder(planned.shot, keys, self.around.rendition, self.film.calm)

    def _leave_out_refused(self) -> None:
        """A shot that cannot be rendered is left out, so that the film goes on without it."""
        for scheduled in self.film.timeline.takes:
            take = self.around.takes.take(scheduled.take_id)
            plan = self.film.plan_of(scheduled.shot_id)
            if scheduled.first_frame < self.playout.frame or take is None or not take.refused or plan is None:
                continue
            logger.error("session %s goes on without shot %s: %s", self.session_id, scheduled.shot_id, take.refused)
            self.film.unschedule(scheduled.first_frame)
            left = tuple(planned for planned in plan.scene.shots if planned.shot_id != scheduled.shot_id)
            self.counts.shots_left_out += 1
            self.write(SceneWritten(replace(plan.scene, shots=left), plan.start_frame))
            return

    # --- choices -------------------------------------------------------------------------------------------------

    def _tend_choice(self) -> None:
        frame = self.playout.frame
        if self._choice is not None:
            if frame >= self._choice.closes_at_frame:
                self.take_option(self._choice.vote.winner, by_viewer=bool(self._choice.vote.votes))
            return
        plan = self.film.playing(frame)
        missed = self._missed_choice()
        if missed is not None:
            self._take_default(missed)
        if plan is None or not plan.awaits_choice or plan.beat.choice is None or not self.playout.viewers:
            return
        margin_s = self.around.policy.choice_margin_s
        left_s = self._seconds_left(plan)
        if left_s > plan.beat.choice.countdown_s + margin_s:
            return
        countdown_s = round(min(plan.beat.choice.countdown_s, max(4.0, left_s - margin_s)), 1)
        default = next((option for option in plan.options if option.default), plan.options[0])
        offered = page.ChoiceOffered(
            choice_id_of(plan.scene),
            plan.beat.choice.prompt,
            tuple((option.option_id, option.label) for option in plan.options),
            countdown_s,
            default.option_id,
        )
        closes_at = frame + frames(countdown_s)
        self._choice = _OpenChoice(offered.choice_id, closes_at, offered, Vote(default.option_id))
        self.tell(offered)

    def _seconds_left(self, plan: ScenePlan) -> float:
        scheduled = [take for take in self.film.timeline.takes if self.film.plan_of(take.shot_id) is plan]
        end = scheduled[-1].end_frame if scheduled else self.playout.frame
        return (end - self.playout.frame + plan.frames_left) / FRAMES_PER_SECOND

    @property
    def open_choice_id(self) -> str:
        """Id of the choice that is offered now, "" when there is none."""
        return self._choice.choice_id if self._choice is not None else ""

    def offers(self, option_id: str) -> bool:
        """Whether the open choice has the option."""
        return self._choice is not None and any(option == option_id for option, _ in self._choice.offered.options)

    def vote(self, viewer_id: str, option_id: str) -> bool:
        """Count a vote on the open choice; True when that decided it."""
        if self._choice is None:
            return False
        self._choice.vote.cast(viewer_id, option_id)
        if not self._choice.vote.decided(max(1, len(self.playout.viewers))):
            return False
        self.take_option(self._choice.vote.winner, by_viewer=True)
        return True

    def take_option(self, option_id: str, by_viewer: bool) -> None:
        """Close the open choice."""
        if self._choice is None:
            return
        self.write(ChoiceTaken(self._choice.choice_id, option_id, by_viewer))
        self.tell(page.ChoiceClosed(self._choice.choice_id, option_id))
        self._choice = None
        self._changed.set()

    def close_choice(self) -> None:
        """Close an open choice by its default; a choice not yet offered is decided too, because the scene ends."""
        if self._choice is not None:
            self.take_option(self._choice.vote.winner, by_viewer=bool(self._choice.vote.votes))
            return
        plan = self.film.playing(self.playout.frame)
        if plan is not None and plan.awaits_choice:
            self._take_default(plan)

    def _take_default(self, plan: ScenePlan) -> None:
        default = next((option for option in plan.options if option.default), plan.options[0])
        self.write(ChoiceTaken(choice_id_of(plan.scene), default.option_id, by_viewer=False))

    def _missed_choice(self) -> ScenePlan | None:
        """The scene whose choice can never be offered, because nothing of it is left to be shown."""
        last = self.film.plans[-1] if self.film.plans else None
        if last is None or not last.awaits_choice or last.frames_left:
            return None
        to_come = [take for take in self.film.timeline.takes if take.end_frame > self.playout.frame]
        return None if any(self.film.plan_of(take.shot_id) is last for take in to_come) else last

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
            page.CaptionCue(
                cue.cue_id, cue.speaker, cue.text, base + cue.start_frame, base + cue.end_frame, cue.sound
            )
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
        self._journal.append(
            StoredEntry(self.film.next_sequence, self.around.clock.epoch_s(), Held(frame, frame_count, take_id))
        )
        self.film.next_sequence += 1
        self._journal_news.set()
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
