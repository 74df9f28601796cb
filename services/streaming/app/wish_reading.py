"""What a model reads in a viewer's words beyond the plain ones, learned when it is there. No answer waits for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from services.streaming.domain.events import FreeText, PreferenceEvent
from services.streaming.domain.lessons import learn
from services.streaming.domain.wish_axes import read_beyond, wish_axes
from services.streaming.ports import ModelRefused, ModelUnavailable

if TYPE_CHECKING:
    from services.streaming.app.session import Session

logger = logging.getLogger(__name__)

PATIENCE_S = 10.0


class WishReading:
    """`read` what a viewer wrote; `close` when the session ends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reading: set[asyncio.Task[None]] = set()

    def read(self, event: PreferenceEvent) -> None:
        """Have the words of a free text read; nothing for other acts."""
        if isinstance(event.act, FreeText):
            task = asyncio.create_task(self._read(event, event.act.text), name=f"wish {event.event_id}")
            self._reading.add(task)
            task.add_done_callback(self._done)

    async def close(self) -> None:
        """Read no more."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._reading.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("what was read in a wish could not be learned", exc_info=task.exception())

    async def _read(self, event: PreferenceEvent, text: str) -> None:
        film, around = self._session.film, self._session.around
        frame = self._session.playout.frame
        moment = film.moment(frame)
        try:
            async with asyncio.timeout(PATIENCE_S):
                read = await around.models.guard.read_wish(text, wish_axes(film.story))
        except (ModelUnavailable, ModelRefused, TimeoutError) as error:
            logger.warning("a wish was understood by its plain words alone: %s", error or "no answer in time")
            return
        further = read_beyond(text, film.story, read)
        if not further or film.ended:
            return
        lesson = learn(event, film.taste, film.mood, moment, film.story, frame, further, film.appeal)
        film.taste = lesson.taste
        await around.keep_taste(film.spec.viewer_id, film.taste)
        await self._session.rethink()
