"""One RTP stream to one viewer: header, SRTP and send for packets that were cut before; repairs and pacing.

The loop of `_transmit` runs for every packet of every viewer: what it does not do there is what makes viewers cheap.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Any

from services.streaming.adapters.viewer_webrtc import aiortc_seams as seams
from services.streaming.adapters.viewer_webrtc.datagram_path import DatagramPath

RTP_HEADER = struct.Struct("!BBHII")
RTP_HEADER_WITH_TIME = struct.Struct("!BBHIIHHI")
"""RFC 3550, section 5.1, and one header extension of one word (RFC 8285): abs-send-time."""
SENDER_REPORT = struct.Struct("!BBHIQIII")
SDES_HEADER = struct.Struct("!BBH")
RTCP_SR, RTCP_SDES, SDES_CNAME = 200, 202, 1
OSN = struct.Struct("!H")
NTP_EPOCH_S = 2_208_988_800
HISTORY_PACKETS = 1_024
"""8 s of a 1 Mb/s stream; at least as long as any round trip whose retransmission is worth having."""
BUFFER_BYTES = 64 * 1024
PACKET_LIMIT_BYTES = 1_600
SEGMENTS_AT_ONCE = 32
WAITING_LIMIT_PACKETS = 400
SLICE_S = 0.005
SPREAD_S = 0.030
LEAST_SLICE_BYTES = 4 * 1_240
RESENDS_SHARE = 0.5
RESENDS_BURST_BYTES = 40_000


class Scratch:
    """The buffer in which packets are made, one for all streams of an event loop. gathers: see DatagramPath."""

    def __init__(self) -> None:
        self.data = bytearray(BUFFER_BYTES)
        self.view = memoryview(self.data)
        self.pointer = seams.pointer_to(self.data)
        self.length = seams.c_int()
        self.gathers = True


class RtpStream:
    """clock_hz: of the RTP timestamps. Packets go out once `open` was called; until then nothing is sent.

    dropped: packets that were not sent because the viewer or the socket was too slow.
    """

    def __init__(self, scratch: Scratch, ssrc: int, rtx_ssrc: int, clock_hz: int, random: Random) -> None:
        self._scratch = scratch
        self.ssrc = ssrc
        self._rtx_ssrc = rtx_ssrc
        self.clock_hz = clock_hz
        # The lower half, so that the first wrap is far off (RFC 3711, section 3.3.1).
        self._sequence = random.randrange(32_768)
        self._rtx_sequence = random.randrange(32_768)
        self.origin = random.randrange(1 << 32)
        self._path: DatagramPath | None = None
        self._session: Any = None
        self._context: Any = None
        self._payload_type = 0
        self._rtx_payload_type = -1
        self._time_extension = 0
        self._history: list[tuple[int, int, int, bytes] | None] = [None] * HISTORY_PACKETS
        self._waiting: deque[tuple[Sequence[bytes], int, int]] = deque()
        self.waiting_packets = 0
        self._waiting_bytes = 0
        self._resend_bytes_left = float(RESENDS_BURST_BYTES)
        self._resend_at_s = 0.0
        self.packets = 0
        self.octets = 0
        self.dropped = 0
        self.resent = 0
        self.resends_refused = 0
        self.failed = 0
        self.sent_bytes = 0

    def open(self, path: DatagramPath, payload_type: int, rtx_payload_type: int, time_extension_id: int) -> None:
        """Begin to send over a connected path; payload type -1 means no RTX, extension id 0 no abs-send-time."""
        session = seams.srtp_session(path.transport)
        if session is None:
            raise ConnectionError("the transport has no keys yet")
        self._session, self._context = session, seams.srtp_context(session)
        self._path = path
        self._payload_type, self._rtx_payload_type = payload_type, rtx_payload_type
        self._time_extension = time_extension_id

    def close(self) -> None:
        """Send nothing any more."""
        self._path = None
        self._session = self._context = None
        self.clear()
        self._history = [None] * HISTORY_PACKETS

    @property
    def is_open(self) -> bool:
        """Whether packets go out."""
        return self._path is not None

    def send_now(self, payloads: Sequence[bytes], timestamp: int) -> None:
        """All packets of a frame at once; timestamp: RTP, without the stream's origin."""
        self._transmit(payloads, 0, len(payloads), (self.origin + timestamp) & 0xFFFFFFFF)

    def send_single(self, payload: bytes, timestamp: int) -> None:
        """A frame of one packet that is never sent again: sound, fifty times a second for each viewer."""
        path = self._path
        if path is None or not path.ready() or len(payload) > PACKET_LIMIT_BYTES:
            self.dropped += 1
            return
        scratch, sequence = self._scratch, self._sequence
        RTP_HEADER.pack_into(
            scratch.data, 0, 0x80, 0x80 | self._payload_type, sequence,
            (self.origin + timestamp) & 0xFFFFFFFF, self.ssrc,
        )  # fmt: skip
        end = RTP_HEADER.size + len(payload)
        scratch.data[RTP_HEADER.size : end] = payload
        scratch.length[0] = end
        self._sequence = (sequence + 1) & 0xFFFF
        if seams.protect(self._context, scratch.pointer, scratch.length) != seams.SRTP_OK:
            self.failed += 1
            return
        if not path.send(scratch.view[: scratch.length[0]]):
            self.dropped += 1
        self.packets += 1
        self.octets += len(payload)
        self.sent_bytes += end

    def send_report(self, ntp_timestamp: int, rtp_timestamp: int, name: bytes) -> None:
        """A sender report (RFC 3550, section 6.4.1) and the sender's name; rtp_timestamp without the origin."""
        path = self._path
        if path is None or not path.ready():
            return
        scratch = self._scratch
        stamp = (self.origin + rtp_timestamp) & 0xFFFFFFFF
        SENDER_REPORT.pack_into(
            scratch.data, 0, 0x80, RTCP_SR, 6, self.ssrc, ntp_timestamp, stamp,
            self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF,
        )  # fmt: skip
        item = self.ssrc.to_bytes(4, "big") + bytes([SDES_CNAME, len(name)]) + name
        # At least one null octet ends the items, up to the next word (RFC 3550, section 6.5).
        item += bytes(4 - len(item) % 4)
        end = SENDER_REPORT.size + 4 + len(item)
        scratch.data[SENDER_REPORT.size : end] = SDES_HEADER.pack(0x81, RTCP_SDES, len(item) // 4) + item
        scratch.length[0] = end
        if seams.protect_rtcp(self._context, scratch.pointer, scratch.length) != seams.SRTP_OK:
            self.failed += 1
        else:
            path.send(scratch.view[: scratch.length[0]])

    def send_paced(self, payloads: Sequence[bytes], timestamp: int, size_bytes: int) -> bool:
        """A small frame now, a large one by `drain`; False where the viewer is too slow and it is dropped."""
        if self.waiting_packets > WAITING_LIMIT_PACKETS:
            self.dropped += len(payloads)
            return False
        stamp = (self.origin + timestamp) & 0xFFFFFFFF
        if not self._waiting and size_bytes <= LEAST_SLICE_BYTES:
            self._transmit(payloads, 0, len(payloads), stamp)
            return True
        self._waiting.append((payloads, 0, stamp))
        self.waiting_packets += len(payloads)
        self._waiting_bytes += size_bytes
        return True

    def drain(self, limit_bps: float) -> bool:
        """One slice of what waits; True while more waits. A frame is spread over 30 ms, or as the limit has it."""
        spread = self._waiting_bytes * SLICE_S / SPREAD_S
        budget = max(LEAST_SLICE_BYTES, spread if limit_bps <= 0 else min(spread, limit_bps * SLICE_S / 8))
        while self._waiting and budget > 0:
            payloads, first, stamp = self._waiting.popleft()
            last, size = first, 0
            while last < len(payloads) and size < budget:
                size += len(payloads[last])
                last += 1
            self._transmit(payloads, first, last, stamp)
            budget -= size
            self.waiting_packets -= last - first
            self._waiting_bytes -= size
            if last < len(payloads):
                self._waiting.appendleft((payloads, last, stamp))
        return bool(self._waiting)

    def clear(self) -> None:
        """Forget what waits to be sent."""
        self.dropped += self.waiting_packets
        self._waiting.clear()
        self.waiting_packets = self._waiting_bytes = 0

    def resend(self, sequence: int, now_s: float, rate_bps: float) -> bool:
        """Send a packet again (RFC 4588); at most half of the stream's rate goes into that."""
        kept = self._history[sequence % HISTORY_PACKETS]
        if kept is None or kept[0] != sequence or self._path is None:
            return False
        earned = (now_s - self._resend_at_s) * rate_bps / 8 * RESENDS_SHARE
        self._resend_bytes_left = min(float(RESENDS_BURST_BYTES), self._resend_bytes_left + earned)
        self._resend_at_s = now_s
        if self._resend_bytes_left < len(kept[3]):
            self.resends_refused += 1
            return False
        self._resend_bytes_left -= len(kept[3])
        self._send_again(kept)
        return True

    def pad(self, size_bytes: int) -> int:
        """Fill the line with packets that were sent before, newest first, to see what it carries; the bytes sent."""
        sent = 0
        sequence = (self._sequence - 1) & 0xFFFF
        while sent < size_bytes and self._rtx_payload_type >= 0:
            kept = self._history[sequence % HISTORY_PACKETS]
            if kept is None or kept[0] != sequence:
                break
            self._send_again(kept)
            sent += len(kept[3])
            sequence = (sequence - 1) & 0xFFFF
        return sent

    def _send_again(self, kept: tuple[int, int, int, bytes]) -> None:
        sequence, stamp, marker, payload = kept
        self.resent += 1
        if self._rtx_payload_type < 0:
            self._put(self._payload_type, marker, sequence, stamp, self.ssrc, payload)
            return
        again = OSN.pack(sequence) + payload
        self._put(self._rtx_payload_type, marker, self._rtx_sequence, stamp, self._rtx_ssrc, again)
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF

    def _put(self, payload_type: int, marker: int, sequence: int, stamp: int, ssrc: int, payload: bytes) -> None:
        """One packet outside the fast path."""
        scratch, path = self._scratch, self._path
        if path is None or not path.ready():
            return
        start = self._header(payload_type, marker, sequence, stamp, ssrc)
        end = start + len(payload)
        scratch.data[start:end] = payload
        scratch.length[0] = end
        if seams.protect(self._context, scratch.pointer, scratch.length) != seams.SRTP_OK:
            self.failed += 1
        elif path.send(scratch.view[: scratch.length[0]]):
            self.sent_bytes += end

    def _header(self, payload_type: int, marker: int, sequence: int, stamp: int, ssrc: int) -> int:
        """Write the header; returns where the payload begins."""
        if not self._time_extension:
            RTP_HEADER.pack_into(self._scratch.data, 0, 0x80, marker | payload_type, sequence, stamp, ssrc)
            return RTP_HEADER.size
        word = (self._time_extension << 4 | 2) << 24 | _send_time()
        RTP_HEADER_WITH_TIME.pack_into(
            self._scratch.data, 0, 0x90, marker | payload_type, sequence, stamp, ssrc, 0xBEDE, 1, word
        )
        return RTP_HEADER_WITH_TIME.size

    def _transmit(self, payloads: Sequence[bytes], first: int, last: int, stamp: int) -> None:
        """Send payloads[first:last] of a frame; the frame's last packet gets the marker.

        Packets of one size, and a shorter one after them, are laid end to end and given to the kernel at once.
        """
        path = self._path
        if path is None or not path.ready():
            self.dropped += last - first
            return
        scratch, context, protect, history = self._scratch, self._context, seams.protect, self._history
        data, view, pointer, length = scratch.data, scratch.view, scratch.pointer, scratch.length
        payload_type, ssrc, sequence, final = self._payload_type, self.ssrc, self._sequence, len(payloads) - 1
        word = (self._time_extension << 4 | 2) << 24 | _send_time() if self._time_extension else 0
        header = RTP_HEADER_WITH_TIME.size if word else RTP_HEADER.size
        with_time, without_time = RTP_HEADER_WITH_TIME.pack_into, RTP_HEADER.pack_into
        octets = at = segment = count = plain = 0
        tail = False
        for number in range(first, last):
            payload = payloads[number]
            size = header + len(payload)
            if size > PACKET_LIMIT_BYTES:
                self.failed += 1
                continue
            if count and (size > plain or tail or count == SEGMENTS_AT_ONCE):
                self.dropped += 0 if path.send_segments(view[:at], segment, scratch) else count
                at = count = 0
            if not count:
                plain, tail = size, False
            elif size < plain:
                tail = True
            marker = 0x80 if number == final else 0
            if word:
                with_time(data, at, 0x90, marker | payload_type, sequence, stamp, ssrc, 0xBEDE, 1, word)
            else:
                without_time(data, at, 0x80, marker | payload_type, sequence, stamp, ssrc)
            data[at + header : at + size] = payload
            length[0] = size
            if protect(context, pointer + at if at else pointer, length) == seams.SRTP_OK:
                protected = length[0]
                segment = segment if count else protected
                at += protected
                count += 1
            else:
                self.failed += 1
            history[sequence % HISTORY_PACKETS] = (sequence, stamp, marker, payload)
            sequence = (sequence + 1) & 0xFFFF
            octets += size
        if count:
            self.dropped += 0 if path.send_segments(view[:at], segment, scratch) else count
        self._sequence = sequence
        self.packets += last - first
        self.octets += octets - header * (last - first)
        self.sent_bytes += octets


def _send_time() -> int:
    """abs-send-time: 24 bits, 6.18 fixed point seconds of NTP time."""
    return int((time.time() + NTP_EPOCH_S) * 262_144) & 0xFFFFFF
