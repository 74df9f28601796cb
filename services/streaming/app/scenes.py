"""A chosen beat becomes a scene: words from the Writer, times from the Voice, shots from the planner.

Where a model is late or down the authored words and estimated times are used; the film does not wait for words.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.streaming.domain.canon import Canon
from services.streaming.domain.canon_shots import shown_soundly
from services.streaming.domain.cutting import Manner
from services.streaming.domain.description import DESCRIBER, VOICE, describe
from services.streaming.domain.draw import draw_int
from services.streaming.domain.layout import SaidLine, SpokenWord, lay_out
from services.streaming.domain.planner import SceneBrief, ScoreAt, plan
from services.streaming.domain.pronunciation import said_aloud
from services.streaming.domain.screenplay import Scene
from services.streaming.domain.story import Beat, Line, Story
from services.streaming.domain.taste import Taste
from services.streaming.domain.timebase import SAMPLES_PER_FRAME
from services.streaming.ports import (
    ModelRefused,
    Models,
    ModelUnavailable,
    SpokenTimes,
    WriterBrief,
    WriterCharacter,
    WriterLine,
)

logger = logging.getLogger(__name__)

SAMPLES_PER_SPOKEN_CHARACTER = 3_300
SAID_LIMIT = 6
_CARRIERS = {"recording": "radio"}
"""How a line that is not said in person sounds, where the story's word for it is no voice of its own."""


@dataclass(frozen=True, slots=True)
class SceneAsk:
    """What the next scene starts from. canon: before the beat. words_by_s: how long the Writer may take, 0 for none.
    described: what is seen is told."""

    scene_id: str
    story: Story
    beat: Beat
    canon: Canon
    taste: Taste
    manner: Manner
    seed: int
    first: bool
    new_place: bool
    previous: ScoreAt | None
    said: tuple[str, ...]
    words_by_s: float
    described: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in a scene. answered: False where the Writer was asked and gave none, so that the words are as
    authored and not worth keeping."""

    lines: tuple[WriterLine, ...]
    answered: bool


@dataclass(frozen=True, slots=True)
class MadeScene:
    """The scene, what it was planned from, and voices that had to be replaced (asked, used)."""

    brief: SceneBrief
    scene: Scene
    replaced: tuple[tuple[str, str], ...]
    written: tuple[WriterLine, ...]


class SceneMaker:
    """on_estimated: told for each line whose times had to be estimated because the Voice did not answer. hurry: set by
    who cannot wait; a scene that waits for the Writer then keeps its authored words."""

    def __init__(self, models: Models, on_estimated: Callable[[], None]) -> None:
        self._models = models
        self._on_estimated = on_estimated
        self.hurry = asyncio.Event()

    async def make(self, ask: SceneAsk) -> MadeScene:
        """The scene in the viewer's words; raises nothing that a model did."""
        words = await self.write(ask, self.hurry)
        return await self.stage(ask, words.lines)

    async def stage(self, ask: SceneAsk, written: Sequence[WriterLine]) -> MadeScene:
        """The scene around its words: the Voice says when they are heard, and the rest follows from that."""
        lines = ask.canon.spoken(ask.beat)
        said = await asyncio.gather(
            *(self._said(ask, index, line, words) for index, line, words in _numbered(ask.beat, lines, written))
        )
        entered = ask.canon.entered(ask.beat)
        told = await self._description(ask, entered)
        replaced = tuple({(line.voice, used): None for line, used in said if used and used != line.voice})
        beat, repairs = shown_soundly(entered, ask.beat)
        if repairs:
            logger.warning("scene %s does not show all of its beat: %s", ask.scene_id, "; ".join(repairs))
        brief = replace(_planned_from(ask, entered, [line for line, _ in said], told), beat=beat)
        return MadeScene(brief, replace(plan(brief), repairs=repairs), replaced, tuple(written))

    async def write(self, ask: SceneAsk, hurry: asyncio.Event) -> Words:
        """What is said in it; hurry: no more waiting for the Writer once it is set."""
        authored = tuple(authored_lines(ask))
        if not written_by_model(ask):
            return Words(authored, True)
        try:
            brief = _brief(ask, ask.canon.entered(ask.beat), authored)
            written = await self._unless_in_a_hurry(brief, ask.words_by_s, hurry)
        except (ModelUnavailable, ModelRefused) as error:
            logger.warning("scene %s keeps its authored words: %s", ask.scene_id, error)
            return Words(authored, False)
        if written is None:
            return Words(authored, False)
        checked = _checked(ask, ask.canon.spoken(ask.beat), written, authored)
        return Words(tuple(line if sound else own for line, own, sound in checked), True)

    async def _unless_in_a_hurry(
        self, brief: WriterBrief, words_by_s: float, hurry: asyncio.Event
    ) -> Sequence[WriterLine] | None:
        writing = asyncio.ensure_future(self._models.writer.write_scene(brief, words_by_s))
        waiting = asyncio.create_task(hurry.wait())
        try:
            await asyncio.wait([writing, waiting], return_when=asyncio.FIRST_COMPLETED)
            return await writing if writing.done() else None
        finally:
            writing.cancel()
            waiting.cancel()
            await asyncio.gather(writing, waiting, return_exceptions=True)

    async def _said(self, ask: SceneAsk, index: int, line: Line, words: WriterLine) -> tuple[SaidLine, str]:
        sheet = ask.story.character(line.speaker)
        carried = _CARRIERS.get(line.over, line.over) or sheet.treatment
        voice = f"{sheet.voice}+{carried}" if carried else sheet.voice
        pace = round(1.0 + 0.06 * ask.manner.pace, 3)
        aloud = said_aloud(words.text, ask.story.lexicon)
        times = await self._times(aloud, voice, words.emotion, pace) or _estimated(words.text)
        said = _said_line(index, line.speaker, words.text, voice, words.emotion, pace, times, aloud)
        return replace(said, listener=line.listener, over=line.over, source=words.source), times.voice

    async def _description(self, ask: SceneAsk, entered: Canon) -> SaidLine | None:
        text = describe(ask.story, ask.beat, entered, ask.new_place or ask.first) if ask.described else ""
        if not text:
            return None
        aloud = said_aloud(text, ask.story.lexicon)
        times = await self._times(aloud, VOICE, "calm", 1.0) or _estimated(text)
        return _said_line(-1, DESCRIBER, text, VOICE, "calm", 1.0, times, aloud)

    async def _times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes | None:
        try:
            return await self._models.voice.times(text, voice, emotion, pace)
        except (ModelUnavailable, ModelRefused) as error:
            logger.warning("times of a line are estimated: %s", error)
            self._on_estimated()
            return None


