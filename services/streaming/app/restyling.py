"""Cuts what is left of a scene anew in the viewer's manner, from the first cut for which the pictures can be ready.

New shots have views that nobody has painted yet; the film goes on in its old cut until they are.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from services.streaming.app.film import ScenePlan
from services.streaming.app.session import Session
from services.streaming.domain.cutting import Manner
from services.streaming.domain.journal import SceneWritten
from services.streaming.domain.planner import replan
from services.streaming.domain.screenplay import Scene, TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_SECOND

logger = logging.getLogger(__name__)

RESTYLE_LEAD_FRAMES = 42
"""From the decision to the cut: what is painted by then still has to be rendered."""
TRIES = 4
"""After so many a cut is taken whose picture is not there yet."""
RETRY_S = 0.2


def _tell_failure(task: asyncio.Task[None]) -> None:
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        logger.error("%s failed; the scene keeps its cut", task.get_name(), exc_info=failure)


@dataclass(frozen=True, slots=True)
class _Proposal:
    """From shot `number` of the plan, at `frame` of the session, `scene` takes the place of `old`."""

    plan: ScenePlan
    old: Scene
    scene: Scene
    number: int
    frame: int
    manner: Manner


class Restyler:
    """One at a time: a newer wish takes an older one's place."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._task: asyncio.Task[None] | None = None

    def request(self) -> None:
        """Begin; the film's manner is what counts when the cut comes."""
        self.cancel()
        self._task = asyncio.create_task(self._restyle(), name=f"restyle {self._session.session_id}")
        self._task.add_done_callback(_tell_failure)

    def cancel(self) -> None:
        """Leave the cut as it is."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """Cancel, and wait until it has ended."""
        task = self._task
        self.cancel()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _restyle(self) -> None:
        lead = RESTYLE_LEAD_FRAMES
        film, playout, attempt = self._session.film, self._session.playout, 0
        while not film.ended:
            if film.playing(playout.frame) is None:
                # A film that holds for its answer is between two takes; what was asked for is not forgotten for that.
                await asyncio.sleep(RETRY_S)
                continue
            attempt += 1
            proposal = self._propose(self._session.playout.frame + lead)
            if proposal is None:
                return
            ready = await self._prepared(proposal)
            if (ready or attempt >= TRIES) and self._fits(proposal):
                self._take(proposal)
                return
            # A film that holds moves its cuts later; the proposal is made again until the scene is over.
            await asyncio.sleep(RETRY_S)
            lead = RESTYLE_LEAD_FRAMES + FRAMES_PER_SECOND

    def _propose(self, earliest: int) -> _Proposal | None:
        film = self._session.film
        plan = film.playing(self._session.playout.frame)
        # A cut in the manner that the scene has already would be another one, and nobody has asked for that.
        if plan is None or plan.brief is None or plan.brief.manner == film.manner:
            return None
        number, frame = self._first_cut(plan, earliest)
        if number >= len(plan.scene.shots):
            return None
        scene_frame = sum(planned.shot.frame_count for planned in plan.scene.shots[:number])
        plan.revision += 1
        scene = replan(plan.brief, plan.scene, scene_frame, film.manner, plan.revision)
        return _Proposal(plan, plan.scene, scene, number, frame, film.manner) if number < len(scene.shots) else None

    def _first_cut(self, plan: ScenePlan, earliest: int) -> tuple[int, int]:
        timeline = self._session.film.timeline
        for scheduled in timeline.following(self._session.playout.frame):
            if scheduled.first_frame >= earliest and scheduled.take_frame == 0 and plan.shot(scheduled.shot_id):
                return plan.number_of(scheduled.shot_id), scheduled.first_frame
        return plan.next_shot, timeline.end_frame

    async def _prepared(self, proposal: _Proposal) -> bool:
        around, playout = self._session.around, self._session.playout
        shot = proposal.scene.shots[proposal.number].shot
        left_s = (proposal.frame - RESTYLE_LEAD_FRAMES // 2 - playout.frame) / FRAMES_PER_SECOND
        order = TakeOrder(shot, rendition=around.rendition, calm=self._session.film.calm)
        return await around.takes.prepared(order, max(left_s, 0.0))

    def _fits(self, proposal: _Proposal) -> bool:
        """Whether the cut is still to come and still the same."""
        film, playout = self._session.film, self._session.playout
        if proposal.plan not in film.plans or proposal.plan.scene is not proposal.old:
            return False
        soon = proposal.frame - playout.frame < RESTYLE_LEAD_FRAMES // 3
        return not soon and self._first_cut(proposal.plan, proposal.frame) == (proposal.number, proposal.frame)

    def _take(self, proposal: _Proposal) -> None:
        session = self._session
        before = tuple(session.film.timeline.takes)
        session.film.unschedule(proposal.frame)
        session.write(SceneWritten(proposal.scene, proposal.plan.start_frame))
        if proposal.plan.brief is not None:
            proposal.plan.brief = replace(proposal.plan.brief, manner=proposal.manner)
        proposal.plan.next_shot = proposal.number
        session.schedule_ahead()
        session.renders.drop_stale(before)
