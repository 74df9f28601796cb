"""Packets as the viewer decrypts them: headers, order, history, pacing and limits. No socket: datagrams are kept."""

from __future__ import annotations

import errno
import struct
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from aiortc.rtp import HeaderExtensionsMap, RtcpPacket, RtpPacket
from pylibsrtp import Policy, Session

from services.streaming.adapters.viewer_webrtc.datagram_path import DatagramPath
from services.streaming.adapters.viewer_webrtc.packets import PacketisedFrame, runs_of
from services.streaming.adapters.viewer_webrtc.rtp_stream import (
    AT_ONCE_BYTES,
    HISTORY_RUNS,
    RESENDS_BURST_BYTES,
    WAITING_LIMIT_PACKETS,
    RtpStream,
    Scratch,
)

KEY = bytes(range(30))
TIME_EXTENSION = SimpleNamespace(
    headerExtensions=[SimpleNamespace(uri="http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", id=3)]
)


def frame(payloads: list[bytes]) -> PacketisedFrame:
    """A frame of these packets."""
    return PacketisedFrame(tuple(runs_of(payloads)), sum(map(len, payloads)), len(payloads))


class Socket:
    """Takes datagrams, cuts them into segments like the kernel, or takes nothing where `full` is set."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.calls = 0
        self.full = False
        self.cuts = True
        self.closed = False

    def dup(self) -> Socket:
        return self

    def close(self) -> None:
        self.closed = True

    def sendto(self, data: Any, address: tuple[str, int]) -> None:
        assert address == ("192.0.2.9", 9)
        if self.full:
            raise BlockingIOError
        self.calls += 1
        self.sent.append(bytes(data))

    def sendmsg(self, buffers: list[Any], ancillary: list[Any], flags: int, address: tuple[str, int]) -> None:
        if not self.cuts:
            raise OSError(errno.EIO, "no segmentation here")
        assert ancillary[0][:2] == (17, 103)
        (size,) = struct.unpack("=H", ancillary[0][2])
        data = bytes(buffers[0])
        for at in range(0, len(data), size):
            self.sendto(data[at : at + size], address)
            self.calls -= 1
        self.calls += 1


class Viewer:
    """The other end of a line without a network."""

    def __init__(self) -> None:
        self.socket = Socket()
        transport = SimpleNamespace(get_extra_info=lambda name: self.socket if name == "socket" else None)
        pair = SimpleNamespace(protocol=SimpleNamespace(transport=transport), remote_addr=("192.0.2.9", 9))
        connection = SimpleNamespace(_nominated={1: pair})
        self.connection = connection
        policy = Policy(KEY, Policy.SSRC_ANY_OUTBOUND)
        policy.allow_repeat_tx = True
        self.transport: Any = SimpleNamespace(
            _tx_srtp=Session(policy), transport=SimpleNamespace(_connection=connection)
        )
        incoming = Policy(KEY, Policy.SSRC_ANY_INBOUND)
        incoming.allow_repeat_tx = True
        incoming.window_size = 8_192
        self.decrypt = Session(incoming)
        self._extensions = HeaderExtensionsMap()
        self._extensions.configure(TIME_EXTENSION)  # type: ignore[arg-type]
        self._read = 0
        self._packets: list[RtpPacket] = []

    @property
    def packets(self) -> list[RtpPacket]:
        for data in self.socket.sent[self._read :]:
            self._packets.append(RtpPacket.parse(self.decrypt.unprotect(data), self._extensions))
        self._read = len(self.socket.sent)
        return self._packets

    def stream(self, rtx_type: int = 98, time_extension: int = 3) -> RtpStream:
        stream = RtpStream(Scratch(), 0x1234, 0x5678, 90_000, Random(1))
        stream.open(DatagramPath(self.transport), 97, rtx_type, time_extension)
        return stream


def test_a_frame_becomes_packets_that_can_be_read() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    stream.send_frame(frame([b"first" * 100, b"last"]), 3_750)
    one, two = viewer.packets
    assert [p.payload for p in (one, two)] == [b"first" * 100, b"last"]
    assert [p.marker for p in (one, two)] == [0, 1]
    assert {(p.ssrc, p.payload_type, p.timestamp) for p in (one, two)} == {
        (0x1234, 97, (stream.origin + 3_750) & 0xFFFFFFFF)
    }
    assert two.sequence_number == one.sequence_number + 1
    assert one.extensions.abs_send_time is not None
    assert (stream.packets, stream.octets, stream.failed) == (2, 504, 0)


def test_without_the_extension_the_header_is_short() -> None:
    viewer = Viewer()
    viewer.stream(time_extension=0).send_frame(frame([b"sound"]), 0)
    assert len(viewer.socket.sent[0]) == 12 + 5 + 10
    assert viewer.packets[0].payload == b"sound"


@pytest.mark.parametrize("cuts", [True, False])
def test_packets_of_one_size_are_given_to_the_kernel_at_once(cuts: bool) -> None:
    viewer = Viewer()
    viewer.socket.cuts = cuts
    stream = viewer.stream()
    payloads = [b"parameters", *(bytes([number]) * 900 for number in range(5)), b"short", b"next" * 50, b"end"]
    stream.send_frame(frame(payloads), 0)
    assert [p.payload for p in viewer.packets] == payloads
    assert [p.marker for p in viewer.packets] == [0] * 8 + [1]
    assert len({p.sequence_number for p in viewer.packets}) == 9
    assert viewer.socket.calls == (3 if cuts else 9)
    stream.send_frame(frame(payloads), 1)
    assert len(viewer.packets) == 18


def test_a_new_pair_is_followed_and_the_old_socket_given_back() -> None:
    viewer, other = Viewer(), Viewer()
    stream = viewer.stream()
    stream.send_frame(frame([b"a"]), 0)
    viewer.connection._nominated[1] = other.connection._nominated[1]
    stream.send_frame(frame([b"b"]), 0)
    assert (len(viewer.socket.sent), len(other.socket.sent)) == (1, 1)
    assert viewer.socket.closed


def test_sequence_and_time_wrap_around() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    stream._sequence, stream.origin = 0xFFFF, 0xFFFFFFFF
    stream.send_frame(frame([b"a", b"b"]), 1)
    assert [p.sequence_number for p in viewer.packets] == [0xFFFF, 0]
    assert {p.timestamp for p in viewer.packets} == {0}


def test_before_it_is_open_and_after_it_is_closed_nothing_is_sent() -> None:
    viewer = Viewer()
    stream = RtpStream(Scratch(), 1, 2, 90_000, Random(1))
    stream.send_frame(frame([b"early"]), 0)
    stream.open(DatagramPath(viewer.transport), 97, 98, 3)
    stream.send_frame(frame([b"now"]), 0)
    stream.close()
    stream.send_frame(frame([b"late"]), 0)
    assert not stream.resend(viewer.packets[0].sequence_number, 0.0, 1e6)
    assert [p.payload for p in viewer.packets] == [b"now"]
    assert stream.dropped == 2


def test_a_transport_without_keys_is_refused() -> None:
    viewer = Viewer()
    viewer.transport._tx_srtp = None
    with pytest.raises(ConnectionError):
        viewer.stream()


def test_a_line_that_is_gone_costs_packets_and_nothing_else() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    viewer.connection._nominated.clear()
    stream.send_frame(frame([b"a", b"b"]), 0)
    assert (stream.dropped, viewer.socket.sent) == (2, [])


def test_a_socket_that_takes_nothing_is_not_filled() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    viewer.socket.full = True
    stream.send_frame(frame([b"a"]), 0)
    stream.send_frame(frame([b"b" * 100, b"c" * 100, b"d"]), 0)
    assert (stream.dropped, viewer.socket.sent) == (4, [])


def test_what_was_lost_is_sent_again_in_its_own_stream() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    stream.send_frame(frame([b"a", b"b", b"c"]), 7)
    lost = viewer.packets[1]
    assert stream.resend(lost.sequence_number, 0.0, 1e6)
    again = viewer.packets[3]
    assert (again.ssrc, again.payload_type, again.timestamp) == (0x5678, 98, lost.timestamp)
    assert again.payload == lost.sequence_number.to_bytes(2, "big") + b"b"


def test_a_viewer_without_rtx_gets_the_packet_itself_again() -> None:
    viewer = Viewer()
    stream = viewer.stream(rtx_type=-1)
    lost = stream._sequence
    stream.send_frame(frame([b"a"]), 7)
    viewer.socket.sent.clear()
    assert stream.resend(lost, 0.0, 1e6)
    assert [(p.ssrc, p.sequence_number, p.payload) for p in viewer.packets] == [(0x1234, lost, b"a")]
    assert stream.pad(1_000) == 0


def test_history_is_bounded() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    first = stream._sequence
    for number in range(HISTORY_RUNS + 1):
        stream.send_frame(frame([b"x"]), number)
    assert not stream.resend(first, 0.0, 1e6)
    assert stream.resend(first + 1, 0.0, 1e6)


def test_a_viewer_that_asks_for_everything_again_and_again_is_limited() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    stream.send_frame(frame([bytes(1_000)]), 0)
    sequence = viewer.packets[0].sequence_number
    answers = [stream.resend(sequence, 0.0, 1e6) for _ in range(200)]
    assert answers.count(True) == RESENDS_BURST_BYTES // 1_000
    assert stream.resends_refused == answers.count(False)
    assert stream.resend(sequence, 1.0, 1e6), "a second later there is something left again"


def test_padding_sends_the_newest_again() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    for number in range(10):
        stream.send_frame(frame([bytes([number]) * 500]), number)
    assert stream.pad(1_200) == 1_500
    assert [p.payload[2] for p in viewer.packets[10:]] == [9, 8, 7]


def test_a_large_frame_is_spread_and_later_ones_keep_their_place() -> None:
    viewer = Viewer()
    stream = viewer.stream()
    payloads = [bytes([number]) * 1_200 for number in range(20)]
    assert stream.send_frame(frame(payloads), 0)
    assert stream.send_frame(frame([b"next"]), 3_750)
    assert viewer.packets == []
    slices = 0
    while stream.drain(0.0):
        slices += 1
        assert len(viewer.packets) >= 3 * slices
    assert 2 <= slices <= 6
    assert [p.payload for p in viewer.packets] == [*payloads, b"next"]
    assert [p.marker for p in viewer.packets] == [0] * 19 + [1, 1]
    assert stream.waiting_packets == 0


def test_a_small_frame_leaves_at_once() -> None:
    viewer = Viewer()
    viewer.stream().send_frame(frame([b"x" * 1_200] * 3), 0)
    assert len(viewer.packets) == 3
    assert AT_ONCE_BYTES >= 3_600


def test_a_queue_that_is_full_takes_no_more_and_says_so() -> None:
    stream = Viewer().stream()
    stream.send_frame(frame([b"x" * 1_200] * (WAITING_LIMIT_PACKETS + 1)), 0)
    assert not stream.send_frame(frame([b"y"] * 3), 1)
    assert stream.dropped == 3
    stream.clear()
    assert stream.dropped == 3 + WAITING_LIMIT_PACKETS + 1
    assert stream.send_frame(frame([b"z"]), 2)


def test_sound_goes_out_singly_and_in_order() -> None:
    viewer = Viewer()
    stream = viewer.stream(time_extension=0)
    stream._sequence = 0xFFFF
    for number in range(3):
        stream.send_single(b"opus%d" % number, number * 960)
    stream.send_single(bytes(4_000), 0)
    assert [p.payload for p in viewer.packets] == [b"opus0", b"opus1", b"opus2"]
    assert [p.sequence_number for p in viewer.packets] == [0xFFFF, 0, 1]
    assert [(p.timestamp - stream.origin) & 0xFFFFFFFF for p in viewer.packets] == [0, 960, 1_920]
    assert (stream.packets, stream.octets, stream.dropped) == (3, 15, 1)
    stream.close()
    stream.send_single(b"late", 0)
    assert stream.dropped == 2


@pytest.mark.parametrize("name", [b"", b"a", b"abc", b"abcd", b"x" * 255])
def test_a_sender_report_can_be_read(name: bytes) -> None:
    viewer = Viewer()
    stream = viewer.stream()
    stream.send_frame(frame([b"abc"]), 0)
    viewer.socket.sent.clear()
    stream.send_report(0x1234_5678_9ABC_DEF0, 90_000, name)
    report, names = RtcpPacket.parse(viewer.decrypt.unprotect_rtcp(viewer.socket.sent[0]))
    info = report.sender_info
    assert (report.ssrc, info.ntp_timestamp, info.packet_count, info.octet_count) == (
        0x1234,
        0x1234_5678_9ABC_DEF0,
        1,
        3,
    )
    assert info.rtp_timestamp == (stream.origin + 90_000) & 0xFFFFFFFF
    assert names.chunks[0].items == [(1, name)]
