"""Before viewers come, each story's opening is planned and its first takes are rendered: play is then at once.

A node is ready when the first take of each story can be shown. The rest of the first story's opening is asked for with
it; that of the others is a guess, made while nobody watches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial

from services.streaming.app.scenes import SceneAsk, SceneMaker
from services.streaming.app.speculation import SPECULATION, Prospect
from services.streaming.app.surroundings import Surroundings
from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.director import choose
from services.streaming.domain.draw import draw_int
from services.streaming.domain.foresight import saved_s
from services.streaming.domain.identity import take_identity
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.story import Story
from services.streaming.domain.taste import EMPTY, Mood
from services.streaming.domain.timebase import FRAMES_PER_SECOND, frames
from services.streaming.ports import ModelRefused, ModelUnavailable

logger = logging.getLogger(__name__)

REHEARSED_S = 12.0
PATIENCE_S = 60.0
OPENS_NEXT = 0.2
"""How often it is one of the other stories that is played next."""


async def rehearse(stories: Sequence[Story], around: Surroundings) -> None:
    """Make the openings that an unknown viewer gets, and wait until each one's first take can be shown.

    Of the stories after the first no more than that take is made.
    """
    begins = []
    for story in stories:
        opening = await _opening(story, around)
        now_s = around.clock.monotonic_s()
        ordered = opening if story is stories[0] else opening[:1]
        takes = [around.takes.want(take_id, order, 0, now_s + at / FRAMES_PER_SECOND) for take_id, order, at in ordered]
        begins.append(takes[0])
    can_begin = await asyncio.gather(*(around.takes.starts_at(take, 0, PATIENCE_S) for take in begins))
    for story, take, can in zip(stories, begins, can_begin, strict=True):
        if not can:
            logger.warning("the opening of %s is not rendered yet: %s", story.story_id, take.refused or "late")
    for story in stories[:1]:
        await warm_places(story, around)


def opening_key(story_id: str) -> tuple[str, str]:
    """What a story's opening is called among guesses."""
    return ("opening", story_id)


def openings(stories: Iterable[Story], around: Surroundings) -> tuple[Prospect, ...]:
    """The openings of stories that may be played next."""
    if around.speculation is None:
        return ()
    every = tuple(stories)
    spared_s = saved_s(around.speculation.cost_s("opening"), 0.0)
    return tuple(
        Prospect(
            opening_key(story.story_id), "opening", OPENS_NEXT / len(every), spared_s, partial(_guess, story, around)
        )
        for story in every
    )


async def _guess(story: Story, around: Surroundings) -> None:
    for take_id, order, _ in await _opening(story, around):
        await around.takes.rendered_on_a_guess(take_id, order, SPECULATION, PATIENCE_S)
    await warm_places(story, around)


async def _opening(story: Story, around: Surroundings) -> list[tuple[str, TakeOrder, int]]:
    """Its first takes: identity, order and the frame at which each begins."""
    canon = Canon.of(story)
    seed = draw_int(draw_int(0, story.story_id) >> 33, "director") >> 33
    decision = choose(canon, EMPTY, Mood(), 0.0, seed, appeal=around.audiences.appeal(story))
    if decision is None:
        raise ValueError(f"story {story.story_id} has no opening")
    ask = SceneAsk(
        scene_id="s0",
        story=story,
        beat=decision.beat,
        canon=canon,
        taste=EMPTY,
        manner=Manner(),
        seed=draw_int(0, story.story_id, decision.beat.beat_id) >> 33,
        first=True,
        new_place=True,
        previous=None,
        said=(),
        words_by_s=0.0,
    )
    made = await around.scenes.make(ask, SceneMaker(around.models, lambda: None))
    takes: list[tuple[str, TakeOrder, int]] = []
    at = 0
    for planned in made.scene.shots:
        if at >= frames(REHEARSED_S):
            break
        order = TakeOrder(planned.shot, rendition=around.rendition)
        takes.append((take_identity(order, around.fingerprint), order, at))
        at += planned.shot.frame_count
    return takes


async def warm_places(story: Story, around: Surroundings) -> None:
    """Have the sets of the story made ready, in the order of its places; without them the film only starts to paint
    later."""
    try:
        await around.models.painter.warm(tuple(dict.fromkeys(place.set_name for place in story.places)))
    except (ModelUnavailable, ModelRefused) as error:
        logger.warning("the sets of %s are not made ready: %s", story.story_id, error)
