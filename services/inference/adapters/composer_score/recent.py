"""What was rendered lately, least recently used first to go, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Name = TypeVar("Name", bound=Hashable)
Sample = TypeVar("Sample", bound=np.generic)


class Recent(Generic[Name, Sample]):
    """Arrays by name. When `limit_bytes` is passed, the least recently used are dropped."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._arrays: OrderedDict[Name, NDArray[Sample]] = OrderedDict()
        self._lock = Lock()

    @property
    def held_bytes(self) -> int:
        return self._held_bytes

    def get(self, name: Name) -> NDArray[Sample] | None:
        with self._lock:
            found = self._arrays.get(name)
            if found is not None:
                self._arrays.move_to_end(name)
            return found

    def put(self, name: Name, array: NDArray[Sample]) -> None:
        with self._lock:
            before = self._arrays.pop(name, None)
            self._held_bytes += array.nbytes - (before.nbytes if before is not None else 0)
            self._arrays[name] = array
            while self._held_bytes > self._limit_bytes and len(self._arrays) > 1:
                self._held_bytes -= self._arrays.popitem(last=False)[1].nbytes
