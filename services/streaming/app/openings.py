"""Opening scenes made once: sessions that begin alike share the scene, and with it the takes that are rendered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from services.streaming.app.scenes import MadeScene, SceneAsk, SceneMaker

OPENINGS_KEPT = 32


class Openings:
    """The first scene for each beat, canon, wording and manner."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[object, ...], asyncio.Future[MadeScene]] = OrderedDict()

    async def make(self, ask: SceneAsk, maker: SceneMaker) -> MadeScene:
        """The scene from memory, else made now; several who ask at once wait for one making."""
        key = _key(ask)
        made = self._made.get(key)
        if made is not None:
            return await asyncio.shield(made)
        future: asyncio.Future[MadeScene] = asyncio.get_running_loop().create_future()
        self._made[key] = future
        try:
            scene = await maker.make(ask)
        except BaseException as error:
            del self._made[key]
            future.set_exception(RuntimeError(f"the opening could not be made: {error!r}"))
            # Nobody else may be waiting; reading it here keeps the loop from calling it unseen.
            future.exception()
            raise
        future.set_result(scene)
        while len(self._made) > OPENINGS_KEPT:
            self._made.popitem(last=False)
        return scene


def _key(ask: SceneAsk) -> tuple[object, ...]:
    science, humour = ask.taste.unit("science"), ask.taste.unit("humour")
    lines = tuple(line.text_for(science, humour) for line in ask.canon.spoken(ask.beat))
    return (ask.story.story_id, ask.beat.beat_id, lines, ask.manner, ask.scene_id, ask.seed)
