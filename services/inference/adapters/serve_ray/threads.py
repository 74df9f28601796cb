"""Engines work in threads so that a replica's event loop stays free for health checks and cancellation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from services.inference.adapters.serve_ray.priority import let_frames_pass_this_thread

P = ParamSpec("P")
T = TypeVar("T")

_END = object()


class EngineThreads:
    """count: calls that run at once; the others wait in order, and one whose caller has gone is not begun. behind:
    whether their work gives way to frames."""

    def __init__(self, name: str, count: int = 1, *, behind: bool = False) -> None:
        begin = let_frames_pass_this_thread if behind else None
        self._threads = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name, initializer=begin)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the work."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def begin(self, work: Callable[[], object]) -> None:
        """Work that nobody waits for."""
        self._threads.submit(work)

    async def each(self, make: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
        """The items of an iterator, each made in a thread when it is asked for.

        Leaving early closes the iterator once the item in the making is done; no further one is asked for.
        """
        items = await self.run(make)
        turn = threading.Lock()

        def step() -> object:
            with turn:
                return next(items, _END)

        def close() -> None:
            with turn:
                getattr(items, "close", _nothing)()

        try:
            while (item := await self.run(step)) is not _END:
                yield item  # type: ignore[misc]
        finally:
            self.begin(close)


def _nothing() -> None:
    """Iterators that are no generators hold nothing to be closed."""
