"""What earlier viewers taught about each story's beats, worked out again from time to time from their tastes.

It is only ever derived: the tastes lie in the store, and who is erased there is gone from here with the next look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping

from services.streaming.domain.audience import NO_APPEAL, Appeal, appeal_of
from services.streaming.domain.story import Story
from services.streaming.ports import Store

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 600.0
TASTES_LIMIT = 2_000


class Audiences:
    """Ask `appeal` at any time; `keep_looking` runs until it is cancelled."""

    def __init__(self) -> None:
        self._appeals: Mapping[str, Appeal] = {}

    def appeal(self, story: Story) -> Appeal:
        """Of the story's beats, as was known when it was looked for the last time."""
        return self._appeals.get(story.story_id, NO_APPEAL)

    async def look(self, store: Store, stories: Iterable[Story]) -> None:
        """Work it out from the TASTES_LIMIT tastes that were kept last."""
        tastes = await store.tastes(TASTES_LIMIT)
        told = tuple(stories)
        self._appeals = await asyncio.to_thread(lambda: {story.story_id: appeal_of(story, tastes) for story in told})

    async def keep_looking(self, store: Store, stories: Mapping[str, Story]) -> None:
        """Look every ten minutes; a store that is away for a moment leaves what was known."""
        while True:
            try:
                await self.look(store, stories.values())
            except Exception:
                logger.exception("what the audience likes could not be worked out")
            await asyncio.sleep(LOOK_EVERY_S)
