"""Choices in a session: offered in time, decided by who watches or by the clock, learned from."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.streaming.domain import timeline_messages as page
from services.streaming.domain.events import (
    ChoiceMade,
    Depth,
    Outcome,
    Pause,
    Resume,
)
from services.streaming.domain.promise import NO_PROMISE
from services.streaming.domain.story import Condition, Story
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from tests.fakes.streaming import RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import evening, studio
from tests.unit.streaming.app.test_session import receipt_of, to_the_end

pytestmark = pytest.mark.unit


async def choice_offered(viewer: RecordingViewer) -> page.ChoiceOffered:
    async with asyncio.timeout(120.0):
        while not viewer.told_of(page.ChoiceOffered):
            await asyncio.sleep(0.05)
    [offered] = viewer.told_of(page.ChoiceOffered)
    assert isinstance(offered, page.ChoiceOffered)
    return offered


@in_virtual_time
async def test_the_viewer_decides() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        offered = await choice_offered(viewer)
        assert offered.options == (("in", "Go in"), ("out", "Stay out"))
        receipt = await receipt_of(viewer, await made.act(session, ChoiceMade(offered.choice_id, "out")))
        assert (receipt.outcome, receipt.depth) == (Outcome.APPLIED, Depth.STORY)
        assert receipt.first_frame_index is not None
        assert viewer.told_of(page.ChoiceClosed) == [page.ChoiceClosed(offered.choice_id, "out")]
        assert session.film.canon.facts["season"] == "winter"
        assert session.film.canon.facts["lit"] is False
        late = await receipt_of(viewer, await made.act(session, ChoiceMade(offered.choice_id, "in")))
        assert late.outcome is Outcome.EXPIRED
        assert session.film.canon.facts["lit"] is False


def parting() -> Story:
    """The same evening, where one scene follows only who goes in and the other only who stays out."""
    story = evening()
    asks = {"cellar": False, "attic": True}
    beats = [
        replace(beat, requires=(*beat.requires, Condition("fact", "lit", "==", True, negated=asks[beat.beat_id])))
        if beat.beat_id in asks
        else beat
        for beat in story.beats
    ]
    ends = [replace(beat, requires=beat.requires[:0]) if beat.ends else beat for beat in beats]
    return replace(story, beats=tuple(ends))


@in_virtual_time
async def test_what_the_viewer_chose_teaches_their_taste() -> None:
    async with studio(stories={"small": parting()}) as made:
        session, viewer, _ = await made.watch()
        offered = await choice_offered(viewer)
        frame = session.playout.frame
        assert session.film.promise("out", frame).flavour["theme:family"] > 0.0
        assert session.film.promise("in", frame).flavour["theme:family"] < 0.0
        event = await made.act(session, ChoiceMade(offered.choice_id, "out"))
        await receipt_of(viewer, event)
        assert session.film.taste.mean("theme:family") > session.film.taste.mean("theme:robotics")
        assert event in session.film.taste.axis("theme:family").taught_by
        assert session.film.promise("out", frame) == NO_PROMISE
        (preference,) = session.film.taste.preferences
        assert preference.story_id == "small"
        assert preference.taken
        assert not {*preference.taken} & {*preference.left}


@in_virtual_time
async def test_an_unknown_option_is_refused_and_the_choice_stays_open() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        offered = await choice_offered(viewer)
        receipt = await receipt_of(viewer, await made.act(session, ChoiceMade(offered.choice_id, "fly")))
        assert receipt.outcome is Outcome.REFUSED
        assert session.choices.open_id == offered.choice_id


@in_virtual_time
async def test_time_decides_when_the_viewer_does_not() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        offered = await choice_offered(viewer)
        at = session.playout.frame
        while not viewer.told_of(page.ChoiceClosed):
            await asyncio.sleep(0.05)
        assert viewer.told_of(page.ChoiceClosed) == [page.ChoiceClosed(offered.choice_id, "in")]
        assert session.film.canon.facts["lit"] is True
        assert (session.playout.frame - at) / FRAMES_PER_SECOND == pytest.approx(offered.countdown_s, abs=0.3)
        await to_the_end(session)
        assert session.playout.counts.holds == 0


@in_virtual_time
async def test_all_who_watch_together_are_told_how_the_vote_goes() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        friend = RecordingViewer()
        session.attach(friend)
        offered = await choice_offered(viewer)
        assert friend.told_of(page.ChoiceVotes) == [page.ChoiceVotes(offered.choice_id, (), 2)]
        await receipt_of(viewer, await made.act(session, ChoiceMade(offered.choice_id, "in")))
        late = RecordingViewer()
        session.attach(late)
        assert late.told_of(page.ChoiceVotes) == [page.ChoiceVotes(offered.choice_id, (("in", 1),), 3)]
        assert friend.told_of(page.ChoiceVotes) == viewer.told_of(page.ChoiceVotes)
        session.detach(late)
        assert friend.told_of(page.ChoiceVotes)[-1] == page.ChoiceVotes(offered.choice_id, (("in", 1),), 2)
        session.detach(viewer)
        assert friend.told_of(page.ChoiceClosed) == [page.ChoiceClosed(offered.choice_id, "in")], (
            "all who are left have voted"
        )
        assert session.choices.open_id == ""


@in_virtual_time
async def test_a_choice_waits_while_the_film_is_paused() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        offered = await choice_offered(viewer)
        await made.act(session, Pause())
        await asyncio.sleep(60.0)
        assert session.choices.open_id == offered.choice_id
        assert session.state == "paused"
        await made.act(session, Resume())
        await asyncio.sleep(1.0)
        assert session.choices.open_id == offered.choice_id