def _planned_from(ask: SceneAsk, entered: Canon, said: Sequence[SaidLine], description: SaidLine | None) -> SceneBrief:
    return SceneBrief(
        scene_id=ask.scene_id,
        story=ask.story,
        beat=ask.beat,
        canon=entered,
        layout=lay_out(said, ask.new_place or ask.first, ask.manner.pace, description=description),
        manner=ask.manner,
        seed=ask.seed,
        first=ask.first,
        new_place=ask.new_place,
        previous=ask.previous,
    )


def written_by_model(ask: SceneAsk) -> bool:
    """Whether the Writer is asked for it."""
    return ask.words_by_s > 0.0 and any(line.may_vary for line in ask.canon.spoken(ask.beat))


def authored_lines(ask: SceneAsk) -> list[WriterLine]:
    """What is said if no model rewords it, in the wording for the viewer's taste."""
    science, humour = ask.taste.unit("science"), ask.taste.unit("humour")
    return [
        WriterLine(line.speaker, line.text_for(science, humour), line.emotion, line.intent, line.may_vary)
        for line in ask.canon.spoken(ask.beat)
    ]


def words_fit(ask: SceneAsk, written: Sequence[WriterLine]) -> bool:
    """Whether words that were written for another film can be said in this one: they contradict nothing that holds
    here, and what a model thought of has not been said before."""
    checked = _checked(ask, ask.canon.spoken(ask.beat), written, authored_lines(ask))
    said = {line.partition(": ")[2] for line in ask.said}
    return all(sound and (words.source != "model" or words.text not in said) for words, _, sound in checked)


def _said_line(
    index: int, speaker: str, text: str, voice: str, emotion: str, pace: float, times: SpokenTimes, aloud: str
) -> SaidLine:
    return SaidLine(
        index=index,
        speaker=speaker,
        text=text,
        voice=voice,
        emotion=emotion,
        pace=pace,
        frame_count=max(1, -(-times.sample_count // SAMPLES_PER_FRAME)),
        words=tuple(
            SpokenWord(word, start / SAMPLES_PER_FRAME, end / SAMPLES_PER_FRAME) for word, start, end in times.words
        ),
        aloud=aloud if aloud != text else "",
    )


def _numbered(beat: Beat, lines: Sequence[Line], written: Sequence[WriterLine]) -> list[tuple[int, Line, WriterLine]]:
    return [(beat.lines.index(line), line, words) for line, words in zip(lines, written, strict=True)]


def _checked(
    ask: SceneAsk, lines: Sequence[Line], written: Sequence[WriterLine], authored: Sequence[WriterLine]
) -> list[tuple[WriterLine, WriterLine, bool]]:
    """Each model line is held against canon once more: what contradicts it is not said."""
    outcome = []
    for number, (line, words, own) in enumerate(zip(lines, written, authored, strict=True)):
        told = [replace(other, text=authored[at].text) for at, other in enumerate(lines)]
        told[number] = replace(line, text=words.text)
        outcome.append((words, own, words.source != "model" or not ask.canon.contradictions(ask.beat, told)))
    return outcome


def _brief(ask: SceneAsk, entered: Canon, lines: Sequence[WriterLine]) -> WriterBrief:
    story = ask.story
    speaking = dict.fromkeys(line.speaker for line in lines)
    cast = tuple(
        WriterCharacter(name, story.character(name).name, story.character(name).manner, entered.knowledge_of(name))
        for name in speaking
    )
    return WriterBrief(
        beat_id=ask.beat.beat_id,
        purpose=ask.beat.purpose,
        place=story.place(ask.beat.place).name,
        cast=cast,
        lines=tuple(lines),
        facts=entered.sentences(),
        said=ask.said[-SAID_LIMIT:],
        tone=tone_words(ask.taste),
        names=story.names,
        seed=draw_int(ask.seed, ask.beat.beat_id, "words") >> 33,
    )


def tone_words(taste: Taste) -> tuple[str, ...]:
    """Taste in words for the Writer: only what is liked or disliked clearly."""
    words = {
        "humour": ("wry", "grave"),
        "tension": ("tense", "unhurried"),
        "science": ("technical", "plain"),
        "wonder": ("awed", ""),
        "warmth": ("warm", "cool"),
        "darkness": ("dark", "hopeful"),
    }
    chosen = [words[axis][0 if taste.mean(axis) > 0 else 1] for axis in words if abs(taste.mean(axis)) > 0.35]
    return tuple(word for word in chosen if word)


def _estimated(text: str) -> SpokenTimes:
    words = text.split()
    at = 0
    timed = []
    for word in words:
        length = max(2, len(word)) * SAMPLES_PER_SPOKEN_CHARACTER
        timed.append((word, at, at + length))
        at += length
    return SpokenTimes(at, tuple(timed), "")
