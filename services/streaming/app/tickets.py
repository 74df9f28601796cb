"""Who may open a session: its viewer by token, guests who were invited, and whoever a node sends to another.

All of these are signed with the hash of the session's token, which every node finds in the store; nothing else has to
be kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

TICKET_LIFE_S = 30
INVITATION_LIFE_S = 12 * 3600
GUEST_PREFIX = "g"


def hash_of(token: str) -> str:
    """Hex SHA-256, the only form in which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def guest_token(token_hash: str) -> tuple[str, str]:
    """(guest id, token) of a new guest of the session."""
    guest_id = GUEST_PREFIX + secrets.token_hex(6)
    return guest_id, f"{guest_id}.{_signed(token_hash, 'guest', guest_id)}"


def invitation(token_hash: str, now_s: float) -> str:
    """For everyone who gets its link, half a day long: each of them becomes a guest of their own by it."""
    until = str(int(now_s) + INVITATION_LIFE_S)
    return f"{until}.{_signed(token_hash, 'invitation', until)}"


def is_invitation(text: str, token_hash: str, now_s: float) -> bool:
    """Whether it invites to the session, and still does."""
    match text.split("."):
        case [until, signature] if _is_signed(signature, token_hash, "invitation", until):
            return float(until) >= now_s
    return False


def ticket(token_hash: str, participant: str, now_s: float) -> str:
    """Good for half a minute: a browser that follows a redirect to another host leaves its token behind."""
    until = str(int(now_s) + TICKET_LIFE_S)
    return f"{until}.{participant}.{_signed(token_hash, 'ticket', until, participant)}"


def participant_of(token: str, token_hash: str, now_s: float) -> str | None:
    """ "" for the session's own viewer, a guest's id, None for who may not open it. token: a token or a ticket."""
    if hmac.compare_digest(token_hash, hash_of(token)):
        return ""
    match token.split("."):
        case [guest_id, signature] if _is_signed(signature, token_hash, "guest", guest_id):
            return guest_id
        case [until, participant, signature] if _is_signed(signature, token_hash, "ticket", until, participant):
            return participant if float(until) >= now_s else None
    return None


def _signed(token_hash: str, *parts: str) -> str:
    return hmac.new(token_hash.encode(), "/".join(parts).encode(), hashlib.sha256).hexdigest()


def _is_signed(signature: str, token_hash: str, *parts: str) -> bool:
    return hmac.compare_digest(signature.encode(), _signed(token_hash, *parts).encode())
