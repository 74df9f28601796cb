"""A line is asked of the Voice once, however many films say it."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.app.shared_voice import SharedVoice
from services.streaming.ports import ModelUnavailable, SpokenTimes
from tests.fakes.streaming import FakeVoice, away
from tests.fakes.virtual_time import in_virtual_time

pytestmark = pytest.mark.unit

LINE = ("Good evening.", "ann", "calm", 1.0)


class SlowVoice(FakeVoice):
    async def times(self, text: str, voice: str, emotion: str, pace: float) -> SpokenTimes:
        await asyncio.sleep(1.0)
        return await super().times(text, voice, emotion, pace)


@in_virtual_time
async def test_who_asks_at_once_and_later_gets_one_answer() -> None:
    voice = SlowVoice()
    shared = SharedVoice(voice)
    answers = await asyncio.gather(*(shared.times(*LINE) for _ in range(5)))
    answers.append(await shared.times(*LINE))
    assert len(voice.asked) == 1
    assert all(answer == answers[0] for answer in answers)
    assert await shared.times("Good evening.", "ann", "calm", 1.03) != answers[0]


@in_virtual_time
async def test_the_answer_comes_when_who_asked_first_has_gone() -> None:
    voice = SlowVoice()
    shared = SharedVoice(voice)
    first = asyncio.create_task(shared.times(*LINE))
    await asyncio.sleep(0.5)
    second = asyncio.create_task(shared.times(*LINE))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).voice == "ann"
    assert len(voice.asked) == 1


@in_virtual_time
async def test_a_voice_that_was_away_is_asked_again() -> None:
    voice = FakeVoice(failure=away())
    shared = SharedVoice(voice)
    with pytest.raises(ModelUnavailable):
        await shared.times(*LINE)
    voice.failure = None
    assert (await shared.times(*LINE)).voice == "ann"


@in_virtual_time
async def test_closing_leaves_nothing_under_way() -> None:
    shared = SharedVoice(SlowVoice())
    waiting = asyncio.create_task(shared.times(*LINE))
    await asyncio.sleep(0.1)
    await shared.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(asyncio.all_tasks()) == 1
