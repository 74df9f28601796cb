"""The takes of one film of a story, as a session would order them, planned without a broker, a viewer or a render."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.inference.adapters.wire import order_from_message
from services.inference.domain.shot import TakeOrder as RenderOrder
from services.inference.ports import Voice as VoiceEngine
from services.streaming.adapters import stories_yaml
from services.streaming.adapters.inference_grpc import order_to_message
from services.streaming.app.film import Film
from services.streaming.app.scenes import SceneAsk, SceneMaker
from services.streaming.domain.director import choose
from services.streaming.domain.draw import draw_int
from services.streaming.domain.journal import BeatChosen, ChoiceTaken, SceneWritten, SessionSpec, TakeScheduled
from services.streaming.domain.screenplay import Rendition, TakeOrder
from services.streaming.domain.taste import EMPTY
from services.streaming.ports import Chunk, Models, SpokenTimes, Verdict, WriterBrief, WriterLine
from services.streaming.settings import STORIES


@dataclass(frozen=True, slots=True)
class EngineVoice:
    """The streaming service's Voice port on an engine in this process."""

    engine: VoiceEngine

    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        speech = self.engine.speak(text, voice, emotion, pace)
        words = tuple((word.text, word.start_sample, word.end_sample) for word in speech.words)
        return SpokenTimes(len(speech.pcm), words, voice)


class AuthoredWriter:
    """A Writer that keeps the authored lines."""

    async def write_scene(self, brief: WriterBrief, deadline_s: float) -> tuple[WriterLine, ...]:
        return brief.lines


class NoAnimator:
    """Planning renders nothing; asking it to is a mistake of the bench."""

    async def fingerprint(self) -> str:
        return "none"

    async def animate(self, order: TakeOrder, take_id: str, first_frame: int) -> AsyncGenerator[Chunk, None]:
        raise AssertionError("planning does not render")
        yield

    async def hold(self, order: TakeOrder, take_id: str) -> Chunk:
        raise AssertionError("planning does not render")

    async def prepare(self, order: TakeOrder) -> None:
        raise AssertionError("planning does not render")


class NoGuard:
    """Nobody writes to a planned film."""

    async def judge_text(self, text: str, policy: str) -> Verdict:
        raise AssertionError("nobody writes to a planned film")


def film_takes(
    story_id: str, voice: VoiceEngine, width: int, height: int, bitrate_bps: int, minutes: float, seed: int = 1
) -> list[RenderOrder]:
    """Orders of the film's first minutes in the Animator's own form, through the very messages of the wire."""
    rendition = Rendition(width=width, height=height, bitrate_bps=bitrate_bps)
    models = Models(AuthoredWriter(), EngineVoice(voice), NoAnimator(), NoGuard())
    orders = asyncio.run(_plan(story_id, models, rendition, round(minutes * 60 * 24), seed))
    return [order_from_message(order_to_message(order)) for order in orders]


async def _plan(story_id: str, models: Models, rendition: Rendition, frame_limit: int, seed: int) -> list[TakeOrder]:
    story = stories_yaml.load(STORIES / f"{story_id}.yaml")
    film = Film.begun(story, SessionSpec(story_id, "bench", seed=seed), EMPTY)
    maker = SceneMaker(models, lambda: None)
    orders: list[TakeOrder] = []
    while film.timeline.end_frame < frame_limit:
        before = film.canon
        decision = choose(before, film.taste, film.mood, film.progress, seed)
        if decision is None:
            break
        place_before = film.plans[-1].beat.place if film.plans else ""
        ask = SceneAsk(
            scene_id=f"s{film.scene_count}", story=story, beat=decision.beat, canon=before, taste=film.taste,
            manner=film.manner, seed=draw_int(0, story_id, decision.beat.beat_id) >> 33, first=not film.plans,
            new_place=decision.beat.place != place_before, previous=film.score, said=tuple(film.said), words_by_s=0.0,
        )  # fmt: skip
        film.apply(BeatChosen(decision.beat.beat_id, decision.terms, decision.why))
        made = await maker.make(ask)
        film.apply(SceneWritten(made.scene, -1))
        plan = film.plans[-1]
        plan.brief = made.brief
        for planned in made.scene.shots:
            at = film.timeline.end_frame
            order = TakeOrder(planned.shot, film.look.keys(at, planned.shot.frame_count), rendition, False)
            film.apply(TakeScheduled(planned.shot_id, f"take-{len(orders)}", order, at, 0))
            orders.append(order)
        if plan.options:
            film.apply(ChoiceTaken(f"{made.scene.scene_id}.choice", plan.options[0].option_id, by_viewer=False))
    return orders
