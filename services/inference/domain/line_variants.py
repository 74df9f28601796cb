"""The ways in which a line can be said with its own words: sentences and clauses moved, words contracted.

Every variant is well-formed by construction; which of them sounds natural where it stands is for a model to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.inference.domain.line_words import SPOKEN_FORMS, WRITTEN_FORMS, words_of

MAX_VARIANTS: Final = 8

_SENTENCE: Final = re.compile(r"[^.?!…]+[.?!…]+")
_LEANS_BACK: Final = frozenset(
    words_of(
        "it he she they him her them his their its that this these those one ones and but or so then now yes no again "
        "also too otherwise instead because which exactly maybe perhaps still there here first later both neither "
        "another other well not to we is does did are was who what why how when where"
    )
)
"""First words of a sentence that stands on the one before it, or answers it."""
_COMMANDS: Final = frozenset(
    words_of(
        "get move run stop close open come look listen hold put wait take stay keep turn report thank leave watch "
        "bring give help let remember check follow hurry drop seal start return tell"
    )
)
"""A sentence that begins so is an order, a plea or thanks: it may stand before or after what is said with it."""
_SUBJECTS: Final = frozenset(words_of("i we you they he she it the a an my our your his her their this that"))
_LEADING_CLAUSE: Final = re.compile(r"^(If|When|Until|Before|After|Unless|Whatever|As soon as) ([^,]+), ([^,]+)$")
_TRAILING_CLAUSE: Final = re.compile(r"^([^,]+?),? (if|when|until|unless|as soon as) ([^,]+)$")
_TIME: Final = (
    r"(?:(?:this|last|tomorrow|yesterday) ?(?:morning|night|evening|week)?|tonight|today|"
    r"(?:in|for|within) (?:\w+|forty-\w+) (?:seconds|minutes|hours|days|weeks|months|years))"
)
_TRAILING_TIME: Final = re.compile(rf"^([^,]+) ({_TIME})$", re.IGNORECASE)
_LEADING_TIME: Final = re.compile(rf"^({_TIME}),? ([^,]+)$", re.IGNORECASE)
_PARTICIPLE: Final = (
    r"\s+(?:never|always|just|already|only|not|\w+ed|\w+en|been|heard|said|made|known|had|got|found|lost|come|gone|"
    r"done|kept|left|told|felt|built|brought|thought|held|sent|spent|read|put)\b"
)
"""What may follow "I've": the full verb "to have" is not contracted."""
_NOT_AFTER: Final = (
    "".join(
        rf"(?<!{word} )"
        for lower in ("where", "what", "how", "who", "as", "than", "here")
        for word in (lower, lower.capitalize())
    )
    + r"(?<!ever )"
)
"""After these the verb is stressed: "where I am every night", "whoever it is", "here we are again"."""
_LIKE_WORDS: Final = (
    ("nobody", "no one"), ("someone", "somebody"), ("everyone", "everybody"), ("perhaps", "maybe"),
    ("begin to", "start to"), ("is starting to", "is beginning to"), ("towards", "toward"),
)  # fmt: skip
"""Pairs that mean the same wherever they stand."""


@dataclass(frozen=True, slots=True)
class Freedom:
    """contract: the speaker says "I'm". reorder: sentences may change places, which a narrated order of events forbids.
    names: what the speaker may call somebody; capitals: words that keep their capital inside a sentence."""

    contract: bool
    reorder: bool
    names: Sequence[str] = ()
    capitals: frozenset[str] = frozenset({"I"})


def variants(line: str, freedom: Freedom) -> tuple[str, ...]:
    """At most MAX_VARIANTS other ways to say the line, mildest first, without the line itself."""
    sentences = [part.strip() for part in _SENTENCE.findall(line)]
    if not sentences or "".join(sentences).replace(" ", "") != line.replace(" ", ""):
        return ()
    capitals = freedom.capitals | {word for name in freedom.names for word in name.split()}
    orders = [sentences, *_swapped(sentences, freedom)]
    shaped: list[str] = []
    for order in orders:
        shaped.append(" ".join(order))
        for index, sentence in enumerate(order):
            shaped += [
                " ".join((*order[:index], changed, *order[index + 1 :]))
                for changed in _reshaped(sentence, freedom.names, capitals)
            ]
    spoken = [form for text in shaped for form in _spoken(text, freedom.contract)]
    return tuple(dict.fromkeys(text for text in spoken if text != line))[:MAX_VARIANTS]


def _swapped(sentences: list[str], freedom: Freedom) -> Iterable[list[str]]:
    if not freedom.reorder or len(sentences) != 2:
        return
    first, second = sentences
    asks = any(sentence.split()[0].lower().rstrip(".,!") in _COMMANDS for sentence in sentences)
    if asks and len(first.split()) > 2 and not (_leans_back(first) or _leans_back(second)):
        yield [second, first]


def _leans_back(sentence: str) -> bool:
    words = re.findall(r"[a-z']+", sentence.lower())
    return not words or words[0] in _LEANS_BACK or bool({"it", "them", "he", "she", "one"} & set(words))


def _reshaped(sentence: str, names: Sequence[str], capitals: frozenset[str] | set[str]) -> Iterable[str]:
    body, mark = sentence.rstrip(".?!…"), sentence[len(sentence.rstrip(".?!…")) :]
    for name in names:
        if body.endswith(f", {name}"):
            yield f"{name}, {_lowered(body.removesuffix(f', {name}'), capitals)}{mark}"
        elif body.startswith(f"{name}, "):
            yield f"{_raised(body.removeprefix(f'{name}, '))}, {name}{mark}"
    if found := _LEADING_CLAUSE.match(body):
        opener, condition, main = found.groups()
        joint = ", " if opener == "Whatever" else " "
        yield f"{_raised(main)}{joint}{opener.lower()} {condition}{mark}"
    elif (found := _TRAILING_CLAUSE.match(body)) and mark == ".":
        main, opener, condition = found.groups()
        yield f"{opener.capitalize()} {condition}, {_lowered(main, capitals)}{mark}"
    found = _TRAILING_TIME.match(body)
    if found and mark == "." and body.split()[0].lower() in _SUBJECTS:
        yield f"{_raised(found.group(2))}, {_lowered(found.group(1), capitals)}{mark}"
    elif (found := _LEADING_TIME.match(body)) and mark == ".":
        yield f"{_raised(found.group(2))} {found.group(1).lower()}{mark}"
    for one, other in _LIKE_WORDS:
        for old, new in ((one, other), (other, one)):
            replaced = re.sub(rf"\b{old}\b", new, body)
            replaced = re.sub(rf"\b{old.capitalize()}\b", new.capitalize(), replaced)
            if replaced != body:
                yield replaced + mark


def _spoken(text: str, contract: bool) -> Iterable[str]:
    """The text as it is, contracted, and written out."""
    yield text
    table = SPOKEN_FORMS if contract else {}
    yield _replaced(text, table)
    yield _replaced(text, WRITTEN_FORMS)


def contracted(text: str) -> str:
    """The text as somebody says it who says "it's"."""
    return _replaced(text, SPOKEN_FORMS)


def _replaced(text: str, table: dict[str, str]) -> str:
    for old, new in table.items():
        follows = _PARTICIPLE if old.endswith(" have") else r"\s+\w"
        for one, other in ((old, new), (_raised(old), _raised(new))):
            text = re.sub(rf"{_NOT_AFTER}\b{one}\b(?!['’])(?={follows})", other, text)
    return text


def _raised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lowered(text: str, capitals: frozenset[str] | set[str]) -> str:
    first = re.split(r"[\s,']", text, maxsplit=1)[0]
    return text if first in capitals else text[:1].lower() + text[1:]
