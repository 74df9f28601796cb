"""Number words for any token the lexicon may hand over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inference.adapters.voice_neural.numerals import read_number


@pytest.mark.parametrize(
    ("written", "counted", "expected"),
    [
        ("2000", False, "two thousand"),
        ("2005", False, "two thousand five"),
        ("1906", False, "nineteen oh six"),
        ("2095", True, "two thousand ninety-five"),
        ("1,000,000", False, "one million"),
        ("112", False, "one hundred twelve"),
        ("-3.14", False, "minus three point one four"),
        ("21%", False, "twenty-one percent"),
        ("1990s", False, "nineteen nineties"),
        ("1900s", False, "nineteen hundreds"),
        ("3rd", False, "third"),
        ("23:59:01", False, "twenty-three fifty-nine and one seconds"),
        ("18:00", False, "eighteen hundred"),
    ],
)
def test_reading(written: str, counted: bool, expected: str) -> None:
    assert read_number(written, counted) == expected


@given(st.integers(min_value=0, max_value=10**24), st.booleans())
def test_any_whole_number_is_words_without_digits(number: int, counted: bool) -> None:
    words = read_number(str(number), counted)
    assert words
    assert all(symbol.isalpha() or symbol in " -" for symbol in words)
