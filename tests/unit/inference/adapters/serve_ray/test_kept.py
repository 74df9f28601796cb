"""The memory of answers is bounded in bytes and forgets what was used longest ago."""

from __future__ import annotations

from services.inference.adapters.serve_ray.kept import Kept


def kept(limit: int) -> Kept[str, bytes]:
    return Kept(limit, len)


def test_what_was_used_longest_ago_goes_first() -> None:
    memory = kept(30)
    for name in "abc":
        memory.put(name, bytes(10))
    assert memory.get("a") is not None
    memory.put("d", bytes(10))
    assert memory.get("b") is None
    assert all(memory.get(name) is not None for name in "acd")


def test_large_answer_displaces_several() -> None:
    memory = kept(30)
    for name in "abc":
        memory.put(name, bytes(10))
    memory.put("d", bytes(25))
    assert [memory.get(name) is not None for name in "abcd"] == [False, False, False, True]


def test_answer_over_the_limit_is_not_kept() -> None:
    memory = kept(30)
    memory.put("a", bytes(31))
    assert memory.get("a") is None
    memory.put("b", bytes(30))
    assert memory.get("b") is not None


def test_answer_put_again_counts_once() -> None:
    memory = kept(30)
    for size in (10, 20, 30):
        memory.put("a", bytes(size))
    assert memory.get("a") == bytes(30)
    assert len(memory) == 1
