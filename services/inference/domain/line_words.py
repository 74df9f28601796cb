"""The English words by which lines are compared: small words, numbers, opposites; how words are stemmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")


def _each(words: str) -> tuple[str, ...]:
    return tuple(words.split())


NEGATIONS: Final = frozenset(
    {"not", "no", "never", "nobody", "nothing", "none", "neither", "nor", "without", "nowhere"}
)

_CARDINALS: Final = _each(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_ORDINALS: Final = _each("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_TENS: Final = _each("thirty forty fifty sixty seventy eighty ninety")
NUMBERS: Final[dict[str, str]] = {
    **{word: str(value) for value, word in enumerate(_CARDINALS) if word != "one"},
    **{word: f"{value}th" for value, word in enumerate(_ORDINALS, start=3)},
    **{word: str(value) for word, value in zip(_TENS, range(30, 100, 10), strict=True)},
    "hundred": "100", "thousand": "1000", "million": "1000000",
    **{word: word for word in ("half", "twice", "double")},
}  # fmt: skip
"""Number words and their value; "one" is left out because it is mostly a pronoun."""

PERSONS: Final[dict[str, str]] = {
    **dict.fromkeys(_each("i me my mine myself"), "i"),
    **dict.fromkeys(_each("we us our ours ourselves let's"), "we"),
    **dict.fromkeys(_each("you your yours yourself yourselves"), "you"),
    **dict.fromkeys(_each("he him his himself"), "he"),
    **dict.fromkeys(_each("she her hers herself"), "she"),
    **dict.fromkeys(_each("they them their theirs themselves"), "they"),
    **dict.fromkeys(_each("someone somebody"), "someone"),
    **dict.fromkeys(_each("everyone everybody all"), "all"),
    **dict.fromkeys(_each("who whose whom"), "who"),
    **dict.fromkeys(_each("something"), "something"),
}
DIRECTIONS: Final[dict[str, str]] = {
    word: word
    for word in _each(
        "to from in out on off up down under over before after into with above below behind beyond through "
        "until since than if because unless while but or only just still again already soon almost now then "
        "of for about against between by at like as both each every same other most least"
    )
} | {"inside": "in", "towards": "to", "toward": "to", "onto": "on"}
AUXILIARIES: Final[dict[str, str]] = {
    **dict.fromkeys(_each("am is are"), "is"),
    **dict.fromkeys(_each("was were"), "was"),
    **dict.fromkeys(_each("will shall"), "will"),
    **dict.fromkeys(_each("has have"), "has"),
    **dict.fromkeys(_each("do does"), "do"),
    **{word: word for word in _each("had did would should could can may might must been be being")},
    **{word: word for word in _each("why how when where what which")},
}  # fmt: skip

OPENERS: Final = frozenset(
    _each(
        "yes no well listen look please now hey okay alright warning attention caution wait sorry thanks hello then "
        "so but and still today tonight tomorrow here there quick careful good easy right first finally"
    )
)
_ARTICLES: Final = frozenset(
    _each(
        "a an the this that these those it its and there here so such very too quite really please "
        "also even own one perhaps maybe"
    )
)
SMALL_WORDS: Final = frozenset(
    {*_ARTICLES, *OPENERS, *PERSONS, *DIRECTIONS, *AUXILIARIES, *NEGATIONS, "let", "go", "get", "got", "make"}
)
"""Words that name nothing by themselves."""

_FUNCTION_WORDS: Final = frozenset({*_ARTICLES, *PERSONS, *DIRECTIONS, *AUXILIARIES, *NEGATIONS})

PROFANE: Final = frozenset(
    _each(
        "fuck fucking fucked fucker motherfucker shit shitty bullshit bitch bastard asshole arse cunt dick piss pissed "
        "slut whore goddamn crap bollocks wanker"
    )
)
CHEERFUL: Final = frozenset(_each("haha lol yay hooray hurray awesome yippee wonderful fantastic delightful fun"))
CRUEL: Final = frozenset(_each("hate idiot stupid kill die worthless disgusting loser pathetic shut"))
FORMAL_MANNERS: Final = (
    "formal",
    "precise",
    "exact",
    "literal",
    "courteous",
    "robot",
    "machine",
    "announce",
    "artificial",
    "measured",
)
"""Hints in `Character.manner` that the character does not contract words."""

_OPPOSITES: Final = (
    ("open", "closed"), ("open", "shut"), ("alive", "dead"), ("working", "broken"), ("works", "broken"),
    ("works", "failed"), ("on", "off"), ("inside", "outside"), ("found", "lost"), ("full", "empty"),
    ("unlocked", "locked"), ("safe", "dangerous"), ("safe", "unsafe"), ("awake", "asleep"), ("online", "offline"),
    ("intact", "damaged"), ("intact", "breached"), ("remembers", "forgot"), ("knows", "unaware"),
    ("true", "false"), ("won", "defeated"), ("friend", "enemy"), ("clean", "contaminated"), ("sealed", "leaking"),
)  # fmt: skip
ANTONYMS: Final[dict[str, str]] = {minus: plus for plus, minus in _OPPOSITES}
"""The negative word of a pair and the positive one that it denies."""

_CONTRACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "won't": ("will", "not"), "can't": ("can", "not"), "cannot": ("can", "not"), "shan't": ("will", "not"),
    "let's": ("let", "we"), "ain't": ("is", "not"), "gonna": ("going", "to"), "gotta": ("got", "to"),
    "o'clock": ("o'clock",),
}  # fmt: skip
_ENDINGS: Final[dict[str, str]] = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
_IS_AFTER: Final = frozenset(_each("it that there here what who he she where how everything something nobody someone"))


def words_of(text: str) -> list[str]:
    """Lower-cased words in order; an apostrophe or hyphen inside a word belongs to it."""
    return [match.group().replace("’", "'").lower() for match in _WORD.finditer(text)]


def expand(words: Sequence[str]) -> list[str]:
    """The words with contractions written out: "won't" is "will not", "I'm" is "I am"."""
    return [part for word in words for part in _expanded(word)]


def _expanded(word: str) -> tuple[str, ...]:
    if word in _CONTRACTIONS:
        return _CONTRACTIONS[word]
    if word.endswith("n't"):
        return word[:-3], "not"
    for ending, full in _ENDINGS.items():
        if word.endswith(ending):
            return word[: -len(ending)], full
    if word.endswith("'s"):
        return (word[:-2], "is") if word[:-2] in _IS_AFTER else (word[:-2],)
    return (word,)


SPOKEN_FORMS: Final[dict[str, str]] = {
    "I am": "I'm", "I have": "I've", "I will": "I'll", "you are": "you're", "you have": "you've", "you will": "you'll",
    "we are": "we're", "we have": "we've", "we will": "we'll", "they are": "they're", "they have": "they've",
    "it is": "it's", "that is": "that's", "there is": "there's", "he is": "he's", "she is": "she's",
    "do not": "don't", "does not": "doesn't", "did not": "didn't", "is not": "isn't", "are not": "aren't",
    "was not": "wasn't", "will not": "won't", "would not": "wouldn't", "could not": "couldn't", "cannot": "can't",
    "has not": "hasn't", "have not": "haven't", "had not": "hadn't", "should not": "shouldn't",
}  # fmt: skip
WRITTEN_FORMS: Final[dict[str, str]] = {
    spoken: written for written, spoken in SPOKEN_FORMS.items() if not written.endswith(" is") or written == "that is"
}
"""Contractions that have one full form only; "it's" may be "it has"."""

_SUFFIXES: Final = (
    ("iest", 3), ("ied", 3), ("ies", 3), ("ing", 4), ("edly", 4), ("ed", 4), ("es", 4), ("ly", 4), ("s", 3),
)  # fmt: skip
"""Endings, and how many letters must be left before them."""


def stem(word: str) -> str:
    """A crude stem: enough to see that "cracking" and "crack", or "crews" and "crew", are one word."""
    for ending, least in _SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            cut = word[: -len(ending)]
            if ending.startswith("ie"):
                return cut + "y"
            return cut[:-1] if len(cut) > 3 and cut[-1] == cut[-2] and cut[-1] not in "ls" else cut.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


_ALIKE: Final = {"begin": "start"}


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry the line's content, in order."""
    stems = [stem(word) for word in expand(words_of(text)) if word not in _FUNCTION_WORDS]
    return [_ALIKE.get(found, found) for found in stems]
