"""Fragments are read line by line; what cannot be read is named."""

from __future__ import annotations

import pytest

from services.streaming.adapters.viewer_webrtc.sdp_fragment import CANDIDATES_LIMIT, left_open, parsed, restart_answer

HOST = "a=candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host\r\n"
HIDDEN = "a=candidate:1 1 udp 2113937151 0123.local 50000 typ host\r\n"


def test_credentials_and_candidates_are_read() -> None:
    read = parsed("a=ice-ufrag:abcd\r\na=ice-pwd:" + "p" * 22 + "\r\nm=audio 9 X 0\r\na=mid:2\r\n" + HOST + HIDDEN)
    assert (read.username, read.password) == ("abcd", "p" * 22)
    assert [(one.ip, one.port, one.sdpMid) for one in read.candidates] == [("192.0.2.7", 50_000, "2")]


def test_nothing_is_fine() -> None:
    assert parsed("") == parsed("a=end-of-candidates\r\n")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("a=candidate:nonsense", "candidate"),
        ("a=candidate:1 1 udp x y z", "candidate"),
        ("a=candidate:1 1 udp 2113937151 192.0.2.7 65536 typ host", "candidate"),
        ("a=candidate:1 1 udp 2113937151 192.0.2.7 -1 typ host", "candidate"),
        ("a=ice-ufrag:ab", "ice-ufrag"),
        ("a=ice-pwd:" + "\u00e9" * 30, "ice-pwd"),
        (HOST * (CANDIDATES_LIMIT + 1), "candidate"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        parsed(text)


def test_a_restart_is_answered_by_a_fragment() -> None:
    text = restart_answer("abcd", "p" * 22, "0", "video", (HOST.strip().removeprefix("a="),))
    assert parsed(text).username == "abcd"
    assert len(parsed(text).candidates) == 1
    assert text.endswith("a=end-of-candidates\r\n")


def test_an_offer_never_says_that_no_candidates_will_come() -> None:
    shown = "a=candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host\r\n"
    hidden = "a=candidate:0 1 UDP 2122252543 0a6c1b2e-6a7c.local 47338 typ host\r\n"
    before, after = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "a=mid:0\r\n"
    assert left_open(before + hidden + shown + "a=end-of-candidates\r\n" + after) == before + shown + after
    assert left_open(before + after) == before + after
