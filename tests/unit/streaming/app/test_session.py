"""A whole session in virtual time: every event gets one receipt, the film bends where the receipt says, and it ends."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from services.streaming.app.session import Session
from services.streaming.domain import timeline_messages as page
from services.streaming.domain.events import (
    Calm,
    ChoiceMade,
    Depth,
    Dial,
    Emoji,
    FreeText,
    Outcome,
    Pause,
    Receipt,
    Resume,
    Rewind,
    Skip,
    Visibility,
    Volume,
)
from services.streaming.domain.screenplay import Leaving, TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from tests.fakes.streaming import FakeAnimator, FakeModels, RecordingViewer, away
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import Studio, studio, until_frame

pytestmark = pytest.mark.unit


async def receipt_of(viewer: RecordingViewer, event_id: str, patience_s: float = 30.0) -> Receipt:
    """The receipt of an event, as soon as it is told."""
    async with asyncio.timeout(patience_s):
        while True:
            found = [receipt for receipt in viewer.receipts if receipt.event_id == event_id]
            if found:
                return found[0]
            await asyncio.sleep(0.01)


async def to_the_end(session: Session, patience_s: float = 400.0) -> None:
    async with asyncio.timeout(patience_s):
        while not session.film.ended:
            await asyncio.sleep(0.5)


def order_at(made: Studio, viewer: RecordingViewer, session: Session, frame: int) -> TakeOrder:
    """What was really shown at a session frame of a film that never paused or held."""
    data = viewer.video[frame - viewer_start(viewer)][1]
    return made.models.animator.orders[data.decode().split("/")[0]]


def viewer_start(viewer: RecordingViewer) -> int:
    [hello] = viewer.told_of(page.Hello)[:1]
    assert isinstance(hello, page.Hello)
    return hello.frame_index


@in_virtual_time
async def test_a_film_plays_from_its_title_to_its_end_without_a_hold() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await to_the_end(session)
        assert session.state == "ended"
        assert session.playout.counts.holds == 0
        assert made.models.animator.held == []
        assert session.playout.counts.missing_packets == 0
        assert session.film.canon.over
        [ended] = viewer.told_of(page.Ended)
        assert isinstance(ended, page.Ended)
        assert ended.ending_title == "End"
        assert len(viewer.video) == session.film.timeline.end_frame
        assert not session.failed


@in_virtual_time
async def test_a_scene_that_is_not_cut_to_comes_out_of_the_picture_before_it() -> None:
    async with studio() as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        takes = session.film.timeline.takes
        came = [(left, take) for left, take in pairwise(takes) if take.order.shot.transition != "cut"]
        assert [take.order.shot.transition for _, take in came] == ["dip"]
        [(left, take)] = came
        shot = left.order.shot
        assert take.order.shot.leaving == Leaving(
            shot.view, shot.frame_count, shot.camera, shot.staging, shot.effects, shot.frame_count
        )
        assert all(take.order.shot.leaving is None for take in takes if take.order.shot.transition == "cut")


@in_virtual_time
async def test_the_places_of_the_story_are_made_ready_and_a_painter_that_is_away_stops_nothing() -> None:
    async with studio() as made:
        await made.watch()
        await asyncio.sleep(1.0)
        assert made.models.painter.warmed == [("corridor", "mars_surface", "cavern")]
    models = FakeModels()
    models.painter.failure = away()
    async with studio(models) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 48)
        assert viewer.video
        assert not session.failed


@in_virtual_time
async def test_who_skips_to_a_scene_is_cut_to_it() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        while session.film.playing(session.playout.frame) is None or len(session.film.plans) < 4:
            await asyncio.sleep(1.0)
        receipt = await receipt_of(viewer, await made.act(session, Skip()))
        assert session.film.plans[-1].beat.ends
        first = session.film.timeline.at(receipt.first_frame_index or 0)
        assert first is not None
        assert session.film.plans[-1].scene.shots[0].shot.transition == "dip"
        assert (first.order.shot.transition, first.order.shot.leaving) == ("cut", None)


@in_virtual_time
async def test_the_page_is_told_each_shot_once_when_it_begins() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await to_the_end(session)
        told = [message for message in viewer.told_of(page.ShotStarted) if isinstance(message, page.ShotStarted)]
        planned = [shot.shot_id for plan in session.film.plans for shot in plan.scene.shots]
        assert [message.shot_id for message in told] == planned
        frames = [message.frame_index for message in told]
        assert frames == sorted(frames)
        captions = [message for message in viewer.told_of(page.CaptionCue) if isinstance(message, page.CaptionCue)]
        assert len({cue.cue_id for cue in captions}) == len(captions)
        assert all(before.end_frame <= after.start_frame for before, after in zip(captions, captions[1:], strict=False))


@in_virtual_time
async def test_each_act_gets_exactly_one_receipt() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        acts = [
            Emoji("love"), Dial("tension", 0.6), FreeText("more robotics"), Rewind(), Pause(), Resume(),
            Volume(0.2), Visibility(True), Calm(True), Skip(),
        ]  # fmt: skip
        await until_frame(session, 100)
        ids = []
        for act in acts:
            ids.append(await made.act(session, act))
            await asyncio.sleep(0.5)
        await asyncio.sleep(20.0)
        assert sorted(receipt.event_id for receipt in viewer.receipts) == sorted(ids)
        assert sorted(receipt.event_id for receipt in made.bus.receipts) == sorted(ids)
        assert {receipt.outcome for receipt in viewer.receipts} <= {Outcome.APPLIED, Outcome.DEFERRED}
        assert await made.store.undecided() == ()
        assert all(receipt.why for receipt in viewer.receipts)
        assert not session.failed


@in_virtual_time
async def test_doubles_and_bursts_get_one_receipt_each() -> None:
    async with studio() as made:
        made.bus.doubles = True
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        events = [made.event(session, Emoji("wow")) for _ in range(40)]
        await asyncio.gather(*(made.sessions.accept(event) for event in [*events, *events, *events]))
        for event in events[:10]:
            assert await made.sessions.accept(event) is False
            await made.bus.publish_event(event)
        await asyncio.sleep(10.0)
        assert sorted(receipt.event_id for receipt in viewer.receipts) == sorted(event.event_id for event in events)
        assert not session.failed


@in_virtual_time
async def test_an_event_that_the_broker_lost_is_answered_all_the_same() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        made.bus.loses = True
        event_id = await made.act(session, Emoji("wow"))
        receipt = await receipt_of(viewer, event_id)
        assert receipt.outcome is Outcome.APPLIED
        assert made.sessions.redelivered == 1


@in_virtual_time
async def test_while_the_broker_is_away_the_film_still_answers_at_once() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        made.bus.available = False
        event_id = await made.act(session, Emoji("wow"))
        receipt = await receipt_of(viewer, event_id, patience_s=1.0)
        assert receipt.outcome is Outcome.APPLIED
        assert made.sessions.redelivered == 0


@in_virtual_time
async def test_a_reaction_is_seen_from_the_very_frame_that_the_receipt_names() -> None:
    async with studio(FakeModels(animator=FakeAnimator(first_s=0.1, chunk_s=0.05))) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 125)
        acted_at = session.playout.frame
        receipt = await receipt_of(viewer, await made.act(session, Dial("tension", 1.0)))
        assert (receipt.outcome, receipt.depth) == (Outcome.APPLIED, Depth.GRADE)
        first = receipt.first_frame_index
        assert first is not None
        assert acted_at < first <= acted_at + 24
        await until_frame(session, first + 10)
        start = viewer_start(viewer)
        before, after = (viewer.video[frame - start][1].decode().split("/")[0] for frame in (first - 1, first))
        assert before != after
        assert viewer.video[first - start][2]
        assert len(made.models.animator.orders[before].grade) == 1
        graded = made.models.animator.orders[after].grade
        assert graded[-1].warmth < 0.0
        assert made.models.animator.orders[after].shot == made.models.animator.orders[before].shot


@in_virtual_time
async def test_the_receipt_is_told_before_its_frame_is_shown() -> None:
    async with studio(FakeModels(animator=FakeAnimator(first_s=0.1, chunk_s=0.05))) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 125)
        receipt = await receipt_of(viewer, await made.act(session, Emoji("sad")))
        assert receipt.first_frame_index is not None
        assert session.playout.frame <= receipt.first_frame_index


@in_virtual_time
async def test_only_the_newest_setting_of_a_dial_counts_and_the_others_say_so() -> None:
    async with studio(FakeModels(animator=FakeAnimator(first_s=0.2))) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        busy = made.event(session, Dial("pace", -0.2))
        events = [made.event(session, Dial("pace", value)) for value in (0.1, 0.4, 0.9)]
        other = made.event(session, Dial("humour", 0.5))
        await made.sessions.accept(busy)
        await asyncio.sleep(0.05)
        for event in [*events, other]:
            await made.sessions.accept(event)
        await asyncio.sleep(5.0)
        found = {receipt.event_id: receipt for receipt in viewer.receipts}
        newest = events[2].event_id
        assert found[busy.event_id].outcome is Outcome.APPLIED
        assert [found[event.event_id].outcome for event in events] == [Outcome.MERGED, Outcome.MERGED, Outcome.APPLIED]
        assert [found[event.event_id].merged_into for event in events] == [newest, newest, ""]
        assert found[other.event_id].outcome is Outcome.APPLIED
        assert (session.film.manner.pace, session.film.manner.humour) == (1.0, 0.5)
        assert found[newest].first_frame_index == found[other.event_id].first_frame_index


@in_virtual_time
async def test_who_acts_while_the_film_holds_sees_it_when_it_goes_on() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 101)
        session.film.timeline.hold(108, 24)
        await until_frame(session, 107)
        receipt = await receipt_of(viewer, await made.act(session, Dial("humour", 1.0)))
        assert (receipt.outcome, receipt.depth) == (Outcome.APPLIED, Depth.GRADE)
        assert receipt.first_frame_index is not None
        assert receipt.first_frame_index >= 132


@in_virtual_time
async def test_where_no_fork_comes_in_time_the_next_shot_answers() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100)
        made.models.animator.first_s = 3.0
        receipt = await receipt_of(viewer, await made.act(session, Dial("humour", 1.0)))
        made.models.animator.first_s = 0.5
        assert (receipt.outcome, receipt.depth) == (Outcome.DEFERRED, Depth.SHOT)
        first = receipt.first_frame_index
        assert first is not None
        assert "next shot" in receipt.why
        await until_frame(session, first + 24)
        scheduled = session.film.timeline.at(first + 12)
        assert scheduled is not None
        assert scheduled.order.grade[-1].warmth > 0.0
        assert session.playout.counts.holds == 0


@in_virtual_time
async def test_a_dial_restyles_the_shots_to_come_and_keeps_their_words() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        plan = session.film.playing(60)
        assert plan is not None
        before = plan.scene
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await asyncio.sleep(1.0)
        assert plan.scene.shots != before.shots
        assert len(plan.scene.shots) > len(before.shots)
        assert plan.scene.frame_count == before.frame_count
        assert plan.scene.shots[0] == before.shots[0]
        assert {line.text for shot in plan.scene.shots for line in shot.shot.lines} == {
            line.text for shot in before.shots for line in shot.shot.lines
        }
        await to_the_end(session)
        assert session.playout.counts.holds == 0


@in_virtual_time
async def test_calm_reaches_the_orders_from_the_next_frames_on() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100)
        receipt = await receipt_of(viewer, await made.act(session, Calm(True)))
        assert receipt.outcome is Outcome.APPLIED
        assert receipt.first_frame_index is not None
        await until_frame(session, receipt.first_frame_index + 2)
        assert order_at(made, viewer, session, receipt.first_frame_index).calm
        assert not order_at(made, viewer, session, receipt.first_frame_index - 1).calm


@in_virtual_time
async def test_a_skip_brings_the_next_scene_within_two_seconds() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100)
        plan = session.film.playing(100)
        receipt = await receipt_of(viewer, await made.act(session, Skip()))
        assert (receipt.outcome, receipt.depth) == (Outcome.APPLIED, Depth.STORY)
        first = receipt.first_frame_index
        assert first is not None
        assert first <= 100 + 2 * FRAMES_PER_SECOND
        await until_frame(session, first + 1)
        following = session.film.playing(first)
        assert following is not plan
        assert following is not None
        assert following.scene.scene_id == "s1"
        assert session.playout.counts.holds == 0


@in_virtual_time
async def test_skipping_all_the_way_comes_to_the_end() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 30)
        ids = []
        for _ in range(6):
            ids.append(await made.act(session, Skip()))
            await receipt_of(viewer, ids[-1])
            await asyncio.sleep(2.0)
        await to_the_end(session)
        assert len(viewer.receipts) == len(set(ids))
        assert session.film.canon.played[-1] == "end"
        assert tuple(plan.beat.beat_id for plan in session.film.plans) == session.film.canon.played
        assert [plan.scene.scene_id for plan in session.film.plans] == [f"s{n}" for n in range(len(session.film.plans))]


@pytest.mark.parametrize("offset", range(0, 24, 3))
@in_virtual_time
async def test_a_reaction_right_after_a_skip_does_not_undo_it(offset: int) -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100 + offset)
        skip, emoji = made.event(session, Skip()), made.event(session, Emoji("love"))
        for event in (skip, emoji):
            await made.store.accept_event(event)
            await made.bus.publish_event(event)
        skipped = (await receipt_of(viewer, skip.event_id)).first_frame_index
        reacted = await receipt_of(viewer, emoji.event_id)
        assert skipped is not None
        await until_frame(session, skipped + 48)
        playing = session.film.playing(skipped + 40)
        assert playing is not None
        assert playing.scene.scene_id == "s1"
        assert reacted.first_frame_index is not None
        assert reacted.first_frame_index >= skipped


@in_virtual_time
async def test_rewind_shows_the_shot_again_and_then_goes_on() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100)
        shot = session.film.timeline.at(100)
        assert shot is not None
        await until_frame(session, shot.first_frame + 60)
        receipt = await receipt_of(viewer, await made.act(session, Rewind()))
        first = receipt.first_frame_index
        assert (receipt.outcome, receipt.depth) == (Outcome.APPLIED, Depth.SHOT)
        assert first is not None
        await until_frame(session, first + 1)
        again = session.film.timeline.at(first)
        assert again is not None
        assert (again.shot_id, again.take_frame) == (shot.shot_id, 0)
        assert made.models.animator.asked.count((again.take_id, 0)) == 1
        await to_the_end(session)
        planned = [s.shot_id for plan in session.film.plans for s in plan.scene.shots]
        told = [m.shot_id for m in viewer.told_of(page.ShotStarted) if isinstance(m, page.ShotStarted)]
        assert sorted(set(told)) == sorted(planned)
        assert len(told) >= len(planned) + 1


@in_virtual_time
async def test_rewinding_and_then_restyling_keeps_what_plays() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 150)
        await receipt_of(viewer, await made.act(session, Dial("pace", 1.0)))
        await until_frame(session, session.playout.frame + 150)
        await receipt_of(viewer, await made.act(session, Rewind()))
        await asyncio.sleep(1.0)
        await receipt_of(viewer, await made.act(session, Rewind()))
        await asyncio.sleep(1.0)
        await receipt_of(viewer, await made.act(session, Dial("pace", -1.0)))
        await asyncio.sleep(5.0)
        assert session.playout.counts.holds == 0
        assert session.film.timeline.at(session.playout.frame) is not None
        await to_the_end(session)
        assert session.playout.counts.holds == 0


@in_virtual_time
async def test_after_the_end_everything_is_too_late() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await to_the_end(session)
        for act in (Emoji("love"), Dial("pace", 0.5), Skip(), FreeText("more"), ChoiceMade("s1.choice", "in")):
            receipt = await receipt_of(viewer, await made.act(session, act))
            assert receipt.outcome is Outcome.EXPIRED
            assert receipt.first_frame_index is None
        assert session.film.manner.pace == 0.0


@in_virtual_time
async def test_a_pause_stops_the_film_and_a_resume_tells_where_it_is() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100)
        await receipt_of(viewer, await made.act(session, Pause()))
        stopped = session.playout.frame
        await asyncio.sleep(30.0)
        assert session.playout.frame <= stopped + 1
        assert session.state == "paused"
        hellos = len(viewer.told_of(page.Hello))
        await receipt_of(viewer, await made.act(session, Resume()))
        await asyncio.sleep(1.0)
        assert session.state == "playing"
        assert len(viewer.told_of(page.Hello)) == hellos + 1
