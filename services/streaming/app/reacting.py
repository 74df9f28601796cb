"""How a session answers preference events: learns, decides how deep to react, and gives each event one receipt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.streaming.app.film import ScenePlan, turned
from services.streaming.app.restyling import RESTYLE_LEAD_FRAMES, Restyler
from services.streaming.app.session import Session
from services.streaming.app.wish_reading import WishReading
from services.streaming.domain.events import (
    Calm,
    ChoiceMade,
    Depth,
    Dial,
    FreeText,
    Outcome,
    Pause,
    PreferenceEvent,
    Receipt,
    Resume,
    Rewind,
    Skip,
)
from services.streaming.domain.identity import take_identity
from services.streaming.domain.journal import EventDecided, TakeScheduled
from services.streaming.domain.lessons import learn
from services.streaming.domain.look import Look
from services.streaming.domain.promise import NO_PROMISE
from services.streaming.domain.reactions import Reaction, react
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.story import Beat
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND, up_to_grid
from services.streaming.domain.timeline import ScheduledTake
from services.streaming.ports import ModelUnavailable, StoredEntry

logger = logging.getLogger(__name__)

FIRST_FORK_LEAD_FRAMES = 3
LEAST_FORK_LEAD_FRAMES = 2
MOST_FORK_LEAD_FRAMES = 5
LEAD_SHARE = 0.8
REWIND_LEAD_FRAMES = 6
FORK_PATIENCE_S = 2.5
SKIP_PATIENCE_S = 8.0
SKIP_BUFFER_FRAMES = FRAMES_PER_CHUNK
GUARD_PATIENCE_S = 3.0
QUEUE_LIMIT = 256


@dataclass(frozen=True, slots=True)
class _Arrived:
    event: PreferenceEvent
    consumed_at_s: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the receipt will say."""

    outcome: Outcome
    depth: Depth
    changed: tuple[str, ...] = ()
    why: str = ""
    first_frame: int | None = None
    merged_into: str = ""
    rendered_at_s: float = 0.0


