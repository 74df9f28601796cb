"""What a session's film needs rendered: takes up to the horizon, holds where one is in doubt, plates and voices ahead.

Knows the film's timeline, the playout's place in it and the take library; it schedules nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.streaming.app.film import Film
from services.streaming.app.playout import Playout
from services.streaming.app.renditions import Renditions
from services.streaming.app.surroundings import Surroundings
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.timebase import frames
from services.streaming.domain.timeline import ScheduledTake

HOLD_IN_DOUBT_S = 2.5
"""How long before a take ends its hold is ordered, if what follows is not there by then."""


def want_ahead(playout: Playout, renditions: Renditions, horizon: int) -> None:
    """Order what is missing of the takes that play within `horizon` frames, each by the time it is due."""
    at = playout.frame
    for scheduled in playout.timeline.takes:
        if scheduled.end_frame <= at or scheduled.first_frame > at + horizon:
            continue
        frame = max(at, scheduled.first_frame)
        for rung in playout.wanted:
            renditions.want(scheduled, rung, frame, playout.position_s(frame))


class Renders:
    """Called by its session whenever something may have changed; every call is cheap when nothing did."""

    def __init__(
        self, film: Film, playout: Playout, renditions: Renditions, around: Surroundings, session_id: str
    ) -> None:
        self._film = film
        self._playout = playout
        self._renditions = renditions
        self._around = around
        self._session_id = session_id

    def want_scheduled(self, horizon: int) -> None:
        """Have everything rendered that plays within `horizon` frames, in every rendition that is watched, and the
        hold that may be needed before it."""
        want_ahead(self._playout, self._renditions, horizon)
        self._want_hold()

    def prepare_ahead(self) -> None:
        """Have plates, voices and puppets of the shots to come made ready in spare time."""
        frame = self._film.timeline.end_frame
        latest = self._playout.frame + frames(self._around.policy.prepare_s)
        for plan in self._film.plans:
            for planned in plan.scene.shots[plan.next_shot :]:
                # who skips comes to the next scene's first shot at once, however long this one would have lasted
                if frame > latest and planned is not plan.scene.shots[0]:
                    break
                order = TakeOrder(planned.shot, rendition=self._around.rendition, calm=self._film.calm)
                self._around.takes.prepare(f"{self._session_id}/{planned.shot_id}", order)
                frame += planned.shot.frame_count

    def drop_stale(self, scheduled: Sequence[ScheduledTake]) -> None:
        """Of takes that were scheduled, want no more those of which nothing more will be shown."""
        needed = self._needed()
        for take in scheduled:
            for rung in self._playout.wanted:
                take_id, _ = self._renditions.named(take, rung)
                if take_id not in needed:
                    self._around.takes.drop(take_id, self._session_id)

    def drop_left(self) -> None:
        """The same of everything that was wanted; another session that shares a take still gets it."""
        for take_id in self._around.takes.claimed_by(self._session_id) - self._needed():
            self._around.takes.drop(take_id, self._session_id)

    def _needed(self) -> frozenset[str]:
        """Takes with a picture that is still to be shown and is not rendered."""
        return frozenset(
            self._renditions.named(scheduled, rung)[0]
            for scheduled in self._film.timeline.takes
            if scheduled.end_frame > self._playout.frame
            for rung in self._playout.wanted
            if self._lacks(scheduled, rung)
        )

    def _lacks(self, scheduled: ScheduledTake, rung: int) -> bool:
        """Whether a picture that is still to be shown is under way and not rendered."""
        frame = max(self._playout.frame, scheduled.first_frame)
        take = self._renditions.take(scheduled, rung)
        if frame >= scheduled.end_frame or take is None:
            return False
        missing = take.missing_from(scheduled.frame_of_take(frame))
        return missing is not None and missing < scheduled.frame_of_take(scheduled.end_frame)

    def _want_hold(self) -> None:
        """The film may have to hold where the playing take ends and what follows is not rendered."""
        playing = self._film.timeline.at(self._playout.frame)
        if playing is None or playing.end_frame - self._playout.frame > frames(HOLD_IN_DOUBT_S):
            return
        following = self._film.timeline.at(playing.end_frame)
        if following is None and self._playout.ended:
            return
        rung = self._playout.rungs[0]
        take = self._renditions.take(following, rung) if following is not None else None
        if following is None or take is None or take.chunk_at(following.take_frame) is None:
            take_id, _ = self._renditions.named(playing, rung)
            self._around.takes.want_hold(take_id, self._playout.position_s(playing.end_frame))
