"""One render for all who ask while it is under way or kept; it goes on as long as anybody reads, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.inference.adapters.serve_ray.joined_renders import JoinedRenders
from tests.fakes.virtual_time import in_virtual_time

pytestmark = pytest.mark.unit


class Source:
    """Renders of four items, one a second."""

    def __init__(self) -> None:
        self.begun = 0
        self.made = 0
        self.closed = 0
        self.failure: Exception | None = None

    async def render(self) -> AsyncGenerator[str, None]:
        self.begun += 1
        try:
            for number in range(4):
                await asyncio.sleep(1.0)
                if self.failure is not None and number == 2:
                    raise self.failure
                self.made += 1
                yield f"item {number}"
        finally:
            self.closed += 1


ALL = [f"item {number}" for number in range(4)]


async def read(renders: JoinedRenders[str], source: Source, key: str = "take") -> list[str]:
    return [item async for item in renders.each(key, source.render)]


@in_virtual_time
async def test_who_comes_while_it_is_under_way_gets_all_of_it_at_once() -> None:
    renders, source = JoinedRenders[str](0, len), Source()
    first = asyncio.create_task(read(renders, source))
    await asyncio.sleep(2.5)
    second = asyncio.create_task(read(renders, source))
    assert await first == await second == ALL
    assert (source.begun, source.made, source.closed, renders.joined) == (1, 4, 1, 1)
    assert asyncio.get_running_loop().time() == pytest.approx(4.0)


@in_virtual_time
async def test_it_goes_on_for_the_others_when_the_first_goes() -> None:
    renders, source = JoinedRenders[str](0, len), Source()
    first = asyncio.create_task(read(renders, source))
    await asyncio.sleep(1.5)
    second = asyncio.create_task(read(renders, source))
    await asyncio.sleep(0.1)
    first.cancel()
    assert await second == ALL
    assert (source.begun, source.made) == (1, 4)


@in_virtual_time
async def test_it_ends_when_nobody_reads_any_more_and_is_begun_anew() -> None:
    renders, source = JoinedRenders[str](1_000, len), Source()
    only = asyncio.create_task(read(renders, source))
    await asyncio.sleep(2.5)
    only.cancel()
    await asyncio.gather(only, return_exceptions=True)
    await asyncio.sleep(5.0)
    assert (source.made, source.closed) == (2, 1)
    assert await read(renders, source) == ALL
    assert source.begun == 2


@in_virtual_time
async def test_nothing_is_made_that_nobody_asks_for() -> None:
    renders, source = JoinedRenders[str](0, len), Source()
    stream = renders.each("take", source.render)
    assert await anext(stream) == "item 0"
    await asyncio.sleep(10.0)
    assert source.made == 1
    await stream.aclose()
    assert source.closed == 1


@in_virtual_time
async def test_whole_renders_are_kept_within_their_bytes() -> None:
    renders, source = JoinedRenders[str](2 * len("".join(ALL)), len), Source()
    for key in ("a", "b", "a", "c", "a", "b"):
        assert await read(renders, source, key) == ALL
    # a and c were there when b was asked for again
    assert source.begun == 4


@in_virtual_time
async def test_what_is_not_worth_keeping_is_made_anew() -> None:
    renders, source = JoinedRenders[str](1_000, lambda item: None if item == "item 2" else len(item)), Source()
    for _ in range(2):
        assert await read(renders, source) == ALL
    assert source.begun == 2


@in_virtual_time
async def test_a_render_that_fails_fails_for_all_who_read_and_is_begun_anew() -> None:
    renders, source = JoinedRenders[str](1_000, len), Source()
    source.failure = ValueError("no such set")
    outcomes = await asyncio.gather(*(read(renders, source) for _ in range(2)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["no such set"] * 2
    source.failure = None
    assert await read(renders, source) == ALL
