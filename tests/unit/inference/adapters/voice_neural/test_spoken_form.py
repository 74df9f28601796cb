"""Numbers, years, units, acronyms and signs as they are said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.adapters.voice_neural.spoken_form import Lexicon


def said(lexicon: Lexicon, text: str) -> str:
    words = lexicon.read(text)
    return " ".join(
        " ".join(sound.words or f"/{sound.phonemes}/" for sound in word.sounds) + word.pause for word in words
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 2095", "In twenty ninety-five"),
        ("In 2105 or 1900", "In twenty-one oh five or nineteen hundred"),
        ("the 2090s", "the twenty nineties"),
        ("2,095 souls", "two thousand ninety-five souls"),
        ("2095 km", "two thousand ninety-five kilometers"),
        ("2095 people", "two thousand ninety-five people"),
        ("1 km", "one kilometer"),
        ("5km, 3.7 m/s", "five kilometers, three point seven meters per second"),
        ("3–4 km", "three to four kilometers"),
        ("-40°C", "minus forty degrees Celsius"),
        ("0.04%", "zero point zero four percent"),
        ("the 22nd", "the twenty-second"),
        ("at 14:05", "at fourteen oh five"),
        ("12:00", "twelve o'clock"),
        ("$5 million", "five million dollars"),
        ("$1", "one dollar"),
        ("-€3", "minus three euros"),
        ("007", "zero zero seven"),
        ("Dr. Okafor", "doctor Okafor"),
        ("O2 and CO2", "/ˈO/ two and /sˌiˈO/ two"),
        ("AI, EVA-2", "/ˌAˈI/, /ˌivˌiˈA/ two"),
        ("HVAC MK4 B7", "/ˌAʧvˌiˌAsˈi/ /ˌɛmkˈA/ four /bˈi/ seven"),
        ("STOP! NASA", "stop! nasa"),
        ("the U.S. team", "the /jˌuˈɛs/ team"),
        ("AIs", "/ˌAˈIz/"),
        ("x = 3 & 4", "x equals three and four"),
        ("café", "cafe"),
        ("ready?!", "ready?"),
        ("*wait*... (what)", "wait… what"),
        ("regolith", "/ɹˈɛɡəlˌɪθ/"),
    ],
)
def test_what_is_said(lexicon: Lexicon, text: str, expected: str) -> None:
    assert said(lexicon, text) == expected


def test_written_words_are_kept_as_they_were(lexicon: Lexicon) -> None:
    text = "“Well—2095,” she said, at 5 km - maybe 6!"
    written = [word.written for word in lexicon.read(text)]
    assert written == ["“Well—", "2095,”", "she", "said,", "at", "5", "km -", "maybe", "6!"]


@pytest.mark.parametrize("text", ["你好", "!!! …", "—", "* _ |"])
def test_nothing_to_say_gives_no_words(lexicon: Lexicon, text: str) -> None:
    assert lexicon.read(text) == ()


def test_other_scripts_do_not_stop_the_rest(lexicon: Lexicon) -> None:
    assert said(lexicon, "Say 你好 now") == "Say now"


PIECES = [
    "AI",
    "O2",
    "2095",
    "-",
    "--",
    "$",
    "€1",
    "°",
    "km",
    "1/2",
    "99:99",
    "e.g.",
    "...",
    "[a](/b/)",
    "é",
    "你",
    "'",
    "s",
    "%",
]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([*PIECES, " ", ",", "3", ".", "x"]), max_size=10).map("".join))
def test_any_text_reads_without_digits_or_signs(lexicon: Lexicon, text: str) -> None:
    for word in lexicon.read(text):
        assert word.sounds
        assert all(symbol.isalpha() or symbol in "-' " for sound in word.sounds for symbol in sound.words)


def test_a_marked_word_is_written_as_the_author_wrote_it_and_said_as_marked(lexicon: Lexicon) -> None:
    words = lexicon.read("Ask [Okoro](/okˈɔɹO/), or [Okoro](/okˈɔɹO/)'s [MK4](mark four)! [odd")
    assert [word.written for word in words] == ["Ask", "Okoro,", "or", "Okoro's", "MK4!", "[odd"]
    assert words[1].sounds[0].phonemes == "okˈɔɹO"
    assert words[1].pause == ","
    assert words[3].sounds[0].phonemes == "okˈɔɹOz"
    assert [sound.words for sound in words[4].sounds] == ["mark", "four"]
    assert words[4].pause == "!"
