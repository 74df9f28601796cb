"""A film as the streaming service plans it, in the shots that the Animator is asked for; nothing is drawn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from services.inference.adapters.wire import order_from_message
from services.inference.domain import shot as inference_shot
from services.inference.domain.speech import Speech
from services.inference.ports import Voice
from services.streaming.adapters.inference_grpc import order_to_message
from services.streaming.adapters.stories_yaml import load
from services.streaming.app.scenes import MadeScene, SceneAsk, SceneMaker
from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.director import choose
from services.streaming.domain.draw import draw_int
from services.streaming.domain.planner import ScoreAt, score_after
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.story import Story
from services.streaming.domain.taste import EMPTY, Mood
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from services.streaming.ports import Models, SpokenTimes

STORY = Path(__file__).resolve().parents[2] / "services" / "streaming" / "stories" / "mars_colony_2095.yaml"
SpeechKey = tuple[str, str, str, float]


@dataclass(slots=True)
class Speaking:
    """ports.Voice that speaks each line once and counts the CPU seconds and the seconds of speech that took."""

    voice: Voice
    cpu_s: float = 0.0
    spoken_s: float = 0.0
    said: dict[SpeechKey, Speech] = field(default_factory=dict)
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        self.fingerprint = self.voice.fingerprint

    def known_voices(self) -> tuple[str, ...]:
        return self.voice.known_voices()

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        key = (text, voice, emotion, pace)
        if key not in self.said:
            started_s = time.process_time()
            self.said[key] = self.voice.speak(*key)
            self.cpu_s += time.process_time() - started_s
            self.spoken_s += len(self.said[key].pcm) / 48_000
        return self.said[key]


@dataclass(frozen=True, slots=True)
class _Times:
    speaking: Speaking

    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        speech = self.speaking.speak(text, voice, emotion, pace)
        words = tuple((word.text, word.start_sample, word.end_sample) for word in speech.words)
        return SpokenTimes(len(speech.pcm), words, speech.voice)


def script_of(story: Story) -> list[tuple[str, str, str]]:
    """(voice, text, emotion) of every line of the story, in the order of its beats; carried as the scenes would."""
    lines: list[tuple[str, str, str]] = []
    for beat in story.beats:
        for line in beat.lines:
            sheet = story.character(line.speaker)
            carried = {"recording": "radio"}.get(line.over, line.over) or sheet.treatment
            lines.append((f"{sheet.voice}+{carried}" if carried else sheet.voice, line.text, line.emotion))
    return lines


def scenes(speaking: Speaking, minutes: float, story: Story) -> list[MadeScene]:
    """The scenes that a viewer without likes gets, until `minutes` are full or the story ends."""
    models = Models(*(cast("Any", port) for port in (None, _Times(speaking), None, None, None)))
    maker = SceneMaker(models, lambda: None)
    return asyncio.run(_made(maker, story, minutes))


async def _made(maker: SceneMaker, story: Story, minutes: float) -> list[MadeScene]:
    canon, made, played_s = Canon.of(story), list[MadeScene](), 0.0
    previous: ScoreAt | None = None
    while played_s < minutes * 60.0:
        decision = choose(canon, EMPTY, Mood(), min(played_s / (minutes * 60.0), 1.0), 0)
        if decision is None:
            break
        beat = decision.beat
        before = made[-1].brief.beat.place if made else ""
        made.append(
            await maker.make(
                SceneAsk(
                    scene_id=f"s{len(made)}",
                    story=story,
                    beat=beat,
                    canon=canon,
                    taste=EMPTY,
                    manner=Manner(),
                    seed=draw_int(0, story.story_id, beat.beat_id) >> 33,
                    first=not made,
                    new_place=beat.place != before,
                    previous=previous,
                    said=(),
                    words_by_s=0.0,
                )
            )
        )
        previous = score_after(made[-1].scene)
        options = canon.options(beat)
        canon = canon.after(beat, options[0] if options else None)
        played_s += made[-1].scene.frame_count / FRAMES_PER_SECOND
    return made


def shots(made: list[MadeScene]) -> Iterator[inference_shot.Shot]:
    """Over the wire's messages, as the Animator receives them."""
    for scene in made:
        for planned in scene.scene.shots:
            yield order_from_message(order_to_message(TakeOrder(planned.shot))).shot


def load_story(path: Path = STORY) -> Story:
    return load(path)
