"""Where a viewer's packets leave: the socket of the ICE pair that is nominated now, or its TURN relay.

Sends without asyncio's buffer, which has no limit: what the kernel does not take at once is dropped and said to be.
"""

from __future__ import annotations

import errno
import logging
import socket
import struct
from typing import Any, Protocol

from aiortc.rtcdtlstransport import RTCDtlsTransport

from services.streaming.adapters.viewer_webrtc import aiortc_seams as seams

logger = logging.getLogger(__name__)

SOL_UDP = 17
UDP_SEGMENT = 103
"""linux/udp.h: one datagram is cut into segments of a size, the last may be shorter (generic segmentation offload)."""
_SIZE = struct.Struct("=H")


class Gathers(Protocol):
    """gathers: false from when this machine turned out not to cut segments."""

    gathers: bool


class DatagramPath:
    """Follows the nomination: ask `ready` before sending."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self.transport = transport
        self._nominated = seams.nominated(transport)
        self._pair: Any = None
        self._address: seams.Address = ("", 0)
        self._socket: socket.socket | None = None
        self._relay: Any = None

    def ready(self) -> bool:
        """Whether there is a nominated pair to send over."""
        pair = self._nominated.get(seams.RTP_COMPONENT)
        if pair is self._pair and pair is not None:
            return True
        return self._follow()

    def _follow(self) -> bool:
        self.close()
        self._nominated = seams.nominated(self.transport)
        pair = self._nominated.get(seams.RTP_COMPONENT)
        if pair is None:
            return False
        transport, self._address = seams.ways_of(pair)
        plain = transport.get_extra_info("socket")
        if plain is None or transport.get_extra_info("related_address") is not None:
            self._relay = transport
        else:
            self._socket = plain.dup()
        self._pair = pair
        return True

    def send(self, packet: memoryview) -> bool:
        """One datagram; False where it was not taken."""
        if self._socket is None:
            self._relay.sendto(bytes(packet), self._address)
            return True
        try:
            self._socket.sendto(packet, self._address)
        except OSError as error:
            return self._excuse(error)
        return True

    def send_segments(self, packets: memoryview, size: int, machine: Gathers) -> bool:
        """Datagrams of one size laid end to end, the last may be shorter; False where they were not taken."""
        if len(packets) <= size:
            return self.send(packets)
        if self._socket is not None and machine.gathers:
            try:
                cut = (SOL_UDP, UDP_SEGMENT, _SIZE.pack(size))
                self._socket.sendmsg([packets], [cut], 0, self._address)
            except OSError as error:
                if error.errno not in (errno.EIO, errno.EINVAL, errno.EOPNOTSUPP, errno.EMSGSIZE):
                    return self._excuse(error)
                logger.warning("this machine does not cut datagrams into segments (%s); they are sent singly", error)
                machine.gathers = False
            else:
                return True
        taken = [self.send(packets[at : at + size]) for at in range(0, len(packets), size)]
        return all(taken)

    @staticmethod
    def _excuse(error: OSError) -> bool:
        # A full socket buffer, or a network that is away: to the viewer both are packets lost on the way.
        logger.debug("a datagram was not taken: %s", error)
        return False

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._relay = self._pair = None
