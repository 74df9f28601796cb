"""Reads written numbers aloud: cardinals, ordinals, years, decades, decimals, times of day and percentages."""

from __future__ import annotations

import re

ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
DECADE = re.compile(r"^(\d{3}0)s$")
CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")
LARGEST_READ_WHOLE = 15


def read_number(written: str, counted: bool) -> str:
    """Words for `written`, a token of digits and the signs - , . : % and endings st nd rd th s.

    counted: a unit or a currency goes with it, so four digits are a quantity and not a year.
    """
    if written.startswith("-"):
        return f"minus {read_number(written[1:], counted=True)}"
    if written.endswith("%"):
        return f"{read_number(written[:-1], counted=True)} percent"
    special = _clock(written) or _ordinal(written) or _decade(written)
    if special:
        return special
    whole, _, fraction = written.rstrip("s").replace(",", "").partition(".")
    plural = "s" if written.endswith("s") else ""
    if fraction:
        return f"{_whole(whole)} point {_digits(fraction)}"
    is_year = not counted and "," not in written and len(whole) == 4 and 1010 <= int(whole) <= 2999
    return (_year(int(whole)) if is_year else _whole(whole)) + plural


def _whole(digits: str) -> str:
    from hibari.g2p import numbers

    if (len(digits) > 1 and digits.startswith("0")) or len(digits) > LARGEST_READ_WHOLE:
        return _digits(digits)
    return str(numbers.cardinal(int(digits))).replace(" and ", " ").replace(",", "")


def _digits(digits: str) -> str:
    from hibari.g2p import numbers

    return " ".join(numbers.ONES[int(digit)] for digit in digits)


def _year(year: int) -> str:
    century, rest = divmod(year, 100)
    if year % 1000 < 10:
        return _whole(str(year))
    if rest == 0:
        return f"{_whole(str(century))} hundred"
    tail = f"oh {_whole(str(rest))}" if rest < 10 else _whole(str(rest))
    return f"{_whole(str(century))} {tail}"


def _ordinal(written: str) -> str:
    from hibari.g2p import numbers

    match = ORDINAL.match(written.replace(",", ""))
    return str(numbers.ordinal(int(match[1]))).replace(" and ", " ").replace(",", "") if match else ""


def _decade(written: str) -> str:
    match = DECADE.match(written)
    if not match:
        return ""
    words = _year(int(match[1]))
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def _clock(written: str) -> str:
    match = CLOCK.match(written)
    if not match:
        return ""
    hour, minute, second = _whole(str(int(match[1]))), int(match[2]), match[3]
    if minute == 0 and second is None:
        return f"{hour} o'clock" if 1 <= int(match[1]) <= 12 else f"{hour} hundred"
    spoken = f"oh {_whole(str(minute))}" if minute < 10 else _whole(str(minute))
    seconds = f" and {_whole(str(int(second)))} seconds" if second is not None else ""
    return f"{hour} {spoken}{seconds}"
