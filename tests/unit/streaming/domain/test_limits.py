"""Hard limits: what each age and wish keeps out, with the reason."""

from __future__ import annotations

import pytest

from services.streaming.domain.limits import NO_LIMITS, Limits
from tests.unit.streaming.domain.small_story import end, small_story, start

pytestmark = pytest.mark.unit

DARK = start(beat_id="dark", title="Dark", tone={"darkness": 0.7})
FRIGHT = start(beat_id="fright", title="Fright", tension=0.98)


@pytest.mark.parametrize(
    ("limits", "forbidden"),
    [
        (NO_LIMITS, ()),
        (Limits.of("general"), ()),
        (Limits.of("teen"), ()),
        (Limits.of("child"), ("dark", "fright")),
        (Limits.of("general", no_horror=True), ("dark",)),
    ],
)
def test_what_is_kept_out(limits: Limits, forbidden: tuple[str, ...]) -> None:
    assert limits.forbidden(small_story(start(), DARK, FRIGHT, end())) == forbidden


def test_the_reason_names_the_scene() -> None:
    assert Limits.of("child").reasons(DARK) == ("“Dark” is too dark for this viewer",)
    assert "frightening" in Limits.of("child").reasons(FRIGHT)[0]
