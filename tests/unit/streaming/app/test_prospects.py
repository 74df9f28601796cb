"""What films guess: a skip ahead, what follows each way to decide, another beat; and that sessions tell what came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.streaming.app.prospects import Prospects
from services.streaming.app.session import Session
from services.streaming.app.speculation import Prospect, Speculation
from services.streaming.domain.events import Skip
from tests.fakes.streaming import FakeAnimator, FakeModels
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import Studio, studio, until_frame

pytestmark = pytest.mark.unit


@asynccontextmanager
async def guessing(animator: FakeAnimator | None = None) -> AsyncIterator[tuple[Studio, Speculation]]:
    """A node that prepares what films may need."""
    async with studio(FakeModels(animator=animator or FakeAnimator(chunk_s=0.02))) as made:
        speculation = Speculation(made.takes, made.clock)
        made.around = made.sessions.around = replace(made.around, speculation=speculation)
        speculation.start()
        try:
            yield made, speculation
        finally:
            await speculation.close()


def proposed(speculation: Speculation, session: Session) -> list[Prospect]:
    """What the session's film would propose now."""
    heard: list[Prospect] = []
    asking = Prospects(session.film, session.playout, session.around, "probe", session.seed)
    asking.propose()
    heard.extend(speculation._proposed["probe"])
    asking.withdraw()
    return heard


@in_virtual_time
async def test_who_skips_finds_the_next_scene_rendered() -> None:
    async with guessing() as (made, speculation):
        session, _, _ = await made.watch()
        await until_frame(session, 240)
        following = next(plan for plan in session.film.plans if not plan.begun)
        first = next(one for one in session.film.plans if one is following).scene.shots[0]
        rendered = [take for take in made.models.animator.orders.values() if take.shot == first.shot]
        assert rendered
        asked = len(made.models.animator.asked)
        await made.act(session, Skip())
        await asyncio.sleep(0.5)
        assert session.film.playing(session.playout.frame + 12) is following
        assert all(order.shot != first.shot for order in list(made.models.animator.orders.values())[asked:])
        assert speculation.counts.hits >= 1


@in_virtual_time
async def test_what_follows_a_choice_is_made_before_anybody_decides() -> None:
    async with guessing() as (made, speculation):
        session, _, _ = await made.watch()
        while not (session.film.plans and session.film.plans[-1].awaits_choice):
            await asyncio.sleep(0.25)
        await asyncio.sleep(20.0)
        asked = len(made.models.writer.briefs)
        while session.film.plans[-1].beat.beat_id == "gate":
            await asyncio.sleep(0.25)
        # the beat that came was written before the choice was made
        assert len(made.models.writer.briefs) == asked
        assert speculation.counts.hits >= 1


@in_virtual_time
async def test_a_film_that_nobody_watches_guesses_nothing() -> None:
    async with guessing() as (made, speculation):
        session, viewer, _ = await made.watch()
        await until_frame(session, 240)
        session.detach(viewer)
        assert proposed(speculation, session) == []


@in_virtual_time
async def test_a_session_that_ends_takes_its_guesses_along() -> None:
    async with guessing() as (made, speculation):
        session, _, _ = await made.watch()
        await until_frame(session, 240)
        await made.sessions.drop(session.session_id)
        assert session.session_id not in speculation._proposed


@in_virtual_time
async def test_a_node_that_is_told_so_guesses_nothing_for_films_that_play() -> None:
    async with guessing() as (made, speculation):
        made.around = made.sessions.around = replace(made.around, policy=replace(made.around.policy, guesses=False))
        session, _, _ = await made.watch()
        await until_frame(session, 240)
        assert session.session_id not in speculation._proposed
        assert speculation.counts.begun == 0
