"""Other ways to say a line with its own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inference.domain.line_variants import MAX_VARIANTS, Freedom, variants

FREE = Freedom(contract=True, reorder=True, names=("Hob", "Vesper"))
STIFF = Freedom(contract=False, reorder=False)


@pytest.mark.parametrize(
    ("line", "variant"),
    [
        ("Get back from the window. The glass is cracking.", "The glass is cracking. Get back from the window."),
        ("If this patch holds, I am naming it after my mother.", "I'm naming it after my mother if this patch holds."),
        ("Whatever is under the ice, it heard us.", "It heard us, whatever is under the ice."),
        ("The storm will be here in forty minutes.", "In forty minutes, the storm will be here."),
        ("You are running warm, Vesper.", "Vesper, you're running warm."),
        ("Hob, I need you here.", "I need you here, Hob."),
        ("I cannot name it.", "I can't name it."),
        ("I can't name it.", "I cannot name it."),
        ("Nobody came.", "No one came."),
        ("Call me when the drill stops.", "When the drill stops, call me."),
        ("I have never wanted a loose bolt so much.", "I've never wanted a loose bolt so much."),
    ],
)  # fmt: skip
def test_lines_may_be_said_this_way(line: str, variant: str) -> None:
    assert variant in variants(line, FREE)


@pytest.mark.parametrize(
    ("line", "variant"),
    [
        ("He opened the door. It was dark.", "It was dark. He opened the door."),
        ("I made soup. You look tired.", "You look tired. I made soup."),
        ("I have a plan.", "I've a plan."),
        ("That is what it is.", "That's what it's."),
        ("Dust storm arriving in forty minutes.", "In forty minutes, dust storm arriving."),
        ("Yes. Close the door.", "Close the door. Yes."),
    ],
)
def test_and_not_that_way(line: str, variant: str) -> None:
    assert variant not in variants(line, FREE)


def test_a_narrator_keeps_the_order_and_the_full_forms() -> None:
    assert variants("Look at the sky. The dust is not red.", STIFF) == ()


def test_a_name_keeps_its_capital() -> None:
    assert "I will wait until the light fades, Hob." in variants("Hob, I will wait until the light fades.", FREE)
    assert all(" hob" not in text for text in variants("If I call, Hob comes.", FREE))


@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from(["Hob,", "I", "am", "not", "if", "when", ".", "?", "is", "the", "ice", "have"])).map(
        " ".join
    )
)
def test_any_text_gives_few_different_variants(line: str) -> None:
    found = variants(line, FREE)
    assert len(found) == len(set(found)) <= MAX_VARIANTS
    assert line not in found
