"""An event loop whose clock jumps to the next timer when nothing else is to be done, so that minutes pass at once."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class DeadStop(AssertionError):
    """Every task waits and no timer is set: nothing can ever happen again."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and moves only when all tasks wait."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._now_s

    def jump(self, seconds: float) -> None:
        self._now_s += seconds


THREAD_PATIENCE_S = 5.0
"""Real seconds that a loop with nothing else to do waits for its threads."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            # a thread at work may still have something to say
            ready = super().select(THREAD_PATIENCE_S)
        if not ready and timeout is None:
            raise DeadStop("every task waits for another one")
        if not ready and timeout:
            self._loop.jump(timeout)
        return ready


def run_virtually(work: Coroutine[Any, Any, R]) -> R:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    """An async test as a plain one that runs in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return run_virtually(test(*args, **kwargs))

    return run


class FakeClock:
    """ports.Clock on the running loop's time; the epoch is 2095 in spirit and fixed in fact."""

    EPOCH_S = 1_760_000_000.0

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def epoch_s(self) -> float:
        return self.EPOCH_S + self.monotonic_s()
