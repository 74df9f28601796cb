"""Candidates in SDP: those of an offer, those that WHEP sends in PATCH (RFC 8840), and the words of an ICE restart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

CREDENTIAL = re.compile(r"[A-Za-z0-9+/]{4,256}")
CANDIDATES_LIMIT = 64
LAST_PORT = 65_535
UNUSABLE = re.compile(r"^a=(?:candidate:[^\r\n]*\.local [^\r\n]*|end-of-candidates)\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fragment:
    """username, password: of the sender's ICE agent, "" where it does not say."""

    username: str
    password: str
    candidates: tuple[RTCIceCandidate, ...]


def parsed(text: str) -> Fragment:
    """Raises ValueError for a line that cannot be read. What is hidden behind mDNS is left out: a browser that hides
    its address is found by its own checks."""
    credentials = {"ice-ufrag": "", "ice-pwd": ""}
    mid, candidates = "0", list[RTCIceCandidate]()
    for line in text.splitlines():
        name, _, value = line.removeprefix("a=").partition(":")
        if line.startswith("a=mid:"):
            mid = value.strip()
        elif line.startswith("a=candidate:"):
            if len(candidates) == CANDIDATES_LIMIT:
                raise ValueError(f"candidate: at most {CANDIDATES_LIMIT} at once")
            candidates.append(_candidate(value, mid))
        elif line.startswith("a=") and name in credentials:
            if not CREDENTIAL.fullmatch(value.strip()):
                raise ValueError(f"{name}: {value[:80]!r} cannot be used")
            credentials[name] = value.strip()
    shown = tuple(candidate for candidate in candidates if not candidate.ip.endswith(".local"))
    return Fragment(credentials["ice-ufrag"], credentials["ice-pwd"], shown)


def left_open(offer: str) -> str:
    """An offer without the candidates that hide behind mDNS, and without its word that no more will come.

    aiortc takes that word from Firefox, whose candidates are all hidden, to mean that it cannot be reached; its checks
    come from an address that is found by them.
    """
    return UNUSABLE.sub("", offer)


def _candidate(text: str, mid: str) -> RTCIceCandidate:
    try:
        candidate = candidate_from_sdp(text)
    except (AssertionError, IndexError, ValueError) as error:
        raise ValueError(f"candidate: {text[:80]!r} cannot be read") from error
    if not has_port(candidate):
        raise ValueError(f"candidate: {text[:80]!r} has a port that there is not")
    candidate.sdpMid = mid
    return candidate


def has_port(candidate: RTCIceCandidate) -> bool:
    """Whether its port can be sent to: asyncio gives a socket up that is asked to send to another."""
    return 0 <= candidate.port <= LAST_PORT


def restart_answer(username: str, password: str, mid: str, kind: str, candidates: tuple[str, ...]) -> str:
    """What an ICE restart is answered with; candidates: as in SDP, without "a="."""
    lines = [
        f"a=ice-ufrag:{username}",
        f"a=ice-pwd:{password}",
        f"m={kind} 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{mid}",
        *(f"a={candidate}" for candidate in candidates),
        "a=end-of-candidates",
    ]
    return "".join(f"{line}\r\n" for line in lines)
