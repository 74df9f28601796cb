"""Sets are made ready one after the other, each once, and never while something is painted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from services.inference.adapters.serve_ray.warming import Warmer
from services.inference.domain.errors import EngineUnavailable, UnknownName
from services.inference.ports import always
from tests.fakes.inference import FakePainter

PATIENCE_S = 10.0


class SlowPainter(FakePainter):
    """Warms for as long as it may and `hold` says; `begun` and `left` count beginnings and leavings-off."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = threading.Event()
        self.begun = threading.Semaphore(0)
        self.left = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def warm(self, set_name: str, go_on: Callable[[], bool] = always) -> bool:
        self.begun.release()
        while not self.hold.wait(0.001):
            if not go_on():
                self.left.release()
                return False
        self.warmed.append(set_name)
        self.done.release()
        return True


@pytest.fixture
def painter() -> SlowPainter:
    return SlowPainter()


@pytest.fixture
def warmer(painter: SlowPainter) -> Iterator[Warmer]:
    made = Warmer(painter)
    yield made
    painter.hold.set()
    made.close()


def taken(semaphore: threading.Semaphore) -> bool:
    return semaphore.acquire(timeout=PATIENCE_S)


def test_each_set_is_made_ready_once_in_the_order_asked(warmer: Warmer, painter: SlowPainter) -> None:
    painter.hold.set()
    assert warmer.ask(("terrace", "colonnade", "terrace")) == ("terrace", "colonnade")
    assert warmer.ask(("colonnade",)) == ()
    assert taken(painter.done)
    assert taken(painter.done)
    assert painter.warmed == ["terrace", "colonnade"]


def test_an_unknown_set_is_refused_with_the_known_ones_and_nothing_begins(warmer: Warmer, painter: SlowPainter) -> None:
    painter.hold.set()
    with pytest.raises(UnknownName) as caught:
        warmer.ask(("terrace", "atlantis"))
    assert caught.value.known == ("colonnade", "terrace")
    assert warmer.ask(("terrace",)) == ("terrace",)


def test_it_stands_aside_while_something_is_painted_and_begins_again(warmer: Warmer, painter: SlowPainter) -> None:
    warmer.ask(("terrace",))
    assert taken(painter.begun)
    with warmer.standing_aside():
        assert taken(painter.left)
        assert not painter.begun.acquire(blocking=False)
        painter.hold.set()
    assert taken(painter.done)
    assert painter.warmed == ["terrace"]


def test_an_engine_that_fails_is_told_of_and_the_next_set_is_made_ready(
    warmer: Warmer, painter: SlowPainter, caplog: pytest.LogCaptureFixture
) -> None:
    warm = painter.warm

    def failing(set_name: str, go_on: Callable[[], bool] = always) -> bool:
        if set_name == "terrace":
            raise EngineUnavailable("no driver")
        return warm(set_name, go_on)

    painter.warm = failing  # type: ignore[method-assign]
    painter.hold.set()
    with caplog.at_level(logging.WARNING):
        warmer.ask(("terrace", "colonnade"))
        assert taken(painter.done)
    assert painter.warmed == ["colonnade"]
    assert "terrace is not made ready: no driver" in caplog.text


def test_closing_leaves_off_what_is_under_way_and_what_waits(painter: SlowPainter) -> None:
    warmer = Warmer(painter)
    warmer.ask(("terrace", "colonnade"))
    assert taken(painter.begun)
    warmer.close()
    assert painter.left.acquire(blocking=False)
    assert painter.warmed == []
