"""What aiortc takes for its RTP sender: it negotiates and gets the reports, but sends nothing itself."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpSender
from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)

from services.streaming.adapters.viewer_webrtc import aiortc_seams as seams
from services.streaming.adapters.viewer_webrtc.datagram_path import DatagramPath
from services.streaming.adapters.viewer_webrtc.rtp_stream import RtpStream

logger = logging.getLogger(__name__)

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
CNAME_LIMIT_BYTES = 255


class Reports:
    """What a viewer says of a stream; each is called from the event loop and must not wait."""

    def on_report(self, info: RtcpReceiverInfo) -> None:
        """A report block about the stream."""

    def on_lost(self, sequences: list[int]) -> None:
        """A NACK."""

    def on_key_frame_wanted(self) -> None:
        """A PLI or FIR."""

    def on_bandwidth(self, bitrate_bps: int) -> None:
        """A REMB: the most that the viewer thinks it can receive."""


class MediaSender(RTCRtpSender):
    """make_stream: given (ssrc, rtx ssrc) it makes the stream that sends. path_of: how a connected transport sends.

    on_open: called when the stream can send.
    """

    def __init__(
        self,
        kind: str,
        transport: Any,
        make_stream: Callable[[int, int], RtpStream],
        path_of: Callable[[Any], DatagramPath],
        on_open: Callable[[], None],
    ) -> None:
        super().__init__(kind, transport)
        self._make_stream = make_stream
        self._path_of = path_of
        self._on_open = on_open
        self._registered = False
        self._cname = b""
        self.stream: RtpStream | None = None
        self.reports = Reports()

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Called by aiortc once the connection is there."""
        if self._registered:
            return
        self._registered = True
        self._cname = (parameters.rtcp.cname or "").encode()[:CNAME_LIMIT_BYTES]
        seams.register(self, parameters)
        codec = parameters.codecs[0]
        again = (other for other in parameters.codecs if is_rtx(other) and other.parameters["apt"] == codec.payloadType)
        rtx = next(again, None)
        rtx_type = -1 if rtx is None or rtx.payloadType is None else rtx.payloadType
        extension = next((one.id for one in parameters.headerExtensions if one.uri == ABS_SEND_TIME), 0)
        self.stream = self._make_stream(*seams.ssrcs(self))
        self.stream.open(self._path_of(self.transport), codec.payloadType or 0, rtx_type, extension)
        self._on_open()

    async def stop(self) -> None:
        """Called by aiortc when the connection closes."""
        if not self._registered:
            return
        self._registered = False
        seams.unregister(self)
        await self._send_rtcp([RtcpByePacket(sources=[self._ssrc])])
        if self.stream is not None:
            self.stream.close()

    def send_report(self, ntp_timestamp: int, rtp_timestamp: int) -> None:
        """At this wall time, this was the stream's time; rtp_timestamp: without the stream's origin."""
        if self.stream is not None and self._registered:
            self.stream.send_report(ntp_timestamp, rtp_timestamp, self._cname)

    async def _send_rtcp(self, packets: list[AnyRtcpPacket]) -> None:
        try:
            await seams.send_rtcp(self.transport, b"".join(map(bytes, packets)))
        except ConnectionError:
            logger.debug("a report was not sent: the connection is gone")

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for info in packet.reports:
                if info.ssrc == self._ssrc:
                    self.reports.on_report(info)
        elif isinstance(packet, RtcpRtpfbPacket):
            if packet.fmt == RTCP_RTPFB_NACK:
                self.reports.on_lost(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket):
            self._handle_picture_feedback(packet)

    def _handle_picture_feedback(self, packet: RtcpPsfbPacket) -> None:
        if packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            self.reports.on_key_frame_wanted()
        elif packet.fmt == RTCP_PSFB_APP:
            try:
                bitrate_bps, about = unpack_remb_fci(packet.fci)
            except (ValueError, struct.error):
                return
            if self._ssrc in about:
                self.reports.on_bandwidth(bitrate_bps)
