"""Which take plays when: no two at once, nothing out of order, a hold moves what comes and loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.timeline import ScheduledTake, Timeline
from tests.unit.streaming.domain.small_screenplay import scheduled

pytestmark = pytest.mark.unit


def assert_in_order(timeline: Timeline) -> None:
    for before, after in zip(timeline.takes, timeline.takes[1:], strict=False):
        assert before.end_frame <= after.first_frame
    assert all(take.frame_count > 0 for take in timeline.takes)


def three_shots() -> Timeline:
    timeline = Timeline()
    for number, name in enumerate("abc"):
        timeline.schedule(scheduled(96 * number, 96, name))
    return timeline


def shown(timeline: Timeline, first: int, last: int) -> list[tuple[str, int] | None]:
    """(shot, frame of its take) for each frame."""
    found = [(frame, timeline.at(frame)) for frame in range(first, last)]
    return [(take.shot_id, take.frame_of_take(frame)) if take is not None else None for frame, take in found]


def test_takes_follow_each_other() -> None:
    timeline = three_shots()
    assert shown(timeline, 94, 98) == [("a", 94), ("a", 95), ("b", 0), ("b", 1)]
    assert timeline.end_frame == 288
    assert timeline.at(288) is None
    assert timeline.at(-1) is None


def test_a_fork_replaces_all_that_was_to_come() -> None:
    timeline = three_shots()
    timeline.schedule(scheduled(100, 96, "fork", take_frame=4))
    assert shown(timeline, 98, 102) == [("b", 2), ("b", 3), ("fork", 4), ("fork", 5)]
    assert timeline.end_frame == 192


def test_truncate_says_what_no_longer_plays_at_all() -> None:
    timeline = three_shots()
    dropped = timeline.truncate(120)
    assert [take.shot_id for take in dropped] == ["c"]
    assert shown(timeline, 118, 122) == [("b", 22), ("b", 23), None, None]


def test_a_hold_in_the_middle_of_a_take_goes_on_where_it_stopped() -> None:
    timeline = three_shots()
    timeline.hold(120, 12)
    assert shown(timeline, 119, 134) == [("b", 23), *[None] * 12, ("b", 24), ("b", 25)]
    assert timeline.end_frame == 300
    assert_in_order(timeline)


def test_a_hold_at_a_cut_moves_the_next_take() -> None:
    timeline = three_shots()
    timeline.hold(96, 12)
    assert shown(timeline, 95, 109) == [("a", 95), *[None] * 12, ("b", 0)]


def test_a_hold_in_a_gap_uses_the_room_that_is_there() -> None:
    timeline = Timeline()
    timeline.schedule(scheduled(0, 96, "a"))
    timeline.schedule(scheduled(132, 96, "b"))
    timeline.hold(96, 12)
    timeline.hold(108, 12)
    timeline.hold(120, 12)
    assert shown(timeline, 131, 134) == [None, ("b", 0), ("b", 1)]


def test_a_hold_that_is_longer_than_the_gap_moves_by_what_is_missing() -> None:
    timeline = Timeline()
    timeline.schedule(scheduled(0, 96, "a"))
    timeline.schedule(scheduled(100, 96, "b"))
    timeline.hold(96, 12)
    assert shown(timeline, 107, 109) == [None, ("b", 0)]


def test_next_cut_is_where_another_shot_begins() -> None:
    timeline = three_shots()
    timeline.schedule(scheduled(20, 96, "a", take_frame=20))
    timeline.schedule(scheduled(96, 96, "b"))
    assert timeline.next_cut(10) == 96
    assert timeline.next_cut(100) == timeline.end_frame
    assert timeline.next_cut(500) == timeline.end_frame


def test_following_leaves_out_what_plays() -> None:
    timeline = three_shots()
    assert [take.shot_id for take in timeline.following(96)] == ["c"]
    assert [take.shot_id for take in timeline.following(95)] == ["b", "c"]


def test_forgetting_keeps_what_plays_and_the_last_take() -> None:
    timeline = three_shots()
    timeline.forget_before(96)
    assert [take.shot_id for take in timeline.takes] == ["b", "c"]
    timeline.forget_before(10_000)
    assert [take.shot_id for take in timeline.takes] == ["c"]
    assert timeline.end_frame == 288
    Timeline().forget_before(100)


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("schedule"), st.integers(0, 600), st.integers(4, 16).map(lambda n: 12 * n), st.integers(0, 47)
        ),
        st.tuples(st.just("append"), st.just(0), st.integers(4, 16).map(lambda n: 12 * n), st.just(0)),
        st.tuples(st.just("hold"), st.integers(0, 600), st.just(12), st.just(0)),
        st.tuples(st.just("truncate"), st.integers(0, 600), st.just(0), st.just(0)),
        st.tuples(st.just("forget"), st.integers(0, 600), st.just(0), st.just(0)),
    ),
    max_size=20,
)


@given(steps)
def test_takes_never_overlap(steps: list[tuple[str, int, int, int]]) -> None:
    timeline = Timeline()
    for number, (kind, frame, count, take_frame) in enumerate(steps):
        match kind:
            case "schedule":
                timeline.schedule(scheduled(frame, count, str(number), take_frame))
            case "append":
                timeline.schedule(scheduled(timeline.end_frame, count, str(number)))
            case "hold":
                timeline.hold(frame, count)
            case "truncate":
                timeline.truncate(frame)
            case _:
                timeline.forget_before(frame)
        assert_in_order(timeline)


@given(steps, st.integers(0, 700))
def test_a_hold_loses_no_frame_of_any_take(steps: list[tuple[str, int, int, int]], at: int) -> None:
    timeline = Timeline()
    for number, (kind, frame, count, take_frame) in enumerate(steps):
        if kind in ("schedule", "append"):
            timeline.schedule(scheduled(frame or timeline.end_frame, count, str(number), take_frame))
    before = [frame for frame in shown(timeline, 0, timeline.end_frame) if frame is not None]
    timeline.hold(at, 12)
    after = [frame for frame in shown(timeline, 0, timeline.end_frame) if frame is not None]
    assert after == before
    assert all(timeline.at(frame) is None for frame in range(at, at + 12))


def test_a_scheduled_take_knows_its_own_frames() -> None:
    take = ScheduledTake("a", "take-a", scheduled(0).order, first_frame=24, take_frame=12, frame_count=84)
    assert take.end_frame == 108
    assert take.frame_of_take(24) == 12
    assert take.frame_of_take(107) == 95
