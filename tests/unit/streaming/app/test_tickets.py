"""Tokens open their own session only; guests' tokens and tickets are made from it and cannot be made up."""

from __future__ import annotations

import pytest

from services.streaming.app.tickets import (
    INVITATION_LIFE_S,
    TICKET_LIFE_S,
    guest_token,
    hash_of,
    invitation,
    is_invitation,
    participant_of,
    ticket,
)

KEPT = hash_of("the token")


def test_the_token_opens() -> None:
    assert participant_of("the token", KEPT, 0.0) == ""


def test_a_guest_is_told_apart() -> None:
    guest_id, token = guest_token(KEPT)
    assert participant_of(token, KEPT, 0.0) == guest_id
    assert guest_token(KEPT)[0] != guest_id
    assert participant_of(token, hash_of("another"), 0.0) is None


def test_a_ticket_ends_by_itself() -> None:
    for participant in ("", "g1"):
        made = ticket(KEPT, participant, 1_000.9)
        assert participant_of(made, KEPT, 1_000.0 + TICKET_LIFE_S) == participant
        assert participant_of(made, KEPT, 1_001.0 + TICKET_LIFE_S) is None


def test_an_invitation_invites_to_its_session_for_a_while_and_opens_nothing_itself() -> None:
    made = invitation(KEPT, 1_000.9)
    assert is_invitation(made, KEPT, 1_000.0 + INVITATION_LIFE_S)
    assert not is_invitation(made, KEPT, 1_001.0 + INVITATION_LIFE_S)
    assert not is_invitation(made, hash_of("another"), 1_000.0)
    assert participant_of(made, KEPT, 1_000.0) is None
    until, signature = made.split(".")
    assert not is_invitation(f"{int(until) + 1}.{signature}", KEPT, 1_000.0)
    for other in (guest_token(KEPT)[1], ticket(KEPT, "", 1_000.0), "the token", "", "nan.x", "é.é"):
        assert not is_invitation(other, KEPT, 1_000.0)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "g1.", ".x", "g1.00", "9999999999..00", "nan..x", "\u00e9.\u00e9", KEPT, "a" * 10_000],
)
def test_what_is_made_up_opens_nothing(token: str) -> None:
    assert participant_of(token, KEPT, 0.0) is None


def test_a_guest_cannot_pass_for_another_or_stay_longer() -> None:
    _, token = guest_token(KEPT)
    assert participant_of("g000000." + token.partition(".")[2], KEPT, 0.0) is None
    until, who, signature = ticket(KEPT, "", 0.0).split(".")
    assert participant_of(f"{int(until) + 9}.{who}.{signature}", KEPT, 0.0) is None
