"""A Voice that is asked once for each line: when its words are heard is kept for every film that says it so."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from services.streaming.ports import SpokenTimes, Voice

LINES_KEPT = 4_096

Ask = tuple[str, str, str, float]


class SharedVoice:
    """ports.Voice over another one."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._kept: OrderedDict[Ask, SpokenTimes] = OrderedDict()
        self._under_way: dict[Ask, asyncio.Task[SpokenTimes]] = {}

    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        """From memory, else from the Voice; who asks meanwhile waits for the same answer, whoever else goes."""
        ask = (text, voice, emotion, pace)
        known = self._kept.get(ask)
        if known is not None:
            self._kept.move_to_end(ask)
            return known
        asking = self._under_way.get(ask)
        if asking is None:
            asking = self._under_way[ask] = asyncio.create_task(self._voice.times(*ask), name="speak a line")
            asking.add_done_callback(lambda done: self._ended(ask, done))
        return await asyncio.shield(asking)

    def _ended(self, ask: Ask, done: asyncio.Task[SpokenTimes]) -> None:
        del self._under_way[ask]
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[ask] = done.result()
        while len(self._kept) > LINES_KEPT:
            self._kept.popitem(last=False)

    async def close(self) -> None:
        """Wait for nothing any more."""
        asking = tuple(self._under_way.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
