"""Turns a written line into what is said, word by word: numbers, years, units, acronyms and symbols in words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from importlib import resources

import yaml

from services.inference.adapters.voice_neural.numerals import read_number

LEXICON_FILE = "lexicon.yaml"
DROPPED = str.maketrans(
    dict.fromkeys('[]{}()<>|\\^`_*"“”„«»', "") | {"’": "'", "‘": "'", "–": "—", "―": "—", "−": "-", "\u00a0": " "}
)
WORD_JOINED_BY_DASH = re.compile(r"(?<=[^\W\d])(--+|[–—―])(?=\w)")
TOKEN = re.compile(r"^(?P<lead>[—…,;:!?.'\-]*)(?P<core>.*?)(?P<tail>[—…,;:!?.'\-]*)$")
MEASURE = re.compile(r"^(?P<number>-?[\d.,:]*\d)(?P<unit>\D+)$")
NUMBER = re.compile(r"^-?[$€£¥]?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th|s)?%?$|^\d{1,2}:\d{2}(?::\d{2})?$")
PIECES = re.compile(r"\d+(?:\.\d+)?|[A-Z]?[a-zà-öø-ÿ']+|[A-Z]+(?![a-z])")
RANGE = re.compile(r"^(\d+(?:\.\d+)?)[—\-](\d+(?:\.\d+)?)(\D*)$")
INITIALS = re.compile(r"^(?:[A-Z]\.)+$")
MARKED = re.compile(r"\[([^\[\]()]+)\]\(([^()]+)\)")
MARK = "\ue000"
MARKED_TOKEN = re.compile(rf"^(\W*){MARK}(\d+){MARK}('s)?(\W*)$")
SCALES = ("hundred", "thousand", "million", "billion", "trillion")
PAUSES = ",;:.!?—…"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One stretch of sound: `words` to be phonemised in context, or `phonemes` fixed by the lexicon."""

    words: str = ""
    phonemes: str = ""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """written: the word as in the line, punctuation included. pause: the punctuation that follows it, one symbol."""

    written: str
    sounds: tuple[Spoken, ...]
    pause: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Tables of `lexicon.yaml`."""

    letters: dict[str, str]
    spelled: frozenset[str]
    spoken: frozenset[str]
    words: dict[str, str]
    phonemes: dict[str, str]
    counted: frozenset[str]
    units: dict[str, tuple[str, str]]
    currencies: dict[str, tuple[str, str]]

    @classmethod
    def load(cls) -> Lexicon:
        table = yaml.safe_load(lexicon_text())
        return cls(
            letters=table["letters"],
            spelled=frozenset(table["spelled"]),
            spoken=frozenset(table["spoken"]),
            words=table["words"],
            phonemes=table["phonemes"],
            counted=frozenset(table["counted"]),
            units={unit: (names[0], names[1]) for unit, names in table["units"].items()},
            currencies={sign: (names[0], names[1]) for sign, names in table["currencies"].items()},
        )

    def read(self, text: str) -> tuple[SpokenWord, ...]:
        """The words of `text` in order; their `written` joined by spaces are the text, but for spacing and for what
        cannot be said. `[Okoro](/okˈɔɹO/)` is written as the first and said as the second, phonemes or other words."""
        marked = MARKED.findall(text)
        if marked:
            numbers = iter(range(len(marked)))
            text = MARKED.sub(lambda _: f"{MARK}{next(numbers)}{MARK}", text.replace(MARK, ""))
        written = WORD_JOINED_BY_DASH.sub(r"\1 ", text).split()
        tokens = [re.sub(r"--+|^-$", "—", token.translate(DROPPED)).replace("...", "…") for token in written]
        words: list[SpokenWord] = []
        for index, token in enumerate(tokens):
            follower = tokens[index + 1] if index + 1 < len(tokens) else ""
            before = tokens[index - 1] if index else ""
            found = MARKED_TOKEN.match(token) if marked else None
            if found:
                name, said = marked[int(found[2])]
                written[index] = f"{found[1]}{name}{found[3] or ''}{found[4]}"
                words.append(SpokenWord(written[index], self._as_marked(said, bool(found[3])), _pause_of(found[4])))
                continue
            sounds, pause = self._read_token(token, before, follower)
            if sounds:
                words.append(SpokenWord(written[index], sounds, pause))
            elif pause and words:
                last = words[-1]
                words[-1] = SpokenWord(f"{last.written} {written[index]}", last.sounds, pause)
        return tuple(words)

    def _as_marked(self, said: str, possessive: bool) -> tuple[Spoken, ...]:
        if len(said) > 2 and said[0] == said[-1] == "/":
            return (Spoken(phonemes=said[1:-1] + ("z" if possessive else "")),)
        *first, last = said.split()
        return (*(Spoken(words=word) for word in first), Spoken(words=f"{last}'s" if possessive else last))

    def _read_token(self, token: str, before: str, follower: str) -> tuple[tuple[Spoken, ...], str]:
        for written in (token, token.rstrip(PAUSES + "'")):
            if written in self.words:
                return self._say_words(self.words[written]), _pause_of(token[len(written) :])
        if INITIALS.match(token):
            return self._spell(token), "" if follower else "."
        match = TOKEN.match(token)
        lead, core, tail = match.groups() if match else ("", token, "")
        if lead.endswith("-") and (core[:1].isdigit() or core[:1] in self.currencies):
            core = f"-{core}"
        return self._sounds(core, before, follower), _pause_of(tail or (lead if not core else ""))

    def _sounds(self, core: str, before: str, follower: str) -> tuple[Spoken, ...]:
        if not core:
            return ()
        fixed = self.phonemes.get(core) or self.phonemes.get(core.lower())
        if fixed:
            return (Spoken(phonemes=fixed),)
        if core in self.words:
            return self._say_words(self.words[core])
        if core in self.units and _is_number(before):
            singular, plural = self.units[core]
            return self._say_words(singular if before.strip(PAUSES) in ("1", "-1") else plural)
        if core in SCALES and before[:1] in self.currencies:
            return self._say_words(f"{core} {self.currencies[before[0]][1]}")
        return self._quantity(core, follower) or self._name(core)

    def _quantity(self, core: str, follower: str) -> tuple[Spoken, ...]:
        span = RANGE.match(core)
        if span and (not span[3] or span[3] in self.units):
            first, last = self._quantity(span[1], "s"), self._quantity(span[2] + span[3], follower)
            return (*first, Spoken(words="to"), *last)
        if core[:1] == "-" and core[1:2] in self.currencies:
            return (Spoken(words="minus"), *self._sounds(core[1:], "", follower))
        if core[:1] in self.currencies and NUMBER.match(core):
            singular, plural = self.currencies[core[0]]
            name = singular if core[1:] == "1" else plural
            name = "" if follower.strip(PAUSES) in SCALES else name
            return self._say_words(f"{read_number(core[1:], counted=True)} {name}".strip())
        if NUMBER.match(core):
            thing = follower.strip(PAUSES)
            return self._say_words(read_number(core, counted=thing in self.units or thing.lower() in self.counted))
        measure = MEASURE.match(core)
        if measure and measure["unit"] in self.units and NUMBER.match(measure["number"]):
            name = self.units[measure["unit"]][0 if measure["number"] in ("1", "-1") else 1]
            return self._say_words(f"{read_number(measure['number'], counted=True)} {name}")
        return ()

    def _name(self, core: str) -> tuple[Spoken, ...]:
        if core in self.spelled or INITIALS.match(f"{core}."):
            return self._spell(core)
        if "." in core or "/" in core or "@" in core:
            return self._signed(core)
        if "-" in core or "—" in core:
            parts = [part for part in re.split(r"[-—]+", core) if part]
            return tuple(sound for part in parts for sound in self._sounds(part, "", ""))
        if core.isupper() and core not in self.spoken and _unpronounceable(core):
            return self._spell(core)
        if any(symbol.isdigit() for symbol in core):
            return self._mixed(core)
        word = core.lower() if core.isupper() and len(core) > 1 else core
        clean = _latin(word)
        if not any(symbol.isalpha() for symbol in clean):
            return self._signs(core)
        return (Spoken(words=clean),)

    def _signed(self, core: str) -> tuple[Spoken, ...]:
        names = {".": "dot", "/": "slash", "@": "at"}
        sounds: list[Spoken] = []
        for part in re.split(r"([./@])", core):
            sounds += [Spoken(words=names[part])] if part in names else self._sounds(part, "", "")
        return tuple(sounds)

    def _signs(self, core: str) -> tuple[Spoken, ...]:
        return tuple(Spoken(words=self.words[symbol]) for symbol in core if symbol in self.words)

    def _mixed(self, core: str) -> tuple[Spoken, ...]:
        """Names such as O2, B7, MK4 or Sol112: capitals by letter, numbers as numbers."""
        sounds: list[Spoken] = []
        for part in PIECES.findall(core):
            if part[0].isdigit():
                sounds += self._say_words(read_number(part, counted=True))
            elif part.isupper() and (len(part) == 1 or _unpronounceable(part) or part in self.spelled or len(part) < 4):
                sounds += self._spell(part)
            else:
                sounds.append(Spoken(words=part))
        return tuple(sounds)

    def _spell(self, core: str) -> tuple[Spoken, ...]:
        letters = [self.letters[symbol] for symbol in core if symbol in self.letters]
        unstressed = [letter.replace("ˈ", "ˌ") for letter in letters[:-1]]
        plural = "z" if core.endswith("s") else ""
        return (Spoken(phonemes="".join([*unstressed, letters[-1]]) + plural),) if letters else ()

    def _say_words(self, text: str) -> tuple[Spoken, ...]:
        """Single capitals in `text` are letters to be spelled."""
        return tuple(
            Spoken(phonemes=self.letters[word]) if word in self.letters else Spoken(words=word) for word in text.split()
        )


def lexicon_text() -> str:
    return resources.files(__package__).joinpath(LEXICON_FILE).read_text(encoding="utf-8")


def _is_number(token: str) -> bool:
    bare = token.strip(PAUSES)
    return bool(NUMBER.match(bare) or RANGE.match(bare))


def _unpronounceable(core: str) -> bool:
    """No vowel, or a vowel only as one of two letters: such capitals are letters, not a shouted word."""
    return core.isalpha() and len(core) > 1 and not re.search(r"[AEIOUY]", core)


def _pause_of(tail: str) -> str:
    """The strongest of the marks in `tail`."""
    for mark in "?!….—;:,":
        if mark in tail:
            return mark
    return ""


def _latin(word: str) -> str:
    """The word in the letters the phonemiser knows: accents off, other scripts out."""
    plain = unicodedata.normalize("NFKD", word)
    return "".join(symbol for symbol in plain if (symbol.isascii() and symbol.isalpha()) or symbol == "'")
