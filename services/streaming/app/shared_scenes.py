"""Scenes made once: sessions whose films coincide share the scene, and with it the takes that are rendered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from services.streaming.app.scenes import MadeScene, SceneAsk, SceneMaker, tone_words

SCENES_KEPT = 128


class SharedScenes:
    """The scene for each beat, canon, taste in words, manner and what was said and heard before."""

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
            future.set_exception(RuntimeError(f"the shared scene could not be made: {error!r}"))
            # Nobody else may be waiting; reading it here keeps the loop from calling it unseen.
            future.exception()
            raise
        future.set_result(scene)
        while len(self._made) > SCENES_KEPT:
            self._made.popitem(last=False)
        return scene


def _key(ask: SceneAsk) -> tuple[object, ...]:
    """All that the scene is made from. How long the Writer may take is not in it, only whether it may take any time:
    who comes later gets the words that were written."""
    canon = ask.canon
    science, humour = ask.taste.unit("science"), ask.taste.unit("humour")
    lines = tuple(line.text_for(science, humour) for line in canon.spoken(ask.beat))
    world = (
        tuple(sorted(canon.facts.items())), canon.knowledge, tuple(sorted(canon.where.items())), canon.dead,
        canon.suited, canon.broken, canon.played,
    )  # fmt: skip
    viewer = (lines, tone_words(ask.taste), ask.manner, ask.words_by_s > 0.0, ask.described)
    before = (ask.first, ask.new_place, ask.previous, ask.said)
    return (ask.story.story_id, ask.beat.beat_id, ask.scene_id, ask.seed, world, viewer, before)
