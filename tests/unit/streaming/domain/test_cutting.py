"""Where scenes are cut: every shot 2 to 8 s on the chunk grid, the scene covered exactly, no picture cut to itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.domain.cutting import Manner, Setup, cut_points, likeness, set_ups
from services.streaming.domain.layout import Layout, lay_out
from services.streaming.domain.story import Appearance, Beat, ShotHint
from services.streaming.domain.timebase import FRAMES_PER_CHUNK, LONGEST_SHOT_FRAMES, SHORTEST_SHOT_FRAMES
from tests.unit.streaming.domain.small_screenplay import layouts, manners, said
from tests.unit.streaming.domain.small_story import BOTH, small_story, start

pytestmark = pytest.mark.unit

hints = st.lists(
    st.builds(
        ShotHint,
        framing=st.sampled_from(["establishing", "wide", "medium", "close", "over_shoulder", "insert"]),
        from_line=st.integers(0, 14),
        subject=st.sampled_from(["", "ann", "bob"]),
    ),
    max_size=5,
).map(tuple)
casts = st.sampled_from([BOTH, (Appearance("ann", "left"),), ()])


def assert_cut_well(points: tuple[int, ...], first: int, last: int) -> None:
    assert (points[0], points[-1]) == (first, last)
    for before, after in zip(points, points[1:], strict=False):
        assert SHORTEST_SHOT_FRAMES <= after - before <= LONGEST_SHOT_FRAMES
        assert (after - before) % FRAMES_PER_CHUNK == 0


def assert_no_picture_is_cut_to_itself(pieces: tuple[Setup, ...]) -> None:
    for before, after in zip(pieces, pieces[1:], strict=False):
        if before.hint is None or after.hint is None:
            assert (before.framing, before.subject) != (after.framing, after.subject)


@given(layouts(), manners, st.floats(0, 1), st.lists(st.integers(0, 3_000), max_size=6))
def test_shots_last_two_to_eight_seconds_and_cover_the_scene(
    layout: Layout, manner: Manner, tension: float, wished: list[int]
) -> None:
    points = cut_points(layout, manner, tension, wished, 0)
    assert_cut_well(points, 0, layout.frame_count)


@given(layouts(), manners, manners, st.floats(0, 1), st.data())
def test_what_is_left_after_any_cut_can_be_cut_in_another_manner(
    layout: Layout, before: Manner, after: Manner, tension: float, data: st.DataObject
) -> None:
    points = cut_points(layout, before, tension, (), 0)
    at = data.draw(st.sampled_from(points[:-1]))
    assert_cut_well(cut_points(layout, after, tension, (), at), at, layout.frame_count)


@given(layouts(), manners, st.floats(0, 1), casts, hints, st.booleans(), st.integers(0, 2**31))
def test_no_picture_is_cut_to_itself(
    layout: Layout,
    manner: Manner,
    tension: float,
    cast: tuple[Appearance, ...],
    wished: tuple[ShotHint, ...],
    new_place: bool,
    seed: int,
) -> None:
    beat = start(cast=cast, tension=tension, shots=wished)
    pieces = set_ups(small_story(), beat, layout, manner, seed, new_place)
    assert_no_picture_is_cut_to_itself(pieces)
    assert (pieces[0].start_frame, pieces[-1].end_frame) == (0, layout.frame_count)
    assert all(before.end_frame == after.start_frame for before, after in zip(pieces, pieces[1:], strict=False))


def test_only_pictures_that_look_alike_are_alike() -> None:
    medium = Setup(0, 48, "medium", "ann")
    assert likeness("medium", "ann", medium) == 1.0
    assert likeness("medium", "ann", medium) > likeness("over_shoulder", "ann", medium) > 0
    assert likeness("close", "ann", medium) == likeness("medium", "bob", medium) == 0.0
    assert 0 < likeness("wide", "", Setup(0, 48, "establishing", "")) < 1.0
    assert likeness("insert", "", Setup(0, 48, "insert", "centre")) == 1.0


def test_free_pieces_never_join_two_middling_pictures_of_one_person() -> None:
    for seed in range(40):
        pieces = set_ups(small_story(), start(tension=seed % 10 / 10), dialogue(), Manner(), seed, True)
        for before, after in zip(pieces, pieces[1:], strict=False):
            assert likeness(after.framing, after.subject, before) < 0.5


def test_a_long_scene_comes_back_to_the_whole_place() -> None:
    layout = lay_out([said(n, "ann" if n % 2 else "bob", 9) for n in range(16)], new_place=True, pace=0.0)
    for seed in range(10):
        pieces = set_ups(small_story(), start(tension=0.3), layout, Manner(), seed, True)
        framings = [piece.framing for piece in pieces]
        assert "wide" in framings[2:]
        assert len(set(framings)) >= 4


def dialogue() -> Layout:
    return lay_out(
        [said(number, "ann" if number % 2 == 0 else "bob", 9) for number in range(8)], new_place=True, pace=0.0
    )


def test_pace_and_tension_shorten_shots() -> None:
    monologue = lay_out([said(number, "ann", 9) for number in range(12)], new_place=True, pace=0.0)

    def count(manner: Manner, tension: float) -> int:
        return len(cut_points(monologue, manner, tension, (), 0))

    assert count(Manner(pace=-1), 0.5) < count(Manner(), 0.5) < count(Manner(pace=1), 0.5)
    assert count(Manner(), 0.0) < count(Manner(), 1.0)
    assert count(Manner(tension=-1), 0.5) < count(Manner(tension=1), 0.5)


def test_cuts_fall_where_the_speaker_changes() -> None:
    layout = dialogue()
    turns = {line.start_frame for line in layout.lines[1:]}
    inner = cut_points(layout, Manner(), 0.5, (), 0)[1:-1]
    assert sum(min(abs(point - turn) for turn in turns) <= FRAMES_PER_CHUNK for point in inner) >= len(inner) / 2


def test_a_new_place_is_established_first() -> None:
    for new_place, framing in ((True, "establishing"), (False, "wide")):
        assert set_ups(small_story(), start(), dialogue(), Manner(), 1, new_place)[0].framing == framing


def test_the_author_gets_the_picture_that_was_asked_for() -> None:
    beat = start(shots=(ShotHint("close", from_line=4, subject="bob"),))
    pieces = set_ups(small_story(), beat, dialogue(), Manner(), 1, True)
    [wished] = [piece for piece in pieces if piece.hint is not None]
    assert (wished.framing, wished.subject) == ("close", "bob")
    at = dialogue().lines[4].start_frame
    assert wished.start_frame - FRAMES_PER_CHUNK <= at < wished.end_frame


def test_who_speaks_is_mostly_in_the_picture() -> None:
    pieces = set_ups(small_story(), start(), dialogue(), Manner(), 1, True)
    assert {piece.subject for piece in pieces} >= {"ann", "bob"}


def test_the_other_of_two_is_the_shoulder_in_the_picture() -> None:
    for seed in range(20):
        for piece in set_ups(small_story(), start(), dialogue(), Manner(), seed, True):
            if piece.framing == "over_shoulder":
                assert {piece.subject, piece.listener} == {"ann", "bob"}


def test_tension_brings_the_camera_nearer() -> None:
    def closeness(beat: Beat, manner: Manner) -> int:
        pieces = [p for seed in range(10) for p in set_ups(small_story(), beat, dialogue(), manner, seed, False)]
        return sum(piece.framing == "close" for piece in pieces)

    assert closeness(start(tension=0.9), Manner(tension=1)) > closeness(start(tension=0.1), Manner(tension=-1))


def test_the_same_seed_gives_the_same_cut() -> None:
    assert set_ups(small_story(), start(), dialogue(), Manner(), 7, True) == set_ups(
        small_story(), start(), dialogue(), Manner(), 7, True
    )


@given(st.integers(0, 2**31))
def test_a_place_with_nobody_in_it_is_seen_more_than_its_things_are(seed: int) -> None:
    layout = lay_out([said(index, "ann", 12) for index in range(12)], True, 0.0)
    pieces = set_ups(small_story(), start(cast=()), layout, Manner(), seed, True)
    inserts = sum(piece.framing == "insert" for piece in pieces)
    assert len(pieces) >= 10
    assert inserts * 4 <= len(pieces)
    assert sum(piece.framing in ("establishing", "wide") for piece in pieces) * 3 >= len(pieces)
