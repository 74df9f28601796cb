"""The sessions of a node: made, found again after a restart where they were, and no accepted event forgotten."""

from __future__ import annotations

import asyncio
import logging

import pytest

from services.streaming.app.session import Session
from services.streaming.app.sessions import (
    ENDED_LIMIT_S,
    IDLE_LIMIT_S,
    TooManySessions,
    UnknownInterest,
    UnknownSession,
    UnknownStory,
    hash_of,
)
from services.streaming.domain.events import Dial, Emoji, InvalidEvent, Outcome, PreferenceEvent, Skip
from services.streaming.domain.journal import BeatChosen, BeatDropped, SessionSpec, Started
from services.streaming.domain.taste import Axis, Taste
from tests.fakes.streaming import FakeModels, FakeVoice, MemoryStore, RecordingViewer, frame_bytes
from tests.fakes.virtual_time import FakeClock, in_virtual_time
from tests.unit.streaming.app.studio import studio, until_frame
from tests.unit.streaming.app.test_session import to_the_end

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_a_session_is_made_with_a_token_that_is_not_kept() -> None:
    async with studio() as made:
        _, _, grant = await made.watch()
        record = await made.store.session(grant.session.session_id)
        assert record is not None
        assert record.token_hash == hash_of(grant.token)
        assert grant.token not in repr(record)
        await asyncio.sleep(1.0)
        [first, *_] = await made.store.log(grant.session.session_id)
        assert isinstance(first.entry, Started)
        assert first.entry.spec.seed == 7


@in_virtual_time
async def test_a_session_without_viewer_or_seed_gets_both() -> None:
    async with studio() as made:
        one, two = [(await made.sessions.create(SessionSpec("small", ""))).session for _ in range(2)]
        assert one.film.spec.viewer_id
        assert one.film.spec.viewer_id != two.film.spec.viewer_id
        assert one.film.spec.seed


@in_virtual_time
async def test_strangers_begin_alike_and_who_is_known_does_not() -> None:
    async with studio() as made:
        one, two = [(await made.sessions.create(SessionSpec("small", ""))).session for _ in range(2)]
        assert one.film.spec.seed == two.film.spec.seed
        assert one.seed == two.seed
        await made.store.keep_taste("known", Taste({"humour": Axis(0.5, 0.2)}))
        known = (await made.sessions.create(SessionSpec("small", "known"))).session
        again = (await made.sessions.create(SessionSpec("small", "known"))).session
        assert len({one.seed, known.seed, again.seed}) == 3


@in_virtual_time
async def test_the_right_token_opens_and_a_wrong_one_does_not() -> None:
    async with studio() as made:
        session, _, grant = await made.watch()
        _, _, other = await made.watch()
        assert await made.sessions.authorised(session.session_id, grant.token) is session
        for token in ("", "wrong", other.token, grant.token + "x"):
            with pytest.raises(UnknownSession):
                await made.sessions.authorised(session.session_id, token)
        with pytest.raises(UnknownSession):
            await made.sessions.authorised("0123456789abcdef", grant.token)


@in_virtual_time
async def test_stories_and_room_are_limited() -> None:
    async with studio(limit=2) as made:
        with pytest.raises(UnknownStory):
            await made.sessions.create(SessionSpec("another", ""))
        await made.watch()
        await made.watch()
        with pytest.raises(TooManySessions) as refused:
            await made.sessions.create(SessionSpec("small", ""))
        assert refused.value.retry_after_s > 0
        assert len(made.sessions.live) == 2


@in_virtual_time
async def test_a_session_that_nobody_watches_gives_its_place_to_a_new_one_and_is_found_again() -> None:
    async with studio(limit=2) as made:
        watched, _, _ = await made.watch()
        left, viewer, grant = await made.watch()
        await until_frame(left, 60)
        left.detach(viewer)
        with pytest.raises(TooManySessions):
            await made.sessions.create(SessionSpec("small", ""))
        await asyncio.sleep(20.0)
        new = await made.sessions.create(SessionSpec("small", ""))
        assert {session.session_id for session in made.sessions.live} == {watched.session_id, new.session.session_id}
        at = left.playout.frame
        await asyncio.sleep(20.0)
        again = await made.sessions.authorised(left.session_id, grant.token)
        assert again.playout.frame >= at - 12


@in_virtual_time
async def test_a_bad_event_is_not_accepted() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        with pytest.raises(InvalidEvent):
            await made.sessions.accept(made.event(session, Emoji("angry")))
        assert await made.store.undecided() == ()


async def kept_film(store: MemoryStore, play_to: int = 250) -> tuple[str, str, int, Session]:
    """Play on one node, then end it; id, token and the frame reached."""
    async with studio(store=store) as made:
        session, _, grant = await made.watch()
        await until_frame(session, 60)
        await made.act(session, Dial("pace", 0.6))
        await until_frame(session, play_to)
        return session.session_id, grant.token, session.playout.frame, session


