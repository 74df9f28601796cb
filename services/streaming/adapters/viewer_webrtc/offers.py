"""Which SDP offers can be answered. What aiortc would stumble over later, with half a connection, is refused here."""

from __future__ import annotations

import re

from aiortc.sdp import SessionDescription

from services.streaming.adapters.viewer_webrtc.sdp_fragment import has_port, left_open

MID = re.compile(r"^a=mid:(\S+)", re.MULTILINE)
KINDS = ("video", "audio", "application")


class BadOffer(ValueError):
    """An SDP offer that cannot be answered."""


class NothingToSend(BadOffer):
    """An offer that can be read, of which nothing can be served."""


def check_offer(sdp: str) -> None:
    """Every stream is of a known kind, has one name of its own, credentials for ICE and a fingerprint for DTLS; the
    offer's bundle names none but those. Raises BadOffer."""
    if any(len(MID.findall(section)) > 1 for section in sdp.split("\nm=")[1:]):
        raise BadOffer("the offer names a stream twice")
    try:
        offer = SessionDescription.parse(left_open(sdp))
    except Exception as error:
        # aiortc's parser raises whatever it stumbles over; to the sender it is one thing.
        raise BadOffer(f"the offer cannot be read: {type(error).__name__}: {error}") from error
    if any(media.kind not in KINDS for media in offer.media):
        raise BadOffer(f"the offer has a stream that is none of {', '.join(KINDS)}")
    named = [media.rtp.muxId for media in offer.media if media.rtp.muxId]
    if len(set(named)) < len(named):
        raise BadOffer("the offer names two streams alike")
    bundle = next((group for group in offer.group if group.semantic == "BUNDLE"), None)
    if bundle is not None and not {str(item) for item in bundle.items} <= set(named):
        raise BadOffer("the offer bundles a stream that it does not describe")
    for media in offer.media:
        if media.ice is None or not media.ice.usernameFragment or not media.ice.password:
            raise BadOffer("the offer has a stream without ICE credentials")
        if media.dtls is None or not media.dtls.fingerprints:
            raise BadOffer("the offer has a stream without a DTLS fingerprint")
        if not all(map(has_port, media.ice_candidates)):
            raise BadOffer("the offer has a candidate with a port that there is not")
