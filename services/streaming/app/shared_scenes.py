"""Scenes written once: sessions in which the same can be said share the words that a model gave for it.

What is planned around the words follows from the ask alone, so films that coincide order takes of one identity.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from services.streaming.app.scenes import (
    MadeScene,
    SceneAsk,
    SceneMaker,
    Words,
    authored_lines,
    tone_words,
    words_fit,
    written_by_model,
)
from services.streaming.domain.trunk import WORDS_SHARE

SCENES_KEPT = 256
WORDINGS_KEPT = 4
"""Of one scene: where the first words contradict what holds in another film, that film gets its own."""

Key = tuple[object, ...]


@dataclass(slots=True)
class SceneCounts:
    """asked: scenes that sessions wanted; shared: those whose words were there or being made; handed_over: makings
    that went on after the session that began them had gone. choices: of beats; preferred: those where a scene that
    existed came before one that was expected to be liked a little more; liking_lost: by how much, in sum."""

    asked: int = 0
    shared: int = 0
    handed_over: int = 0
    choices: int = 0
    preferred: int = 0
    liking_lost: float = 0.0

    def chosen(self, liking_lost: float) -> None:
        """A beat was chosen; it was liked less by so much than one of which nothing exists."""
        self.choices += 1
        self.preferred += liking_lost > 0.0
        self.liking_lost += liking_lost


@dataclass(slots=True)
class _Making:
    """owner: the ask that it is made for. waiting: sessions that wait for it; without any it is given up."""

    owner: SceneAsk
    task: asyncio.Task[Words]
    hurry: asyncio.Event
    waiting: int = 0


@dataclass(slots=True)
class SharedScenes:
    """What is said in each scene, by who asks for it; `counts` for the metrics."""

    counts: SceneCounts = field(default_factory=SceneCounts)
    _kept: OrderedDict[Key, list[Words]] = field(default_factory=OrderedDict)
    _pictured: OrderedDict[Key, None] = field(default_factory=OrderedDict)
    _under_way: dict[Key, _Making] = field(default_factory=dict)

    async def make(self, ask: SceneAsk, maker: SceneMaker) -> MadeScene:
        """The scene around words from memory, else around words that are made now; who asks meanwhile waits for the
        same making, and it goes on as long as anybody does."""
        self.counts.asked += 1
        words = await self._words(ask, maker)
        made = await maker.stage(ask, words.lines)
        self._pictured[_picture_key(ask)] = None
        self._pictured.move_to_end(_picture_key(ask))
        while len(self._pictured) > SCENES_KEPT:
            self._pictured.popitem(last=False)
        return made

    def known(self, ask: SceneAsk) -> bool:
        """Whether the words are there, so that no model need be asked."""
        return self._fitting(ask) is not None

    def key(self, ask: SceneAsk) -> Key:
        """Equal for scenes of which a model is asked the same."""
        return _key(replace(ask, words_by_s=1.0))

    def share(self, ask: SceneAsk) -> float:
        """How much of the scene exists, 0..1: its words, and its takes if another film has just that scene."""
        if _picture_key(ask) in self._pictured:
            return 1.0
        return WORDS_SHARE if self.known(ask) else 0.0

    async def _words(self, ask: SceneAsk, maker: SceneMaker) -> Words:
        key = _key(ask)
        while True:
            fitting = self._fitting(ask)
            if fitting is not None:
                self.counts.shared += 1
                return fitting
            making = self._under_way.get(key) or self._begin(key, ask, maker)
            try:
                words = await self._joined(making, key, maker.hurry)
            except asyncio.CancelledError:
                self.counts.handed_over += making.owner is ask and making.waiting > 0
                raise
            if words is None:
                return await self._words(replace(ask, words_by_s=0.0), maker)
            if making.owner is ask or words_fit(ask, words.lines):
                self.counts.shared += making.owner is not ask
                return words

    def _begin(self, key: Key, ask: SceneAsk, maker: SceneMaker) -> _Making:
        hurry = asyncio.Event()
        task = asyncio.create_task(maker.write(ask, hurry), name=f"write {ask.beat.beat_id}")
        making = self._under_way[key] = _Making(ask, task, hurry)
        task.add_done_callback(lambda done: self._ended(key, making, done))
        return making

    async def _joined(self, making: _Making, key: Key, hurry: asyncio.Event) -> Words | None:
        """What is made, None for who cannot wait while others still wait for the Writer."""
        making.waiting += 1
        hurrying = asyncio.create_task(hurry.wait())
        try:
            await asyncio.wait([making.task, hurrying], return_when=asyncio.FIRST_COMPLETED)
            if not making.task.done() and making.waiting > 1:
                return None
            making.hurry.set()
            return await asyncio.shield(making.task)
        finally:
            hurrying.cancel()
            making.waiting -= 1
            self._left(making, key)

    def _left(self, making: _Making, key: Key) -> None:
        if making.waiting or making.task.done():
            return
        making.task.cancel()
        # who asks from now on must not wait for what is being given up
        if self._under_way.get(key) is making:
            del self._under_way[key]

    def _ended(self, key: Key, making: _Making, done: asyncio.Task[Words]) -> None:
        if self._under_way.get(key) is making:
            del self._under_way[key]
        if done.cancelled() or done.exception() is not None or not done.result().answered:
            return
        wordings = self._kept.setdefault(key, [])
        wordings.append(done.result())
        del wordings[:-WORDINGS_KEPT]
        self._kept.move_to_end(key)
        while len(self._kept) > SCENES_KEPT:
            self._kept.popitem(last=False)

    def _fitting(self, ask: SceneAsk) -> Words | None:
        """Words that can be said in this film; who has no time for the Writer takes what it wrote for others."""
        hurried = ask.words_by_s <= 0.0 and not ask.first
        for key in (*([_key(replace(ask, words_by_s=1.0))] if hurried else []), _key(ask)):
            for words in self._kept.get(key, ()):
                if words_fit(ask, words.lines):
                    self._kept.move_to_end(key)
                    return words
        return None


def _key(ask: SceneAsk) -> Key:
    """All that decides what is said, but for canon, which is held against the words. How long the Writer may take is
    not in it, only whether it may take any time: who comes later gets the words that were written."""
    lines = tuple((line.speaker, line.text) for line in authored_lines(ask))
    written = written_by_model(ask)
    tone = tone_words(ask.taste) if written else ()
    return (ask.story.story_id, ask.beat.beat_id, ask.seed, lines, tone, written)


def _picture_key(ask: SceneAsk) -> Key:
    """What else decides the shots of a scene: the manner, what canon shows, and music that goes on from before."""
    beat, story = ask.beat, ask.story
    entered = ask.canon.entered(beat)
    places = dict.fromkeys((beat.place, *(hint.place for hint in beat.shots if hint.place)))
    music, before = story.style.score_of(beat.cues.music), ask.previous
    goes_on = before is not None and (before.mood, before.key) == (music.mood, music.key)
    return (
        *_key(ask),
        ask.described,
        ask.first,
        ask.new_place,
        ask.manner,
        entered.suited & frozenset(beat.present),
        tuple(entered.marks(place) for place in places),
        before.position if goes_on and before is not None else 0,
    )
