"""Engines work in threads so that a replica's event loop stays free for health checks and cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_END = object()


class EngineThreads:
    """count: calls that run at once; the others wait in order, and one whose caller has gone is not begun."""

    def __init__(self, name: str, count: int = 1) -> None:
        self._threads = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the work."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))

    async def each(self, make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
        """The items of an iterator, each made in a thread when it is asked for; leaving early stops it."""
        items = await self.run(make)
        while True:
            item = await self.run(next, items, _END)
            if item is _END:
                return
            yield item  # type: ignore[misc]
