"""A memory of answers that is bounded in bytes; the one used longest ago goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """An answer larger than limit_bytes is not kept. May be asked from any thread."""

    def __init__(self, limit_bytes: int, size_of: Callable[[V], int]) -> None:
        self._limit_bytes = limit_bytes
        self._size_of = size_of
        self._held: OrderedDict[K, V] = OrderedDict()
        self._held_bytes = 0
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The answer, which is now the one used last."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: K, answer: V) -> None:
        """Keep an answer, and let go of others until all fit."""
        with self._lock:
            former = self._held.pop(key, None)
            if former is not None:
                self._held_bytes -= self._size_of(former)
            self._held[key] = answer
            self._held_bytes += self._size_of(answer)
            while self._held_bytes > self._limit_bytes:
                _, gone = self._held.popitem(last=False)
                self._held_bytes -= self._size_of(gone)

    def __len__(self) -> int:
        with self._lock:
            return len(self._held)
