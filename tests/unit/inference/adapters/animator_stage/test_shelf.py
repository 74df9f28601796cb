"""The bounded cache: made once, oldest out, failures not kept."""

from __future__ import annotations

import threading

import pytest

from services.inference.adapters.animator_stage.shelf import Shelf


def test_a_value_is_made_once() -> None:
    shelf: Shelf[str, object] = Shelf(2)
    assert shelf.take("a", object) is shelf.take("a", object)


def test_the_least_recently_used_goes() -> None:
    shelf: Shelf[str, object] = Shelf(2)
    kept, dropped = shelf.take("a", object), shelf.take("b", object)
    shelf.take("a", object)
    shelf.take("c", object)
    assert len(shelf) == 2
    assert shelf.take("a", object) is kept
    assert shelf.take("b", object) is not dropped


def test_threads_that_ask_together_get_one_making() -> None:
    shelf: Shelf[str, int] = Shelf(2)
    inside, go_on, made, got = threading.Event(), threading.Event(), [], []

    def make() -> int:
        inside.set()
        go_on.wait(5.0)
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=lambda: got.append(shelf.take("a", make))) for _ in range(3)]
    threads[0].start()
    inside.wait(5.0)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(5.0)
    assert got == [1, 1, 1]


def test_a_failure_is_raised_and_forgotten() -> None:
    shelf: Shelf[str, int] = Shelf(2)
    with pytest.raises(ZeroDivisionError):
        shelf.take("a", lambda: 1 // 0)
    assert shelf.take("a", lambda: 7) == 7
