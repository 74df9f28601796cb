"""Whose words were spoken: counts that only grow, and the share that a model was allowed to put in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.streaming.app.word_counts import WordCounts

pytestmark = pytest.mark.unit


@dataclass
class Session:
    model_lines: int = 0
    authored_lines: int = 0
    refusals: dict[str, int] = field(default_factory=dict)


def test_ended_and_live_sessions_are_counted_together_and_live_ones_not_twice() -> None:
    ended = WordCounts()
    ended.add(Session(3, 5, {"deadline": 1}))
    live = Session(1, 1, {"deadline": 2, "repeats what was said": 1})
    total = ended.with_live([live])
    assert (total.model_lines, total.authored_lines) == (4, 6)
    assert total.refusals == {"deadline": 3, "repeats what was said": 1}
    assert ended.with_live([live]) == total
    assert ended.model_lines == 3


def test_lines_that_no_model_was_asked_for_do_not_count_against_it() -> None:
    assert WordCounts().accepted_share == 0.0
    counts = WordCounts()
    counts.add(Session(3, 97, {"deadline": 1}))
    assert counts.accepted_share == 0.75
