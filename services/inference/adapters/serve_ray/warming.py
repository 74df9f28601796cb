"""Makes the sets of a story that is about to play ready while nothing is painted. Knows no engine's insides."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from services.inference.adapters.serve_ray.priority import let_everything_pass_this_thread
from services.inference.domain.errors import InferenceError, UnknownName
from services.inference.ports import SetPainter

logger = logging.getLogger("ray.serve")


class Warmer:
    """One set at a time, in a thread of the lowest priority, which stops within a moment while something is painted.

    What waits is bounded by the engine's sets: each is asked for once.
    """

    def __init__(self, engine: SetPainter) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "warming", initializer=let_everything_pass_this_thread)
        self._changed = threading.Condition()
        self._asked: set[str] = set()
        self._painting = 0
        self._closed = False

    def ask(self, names: Sequence[str]) -> tuple[str, ...]:
        """Have sets made ready; those that had not been asked for. Raises UnknownName, and then begins none."""
        known = self._engine.known_sets()
        for name in names:
            if name not in known:
                raise UnknownName("set_names", name, known)
        with self._changed:
            fresh = tuple(name for name in dict.fromkeys(names) if name not in self._asked)
            self._asked.update(fresh)
        for name in fresh:
            self._thread.submit(self._warm, name)
        return fresh

    @contextmanager
    def standing_aside(self) -> Iterator[None]:
        """While the block runs, nothing is made ready."""
        with self._changed:
            self._painting += 1
        try:
            yield
        finally:
            with self._changed:
                self._painting -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Give up what waits, and leave off what is being made ready."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.shutdown(cancel_futures=True)

    def _may_go_on(self) -> bool:
        return not self._painting and not self._closed

    def _warm(self, name: str) -> None:
        try:
            while not self._closed:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or not self._painting)
                if self._engine.warm(name, self._may_go_on):
                    return
        except InferenceError as error:
            logger.warning("the set %s is not made ready: %s", name, error)
