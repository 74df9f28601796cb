"""A story's lexicon reaches the Voice and nothing else."""

from __future__ import annotations

import pytest

from services.streaming.domain.pronunciation import said_aloud

pytestmark = pytest.mark.unit

LEXICON = {"Okoro": "/okˈɔɹO/", "Tam Okoro": "tam okoro", "MK4": "mark four"}


@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("Okoro, come in.", "[Okoro](/okˈɔɹO/), come in."),
        ("That is Okoro's.", "That is [Okoro](/okˈɔɹO/)'s."),
        ("Tam Okoro? Okoro!", "[Tam Okoro](tam okoro)? [Okoro](/okˈɔɹO/)!"),
        ("An MK4 drill, not an MK40.", "An [MK4](mark four) drill, not an MK40."),
        ("okoro is no name", "okoro is no name"),
        ("[Okoro](/x/) said", " [Okoro](/okˈɔɹO/)  /x/  said"),
    ],
)
def test_words_of_the_lexicon_are_marked(text: str, aloud: str) -> None:
    assert said_aloud(text, LEXICON) == aloud


def test_without_a_lexicon_the_line_is_as_written() -> None:
    assert said_aloud("[a](b)", {}) == "[a](b)"
