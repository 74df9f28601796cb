"""Renders that several callers share: who asks for one that is under way gets all of it, and it is made once.

What is made is made when somebody asks for the next item, so a caller that reads no further holds nothing up.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Render(Generic[T]):
    """source: what makes the items; None once it has ended. readers: callers that are not through."""

    source: AsyncGenerator[T, None] | None
    items: list[T] = field(default_factory=list)
    readers: int = 0
    stepping: asyncio.Task[None] | None = None
    size_bytes: int = 0
    worthy: bool = True


class JoinedRenders(Generic[T]):
    """limit_bytes: of whole renders that are kept for who asks later. size_of: an item's bytes, None where what it is
    part of is not worth keeping. joined: callers that found one."""

    def __init__(self, limit_bytes: int, size_of: Callable[[T], int | None]) -> None:
        self._limit_bytes = limit_bytes
        self._size_of = size_of
        self._renders: OrderedDict[Hashable, _Render[T]] = OrderedDict()
        self.joined = 0

    async def each(self, key: Hashable, make: Callable[[], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        """The items of the render of that key, from its first on; made by `make` where nobody has asked for it."""
        render = self._renders.get(key)
        if render is None:
            render = self._renders[key] = _Render(make())
        else:
            self.joined += 1
            self._renders.move_to_end(key)
        render.readers += 1
        try:
            at = 0
            while at < len(render.items) or render.source is not None:
                if at < len(render.items):
                    yield render.items[at]
                    at += 1
                    continue
                if render.stepping is None:
                    render.stepping = asyncio.create_task(self._step(render))
                # another caller may need the item although this one goes
                await asyncio.shield(render.stepping)
        finally:
            render.readers -= 1
            await self._left(key, render)

    async def _step(self, render: _Render[T]) -> None:
        try:
            if render.source is not None:
                item = await anext(render.source)
                render.items.append(item)
                size = self._size_of(item)
                render.worthy &= size is not None
                render.size_bytes += size or 0
        except StopAsyncIteration:
            render.source = None
        finally:
            render.stepping = None

    async def _left(self, key: Hashable, render: _Render[T]) -> None:
        if render.readers:
            return
        if render.source is None and render.worthy:
            self._make_room()
            return
        if self._renders.get(key) is render:
            del self._renders[key]
        if render.stepping is not None:
            render.stepping.cancel()
            await asyncio.gather(render.stepping, return_exceptions=True)
        if render.source is not None:
            await render.source.aclose()

    def _make_room(self) -> None:
        size = sum(render.size_bytes for render in self._renders.values())
        for key, render in list(self._renders.items()):
            if size <= self._limit_bytes:
                return
            if not render.readers:
                size -= render.size_bytes
                del self._renders[key]
