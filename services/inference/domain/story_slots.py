"""Fills the slots of templates: "{Thing}", "{station}", "{hero_a_job}"; capitals follow from where a slot stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SLOT = re.compile(r"\{([A-Za-z0-9_]+)\}")
_SENTENCE_START = re.compile(r"(^|[.!?] )([a-z])")
_DEEPEST = 4


class UnknownSlot(KeyError):
    """A template asks for what nobody told."""


def fill(template: str, slots: Mapping[str, str]) -> str:
    """The text with every slot filled; sentences begin with a capital. Raises UnknownSlot."""
    text = template
    for _ in range(_DEEPEST):
        filled = _SLOT.sub(lambda match: _value(match.group(1), slots), text)
        if filled == text:
            break
        text = filled
    return _SENTENCE_START.sub(lambda match: match.group(1) + match.group(2).upper(), text)


def fill_name(template: str, slots: Mapping[str, str]) -> str:
    """As `fill`, for names: nothing is raised that does not ask to be."""
    text = template
    for _ in range(_DEEPEST):
        text = _SLOT.sub(lambda match: _value(match.group(1), slots), text)
    return text


def with_article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _value(asked: str, slots: Mapping[str, str]) -> str:
    name = asked[:1].lower() + asked[1:]
    title = name.endswith("_t")
    for suffix in ("_c", "_t", "_l"):
        if name.endswith(suffix) and name not in slots:
            name = name.removesuffix(suffix)
            break
    if name not in slots:
        raise UnknownSlot(asked)
    value = slots[name]
    if title:
        small = {"of", "the", "a", "in", "that", "under", "and"}
        words = value.split()
        return " ".join(word if at and word in small else word[:1].upper() + word[1:] for at, word in enumerate(words))
    return value[:1].upper() + value[1:] if asked[:1].isupper() or asked.endswith("_c") else value
