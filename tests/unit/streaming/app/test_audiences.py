"""What the audience likes is derived from the tastes that are kept, and goes with them."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.app.audiences import Audiences
from services.streaming.domain.audience import NO_APPEAL
from services.streaming.domain.taste import Impression, Taste
from tests.fakes.streaming import MemoryStore
from tests.fakes.virtual_time import FakeClock
from tests.unit.streaming.domain.small_story import small_story

pytestmark = pytest.mark.unit

STORY = small_story()
LIKED = Taste({}, impressions={"small/start": Impression(0.8, 30.0)})


async def test_what_was_liked_before_appeals_until_the_viewer_is_erased() -> None:
    store, audiences = MemoryStore(FakeClock()), Audiences()
    assert audiences.appeal(STORY) == NO_APPEAL
    await store.keep_taste("earlier", LIKED)
    await audiences.look(store, [STORY])
    assert audiences.appeal(STORY).of("start") > 0.0
    await store.erase_viewer("earlier")
    await audiences.look(store, [STORY])
    assert set(audiences.appeal(STORY).beats.values()) == {0.0}


async def test_a_store_that_is_away_leaves_what_was_known() -> None:
    store, audiences = MemoryStore(FakeClock()), Audiences()
    await store.keep_taste("earlier", LIKED)
    await audiences.look(store, [STORY])
    known = audiences.appeal(STORY)

    async def away(limit: int) -> tuple[Taste, ...]:
        raise OSError("the store is away")

    store.tastes = away  # type: ignore[method-assign]
    looking = asyncio.create_task(audiences.keep_looking(store, {"small": STORY}))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not looking.done()
    assert audiences.appeal(STORY) == known
    looking.cancel()
