"""Turns spoken words into sentences of phonemes, each phoneme owned by the written word it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.inference.adapters.voice_neural.model_files import ModelFile
from services.inference.adapters.voice_neural.phones import PhoneTable
from services.inference.adapters.voice_neural.spoken_form import Spoken, SpokenWord

SENTENCE_ENDS = ".!?…"
LONGEST_SENTENCE_SYMBOLS = 260
STAND_IN = "station"
NO_WORD = -1


@dataclass(frozen=True, slots=True)
class Sentence:
    """symbols: phonemes, spaces and punctuation, spoken in one breath. owners: for each the index of its word, or
    NO_WORD."""

    symbols: str
    owners: tuple[int, ...]


class Phonemiser:
    """Hibari's English rules (misaki's, without spaCy or espeak), for every speaker."""

    def __init__(self, rules: Any, phones: PhoneTable) -> None:
        self._rules = rules
        self._phones = phones

    @classmethod
    def load(cls, files: tuple[ModelFile, ...], phones: PhoneTable) -> Phonemiser:
        """files: data that the rules load by themselves; checked here. Raises EngineUnavailable."""
        for file in files:
            file.read()
        from hibari.g2p import G2P

        rules = G2P()
        rules("hello")
        return cls(rules, phones)

    def sentences(self, words: tuple[SpokenWord, ...]) -> tuple[Sentence, ...]:
        """Sentences in order; those without a sound are left out."""
        found: list[Sentence] = []
        first = 0
        for index, word in enumerate(words):
            if index + 1 == len(words) or (word.pause and word.pause in SENTENCE_ENDS):
                found += self._sentence(words[first : index + 1], first)
                first = index + 1
        return tuple(found)

    def _sentence(self, words: tuple[SpokenWord, ...], first_word: int) -> list[Sentence]:
        marked: list[tuple[str, int]] = []
        for offset, (word, phonemes) in enumerate(zip(words, self._phonemes(words), strict=True)):
            if marked and marked[-1][0] != " ":
                marked.append((" ", NO_WORD))
            marked += [(symbol, first_word + offset) for symbol in phonemes if self._phones.knows(symbol)]
            if word.pause:
                marked.append((word.pause, NO_WORD))
        if not any(owner != NO_WORD for _, owner in marked):
            return []
        if marked[-1][0] not in SENTENCE_ENDS + ",;:—":
            marked.append((".", NO_WORD))
        return [_as_sentence(part) for part in _split(marked)]

    def _phonemes(self, words: tuple[SpokenWord, ...]) -> list[str]:
        """Phonemes of each word, pronounced in the context of its sentence."""
        pieces = [(offset, sound) for offset, word in enumerate(words) for sound in word.sounds]
        text, starts = _plain_text(words)
        tokens = self._rules.tokenize(text)
        _fix_phonemes(tokens, [sound for _, sound in pieces], starts)
        by_word = [""] * len(words)
        place = 0
        for token in self._rules.phonemize_tokens(tokens):
            piece = max(0, sum(start <= place for start in starts) - 1)
            offset = pieces[piece][0]
            if token.phonemes and any(symbol in self._phones.phones for symbol in token.phonemes):
                gap = " " if by_word[offset] and place == starts[piece] else ""
                by_word[offset] += gap + "".join(s for s in token.phonemes if s == " " or s in self._phones.phones)
            place += len(token.text) + len(token.whitespace)
        return [phonemes.strip() for phonemes in by_word]


def _plain_text(words: tuple[SpokenWord, ...]) -> tuple[str, list[int]]:
    """(text of the sentence with a stand-in for fixed phonemes, where each sound starts in it)."""
    text, starts = "", []
    for word in words:
        for sound in word.sounds:
            text += " " if text else ""
            starts.append(len(text))
            text += STAND_IN if sound.phonemes else sound.words
        text += word.pause
    return text, starts


def _fix_phonemes(tokens: list[Any], sounds: list[Spoken], starts: list[int]) -> None:
    place = 0
    fixed = {start: sound.phonemes for start, sound in zip(starts, sounds, strict=True) if sound.phonemes}
    for token in tokens:
        if place in fixed:
            token.phonemes, token.rating = fixed[place], 5
        place += len(token.text) + len(token.whitespace)


def _split(marked: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """Pieces short enough for one run of a model, cut at clauses where there are any, else between words."""
    parts: list[list[tuple[str, int]]] = []
    rest = marked
    while len(rest) > LONGEST_SENTENCE_SYMBOLS:
        window = rest[:LONGEST_SENTENCE_SYMBOLS]
        cuts = [i for i, (symbol, _) in enumerate(window) if symbol in ",;:—"] or [
            i for i, (symbol, owner) in enumerate(window) if symbol == " " and owner == NO_WORD
        ]
        cut = cuts[-1] + 1 if cuts else LONGEST_SENTENCE_SYMBOLS
        parts.append(rest[:cut])
        rest = rest[cut:]
        while rest and rest[0][0] == " ":
            rest = rest[1:]
    return [*parts, rest] if rest else parts


def _as_sentence(marked: list[tuple[str, int]]) -> Sentence:
    return Sentence("".join(symbol for symbol, _ in marked), tuple(owner for _, owner in marked))
