"""The phoneme table against the mouth shapes of the domain and Piper's spelling of English."""

from __future__ import annotations

from services.inference.adapters.voice_neural.phones import NEXT_SHAPE, PhoneTable
from services.inference.domain.speech import VISEMES


def test_every_shape_is_one_of_the_domain(phones: PhoneTable) -> None:
    shapes = {shape for phone in phones.phones.values() for shape in phone.shapes}
    assert shapes - {NEXT_SHAPE} <= set(VISEMES)
    assert set(VISEMES) - {"rest"} <= shapes


def test_lips_close_and_teeth_touch_where_they_must(phones: PhoneTable) -> None:
    assert [phones.shapes(symbol)[0] for symbol in "pbmfvlwuOI"] == [
        "mbp", "mbp", "mbp", "fv", "fv", "l", "wq", "u", "o", "ai",
    ]  # fmt: skip


def test_piper_spelling_joins_r_colours(phones: PhoneTable) -> None:
    assert "".join(phones.espeak_line("wˈɜɹd")) == "wˈɜːd"
    assert "".join(phones.espeak_line("ˈænsəɹɪŋ")) == "ˈænsɚɹɪŋ"
    assert "".join(phones.espeak_line("wˈɔTəɹ")) == "wˈɔːɾɚ"
    assert "".join(phones.espeak_line("sˈi ðə ʧˈAnʤ")) == "sˈiː ðə tʃˈeɪndʒ"
    assert len(phones.espeak_line("wˈɜɹd")) == len("wˈɜɹd")