@in_virtual_time
async def test_a_session_goes_on_at_the_right_frame_on_another_node() -> None:
    store = MemoryStore(FakeClock())
    session_id, token, reached, old = await kept_film(store)
    async with studio(store=store) as made:
        session = await made.sessions.authorised(session_id, token)
        assert reached - 26 <= session.playout.frame <= reached + 12
        assert session.playout.frame % 12 == 0
        assert session.film.manner == old.film.manner
        viewer = RecordingViewer()
        session.attach(viewer)
        at = session.playout.frame
        scheduled = session.film.timeline.at(at)
        assert scheduled is not None
        await until_frame(session, at + 48)
        assert viewer.video[0][1] == frame_bytes(scheduled.take_id, scheduled.frame_of_take(at))
        while not session.film.ended:
            await asyncio.sleep(0.5)
        assert session.film.canon.over
        assert [plan.beat.beat_id for plan in session.film.plans] == list(session.film.canon.played)
        log = await store.log(session_id)
        assert [stored.sequence for stored in log] == list(range(len(log)))


@pytest.mark.parametrize("play_to", range(30, 1500, 97))
def test_a_film_that_is_broken_off_anywhere_comes_to_its_end(play_to: int) -> None:
    @in_virtual_time
    async def run() -> None:
        store = MemoryStore(FakeClock())
        session_id, token, _, _ = await kept_film(store, play_to)
        async with studio(store=store) as made:
            session = await made.sessions.authorised(session_id, token)
            session.attach(RecordingViewer())
            async with asyncio.timeout(300.0):
                while not session.film.ended:
                    await asyncio.sleep(0.5)
            assert [plan.beat.beat_id for plan in session.film.plans] == list(session.film.canon.played)
            assert session.playout.counts.holds <= 1

    run()


@in_virtual_time
async def test_a_beat_whose_scene_was_never_made_is_chosen_again_after_a_restart() -> None:
    store = MemoryStore(FakeClock())

    class Slow(FakeVoice):
        async def times(self, text: str, voice: str, emotion: str, pace: float):  # type: ignore[no-untyped-def]
            if text.startswith("Gate"):
                await asyncio.sleep(1_000.0)
            return await super().times(text, voice, emotion, pace)

    async with studio(FakeModels(voice=Slow()), store=store) as made:
        session, _, grant = await made.watch()
        while session.film.canon.played != ("start", "gate"):
            await asyncio.sleep(0.1)
    log = await store.log(session.session_id)
    assert isinstance(log[-1].entry, BeatChosen) or any(
        isinstance(s.entry, BeatChosen) and s.entry.beat_id == "gate" for s in log
    )
    async with studio(store=store) as made:
        again = await made.sessions.authorised(session.session_id, grant.token)
        again.attach(RecordingViewer())
        while not again.film.ended:
            await asyncio.sleep(0.5)
        assert [plan.beat.beat_id for plan in again.film.plans][:2] == ["start", "gate"]
    assert any(isinstance(s.entry, BeatDropped) for s in await store.log(session.session_id))


@in_virtual_time
async def test_events_that_found_no_answer_are_answered_after_a_restart() -> None:
    store = MemoryStore(FakeClock())
    session_id, token, _, old = await kept_film(store)
    waiting = [
        PreferenceEvent(f"waiting-{n}", session_id, "viewer-1", Emoji("love"), old.around.clock.epoch_s(), 0.0)
        for n in range(3)
    ]
    for event in waiting:
        assert await store.accept_event(event)
    async with studio(store=store) as made:
        session = await made.sessions.authorised(session_id, token)
        viewer = RecordingViewer()
        session.attach(viewer)
        await asyncio.sleep(10.0)
        assert await store.undecided() == ()
        told = [receipt for receipt in made.bus.receipts if receipt.event_id.startswith("waiting")]
        assert sorted(receipt.event_id for receipt in told) == [event.event_id for event in waiting]
        assert {receipt.outcome for receipt in told} <= {Outcome.APPLIED, Outcome.DEFERRED}
        assert made.sessions.redelivered == 3


@in_virtual_time
async def test_taste_outlives_the_session() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        await until_frame(session, 60)
        await made.act(session, Dial("science", 1.0))
        await asyncio.sleep(5.0)
        later, _, _ = await made.watch()
        assert later.film.taste == session.film.taste
        assert later.film.taste.mean("science") > 0.5
        other, _, _ = await made.watch(viewer_id="viewer-2")
        assert other.film.taste.axes == {}


