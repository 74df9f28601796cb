"""Who gives way where processor time is short: what is needed in seconds to what is shown in a moment."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_STANDSTILL_S = 1.0
"""Who hurries has the way for so long: a take may have to wait for its plates first, and what others draw is needed
too."""
TURN_S = 0.000_5
LAST_OF_ALL = 19
BEHIND_FRAMES = 7
"""Niceness that writing, painting and speaking ahead adds to what replicas have."""


def let_frames_pass_this_thread() -> None:
    """The calling thread does what a scene will need; frames that are drawn now come first. Linux knows priorities of
    threads."""
    thread = threading.get_native_id()
    own = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(19, own + BEHIND_FRAMES))


def let_everything_pass_this_thread() -> None:
    """The calling thread does what may never be needed; it runs when nothing else does."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LAST_OF_ALL)


def take_turns_often() -> None:
    """Drawing goes in and out of native code many times a picture, and each time may have to wait for its turn among
    the process's Python threads: at the interpreter's 5 ms that is a tenth of a second for one picture."""
    sys.setswitchinterval(TURN_S)


class RightOfWay:
    """Who draws ahead of time stands aside, between two pictures, while someone waits for a first picture."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until_s: dict[int, float] = {}
        self._numbers = itertools.count()
        self._clear = threading.Event()
        self._clear.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While the block runs, but for LONGEST_STANDSTILL_S at the most, others give way."""
        number = next(self._numbers)
        with self._lock:
            self._until_s[number] = self._clock() + LONGEST_STANDSTILL_S
            self._clear.clear()
        try:
            yield
        finally:
            with self._lock:
                del self._until_s[number]
                if self._left_s() <= 0.0:
                    self._clear.set()

    def give(self) -> None:
        """Wait until nobody has the way."""
        with self._lock:
            left_s = self._left_s()
        if left_s > 0.0:
            self._clear.wait(left_s)

    def _left_s(self) -> float:
        return max(self._until_s.values(), default=0.0) - self._clock()
