"""Has rendered what plays soon: scheduled takes in every rendition that is watched, and a hold where one may be due."""

from __future__ import annotations

from services.streaming.app.playout import Playout
from services.streaming.app.renditions import Renditions
from services.streaming.domain.timebase import frames

HOLD_IN_DOUBT_S = 2.5


def want_ahead(playout: Playout, renditions: Renditions, horizon_frames: int) -> None:
    """Order what is missing of the takes that play within the horizon, each by the time it is due."""
    at = playout.frame
    for scheduled in playout.timeline.takes:
        if scheduled.end_frame > at and scheduled.first_frame <= at + horizon_frames:
            frame = max(at, scheduled.first_frame)
            for rung in playout.rungs:
                renditions.want(scheduled, rung, frame, playout.position_s(frame))
    _want_hold(playout, renditions)


def _want_hold(playout: Playout, renditions: Renditions) -> None:
    """The film may have to hold where the playing take ends and what follows is not rendered."""
    playing = playout.timeline.at(playout.frame)
    if playing is None or playing.end_frame - playout.frame > frames(HOLD_IN_DOUBT_S):
        return
    following = playout.timeline.at(playing.end_frame)
    if following is None and playout.ended:
        return
    rung = playout.rungs[0]
    take = renditions.take(following, rung) if following is not None else None
    if following is None or take is None or take.chunk_at(following.take_frame) is None:
        take_id, _ = renditions.named(playing, rung)
        playout.takes.want_hold(take_id, playout.position_s(playing.end_frame))
