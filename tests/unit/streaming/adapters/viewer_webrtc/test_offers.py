"""Offers that would leave half a connection are refused before there is one."""

from __future__ import annotations

import pytest

from services.streaming.adapters.viewer_webrtc.offers import BadOffer, check_offer

pytestmark = pytest.mark.unit

CREDENTIALS = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef012345\r\n"
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
SETUP = "a=setup:actpass\r\n"
HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 97\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\na=mid:1\r\na=rtcp-mux\r\na=rtpmap:97 opus/48000/2\r\n"
EVENTS = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n"
SECURE = CREDENTIALS + FINGERPRINT + SETUP
GOOD = HEAD + VIDEO + SECURE + AUDIO + SECURE + EVENTS + SECURE


def test_an_offer_as_browsers_make_it_is_accepted() -> None:
    check_offer(GOOD)


def test_credentials_and_fingerprint_may_stand_before_all_streams() -> None:
    check_offer(HEAD + SECURE + VIDEO + AUDIO + EVENTS)


def test_streams_need_no_bundle_and_then_no_names() -> None:
    bare = GOOD.replace("a=group:BUNDLE 0 1 2\r\n", "")
    check_offer(bare)
    check_offer(bare.replace("a=mid:0\r\n", "").replace("a=mid:1\r\n", ""))


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        (GOOD.replace(AUDIO + SECURE, AUDIO + CREDENTIALS + SETUP), "without a DTLS fingerprint"),
        (GOOD + "a=candidate:1 1 udp 2113937151 192.0.2.7 70000 typ host\r\n", "a port that there is not"),
        (GOOD.replace(AUDIO + SECURE, AUDIO + FINGERPRINT + SETUP), "without ICE credentials"),
        (GOOD.replace("a=ice-ufrag:abcd", "a=ice-ufrog:abcd"), "without ICE credentials"),
        (GOOD.replace("m=application", "m=applicbtion"), "none of video, audio, application"),
        (GOOD.replace("a=mid:1", "a=mid:0"), "two streams alike"),
        (GOOD.replace("a=mid:1", "a=mid:1\r\na=mid:7"), "names a stream twice"),
        (GOOD.replace("BUNDLE 0 1 2", "BUNDLE 9 0 1 2"), "bundles a stream"),
        (GOOD.replace("a=mid:0", "a=mdi:0"), "bundles a stream"),
        (GOOD.replace("sha-256 ", "sha-256"), "cannot be read"),
        (GOOD.replace("m=video 9", "m=video nine"), "cannot be read"),
    ],
)
def test_an_offer_that_cannot_lead_to_a_connection_is_refused(offer: str, reason: str) -> None:
    assert offer != GOOD
    with pytest.raises(BadOffer, match=reason):
        check_offer(offer)
