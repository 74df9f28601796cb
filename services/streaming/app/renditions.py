"""Takes in the renditions of the ladder: the timeline names the best one; viewers on narrow lines get another.

What a session decides and logs never depends on it, so a replay renders the best rendition whatever was watched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from services.streaming.app.take import Take
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.identity import take_identity
from services.streaming.domain.screenplay import Rendition, TakeOrder
from services.streaming.domain.timebase import up_to_grid
from services.streaming.domain.timeline import ScheduledTake
from services.streaming.ports import Chunk

KNOWN_LIMIT = 256
TWO_TRACKS = -1
"""Beside the rungs: the sound alone, as dialogue and bed, for who levels them; the pictures come from a rung."""


class Renditions:
    """ladder: the best first; its first rung is what orders name. by: on whose behalf takes are wanted."""

    def __init__(self, ladder: Sequence[Rendition], takes: TakeLibrary, fingerprint: str, by: str = "") -> None:
        self._ladder = tuple(ladder)
        self._takes = takes
        self._fingerprint = fingerprint
        self._by = by
        self._met: OrderedDict[str, None] = OrderedDict()
        self._known: OrderedDict[tuple[str, int], tuple[str, TakeOrder]] = OrderedDict()

    def take(self, scheduled: ScheduledTake, rung: int) -> Take | None:
        """The scheduled take as that rung has it, if anything of it is known."""
        return self._takes.take(self.named(scheduled, rung)[0])

    def chunk(self, scheduled: ScheduledTake, frame: int, rung: int) -> Chunk | None:
        """The chunk that shows a frame of the session."""
        take = self.take(scheduled, rung)
        return take.chunk_at(scheduled.frame_of_take(frame)) if take is not None else None

    def want(self, scheduled: ScheduledTake, rung: int, frame: int, needed_at_s: float) -> None:
        """Have what plays from a frame of the session on rendered in a rung, unless it is there or under way."""
        take_id, order = self.named(scheduled, rung)
        known = self._takes.take(take_id)
        # A lower rung is entered at chunk borders only.
        from_frame = scheduled.frame_of_take(up_to_grid(frame) if rung else frame)
        if known is not None and known.refused:
            return
        missing = known.missing_from(from_frame) if known is not None else from_frame
        lacks = missing is not None and missing < scheduled.frame_of_take(scheduled.end_frame)
        under_way = self._takes.rendering(take_id) and take_id in self._takes.claimed_by(self._by)
        if (lacks and not under_way) or take_id not in self._met:
            self._takes.want(take_id, order, from_frame, needed_at_s, by=self._by)
            self._met[take_id] = None
            if len(self._met) > KNOWN_LIMIT:
                self._met.popitem(last=False)

    def named(self, scheduled: ScheduledTake, rung: int) -> tuple[str, TakeOrder]:
        """Identity and order of the scheduled take in a rung."""
        if rung == 0 or rung < TWO_TRACKS or rung >= len(self._ladder):
            return scheduled.take_id, scheduled.order
        key = (scheduled.take_id, rung)
        found = self._known.get(key)
        if found is None:
            rendition = replace(scheduled.order.rendition, two_tracks=True) if rung < 0 else self._ladder[rung]
            order = replace(scheduled.order, rendition=rendition)
            found = self._known[key] = (take_identity(order, self._fingerprint), order)
            if len(self._known) > KNOWN_LIMIT:
                self._known.popitem(last=False)
        return found
