"""Viewers over WebRTC: aiortc does ICE, DTLS, SCTP and reads RTCP; the media is cut, protected and sent here."""

from services.streaming.adapters.viewer_webrtc.fan_out import FanOut
from services.streaming.adapters.viewer_webrtc.offers import BadOffer, NothingToSend
from services.streaming.adapters.viewer_webrtc.viewer import MESSAGE_LIMIT_BYTES, WebRtcViewer

__all__ = ["MESSAGE_LIMIT_BYTES", "BadOffer", "FanOut", "NothingToSend", "WebRtcViewer"]
