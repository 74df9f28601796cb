"""A bounded cache that makes each value once, however many threads ask for it together."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shelf(Generic[K, V]):
    """Keeps the `kept` most recently used values; a failed making is not kept and is raised to all who waited."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._futures: OrderedDict[K, Future[V]] = OrderedDict()

    def take(self, key: K, make: Callable[[], V]) -> V:
        """The value for `key`, made by `make` when it is not on the shelf."""
        with self._lock:
            future = self._futures.get(key)
            mine = future is None
            if future is None:
                future = Future()
                self._futures[key] = future
                while len(self._futures) > self._kept:
                    self._futures.popitem(last=False)
            else:
                self._futures.move_to_end(key)
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    if self._futures.get(key) is future:
                        del self._futures[key]
                future.set_exception(error)
                raise
        return future.result()

    def __len__(self) -> int:
        with self._lock:
            return len(self._futures)
