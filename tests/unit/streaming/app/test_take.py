"""Where a take that is being drawn can be entered, when its drawing has begun anew once or twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.streaming.app.take import Take
from services.streaming.ports import Chunk
from tests.fakes.streaming import chunk_of
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.unit


def begun(index: int, first_frame: int, pictures: int) -> Chunk:
    """So many pictures of a chunk that is under way."""
    chunk = chunk_of("a", index, first_frame)
    return replace(chunk, video=chunk.video[:pictures], audio=(), whole=False)


def take_of(*chunks: Chunk) -> Take:
    take = Take("a", order(96))
    for chunk in chunks:
        take.add(chunk)
    return take


def test_a_take_is_entered_where_it_shows_the_frame_or_else_where_it_begins_next() -> None:
    take = take_of(begun(1, 17, 2), begun(2, 29, 3))
    assert [take.entry_from(frame) for frame in (17, 18, 19, 28, 29, 31)] == [17, 18, 29, 29, 29, 31]
    assert take.entry_from(32) is None
    assert take.entry_from(5) == 17


def test_a_take_is_not_entered_at_its_first_frame_before_that_can_be_heard() -> None:
    take = take_of(begun(0, 0, 6))
    assert take.entry_from(0) is None
    assert take.entry_from(1) == 1
    take.add(chunk_of("a", 0, 0))
    assert take.entry_from(0) == 0


def test_of_a_half_second_that_was_left_off_what_was_begun_anew_counts() -> None:
    left_off, anew = begun(2, 24, 2), chunk_of("a", 2, 29)
    take = take_of(left_off, anew)
    assert take.chunk_at(25) is left_off
    assert take.chunk_at(30) is anew
    assert take.entry_from(26) == 29
    assert take.missing_from(29) == 36
    whole = chunk_of("a", 2, 24)
    take.add(whole)
    assert take.chunk_at(30) is whole
