"""One vote each, changed as long as the choice is open; most votes win, a tie goes to the default or the first."""

from __future__ import annotations

from services.streaming.app.voting import Vote


def test_one_viewer_decides_alone() -> None:
    vote = Vote("a")
    vote.cast("v", "b")
    assert vote.decided(1)
    assert vote.winner == "b"


def test_nobody_voted() -> None:
    vote = Vote("a")
    assert not vote.decided(2)
    assert (vote.winner, vote.votes) == ("a", {})


def test_it_is_open_until_nothing_can_change_it() -> None:
    vote = Vote("a")
    vote.cast("v1", "b")
    vote.cast("v2", "b")
    assert not vote.decided(4)
    vote.cast("v3", "b")
    assert vote.decided(4)
    assert not vote.decided(6)


def test_a_vote_can_be_changed_and_counts_once() -> None:
    vote = Vote("a")
    vote.cast("v1", "b")
    vote.cast("v1", "c")
    vote.cast("v1", "c")
    assert vote.votes == {"c": 1}
    assert not vote.decided(2)


def test_a_tie_goes_to_the_default_or_to_the_first() -> None:
    vote = Vote("a")
    vote.cast("v1", "c")
    vote.cast("v2", "b")
    assert vote.winner == "c"
    vote.cast("v3", "a")
    assert vote.winner == "a"
