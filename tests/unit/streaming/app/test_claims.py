"""Claims: a take is wanted as long as anybody wants it."""

from __future__ import annotations

import pytest

from services.streaming.app.claims import SOMEONE, Claims

pytestmark = pytest.mark.unit


def test_a_take_is_free_when_the_last_who_wanted_it_lets_go() -> None:
    claims = Claims()
    claims.claim("a", "one")
    claims.claim("a", "two")
    claims.claim("b", "one")
    assert not claims.release("a", "one")
    assert claims.held_by("one") == {"b"}
    assert claims.claimants("a") == {"two"}
    assert claims.release("a", "two")
    assert claims.claimants("a") == frozenset()


def test_who_puts_a_take_on_a_timeline_takes_over_the_claim_of_who_ordered_it() -> None:
    claims = Claims()
    claims.claim("a", SOMEONE)
    claims.claim("a", "one")
    assert claims.held_by(SOMEONE) == frozenset()
    assert claims.release("a", "one")


def test_what_nobody_claims_can_be_released() -> None:
    assert Claims().release("a", "one")
