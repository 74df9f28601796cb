"""Work in threads: order, errors, and that leaving early stops it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from services.inference.adapters.serve_ray.priority import BEHIND_FRAMES
from services.inference.adapters.serve_ray.threads import EngineThreads


async def test_work_is_done_in_another_thread_and_gives_its_result() -> None:
    name = await EngineThreads("voice").run(lambda: threading.current_thread().name)
    assert name.startswith("voice")


async def test_error_of_the_work_reaches_who_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        await EngineThreads("voice").run(lambda: 1 // 0)


async def test_items_come_in_order() -> None:
    assert [item async for item in EngineThreads("a", 2).each(lambda: iter(range(5)))] == [0, 1, 2, 3, 4]


async def test_error_of_an_iterator_comes_after_its_items() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    each = EngineThreads("a").each(items)
    assert await anext(each) == 1
    with pytest.raises(ValueError, match="no more"):
        await anext(each)


async def test_leaving_early_closes_the_iterator_and_asks_for_nothing_more() -> None:
    asked: list[int] = []
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def items() -> Iterator[int]:
        try:
            for number in range(100):
                asked.append(number)
                yield number
        finally:
            loop.call_soon_threadsafe(closed.set)

    each = EngineThreads("a").each(items)
    async for item in each:
        if item == 2:
            break
    await each.aclose()
    await closed.wait()
    assert asked == [0, 1, 2]


async def test_cancelling_in_the_middle_of_an_item_lets_it_finish_and_makes_no_other() -> None:
    asked: list[int] = []
    begun, closed = asyncio.Event(), asyncio.Event()
    go_on = threading.Event()
    loop = asyncio.get_running_loop()

    def items() -> Iterator[int]:
        try:
            for number in range(100):
                asked.append(number)
                loop.call_soon_threadsafe(begun.set)
                go_on.wait()
                yield number
        finally:
            loop.call_soon_threadsafe(closed.set)

    async def take_all() -> None:
        async for _ in EngineThreads("a", 2).each(items):
            pass

    taking = asyncio.create_task(take_all())
    await begun.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    go_on.set()
    await closed.wait()
    assert asked == [0]


async def test_work_that_waits_is_not_begun_when_its_caller_has_gone() -> None:
    threads = EngineThreads("a")
    go_on, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    done: list[str] = []

    def first() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()

    busy = asyncio.create_task(threads.run(first))
    await begun.wait()
    waiting = asyncio.create_task(threads.run(lambda: done.append("second")))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await busy
    await threads.run(lambda: done.append("third"))
    assert done == ["third"]


async def test_work_behind_frames_gives_way_and_the_other_does_not() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    here = niceness()
    assert await EngineThreads("frames").run(niceness) == here
    assert await EngineThreads("ahead", behind=True).run(niceness) == min(19, here + BEHIND_FRAMES)
    assert niceness() == here
