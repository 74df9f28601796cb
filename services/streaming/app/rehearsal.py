"""Before viewers come, each story's opening is planned and its first takes are rendered: play is then at once."""

from __future__ import annotations

import logging

from services.streaming.app.scenes import SceneAsk, SceneMaker
from services.streaming.app.surroundings import Surroundings
from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.director import choose
from services.streaming.domain.draw import draw_int
from services.streaming.domain.identity import take_identity
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.story import Story
from services.streaming.domain.taste import EMPTY, Mood
from services.streaming.domain.timebase import FRAMES_PER_SECOND, frames
from services.streaming.ports import ModelRefused, ModelUnavailable

logger = logging.getLogger(__name__)

REHEARSED_S = 12.0
PATIENCE_S = 60.0


async def rehearse(story: Story, around: Surroundings) -> None:
    """Make the opening that an unknown viewer gets, and wait until its first take can be shown."""
    canon = Canon.of(story)
    decision = choose(canon, EMPTY, Mood(), 0.0, 0)
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
    now_s = around.clock.monotonic_s()
    at = 0
    for planned in made.scene.shots:
        if at >= frames(REHEARSED_S):
            break
        order = TakeOrder(planned.shot, rendition=around.rendition)
        take_id = take_identity(order, around.fingerprint)
        take = around.takes.want(take_id, order, 0, now_s + at / FRAMES_PER_SECOND)
        if at == 0 and not await around.takes.starts_at(take, 0, PATIENCE_S):
            logger.warning("the opening of %s is not rendered yet: %s", story.story_id, take.refused or "late")
        at += planned.shot.frame_count
    await warm_places(story, around)


async def warm_places(story: Story, around: Surroundings) -> None:
    """Have the sets of the story made ready, in the order of its places; without them the film only starts to paint
    later."""
    try:
        await around.models.painter.warm(tuple(dict.fromkeys(place.set_name for place in story.places)))
    except (ModelUnavailable, ModelRefused) as error:
        logger.warning("the sets of %s are not made ready: %s", story.story_id, error)
