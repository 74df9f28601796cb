"""Packets are seen before the jitter buffer, and pictures put together from them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport, RTCRtpReceiver
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket, RtpPacket

from loadtests.watch.observations import ahead
from loadtests.watch.rtp_tap import AccessUnits, MediaClock, ntp_seconds, tap

IDR = 0x65


def _packet(sequence: int, timestamp: int, payload: bytes, marker: bool = False) -> RtpPacket:
    packet = RtpPacket(payload_type=99, sequence_number=sequence % 65536, timestamp=timestamp, marker=int(marker))
    packet.payload = payload
    packet.ssrc = 7
    return packet


def _fragments(sequence: int, timestamp: int) -> list[RtpPacket]:
    """A picture in three FU-A fragments."""
    heads = (0x80, 0x00, 0x40)
    return [_packet(sequence + i, timestamp, bytes([0x7C, head | 5, i]), marker=i == 2) for i, head in enumerate(heads)]


def _units(packets: Sequence[RtpPacket]) -> tuple[list[bytes], int]:
    units = AccessUnits()
    return [unit for packet in packets if (unit := units.add(packet)) is not None], units.broken


def test_fragments_become_one_access_unit() -> None:
    whole, broken = _units(_fragments(10, 3750))
    assert whole == [bytes([0, 0, 0, 1, IDR, 0, 1, 2])]
    assert broken == 0


def test_order_of_arrival_does_not_matter() -> None:
    first, second, third = _fragments(65534, 3750)
    assert _units([first, third, second])[0] == _units([first, second, third])[0]


def test_a_picture_with_a_hole_is_given_up_and_counted() -> None:
    first, _, third = _fragments(10, 3750)
    whole, broken = _units([first, third, *_fragments(13, 7500)])
    assert len(whole) == 1
    assert broken == 1


def test_a_picture_without_its_head_is_not_whole() -> None:
    _, second, third = _fragments(10, 3750)
    assert _units([second, third])[0] == []


def test_a_packet_sent_again_is_not_another_picture() -> None:
    packets = _fragments(10, 3750)
    whole, broken = _units([*packets, packets[1], *_fragments(13, 7500)])
    assert (len(whole), broken) == (2, 0)


def test_media_time_goes_on_across_the_wrap() -> None:
    clock = MediaClock(90_000)
    assert not clock.started
    assert clock.advance(2**32 - 45_000) == 0.0
    assert clock.advance(45_000) == pytest.approx(1.0)
    assert clock.of(0) == pytest.approx(0.5)
    assert clock.started


def test_ahead_is_signed() -> None:
    assert ahead(5, 2**32 - 5) == 10
    assert ahead(2**32 - 5, 5) == -10


def test_ntp_time_is_read_in_seconds() -> None:
    assert ntp_seconds((3_900_000_000 << 32) + (1 << 31)) == 3_900_000_000.5


async def test_aiortc_hands_every_packet_to_the_tap_and_on_to_the_receiver() -> None:
    transport = RTCDtlsTransport(RTCIceTransport(RTCIceGatherer(iceServers=[])), [RTCCertificate.generateCertificate()])
    receiver = RTCRtpReceiver("video", transport)
    packets: list[int] = []
    reports: list[int] = []
    tap(
        receiver,
        lambda packet: packets.append(packet.timestamp),
        lambda report: reports.append(report.sender_info.rtp_timestamp),
    )
    transport._rtp_router.register_receiver(receiver, ssrcs=[7], payload_types=[99])
    await transport._handle_rtp_data(_packet(1, 4242, b"\x65\x01").serialize(), arrival_time_ms=0)
    info = RtcpSenderInfo(ntp_timestamp=1 << 32, rtp_timestamp=4242, packet_count=1, octet_count=2)
    await transport._handle_rtcp_data(bytes(RtcpSrPacket(ssrc=7, sender_info=info)))
    assert packets == [4242]
    assert reports == [4242]
    sources = receiver.getSynchronizationSources()
    assert [source.source for source in sources] == [7]
