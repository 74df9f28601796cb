"""Every private thing of aiortc, aioice and pylibsrtp that is relied upon; one contract test watches them all.

Nothing else of this project touches a name of theirs that begins with an underscore.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aioice import Connection
from aiortc import RTCIceCandidate, RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcicetransport import candidate_to_aioice
from pylibsrtp._binding import ffi, lib

logger = logging.getLogger(__name__)

Address: TypeAlias = tuple[str, int]

SRTP_OK = int(lib.srtp_err_status_ok)
protect = lib.srtp_protect
"""srtp_protect(context, packet: char *, length: int *) -> status; encrypts in place and grows the length."""
protect_rtcp = lib.srtp_protect_rtcp
"""The same for a compound RTCP packet."""

_SENDER = "_RTCRtpTransceiver__sender"
_CONNECT = "_RTCPeerConnection__connect"
RTP_COMPONENT = 1
INCOMING_LIMIT = 2_000
"""Datagrams that wait to be read; what is over it comes faster than it can be read, and is dropped as a line would."""


def pointer_to(buffer: bytearray) -> Any:
    """A C pointer to a buffer, which must not be resized while the pointer is used."""
    return ffi.from_buffer("char[]", buffer)


def c_int() -> Any:
    """An int that C code may change: read and write it as `value[0]`."""
    return ffi.new("int *")


def srtp_session(transport: RTCDtlsTransport) -> Any | None:
    """The session that protects what is sent, None before the handshake is done. Keep it: it owns its context."""
    return transport._tx_srtp


def srtp_context(session: Any) -> Any:
    """The srtp_t of a session."""
    return session._srtp[0]


def nominated(transport: RTCDtlsTransport) -> dict[int, Any]:
    """The ICE connection's nominated pairs, a dictionary that it changes in place: look up RTP_COMPONENT in it."""
    return transport.transport._connection._nominated


def ways_of(pair: Any) -> tuple[Any, Address]:
    """A pair's asyncio transport (a datagram transport, or TURN's that looks like one) and the other side's address."""
    return pair.protocol.transport, pair.remote_addr


async def send_rtcp(transport: RTCDtlsTransport, packet: bytes) -> None:
    """Protect and send a compound RTCP packet. Raises ConnectionError without a connection."""
    await transport._send_rtp(packet)


def watch_connecting(peer: RTCPeerConnection, on_failure: Callable[[Exception], None]) -> None:
    """Have it told when a connection cannot be begun. aiortc does that in tasks of which nobody asks how they ended.

    Must come before the descriptions are set.
    """
    connect: Callable[[], Awaitable[None]] = getattr(peer, _CONNECT)

    async def watched() -> None:
        try:
            await connect()
        except Exception as error:
            on_failure(error)

    setattr(peer, _CONNECT, watched)


def put_sender(transceiver: RTCRtpTransceiver, sender: RTCRtpSender) -> None:
    """Have the transceiver negotiate for, start, stop and route RTCP to another sender than the one it made.

    Must come before the description is set; SSRCs go over, because the receiver's reports name them already.
    """
    made = transceiver.sender
    sender._ssrc, sender._rtx_ssrc, sender._stream_id = made._ssrc, made._rtx_ssrc, made._stream_id
    setattr(transceiver, _SENDER, sender)


def ssrcs(sender: RTCRtpSender) -> tuple[int, int]:
    """SSRC of the stream, and of its retransmissions."""
    return sender._ssrc, sender._rtx_ssrc


def register(sender: RTCRtpSender, parameters: Any) -> None:
    """Have RTCP about the sender's SSRC handed to it."""
    sender.transport._register_rtp_sender(sender, parameters)


def unregister(sender: RTCRtpSender) -> None:
    """The opposite of `register`."""
    sender.transport._unregister_rtp_sender(sender)


# --- hostile datagrams -------------------------------------------------------------------------------------------
# aiortc 1.16 ends a connection at an empty datagram, which anyone can send, and at RTCP or SCTP that it stumbles over;
# aioice 0.10 keeps incoming datagrams without a limit.


def harden(peer: RTCPeerConnection, on_dropped: Callable[[], None]) -> None:
    """Have what cannot be read dropped and counted instead. Call it once both descriptions are set."""
    transports: set[Any] = {transceiver.sender.transport for transceiver in peer.getTransceivers()}
    sctp: Any = peer.sctp
    if sctp is not None:
        transports.add(sctp.transport)
        sctp._handle_data = _guarded(sctp._handle_data, on_dropped)
    for transport in transports:
        transport._handle_rtcp_data = _guarded(transport._handle_rtcp_data, on_dropped)
        _bound_incoming(transport.transport._connection, on_dropped)


def _guarded(handle: Callable[[bytes], Awaitable[None]], on_dropped: Callable[[], None]) -> Any:
    async def guarded(data: bytes) -> None:
        try:
            await handle(data)
        except ConnectionError:
            raise
        except Exception as error:
            logger.debug("a packet was dropped: %s: %s", type(error).__name__, error)
            on_dropped()

    return guarded


def _bound_incoming(connection: Any, on_dropped: Callable[[], None]) -> None:
    take, queue = connection.data_received, connection._queue

    def bounded(data: bytes, component: int) -> None:
        if not data or queue.qsize() >= INCOMING_LIMIT:
            on_dropped()
        else:
            take(data, component)

    connection.data_received = bounded


# --- ICE restart -------------------------------------------------------------------------------------------------
# aiortc cannot restart ICE: a second connection of aioice is made beside the first, and takes its place when it is
# through. DTLS goes on over it, because both give what they receive to one queue.


class IceRestart:
    """Make it, `gather`, then `finish`; candidates of the other side may come at any time."""

    def __init__(self, transport: RTCDtlsTransport, on_dropped: Callable[[], None]) -> None:
        self._ice: Any = transport.transport
        self._old: Any = self._ice._connection
        self._new: Any = Connection(ice_controlling=self._old.ice_controlling)
        self._new._queue = self._old._queue
        _bound_incoming(self._new, on_dropped)

    @property
    def credentials(self) -> tuple[str, str]:
        """(username fragment, password) of this side."""
        return self._new.local_username, self._new.local_password

    async def gather(self, username: str, password: str) -> tuple[str, ...]:
        """Begin anew with the other side's credentials; this side's candidates as in SDP.

        That of the address which carried the film until now comes first.
        """
        self._new.remote_username, self._new.remote_password = username, password
        await self._new.gather_candidates()
        pair = self._old._nominated.get(RTP_COMPONENT)
        used = pair.local_candidate.host if pair is not None else ""
        ordered = sorted(self._new.local_candidates, key=lambda one: (one.host != used, -one.priority))
        return tuple(f"candidate:{candidate.to_sdp()}" for candidate in ordered)

    async def add(self, candidate: RTCIceCandidate) -> None:
        """A candidate of the other side."""
        await self._new.add_remote_candidate(candidate_to_aioice(candidate))

    async def finish(self) -> None:
        """Wait for a pair, then move over. Raises ConnectionError; what was there before goes on then."""
        await self._new.connect()
        ice, old, new = self._ice, self._old, self._new
        new._event_waiter, old._event_waiter = old._event_waiter, None
        # Closing tells whoever waits at the queue that all is over; nobody shall wait at this one.
        old._queue = asyncio.Queue()
        ice._connection, ice._recv, ice._send = new, new.recv, new.send
        ice.iceGatherer._connection = new
        await old.close()

    async def abandon(self) -> None:
        """Give it up."""
        self._new._queue = asyncio.Queue()
        await self._new.close()
