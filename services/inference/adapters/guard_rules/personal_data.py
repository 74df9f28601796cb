"""Finds e-mail addresses, telephone, payment card and social security numbers in a text."""

from __future__ import annotations

import re
from typing import Final

_EMAIL: Final = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.|\s?(?:\(dot\)|\[dot\])\s?)[a-z]{2,24}", re.IGNORECASE
)
_CARD: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){1,4}(?!\w)")
_BARE_PHONE: Final = re.compile(r"(?<!\w)(?:\+[1-9]\d{8,14}|0\d{9,11})(?!\w)")
_SOCIAL_SECURITY: Final = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
_PHONE_DIGITS: Final = range(9, 16)


def luhn_valid(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B check digit."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char)
        if position % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def holds_personal_data(text: str) -> bool:
    """text: NFKC form, so that full-width digits are plain ones."""
    ascii_digits = "".join(char if char.isascii() or not char.isdigit() else " " for char in text)
    return bool(
        _EMAIL.search(ascii_digits)
        or _SOCIAL_SECURITY.search(ascii_digits)
        or _BARE_PHONE.search(ascii_digits)
        or any(luhn_valid(_digits(match.group())) for match in _CARD.finditer(ascii_digits))
        or any(len(_digits(match.group())) in _PHONE_DIGITS for match in _PHONE.finditer(ascii_digits))
    )


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
