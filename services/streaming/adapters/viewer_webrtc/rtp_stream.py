"""One RTP stream to one viewer: header, SRTP and send for packets that were cut before; repairs and pacing.

The loop of `_transmit` runs for every packet of every viewer: what it does not do there is what makes viewers cheap.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from random import Random
from typing import Any

from services.streaming.adapters.viewer_webrtc import aiortc_seams as seams
from services.streaming.adapters.viewer_webrtc.datagram_path import DatagramPath
from services.streaming.adapters.viewer_webrtc.packets import (
    PAYLOAD_LIMIT_BYTES,
    RUN_PACKETS,
    PacketisedFrame,
    Run,
)

RTP_HEADER = struct.Struct("!BBHII")
RTP_HEADER_WITH_TIME = struct.Struct("!BBHIIHHI")
"""RFC 3550, section 5.1, and one header extension of one word (RFC 8285): abs-send-time."""
SENDER_REPORT = struct.Struct("!BBHIQIII")
SDES_HEADER = struct.Struct("!BBH")
RTCP_SR, RTCP_SDES, SDES_CNAME = 200, 202, 1
OSN = struct.Struct("!H")
NTP_EPOCH_S = 2_208_988_800
HISTORY_RUNS = 512
"""8 s of a 1 Mb/s stream or more; longer than any round trip whose retransmission is worth having."""
BUFFER_BYTES = 16 * 1024
PACKET_LIMIT_BYTES = 1_600
WAITING_LIMIT_PACKETS = 400
SLICE_S = 0.005
SPREAD_S = 0.030
AT_ONCE_BYTES = RUN_PACKETS * PAYLOAD_LIMIT_BYTES
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
        self._history: deque[_Sent] = deque(maxlen=HISTORY_RUNS)
        self._waiting: deque[tuple[Run, int, bool]] = deque()
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
        self._history.clear()

    @property
    def is_open(self) -> bool:
        """Whether packets go out."""
        return self._path is not None

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

    def send_frame(self, frame: PacketisedFrame, timestamp: int) -> bool:
        """A small frame now, a large one by `drain`; False where the viewer is too slow and it is dropped.

        timestamp: RTP, without the stream's origin.
        """
        if self.waiting_packets > WAITING_LIMIT_PACKETS:
            self.dropped += frame.packet_count
            return False
        stamp = (self.origin + timestamp) & 0xFFFFFFFF
        final = len(frame.runs) - 1
        if not self._waiting and frame.size_bytes <= AT_ONCE_BYTES:
            for number, run in enumerate(frame.runs):
                self._transmit(run, stamp, number == final)
            return True
        self._waiting.extend((run, stamp, number == final) for number, run in enumerate(frame.runs))
        self.waiting_packets += frame.packet_count
        self._waiting_bytes += frame.size_bytes
        return True

    def drain(self, limit_bps: float) -> bool:
        """One slice of what waits; True while more waits. A frame is spread over 30 ms, or as the limit has it."""
        spread = self._waiting_bytes * SLICE_S / SPREAD_S
        budget = spread if limit_bps <= 0 else min(spread, limit_bps * SLICE_S / 8)
        sent = 0
        while self._waiting and (sent == 0 or sent < budget):
            run, stamp, last = self._waiting.popleft()
            self._transmit(run, stamp, last)
            size = sum(map(len, run))
            sent += size
            self.waiting_packets -= len(run)
            self._waiting_bytes -= size
        return bool(self._waiting)

    def clear(self) -> None:
        """Forget what waits to be sent."""
        self.dropped += self.waiting_packets
        self._waiting.clear()
        self.waiting_packets = self._waiting_bytes = 0

    def resend(self, sequence: int, now_s: float, rate_bps: float) -> bool:
        """Send a packet again (RFC 4588); at most half of the stream's rate goes into that."""
        sent = next((run for run in reversed(self._history) if sequence in run), None)
        if sent is None or self._path is None:
            return False
        size = len(sent.payload(sequence))
        earned = (now_s - self._resend_at_s) * rate_bps / 8 * RESENDS_SHARE
        self._resend_bytes_left = min(float(RESENDS_BURST_BYTES), self._resend_bytes_left + earned)
        self._resend_at_s = now_s
        if self._resend_bytes_left < size:
            self.resends_refused += 1
            return False
        self._resend_bytes_left -= size
        self._send_again(sent, sequence)
        return True

    def pad(self, size_bytes: int) -> int:
        """Fill the line with packets that were sent before, newest first, to see what it carries; the bytes sent."""
        filled = 0
        if self._rtx_payload_type < 0:
            return filled
        for sent in reversed(self._history):
            for sequence in sent.sequences():
                if filled >= size_bytes:
                    return filled
                self._send_again(sent, sequence)
                filled += len(sent.payload(sequence))
        return filled

    def _send_again(self, sent: _Sent, sequence: int) -> None:
        self.resent += 1
        marker, payload = sent.marker(sequence), sent.payload(sequence)
        if self._rtx_payload_type < 0:
            self._put(self._payload_type, marker, sequence, sent.stamp, self.ssrc, payload)
            return
        again = OSN.pack(sequence) + payload
        self._put(self._rtx_payload_type, marker, self._rtx_sequence, sent.stamp, self._rtx_ssrc, again)
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

    def _transmit(self, run: Run, stamp: int, last: bool) -> None:
        """Send packets laid end to end, in one call of the kernel; last: the run ends its frame."""
        path, count = self._path, len(run)
        if path is None or not path.ready():
            self.dropped += count
            return
        scratch, context, protect = self._scratch, self._context, seams.protect
        data, pointer, length = scratch.data, scratch.pointer, scratch.length
        ssrc, first, final = self.ssrc, self._sequence, count - 1 if last else count
        word = (self._time_extension << 4 | 2) << 24 | _send_time() if self._time_extension else 0
        header = RTP_HEADER_WITH_TIME.size if word else RTP_HEADER.size
        at = octets = segment = 0
        for number, payload in enumerate(run):
            kind = self._payload_type | 0x80 if number == final else self._payload_type
            sequence = (first + number) & 0xFFFF
            if word:
                RTP_HEADER_WITH_TIME.pack_into(data, at, 0x90, kind, sequence, stamp, ssrc, 0xBEDE, 1, word)
            else:
                RTP_HEADER.pack_into(data, at, 0x80, kind, sequence, stamp, ssrc)
            start = at + header
            octets += len(payload)
            data[start : start + len(payload)] = payload
            length[0] = header + len(payload)
            if protect(context, pointer + at if at else pointer, length) != seams.SRTP_OK:
                self.failed += count - number
                break
            at += length[0]
            segment = segment or at
        self._history.append(_Sent(first, stamp, run, last))
        self._sequence = (first + count) & 0xFFFF
        if at and not path.send_segments(scratch.view[:at], segment, scratch):
            self.dropped += count
        self.packets += count
        self.octets += octets
        self.sent_bytes += octets + header * count


class _Sent:
    """A run that was sent: its first sequence number, timestamp, payloads, and whether it ended its frame."""

    __slots__ = ("_first", "_last", "_run", "stamp")

    def __init__(self, first: int, stamp: int, run: Run, last: bool) -> None:
        self._first, self.stamp, self._run, self._last = first, stamp, run, last

    def __contains__(self, sequence: int) -> bool:
        return (sequence - self._first) & 0xFFFF < len(self._run)

    def sequences(self) -> list[int]:
        """Of its packets, newest first."""
        return [(self._first + number) & 0xFFFF for number in reversed(range(len(self._run)))]

    def payload(self, sequence: int) -> bytes:
        """Of the packet with a sequence number that it contains."""
        return self._run[(sequence - self._first) & 0xFFFF]

    def marker(self, sequence: int) -> int:
        """0x80 for the packet that ends the frame, else 0."""
        return 0x80 if self._last and (sequence - self._first) & 0xFFFF == len(self._run) - 1 else 0


def _send_time() -> int:
    """abs-send-time: 24 bits, 6.18 fixed point seconds of NTP time."""
    return int((time.time() + NTP_EPOCH_S) * 262_144) & 0xFFFFFF
