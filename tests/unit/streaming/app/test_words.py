"""What viewers write: judged first, heard at once by its plain words, and read by a model when that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.streaming.domain.events import (
    Depth,
    FreeText,
    Outcome,
)
from services.streaming.domain.wish_axes import WishAxis
from services.streaming.ports import ModelRefused
from tests.fakes.streaming import FakeGuard, FakeModels, away
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import studio, until_frame
from tests.unit.streaming.app.test_session import receipt_of, to_the_end

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_refused_words_change_nothing() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        receipt = await receipt_of(viewer, await made.act(session, FreeText("forbidden robotics")))
        assert (receipt.outcome, receipt.depth, receipt.changed) == (Outcome.REFUSED, Depth.NONE, ())
        assert "forbidden is not for this film." in receipt.why
        assert session.film.taste.mean("theme:robotics") == 0.0
        assert made.models.guard.judged == [("forbidden robotics", "general")]


@pytest.mark.parametrize("guard", [FakeGuard(failure=away()), FakeGuard(takes_s=60.0)], ids=["away", "slow"])
def test_words_that_nobody_can_judge_are_not_taken(guard: FakeGuard) -> None:
    @in_virtual_time
    async def run() -> None:
        async with studio(FakeModels(guard=guard)) as made:
            session, viewer, _ = await made.watch()
            await until_frame(session, 60)
            receipt = await receipt_of(viewer, await made.act(session, FreeText("more robotics")))
            assert receipt.outcome is Outcome.REFUSED
            assert "try again" in receipt.why
            assert session.film.taste.mean("theme:robotics") == 0.0

    run()


@in_virtual_time
async def test_words_teach_and_may_choose_another_scene() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        receipt = await receipt_of(viewer, await made.act(session, FreeText("I want family, and without robotics")))
        assert (receipt.outcome, receipt.depth) == (Outcome.APPLIED, Depth.STORY)
        assert session.film.taste.mean("theme:family") > 0.3
        assert await made.store.taste("viewer-1") == session.film.taste
        await to_the_end(session)
        assert "attic" in session.film.canon.played


class OnlyJudging(FakeGuard):
    """It cannot read, for that reason."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason

    async def read_wish(self, text: str, axes: Sequence[WishAxis]) -> dict[str, float]:
        raise self.reason


class Pondering(FakeGuard):
    """It judges at once, and takes its time to read."""

    async def read_wish(self, text: str, axes: Sequence[WishAxis]) -> dict[str, float]:
        await asyncio.sleep(6.0)
        return await super().read_wish(text, axes)


@in_virtual_time
async def test_what_a_model_reads_in_the_words_is_learned_after_the_answer_and_kept() -> None:
    async with studio(FakeModels(guard=Pondering(leanings={"wonder": 0.8, "theme:family": -0.5}))) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        event_id = await made.act(session, FreeText("I want family to hold on to each other"))
        receipt = await receipt_of(viewer, event_id)
        assert receipt.outcome is Outcome.APPLIED
        assert session.film.taste.mean("theme:family") > 0.3
        assert session.film.taste.mean("wonder") == 0.0
        await asyncio.sleep(6.5)
        assert session.film.taste.mean("wonder") > 0.2
        assert session.film.taste.axis("wonder").taught_by == (event_id,)
        assert session.film.taste.mean("theme:family") > 0.3
        assert await made.store.taste("viewer-1") == session.film.taste


@pytest.mark.parametrize("reason", [away(), ModelRefused("no such call")], ids=["away", "older"])
def test_without_a_reader_plain_words_teach_all_the_same(reason: Exception, caplog: pytest.LogCaptureFixture) -> None:
    @in_virtual_time
    async def run() -> None:
        async with studio(FakeModels(guard=OnlyJudging(reason))) as made:
            session, viewer, _ = await made.watch()
            await until_frame(session, 60)
            receipt = await receipt_of(viewer, await made.act(session, FreeText("more family")))
            await asyncio.sleep(0.1)
            assert receipt.outcome is Outcome.APPLIED
            assert session.film.taste.mean("theme:family") > 0.3

    run()
    assert "understood by its plain words alone" in caplog.text


@in_virtual_time
async def test_refused_words_are_not_read() -> None:
    async with studio(FakeModels(guard=FakeGuard(leanings={"warmth": 0.8}))) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        await receipt_of(viewer, await made.act(session, FreeText("forbidden warmth")))
        await asyncio.sleep(1.0)
        assert session.film.taste.mean("warmth") == 0.0
