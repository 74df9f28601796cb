"""A film made again from its journal is the film that was: timeline, canon, manner, look, and what is still to come."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from services.streaming.app.film import Film, turned
from services.streaming.app.session import Session
from services.streaming.domain.cutting import Manner
from services.streaming.domain.events import (
    EMOJI,
    Act,
    Calm,
    ChoiceMade,
    Dial,
    Emoji,
    FreeText,
    Pause,
    Resume,
    Rewind,
    Skip,
    Volume,
)
from services.streaming.domain.journal import BeatChosen, BeatDropped, Held, SceneWritten, TakeScheduled
from tests.fakes.streaming import FakeAnimator, FakeModels
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import Studio, studio, until_frame

pytestmark = pytest.mark.unit


def drawn_act(random: Random, session: Session) -> Act:
    kinds: list[Act] = [
        Emoji(random.choice(EMOJI)),
        Dial(random.choice(["tension", "pace", "humour", "science"]), round(random.uniform(-1, 1), 2)),
        FreeText(random.choice(["more robotics please", "less robotics", "family!", "forbidden"])),
        Skip(),
        Rewind(),
        Rewind(),
        Calm(random.random() < 0.5),
        Pause(),
        Resume(),
        Volume(0.5),
        ChoiceMade(session.choices.open_id or "s1.choice", random.choice(["in", "out"])),
    ]
    return random.choice(kinds)


def plans_of(film: Film) -> list[tuple[Any, ...]]:
    return [
        (plan.scene, plan.start_frame, plan.next_shot, plan.options, plan.option_taken, plan.why, plan.terms)
        for plan in film.plans
    ]


async def replay(made: Studio, session: Session) -> Film:
    await session.flush()
    log = await made.store.log(session.session_id)
    taste = await made.store.taste(session.film.spec.viewer_id)
    entries = [(stored.sequence, stored.entry) for stored in log]
    assert [sequence for sequence, _ in entries] == list(range(len(entries)))
    return Film.replayed(session.film.story, session.film.spec, taste, entries)


def assert_same(replayed: Film, live: Film) -> None:
    kept = live.timeline.takes
    assert replayed.timeline.takes[-len(kept) :] == kept
    assert replayed.canon == live.canon
    assert replayed.manner == live.manner
    assert replayed.look == live.look
    assert replayed.mood == live.mood
    assert replayed.taste == live.taste
    assert replayed.calm == live.calm
    assert replayed.said == live.said
    assert replayed.why == live.why
    assert replayed.ended == live.ended
    assert replayed.played_to == live.played_to
    assert replayed.next_sequence == live.next_sequence
    assert replayed.scene_count == live.scene_count
    assert replayed.score == live.score
    assert plans_of(replayed) == plans_of(live)


@pytest.mark.parametrize("seed", range(24))
@in_virtual_time
async def test_a_replayed_film_is_the_film_that_was(seed: int) -> None:
    random = Random(seed)
    animator = FakeAnimator(first_s=random.choice([0.0, 0.1, 0.4]), chunk_s=random.choice([0.0, 0.1, 0.3]))
    async with studio(FakeModels(animator=animator)) as made:
        session, _, _ = await made.watch(seed=seed + 1)
        for _ in range(random.randrange(4, 16)):
            await asyncio.sleep(random.uniform(0.0, 6.0))
            animator.first_s = random.choice([0.0, 0.1, 0.4, 3.0])
            for _ in range(random.choice([1, 1, 3])):
                await made.act(session, drawn_act(random, session))
        await made.sessions.accept(made.event(session, Resume()))
        await asyncio.sleep(random.uniform(9.0, 30.0))
        assert not session.failed
        assert await made.store.undecided() == ()
        assert_same(await replay(made, session), session.film)


@in_virtual_time
async def test_a_whole_film_replays() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        while not session.film.ended:
            await asyncio.sleep(0.5)
        assert_same(await replay(made, session), session.film)


@in_virtual_time
async def test_holds_replay() -> None:
    async with studio(FakeModels(animator=FakeAnimator(first_s=2.0, chunk_s=0.8))) as made:
        session, _, _ = await made.watch()
        await asyncio.sleep(60.0)
        log = await made.store.log(session.session_id)
        assert any(isinstance(stored.entry, Held) for stored in log)
        assert_same(await replay(made, session), session.film)


@in_virtual_time
async def test_every_prefix_of_a_journal_is_a_film_without_overlaps() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        random = Random(3)
        for _ in range(10):
            await asyncio.sleep(random.uniform(1.0, 6.0))
            await made.act(session, drawn_act(random, session))
        await made.act(session, Resume())
        await asyncio.sleep(10.0)
        await session.flush()
        log = await made.store.log(session.session_id)
        for length in range(len(log) + 1):
            entries = [(stored.sequence, stored.entry) for stored in log[:length]]
            film = Film.replayed(session.film.story, session.film.spec, session.film.taste, entries)
            takes = film.timeline.takes
            assert all(a.end_frame <= b.first_frame for a, b in zip(takes, takes[1:], strict=False))
            assert film.next_sequence == length
            assert all(0 <= plan.next_shot <= len(plan.scene.shots) for plan in film.plans)


@in_virtual_time
async def test_a_dropped_beat_leaves_no_trace_in_canon_or_plans() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        await until_frame(session, 24)
        live = session.film
        film = await replay(made, session)
        before = film.canon
        beat = next(beat for beat in before.next_beats())
        film.apply(BeatChosen(beat.beat_id, (), "because"))
        assert film.canon != before
        film.apply(BeatDropped(beat.beat_id))
        assert film.canon == before
        assert film.last_chosen is None
        assert [plan.beat.beat_id for plan in film.plans] == [plan.beat.beat_id for plan in live.plans]


@in_virtual_time
async def test_a_scene_told_anew_takes_its_shots_off_the_timeline_and_leaves_what_played() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        await until_frame(session, 24)
        film = await replay(made, session)
        plan = film.plans[0]
        first, second, third = plan.scene.shots[:3]
        at = film.timeline.end_frame
        for planned in (third, first, second, third):
            take = next(take for take in film.timeline.takes if take.shot_id == first.shot_id)
            film.apply(TakeScheduled(planned.shot_id, f"take-{planned.shot_id}", take.order, at, 0))
            at = film.timeline.end_frame
        shorter = replace(plan.scene, shots=(first, second))
        film.apply(SceneWritten(shorter, plan.start_frame))
        shots = [take.shot_id for take in film.timeline.takes]
        assert shots[-3:] == [third.shot_id, first.shot_id, second.shot_id]
        assert plan.next_shot == 2


@pytest.mark.parametrize("name", ["tension", "pace", "humour"])
def test_dials_turn_the_manner(name: str) -> None:
    assert [getattr(turned(Manner(), Dial(name, value)), name) for value in (0.2, 0.4, 0.7, -0.9)] == [0, 0.5, 0.5, -1]


def test_science_is_a_matter_of_words() -> None:
    assert turned(Manner(), Dial("science", 0.7)) == Manner()