@in_virtual_time
async def test_what_is_asked_for_before_the_film_is_liked_from_its_first_choice_on_and_stays() -> None:
    async with studio() as made:
        plain = (await made.sessions.create(SessionSpec("small", "plain"))).session
        asked = (await made.sessions.create(SessionSpec("small", "asker", interests=("tension", "tension")))).session
        assert asked.film.taste.mean("tension") > 0.3
        assert asked.film.taste.axis("tension").taught_by == (f"asked@{asked.session_id}",)
        assert plain.film.taste.mean("tension") == 0.0
        assert asked.film.spec.seed == plain.film.spec.seed
        kept = await made.store.taste("asker")
        assert kept.mean("tension") == asked.film.taste.mean("tension")
        again = (await made.sessions.create(SessionSpec("small", "asker", interests=("tension",)))).session
        assert again.film.taste.axis("tension").variance < asked.film.taste.axis("tension").variance


@in_virtual_time
async def test_what_no_scene_of_the_story_differs_in_cannot_be_asked_for() -> None:
    async with studio() as made:
        for interest in ("theme:romance_of_the_sea", "character:small/somebody", "film", ""):
            with pytest.raises(UnknownInterest):
                await made.sessions.create(SessionSpec("small", "asker", interests=("tension", interest)))
        assert (await made.store.taste("asker")).axes == {}
        assert await made.store.sessions_of("asker") == ()


@in_virtual_time
async def test_a_session_that_nobody_watches_is_put_away_and_can_be_found_again() -> None:
    async with studio() as made:
        session, viewer, grant = await made.watch()
        watched, _, _ = await made.watch()
        await until_frame(session, 100)
        session.detach(viewer)
        reached = session.playout.frame
        await asyncio.sleep(IDLE_LIMIT_S + 20.0)
        assert made.sessions.live == (watched,)
        again = await made.sessions.authorised(session.session_id, grant.token)
        assert again is not session
        assert reached <= again.playout.frame < reached + 12


@in_virtual_time
async def test_a_film_that_is_over_gives_its_place_to_others_soon() -> None:
    async with studio(limit=1) as made:
        session, viewer, grant = await made.watch()
        await to_the_end(session)
        session.detach(viewer)
        await asyncio.sleep(ENDED_LIMIT_S + 10.0)
        assert made.sessions.live == ()
        await made.watch()
        again = await made.sessions.authorised(session.session_id, grant.token)
        assert again.state == "ended"


@in_virtual_time
async def test_many_who_come_back_at_once_get_one_session() -> None:
    store = MemoryStore(FakeClock())
    session_id, token, _, _ = await kept_film(store)
    async with studio(store=store) as made:
        found = await asyncio.gather(*(made.sessions.authorised(session_id, token) for _ in range(8)))
        assert len(set(map(id, found))) == 1
        assert len(made.sessions.live) == 1


@in_virtual_time
async def test_nothing_that_was_decided_is_lost_when_a_node_ends_in_the_middle_of_a_write() -> None:
    store = MemoryStore(FakeClock())
    store.writes_s = 0.5
    async with studio(store=store) as made:
        session, _, _ = await made.watch()
        await until_frame(session, 100)
        await made.sessions.accept(made.event(session, Skip()))
        await asyncio.sleep(0.7)
    log = await store.log(session.session_id)
    assert [stored.sequence for stored in log] == list(range(session.film.next_sequence))


@in_virtual_time
async def test_a_store_that_fails_once_costs_no_entry(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    store = MemoryStore(FakeClock())
    async with studio(store=store) as made:
        session, _, grant = await made.watch()
        await until_frame(session, 60)
        store.fail_next.append(RuntimeError("disk full"))
        await until_frame(session, 120)
        assert session.failed
        again = await made.sessions.authorised(session.session_id, grant.token)
        assert again is not session
        assert not again.failed
        assert again.playout.frame >= 96
    log = await store.log(session.session_id)
    assert [stored.sequence for stored in log] == list(range(len(log)))


@in_virtual_time
async def test_films_that_coincide_are_written_and_rendered_once() -> None:
    async with studio() as made:
        grants = [await made.sessions.create(SessionSpec("small", "")) for _ in range(2)]
        one, two = (grant.session for grant in grants)
        for session in (one, two):
            session.attach(RecordingViewer())
        await asyncio.sleep(45.0)
        begun = [take.take_id for take in one.film.timeline.takes]
        assert len({plan.beat.beat_id for plan in one.film.plans}) >= 2
        assert begun == [take.take_id for take in two.film.timeline.takes]
        assert len(made.models.writer.briefs) == len({brief.beat_id for brief, _ in made.models.writer.briefs})
        assert len(made.models.animator.asked) == len({take_id for take_id, _ in made.models.animator.asked})