class Reactor:
    """Serves one session's events in order, those that wait together as one; `run()` until cancelled."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._queue: asyncio.Queue[_Arrived] = asyncio.Queue(QUEUE_LIMIT)
        self._lead = FIRST_FORK_LEAD_FRAMES
        self._under_way: set[str] = set()
        self._restyler = Restyler(session)
        self.wishes = WishReading(session)

    async def offer(self, event: PreferenceEvent, consumed_at_s: float) -> None:
        """Take an event in; waits while too many wait already, so that the broker keeps them."""
        if event.event_id in self._under_way:
            return
        self._under_way.add(event.event_id)
        if await self._session.around.store.decided(event.event_id):
            self._under_way.discard(event.event_id)
            return
        await self._queue.put(_Arrived(event, consumed_at_s))

    async def run(self) -> None:
        """Answer events until cancelled."""
        try:
            while True:
                batch = [await self._queue.get()]
                while not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                await self._answer_all(batch)
        finally:
            await self._restyler.close()
            await self.wishes.close()

    async def _answer_all(self, batch: Sequence[_Arrived]) -> None:
        newest_dial = {a.event.act.name: a.event.event_id for a in batch if isinstance(a.event.act, Dial)}
        visible: list[tuple[_Arrived, Reaction]] = []
        for arrived in batch:
            act = arrived.event.act
            if isinstance(act, Dial) and newest_dial[act.name] != arrived.event.event_id:
                self._learn(arrived.event)
                merged = _Answer(
                    Outcome.MERGED, Depth.NONE, (), "a newer setting took its place", None, newest_dial[act.name]
                )
                await self._decide(arrived, merged)
                continue
            refusal = await self._refusal(arrived.event)
            if refusal is not None:
                await self._decide(arrived, refusal)
                continue
            reaction = react(arrived.event, self._beat())
            self._learn(arrived.event)
            self.wishes.read(arrived.event)
            if reaction.look is not None or isinstance(act, Calm):
                visible.append((arrived, reaction))
            else:
                await self._decide(arrived, await self._act(arrived.event, reaction))
        if visible:
            await self._change_look(visible)

    def _beat(self) -> Beat | None:
        plan = self._session.film.playing(self._session.playout.frame)
        return plan.beat if plan is not None else None

    def _learn(self, event: PreferenceEvent) -> None:
        film, frame = self._session.film, self._session.playout.frame
        promise = film.promise(event.act.option_id, frame) if isinstance(event.act, ChoiceMade) else NO_PROMISE
        lesson = learn(
            event, film.taste, film.mood, film.moment(frame), film.story, frame, appeal=film.appeal, promise=promise
        )
        film.taste = lesson.taste

    async def _refusal(self, event: PreferenceEvent) -> _Answer | None:
        if self._session.film.ended:
            return _Answer(Outcome.EXPIRED, Depth.NONE, (), "the film is over")
        if isinstance(event.act, ChoiceMade):
            if event.act.choice_id != self._session.choices.open_id:
                return _Answer(Outcome.EXPIRED, Depth.NONE, (), "that choice is closed")
            if not self._session.choices.offers(event.act.option_id):
                return _Answer(Outcome.REFUSED, Depth.NONE, (), "the choice has no such option")
        if isinstance(event.act, FreeText):
            return await self._judge(event.act.text)
        return None

    async def _judge(self, text: str) -> _Answer | None:
        guard = self._session.around.models.guard
        try:
            async with asyncio.timeout(GUARD_PATIENCE_S):
                verdict = await guard.judge_text(text, self._session.film.spec.age_band)
        except (ModelUnavailable, TimeoutError) as error:
            logger.warning("free text could not be judged: %s", error)
            return _Answer(
                Outcome.REFUSED, Depth.NONE, (), "your words could not be checked just now; please try again"
            )
        if verdict.allowed:
            return None
        return _Answer(Outcome.REFUSED, Depth.NONE, (), " ".join(verdict.reasons) or "this cannot be part of the film")

    async def _act(self, event: PreferenceEvent, reaction: Reaction) -> _Answer:
        match event.act:
            case Pause():
                self._session.playout.pause()
            case Resume():
                self._session.playout.resume()
            case Skip():
                return await self._skip(reaction)
            case Rewind():
                return self._rewind(reaction)
            case ChoiceMade(_, option_id):
                if self._session.choices.vote(event.viewer_id, option_id):
                    return self._story_answer(reaction)
                return _Answer(Outcome.DEFERRED, Depth.STORY, (), "your vote counts when all have voted or time is up")
            case FreeText():
                await self._session.rethink()
                return self._story_answer(reaction)
        return _Answer(Outcome.APPLIED, reaction.depth, reaction.changed, reaction.why)

    def _story_answer(self, reaction: Reaction) -> _Answer:
        session = self._session
        ahead = round(session.seconds_until_next_scene * FRAMES_PER_SECOND)
        return _Answer(
            Outcome.APPLIED, Depth.STORY, reaction.changed, reaction.why, up_to_grid(session.playout.frame + ahead)
        )

    # --- look: from the next frames ------------------------------------------------------------------------------

    async def _change_look(self, visible: Sequence[tuple[_Arrived, Reaction]]) -> None:
        session = self._session
        look, calm, manner = session.film.look, session.film.calm, session.film.manner
        at = self._fork_frame()
        for arrived, reaction in visible:
            if reaction.look is not None:
                look = look.with_change(replace(reaction.look, first_frame=at))
            if isinstance(arrived.event.act, Calm):
                calm = arrived.event.act.on
            if isinstance(arrived.event.act, Dial):
                manner = turned(manner, arrived.event.act)
        first_frame = await self._fork(look, calm, at)
        rendered_at_s = session.around.clock.epoch_s()
        outcome = Outcome.APPLIED if first_frame is not None else Outcome.DEFERRED
        # A nearer shot could not be rendered anew in time either.
        next_cut = session.film.timeline.next_cut(session.playout.frame + RESTYLE_LEAD_FRAMES - 1)
        if first_frame is None:
            for take in session.film.unschedule(next_cut):
                session.around.takes.drop(take.take_id)
        # All of them count before anything is scheduled again, so the first is not stored before the last is decided.
        decided = [
            self._decided(
                arrived,
                _Answer(
                    outcome,
                    Depth.GRADE if first_frame is not None else Depth.SHOT,
                    reaction.changed,
                    reaction.why
                    if first_frame is not None
                    else f"{reaction.why}; the picture answers from the next shot",
                    first_frame if first_frame is not None else next_cut,
                    "",
                    rendered_at_s,
                ),
            )
            for arrived, reaction in visible
        ]
        for receipt, entry in decided:
            await self._conclude(receipt, entry)
        if any(reaction.restyle for _, reaction in visible):
            self._restyler.request()
        if any(reaction.rethink for _, reaction in visible):
            await session.rethink()

    def _fork_frame(self) -> int:
        """The first frame that a new look can reach; a skip or rewind that is due before it is not undone by it."""
        timeline = self._session.film.timeline
        at = self._session.playout.frame + self._lead
        current = timeline.at(at)
        following = next(iter(timeline.following(at)), None)
        if current is None or following is None or following.first_frame != current.end_frame:
            return at
        jumps = current.frame_of_take(current.end_frame) < current.order.shot.frame_count
        goes_on = following.shot_id == current.shot_id and following.frame_of_take(0) == current.frame_of_take(0)
        return following.first_frame if jumps and not goes_on else at

    async def _fork(self, look: Look, calm: bool, at: int) -> int | None:
        """Splice a take with the new look into the running one, or into the next where the shot ends before it is
        there; the first changed frame, None if there was no time."""
        session = self._session
        until_s = session.around.clock.monotonic_s() + FORK_PATIENCE_S
        while session.playout.viewers and session.around.clock.monotonic_s() < until_s:
            current = session.film.timeline.at(at)
            if current is None:
                # the film holds there, or all that is scheduled ends before
                later = session.film.timeline.following(at)
                if not later:
                    return None
                at = later[0].first_frame
                continue
            base = current.first_frame - current.take_frame
            keys = look.settled(base).keys(base, current.order.shot.frame_count)
            order = TakeOrder(current.order.shot, keys, current.order.rendition, calm)
            take_id = take_identity(order, session.around.fingerprint)
            first_frame = await self._entry(current, take_id, order, at, until_s)
            if first_frame is not None:
                self._begin(current, take_id, order, first_frame, first_frame - base)
                return first_frame
            session.around.takes.drop(take_id)
            at = current.end_frame
        return None

    async def _entry(
        self, current: ScheduledTake, take_id: str, order: TakeOrder, at: int, until_s: float
    ) -> int | None:
        """The frame at which the fork is entered: the one asked for, or that which is next when the fork is drawn so
        far. None when patience or the shot ends."""
        session = self._session
        clock, takes, playout = session.around.clock, session.around.takes, session.playout
        base = current.first_frame - current.take_frame
        asked_s = clock.monotonic_s()
        take = takes.want(take_id, order, at - base, playout.position_s(at), fork=True, passing=playout.playing)
        while session.playout.viewers and clock.monotonic_s() < until_s and not take.refused:
            frame = max(at, playout.frame)
            if frame >= current.end_frame:
                return None
            entry = take.entry_from(frame - base)
            if entry is not None and base + entry < current.end_frame:
                self._adapt(clock.monotonic_s() - asked_s)
                return base + entry
            await takes.changes(1.0 / FRAMES_PER_SECOND)
        return None

    def _begin(self, current: ScheduledTake, take_id: str, order: TakeOrder, first_frame: int, take_frame: int) -> None:
        """Let a take play from a frame on; what was scheduled after it is scheduled anew with the new look."""
        before = tuple(self._session.film.timeline.takes)
        self._session.write(TakeScheduled(current.shot_id, take_id, order, first_frame, take_frame))
        self._session.renders.drop_stale(before)
        self._session.wake()

    def _adapt(self, took_s: float) -> None:
        """Half of what was learned before stays. A lead that is too short costs nothing but a few pictures that are
        drawn and sent to be passed over; one that is too long is waited for."""
        wanted = 0.5 * (self._lead + LEAD_SHARE * took_s * FRAMES_PER_SECOND)
        self._lead = min(MOST_FORK_LEAD_FRAMES, max(LEAST_FORK_LEAD_FRAMES, round(wanted)))

    # --- story: from the next beat -------------------------------------------------------------------------------

    async def _skip(self, reaction: Reaction) -> _Answer:
        session = self._session
        film = session.film
        current = film.playing(session.playout.frame)
        session.choices.close()
        following = await self._following(current)
        if following is None:
            return _Answer(
                Outcome.DEFERRED, Depth.STORY, reaction.changed, "the film is near its end", film.timeline.end_frame
            )
        entry_frame = session.playout.frame + FRAMES_PER_CHUNK
        order = session.order_for(following.scene.shots[0].shot_id, following, entry_frame, straight=True)
        take_id = take_identity(order, session.around.fingerprint)
        takes = session.around.takes
        needed_at_s = session.playout.position_s(session.playout.frame + FRAMES_PER_CHUNK)
        take = takes.want(take_id, order, 0, needed_at_s, fork=True)
        # Its first half second with its sound; the next is being drawn by then, and drawing is faster than playing.
        there = await takes.starts_at(take, SKIP_BUFFER_FRAMES, SKIP_PATIENCE_S)
        first_frame = up_to_grid(session.playout.frame + 2)
        if current is not None:
            current.next_shot = len(current.scene.shots)
        if not there:
            why = "the next scene begins as soon as it is ready"
            return _Answer(Outcome.DEFERRED, Depth.STORY, reaction.changed, why, film.timeline.end_frame)
        before = tuple(film.timeline.takes)
        session.write(TakeScheduled(following.scene.shots[0].shot_id, take_id, order, first_frame, 0))
        session.renders.drop_stale(before)
        session.wake()
        return _Answer(Outcome.APPLIED, Depth.STORY, reaction.changed, reaction.why, first_frame)

    async def _following(self, current: ScenePlan | None) -> ScenePlan | None:
        """The scene after the one that plays, made in a hurry if need be."""
        session = self._session
        for _ in range(2):
            later = [plan for plan in session.film.plans if plan is not current and not plan.begun]
            if later:
                return later[0]
            if session.film.canon.over:
                return None
            await session.plan_in_a_hurry(SKIP_PATIENCE_S)
        return None

    def _rewind(self, reaction: Reaction) -> _Answer:
        session = self._session
        timeline, frame = session.film.timeline, session.playout.frame
        current = timeline.at(frame)
        if current is None:
            return _Answer(Outcome.DEFERRED, Depth.NONE, (), "nothing has been shown yet")
        wanted = current
        if current.frame_of_take(frame) < 2 * FRAMES_PER_SECOND:
            earlier = [take for take in timeline.takes if take.end_frame <= frame and take.shot_id != current.shot_id]
            wanted = earlier[-1] if earlier else current
        first_frame = up_to_grid(frame + REWIND_LEAD_FRAMES)
        before = tuple(timeline.takes)
        session.write(TakeScheduled(wanted.shot_id, wanted.take_id, wanted.order, first_frame, 0))
        session.renders.drop_stale(before)
        session.wake()
        return _Answer(Outcome.APPLIED, Depth.SHOT, reaction.changed, reaction.why, first_frame)

    # --- receipts ------------------------------------------------------------------------------------------------

    async def _decide(self, arrived: _Arrived, answer: _Answer) -> None:
        await self._conclude(*self._decided(arrived, answer))

    def _decided(self, arrived: _Arrived, answer: _Answer) -> tuple[Receipt, StoredEntry]:
        session = self._session
        event = arrived.event
        receipt = Receipt(
            event_id=event.event_id,
            session_id=event.session_id,
            outcome=answer.outcome,
            depth=answer.depth,
            changed=answer.changed,
            why=answer.why,
            first_frame_index=answer.first_frame,
            merged_into=answer.merged_into,
            acted_at_s=event.acted_at_s,
            received_at_s=event.received_at_s,
            consumed_at_s=arrived.consumed_at_s,
            decided_at_s=session.around.clock.epoch_s(),
            rendered_at_s=answer.rendered_at_s,
            sent_at_s=self._leaves_at_s(answer.first_frame),
        )
        return receipt, session.stamp(EventDecided(event, receipt))

    def _leaves_at_s(self, frame: int | None) -> float:
        if frame is None:
            return 0.0
        clock = self._session.around.clock
        return clock.epoch_s() + self._session.playout.position_s(frame) - clock.monotonic_s()

    async def _conclude(self, receipt: Receipt, entry: StoredEntry) -> None:
        session = self._session
        await session.flush([entry], receipt.event_id)
        self._under_way.discard(receipt.event_id)
        session.around.bus.publish_receipt(receipt)
        session.around.bus.publish_taste(session.film.spec.viewer_id, session.film.taste, receipt.decided_at_s)
        session.tell_receipt(receipt)
        counts = session.counts.receipts
        counts[receipt.outcome] = counts.get(receipt.outcome, 0) + 1
