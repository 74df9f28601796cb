"""Sentences of phonemes: every symbol known, every phoneme owned by its word."""

from __future__ import annotations

import itertools

import pytest

from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.phonemiser import LONGEST_SENTENCE_SYMBOLS, NO_WORD, Phonemiser, Sentence
from services.inference.adapters.voice_neural.phones import PhoneTable
from services.inference.adapters.voice_neural.spoken_form import Lexicon


@pytest.fixture(scope="module")
def phonemiser(engine: NeuralVoice) -> Phonemiser:
    return engine._phonemiser


def by_word(sentences: tuple[Sentence, ...]) -> dict[int, str]:
    found: dict[int, str] = {}
    for sentence in sentences:
        for symbol, owner in zip(sentence.symbols, sentence.owners, strict=True):
            found[owner] = found.get(owner, "") + symbol
    found.pop(NO_WORD, None)
    return found


def test_each_word_owns_its_own_phonemes(phonemiser: Phonemiser, lexicon: Lexicon) -> None:
    words = lexicon.read("In 2095, the regolith burned. It isn't CO2.")
    owned = by_word(phonemiser.sentences(words))
    assert set(owned) == set(range(len(words)))
    assert owned[1] == "twˈɛnti nˈIndifˌIv"
    assert owned[3] == "ɹˈɛɡəlˌɪθ"
    assert owned[6] == "ˈɪzᵊnt"
    assert owned[7] == "sˌiˈO tˈu"


def test_sentences_end_where_the_text_says(phonemiser: Phonemiser, lexicon: Lexicon) -> None:
    sentences = phonemiser.sentences(lexicon.read("Stop! Who, me? Dr. Vale is here"))
    assert [sentence.symbols[-1] for sentence in sentences] == ["!", "?", "."]


def test_a_long_sentence_is_cut_between_words(phonemiser: Phonemiser, lexicon: Lexicon) -> None:
    words = lexicon.read("we counted every single falling star " * 11)
    sentences = phonemiser.sentences(words)
    assert len(sentences) > 1
    assert all(len(sentence.symbols) <= LONGEST_SENTENCE_SYMBOLS for sentence in sentences)
    owners = [set(sentence.owners) - {NO_WORD} for sentence in sentences]
    assert all(not first & second for first, second in itertools.pairwise(owners))
    assert set().union(*owners) == set(range(len(words)))


def test_every_symbol_is_known_to_the_speakers(engine: NeuralVoice, lexicon: Lexicon, phones: PhoneTable) -> None:
    text = "Zyx'l qwrth; the beige thing—usually joyful—chose a yacht, huh? Button, water, bird, hurry: ouch…"
    for sentence in engine._phonemiser.sentences(lexicon.read(text)):
        assert all(phones.knows(symbol) for symbol in sentence.symbols)
        for speaker in engine._speakers.values():
            assert all(symbol in _alphabet(speaker, phones) for symbol in sentence.symbols)


def _alphabet(speaker: object, phones: PhoneTable) -> set[str]:
    if hasattr(speaker, "_symbol_ids"):
        return set(speaker._symbol_ids)
    if hasattr(speaker, "_network"):
        return set(speaker._network.symbol_ids)
    ids = set(speaker._ids)  # type: ignore[attr-defined]
    known = [*phones.phones, *phones.pauses]
    return {symbol for symbol in known if set("".join(phones.espeak_line(symbol))) <= ids}
