"""Clauses, denials, complaints and thresholds, with nearness that is made up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.inference.domain.errors import InvalidAsk
from services.inference.domain.wish_reading import (
    AXES_LIMIT,
    CLAUSES_LIMIT,
    MOST_LEANING,
    NEAR_ENOUGH,
    SENTENCES_LIMIT,
    Leaning,
    WishAxis,
    clauses_in,
    read_wish,
)

pytestmark = pytest.mark.unit

SCARY = WishAxis(
    "tension", more=("scary",), less=("calm",), too_much=("it frightens me",), too_little=("nothing at stake",)
)
FUNNY = WishAxis("humour", more=("funny",))


def shared_words(texts: Sequence[str], others: Sequence[str]) -> list[list[float]]:
    """1 where a sentence stands whole in a text, 0 elsewhere."""
    return [[float(other in text) for other in others] for text in texts]


def read(text: str, *axes: WishAxis) -> dict[str, float]:
    return {one.axis: one.value for one in read_wish(text, axes or (SCARY, FUNNY), shared_words)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("scary", {"tension": MOST_LEANING}),
        ("not so scary", {"tension": -MOST_LEANING}),
        ("too calm", {"tension": MOST_LEANING}),
        ("it frightens me", {"tension": -MOST_LEANING}),
        ("it frightens me no end", {"tension": -MOST_LEANING}),
        ("nothing at stake", {"tension": MOST_LEANING}),
        ("can't get enough of the scary bits", {"tension": MOST_LEANING}),
        ("less scary, but funny", {"tension": -MOST_LEANING, "humour": MOST_LEANING}),
        ("I don't want it to be not scary", {"tension": MOST_LEANING}),
        ("what is the time", {}),
        ("...", {}),
        ("", {}),
    ],
)
def test_what_is_wished(text: str, wanted: dict[str, float]) -> None:
    assert read(text) == wanted


def test_what_is_only_somewhat_near_leans_less_and_what_is_far_not_at_all() -> None:
    def near(cosine: float) -> float:
        leanings = read_wish("x marks", (FUNNY,), lambda texts, others: [[cosine] * len(others)] * len(texts))
        return leanings[0].value if leanings else 0.0

    assert near(NEAR_ENOUGH - 0.01) == 0.0
    assert 0.0 < near(NEAR_ENOUGH + 0.02) < near(NEAR_ENOUGH + 0.2) < near(0.99) == MOST_LEANING


def test_neither_way_wins_where_both_are_as_near() -> None:
    assert read_wish("x marks", (SCARY,), lambda texts, others: [[0.9] * len(others)] * len(texts)) == ()


def test_an_axis_that_is_near_by_kinship_only_is_left_out() -> None:
    cosines = {"scary": 0.9, "funny": 0.7}
    found = read_wish("x marks", (SCARY, FUNNY), lambda texts, others: [[cosines.get(other, 0.0) for other in others]])
    assert found == (Leaning("tension", MOST_LEANING),)


def test_clauses_are_bounded() -> None:
    assert len(clauses_in("scary, " * 100)) == CLAUSES_LIMIT
    assert clauses_in("don't") == ()


@pytest.mark.parametrize(
    "axes",
    [
        (FUNNY,) * 2,
        (WishAxis("", more=("a",)),),
        (WishAxis("empty"),),
        (WishAxis("long", more=("a",) * (SENTENCES_LIMIT + 1)),),
        (WishAxis("blank", more=("",)),),
        tuple(WishAxis(f"axis {number}", more=("a",)) for number in range(AXES_LIMIT + 1)),
    ],
)
def test_axes_that_cannot_be_compared_are_refused(axes: tuple[WishAxis, ...]) -> None:
    with pytest.raises(InvalidAsk, match="axes"):
        read_wish("funny", axes, shared_words)
