"""Cards are set within the picture and fade in and out."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.animator_stage.cards import Card, find_font, set_card
from services.inference.adapters.animator_stage.settings import StageSettings
from services.inference.domain.shot import Title

LIGHT, TEXT = find_font(StageSettings().light_fonts), find_font(StageSettings().text_fonts)


def card(kind: str, text: str = "Valles Marineris", subtitle: str = "Sol 412") -> Card:
    return set_card(Title(text, subtitle, kind, 10, 70), 854, 480, LIGHT, TEXT)


@pytest.mark.parametrize("kind", ["title", "place", "end"])
@pytest.mark.parametrize("text", ["Io", "Valles Marineris", "An uncommonly long name for so very short a corridor"])
def test_a_card_lies_within_the_picture_however_long_its_text(kind: str, text: str) -> None:
    made = card(kind, text)
    ink = made.art[:, :, 0]
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    assert made.x_px + columns[0] >= 20
    assert made.x_px + columns[-1] <= 834
    assert made.y_px + rows[0] >= 20
    assert made.y_px + rows[-1] <= 460
    assert ink.max() > 200


def test_titles_are_centred_and_places_stand_low_at_the_left() -> None:
    title, place = card("title"), card("place")
    columns = np.flatnonzero(title.art[:, :, 0].max(axis=0))
    assert title.x_px + (columns[0] + columns[-1]) / 2 == pytest.approx(427, abs=4)
    assert place.x_px < 80
    assert place.y_px > 240


def test_a_card_fades_in_and_out_and_an_end_card_stays() -> None:
    made = card("title")
    assert made.opacity(5) == 0.0
    assert 0.0 < made.opacity(12) < 1.0
    assert made.opacity(40) == 1.0
    assert 0.0 < made.opacity(66) < 1.0
    assert made.opacity(70) == 0.0
    assert card("end").opacity(69) == 1.0


def test_a_card_without_ink_is_still_a_card() -> None:
    assert card("title", " ", "").art[:, :, 0].max() == 0
