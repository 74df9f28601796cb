"""Brings disguised text to plain lower-case letters, so that one rule catches its many spellings."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_CONFUSABLES: Final = str.maketrans(
    "аеорсухіјѕԁԛԝкмтнвзαβεικνορτυχηɑɡıℓßøłđ",
    "aeopcyxijsdqwkmtнвзabeiknoptuxn".replace("н", "h").replace("в", "b").replace("з", "3") + "agilsold",
)
"""Cyrillic, Greek and Latin letters that are drawn like plain ones; a small part of Unicode TR 39."""

_LEET: Final = str.maketrans("013457@$!|+", "oieastasiit")
_LEET_WORD: Final = re.compile(r"[a-z013457@$!|+]*[a-z][a-z013457@$!|+]*")
_SPACED_LETTERS: Final = re.compile(r"(?<![a-z])(?:[a-z0-9@$!][ ._*\-]){2,}[a-z0-9@$!](?![a-z])")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_MARKS_IN_A_ROW: Final = 3
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def has_hidden_characters(text: str) -> bool:
    """Whether the text holds controls, bidirectional overrides, tag characters, lone surrogates or piled-up marks."""
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MARKS_IN_A_ROW or char in _BIDI or category in {"Cs", "Co"} or 0xE0000 <= ord(char) <= 0xE007F:
            return True
        if category == "Cc" and char not in "\n\t":
            return True
    return False


def compatible(text: str) -> str:
    """NFKC without invisible format characters, white space made single blanks."""
    composed = unicodedata.normalize("NFKC", text)
    visible = "".join(char for char in composed if unicodedata.category(char) != "Cf")
    return " ".join(visible.split())


def fold(text: str) -> str:
    """Lower case, look-alikes replaced, diacritics removed, typographic quotes and dashes made plain."""
    lowered = compatible(text).lower().translate(_CONFUSABLES)
    bare = "".join(char for char in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(char))
    return bare.replace("’", "'").replace("‘", "'").replace("–", "-").replace("—", "-")


def readings(text: str) -> tuple[str, ...]:
    """The ways in which the text may be meant: plain, spaced letters joined, leetspeak undone, unstretched."""
    plain = fold(text)
    joined = _SPACED_LETTERS.sub(lambda match: re.sub(r"[ ._*\-]", "", match.group()), plain)
    decoded = _LEET_WORD.sub(lambda match: match.group().translate(_LEET), joined)
    squeezed = _STRETCHED.sub(r"\1", decoded)
    return tuple(dict.fromkeys((plain, joined, decoded, squeezed)))
