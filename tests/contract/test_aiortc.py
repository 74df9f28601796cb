"""What this project relies on inside aiortc, aioice and pylibsrtp, against the installed ones; fails when one changes."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.rtp import RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket, pack_remb_fci

from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.viewer_webrtc import FanOut, WebRtcViewer, aiortc_seams
from services.streaming.domain.timebase import RTP_TICKS_PER_FRAME, SAMPLES_PER_PACKET
from services.streaming.ports import VideoFrame

pytestmark = pytest.mark.contract

PATIENCE_S = 30.0


class Page:
    """The other end: takes note of every RTP packet and every message."""

    def __init__(self) -> None:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.video: list[Any] = []
        self.audio: list[Any] = []
        self.told: list[str] = []
        self.reports: list[RtcpSrPacket] = []
        self.receivers: dict[str, Any] = {}
        self.timeline = self.peer.createDataChannel("timeline")
        self.events = self.peer.createDataChannel("events")
        self.timeline.on("message", self.told.append)
        for kind, kept in (("video", self.video), ("audio", self.audio)):
            receiver = self.peer.addTransceiver(kind, direction="recvonly").receiver

            async def note(packet: Any, arrival_time_ms: int, kept: list[Any] = kept) -> None:
                kept.append(packet)

            receiver._handle_rtp_packet = note
            self.receivers[kind] = receiver
            self._watch_reports(receiver)

    def _watch_reports(self, receiver: Any) -> None:
        async def note(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                self.reports.append(packet)

        receiver._handle_rtcp_packet = note

    def pictures(self) -> list[Any]:
        """Packets of the stream itself, without what was sent again."""
        return [packet for packet in self.video if packet.ssrc == self.video[0].ssrc]

    def again(self) -> list[tuple[int, bytes]]:
        """What was sent again: (original sequence number, payload)."""
        others = [packet for packet in self.video if packet.ssrc != self.video[0].ssrc]
        return [(int.from_bytes(packet.payload[:2], "big"), packet.payload[2:]) for packet in others]

    async def say(self, packet: Any) -> None:
        """RTCP to the viewer's stream of pictures."""
        await self.receivers["video"].transport._send_rtp(bytes(packet))

    async def ask_for_key_frame(self) -> None:
        await self.say(RtcpPsfbPacket(fmt=1, ssrc=1, media_ssrc=self.video[0].ssrc))

    async def call(self, viewer: WebRtcViewer) -> None:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        answer = await viewer.answer(self.peer.localDescription.sdp)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def picture(number: int, key_frame: bool = False) -> VideoFrame:
    """One access unit of one small NAL unit that carries its number."""
    kind = 0x65 if key_frame else 0x41
    return VideoFrame(b"\x00\x00\x00\x01" + bytes([kind]) + b"picture%05d" % number, key_frame)


def number_of(packet: Any) -> int:
    return int(packet.payload.partition(b"picture")[2][:5])


class Connected:
    """A viewer and a page that have found each other."""

    def __init__(self) -> None:
        self.page = Page()
        self.connected = 0
        self.gone = 0
        self.messages: list[str] = []
        self.fan_out = FanOut(SystemClock(), (1_000_000, 500_000))
        self.viewer = WebRtcViewer(
            "c1", self.fan_out, lambda frame: frame + 100, self.on_message, self.on_connected, self.on_gone
        )

    async def on_message(self, text: str) -> None:
        self.messages.append(text)

    def on_connected(self) -> None:
        self.connected += 1

    def on_gone(self) -> None:
        self.gone += 1

    async def __aenter__(self) -> Connected:
        await self.page.call(self.viewer)
        await until(lambda: self.connected)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.page.peer.close()
        await self.viewer.close()
        await self.fan_out.close()


def test_the_version_that_is_relied_upon_is_the_one_that_is_locked() -> None:
    asked = Path(__file__).parents[2] / "requirements" / "runtime.in"
    assert f"aiortc=={importlib.metadata.version('aiortc')}" in asked.read_text(encoding="utf-8").split()


async def test_a_transceiver_takes_another_sender() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        transceiver = peer.addTransceiver("video", direction="sendonly")
        made = transceiver.sender
        other = RTCRtpSender("video", made.transport)
        aiortc_seams.put_sender(transceiver, other)
        assert transceiver.sender is other
        assert peer.getSenders() == [other]
        assert aiortc_seams.ssrcs(other) == aiortc_seams.ssrcs(made)
        assert aiortc_seams.nominated(made.transport) == {}
        assert aiortc_seams.srtp_session(made.transport) is None
    finally:
        await peer.close()


async def test_a_connection_that_cannot_be_begun_is_told_of() -> None:
    offering, answering = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    failures: list[Exception] = []
    aiortc_seams.watch_connecting(answering, failures.append)
    try:
        offering.addTransceiver("video", direction="recvonly")
        await offering.setLocalDescription(await offering.createOffer())
        bare = re.sub(r"a=fingerprint:.*\r\n", "", offering.localDescription.sdp)
        await answering.setRemoteDescription(RTCSessionDescription(bare, "offer"))
        await answering.setLocalDescription(await answering.createAnswer())
        await offering.setRemoteDescription(answering.localDescription)
        async with asyncio.timeout(30):
            while not failures:
                await asyncio.sleep(0.02)
        assert isinstance(failures[0], AssertionError)
    finally:
        await offering.close()
        await answering.close()


async def test_packets_go_out_as_they_are_with_the_timestamps_that_are_told() -> None:
    async with Connected() as both:
        assert both.viewer.rtp_timestamp(100) is None
        for number in range(24):
            both.viewer.send_video(picture(number, key_frame=number % 12 == 0), 100 + number)
            await asyncio.sleep(0.005)
        await until(lambda: len(both.page.video) >= 24)
        for packet in both.page.video:
            assert packet.timestamp == both.viewer.rtp_timestamp(100 + number_of(packet))
        assert [number_of(packet) for packet in both.page.video] == list(range(24))
        assert {packet.marker for packet in both.page.video} == {1}
        assert both.viewer.dropped == 0


async def test_a_pause_shows_in_the_timestamps() -> None:
    async with Connected() as both:
        for number, tick in enumerate([10, 11, 12, 500, 501]):
            both.viewer.send_video(picture(number, key_frame=number == 0), tick)
            await asyncio.sleep(0.005)
        await until(lambda: len(both.page.video) >= 5)
        stamps = [packet.timestamp for packet in both.page.video]
        steps = [(after - before) & 0xFFFFFFFF for before, after in zip(stamps, stamps[1:], strict=False)]
        assert steps == [RTP_TICKS_PER_FRAME, RTP_TICKS_PER_FRAME, 488 * RTP_TICKS_PER_FRAME, RTP_TICKS_PER_FRAME]


async def test_sound_packets_go_out_as_they_are() -> None:
    async with Connected() as both:
        for number in range(50):
            both.viewer.send_audio(b"opus%05d" % number, 7_000 + number * SAMPLES_PER_PACKET)
            await asyncio.sleep(0.002)
        await until(lambda: len(both.page.audio) >= 50)
        assert [packet.payload for packet in both.page.audio] == [b"opus%05d" % number for number in range(50)]
        stamps = [packet.timestamp for packet in both.page.audio]
        assert {(after - before) & 0xFFFFFFFF for before, after in zip(stamps, stamps[1:], strict=False)} == {960}


async def test_a_large_picture_is_cut_into_packets_of_one_timestamp() -> None:
    async with Connected() as both:
        large = VideoFrame(b"\x00\x00\x00\x01\x65" + bytes(range(1, 200)) * 60, True)
        both.viewer.send_video(large, 3)
        both.viewer.send_video(picture(1), 4)
        await until(lambda: both.page.video and both.page.video[-1].payload.endswith(b"picture00001"))
        first = [packet for packet in both.page.video if packet.timestamp == both.viewer.rtp_timestamp(3)]
        assert len(first) > 5
        assert [packet.marker for packet in first] == [0] * (len(first) - 1) + [1]


async def test_messages_come_and_go() -> None:
    from services.streaming.domain.timeline_messages import Ack, Hello

    async with Connected() as both:
        both.viewer.tell(Hello("session", 12, "Small"))
        both.viewer.send_video(picture(0, key_frame=True), 112)
        both.viewer.send_video(picture(1), 113)
        await until(lambda: both.page.told)
        stamp = both.viewer.rtp_timestamp(112)
        assert f'"rtpTimestamp":{stamp}' in both.page.told[0].replace(" ", "")
        both.viewer.tell(Ack("event-0001"))
        await until(lambda: len(both.page.told) == 2)
        await until(lambda: both.page.events.readyState == "open")
        both.page.events.send("hello")
        both.page.events.send(b"\x00binary")
        both.page.events.send("x" * 10_000)
        await until(lambda: len(both.messages) == 3)
        assert sorted(both.messages) == ["", "", "hello"]


async def test_a_page_that_goes_is_noticed_once_and_nothing_of_it_is_kept() -> None:
    async with Connected() as both:
        await both.page.peer.close()
        await until(lambda: both.gone)
        await until(lambda: both.viewer._peer.connectionState == "closed")
        await both.viewer.close()
        assert both.gone == 1


# --- repairs -----------------------------------------------------------------------------------------------------


async def show(both: Connected, count: int, first_tick: int = 100) -> None:
    for number in range(count):
        both.viewer.send_video(picture(number, key_frame=number % 12 == 0), first_tick + number)
        await asyncio.sleep(0.002)


async def test_a_packet_that_was_lost_is_sent_again() -> None:
    async with Connected() as both:
        await show(both, 6)
        await until(lambda: len(both.page.video) == 6)
        lost = both.page.video[2]
        nack = RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=lost.ssrc, lost=[lost.sequence_number])
        await both.page.say(nack)
        await until(both.page.again)
        assert both.page.again() == [(lost.sequence_number, lost.payload)]
        assert both.page.video[-1].timestamp == lost.timestamp
        unknown = RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=lost.ssrc, lost=[(lost.sequence_number + 9_999) & 0xFFFF])
        await both.page.say(unknown)
        await both.page.say(nack)
        await until(lambda: len(both.page.again()) == 2)
        assert len({packet.sequence_number for packet in both.page.video[-2:]}) == 2


async def test_a_key_frame_that_is_asked_for_comes_with_the_half_second_so_far() -> None:
    async with Connected() as both:
        await show(both, 5)
        await until(lambda: len(both.page.video) == 5)
        await both.page.ask_for_key_frame()
        await until(lambda: len(both.page.video) == 10)
        both.viewer.send_video(picture(5), 105)
        await until(lambda: len(both.page.video) == 11)
        assert [number_of(packet) for packet in both.page.video] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5]
        stamps = [packet.timestamp - both.page.video[0].timestamp & 0xFFFFFFFF for packet in both.page.video]
        assert stamps == sorted(set(stamps))
        assert stamps[-1] == 5 * RTP_TICKS_PER_FRAME
        assert both.viewer.film.splices == 1
        await both.page.ask_for_key_frame()
        await asyncio.sleep(0.1)
        assert both.viewer.film.splices == 1, "asked again at once, it is not answered twice"


async def test_late_in_the_half_second_the_next_key_frame_is_waited_for() -> None:
    async with Connected() as both:
        await show(both, 11)
        await until(lambda: len(both.page.video) == 11)
        await both.page.ask_for_key_frame()
        await until(lambda: both.viewer.film.key_frame_waits)
        both.viewer.send_video(picture(11), 111)
        both.viewer.send_video(picture(12, key_frame=True), 112)
        await until(lambda: len(both.page.video) == 12)
        assert number_of(both.page.video[-1]) == 12
        assert both.viewer.dropped == 1


async def test_nothing_is_sent_before_a_key_frame() -> None:
    async with Connected() as both:
        both.viewer.send_video(picture(1), 101)
        both.viewer.send_video(picture(12, key_frame=True), 112)
        await until(lambda: both.page.video)
        assert number_of(both.page.video[0]) == 12
        assert both.viewer.rtp_timestamp(112) == both.page.video[0].timestamp


async def test_reports_line_up_sound_and_picture() -> None:
    async with Connected() as both:
        for number in range(36):
            both.viewer.send_video(picture(number, key_frame=number % 12 == 0), number)
            both.viewer.send_audio(b"opus", number * 2_000)
            await asyncio.sleep(1 / 24)
        await until(lambda: len({report.ssrc for report in both.page.reports}) == 2)
        video = next(r for r in both.page.reports if r.ssrc == both.page.video[0].ssrc)
        audio = next(r for r in both.page.reports if r.ssrc == both.page.audio[0].ssrc)
        apart_s = (video.sender_info.ntp_timestamp - audio.sender_info.ntp_timestamp) / 2**32
        pictures_s = (video.sender_info.rtp_timestamp - both.page.video[0].timestamp & 0xFFFFFFFF) / 90_000
        sounds_s = (audio.sender_info.rtp_timestamp - both.page.audio[0].timestamp & 0xFFFFFFFF) / 48_000
        assert pictures_s - sounds_s == pytest.approx(apart_s, abs=0.001)
        assert video.sender_info.packet_count > 0


async def test_reports_of_the_viewer_choose_the_rung() -> None:
    async with Connected() as both:
        await show(both, 2)
        await until(lambda: both.page.video)
        first = both.page.video[0]
        for bitrate_bps in (2_000_000, 600_000):
            fci = pack_remb_fci(bitrate_bps, [first.ssrc])
            await both.page.say(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=fci))
        for lost in (0, 40, 80):
            info = RtcpReceiverInfo(
                ssrc=first.ssrc, fraction_lost=99, packets_lost=lost,
                highest_sequence=first.sequence_number + 2 * lost, jitter=0, lsr=0, dlsr=0,
            )  # fmt: skip
            await both.page.say(RtcpRrPacket(ssrc=1, reports=[info]))
        await until(lambda: both.viewer.rung == 1)
        assert both.viewer.film.bandwidth.estimate_bps == pytest.approx(600_000, rel=0.01)


@pytest.mark.parametrize("fci", [b"", b"REMB", b"REMB\xff\x00\x00\x00", b"NOPE\x01\x00\x00\x00\x00\x00\x00\x00"])
async def test_feedback_that_cannot_be_read_does_no_harm(fci: bytes) -> None:
    async with Connected() as both:
        await show(both, 1)
        await until(lambda: both.page.video)
        await both.page.say(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=both.page.video[0].ssrc, fci=fci))
        await show(both, 2, 300)
        await until(lambda: len(both.page.video) == 3)
        assert both.viewer.rung == 0


async def test_an_empty_datagram_from_anyone_does_no_harm() -> None:
    import socket

    async with Connected() as both:
        assert both.viewer.film.video is not None
        pairs = aiortc_seams.nominated(both.viewer.film.video.transport)
        transport, _ = aiortc_seams.ways_of(pairs[aiortc_seams.RTP_COMPONENT])
        address = transport.get_extra_info("sockname")[:2]
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for data in (b"", b"\x80", b"\x80\xc8", b"\x16\xfe\xfd", b"\x00\x01", bytes(1400)):
                stranger.sendto(data, address)
        await until(lambda: both.viewer.malformed)
        await show(both, 3)
        await until(lambda: len(both.page.video) == 3)
        assert both.gone == 0


async def test_a_large_key_frame_is_spread_and_nothing_overtakes_it() -> None:
    async with Connected() as both:
        large = VideoFrame(b"\x00\x00\x00\x01\x65" + bytes(range(1, 200)) * 200, True)
        both.viewer.send_video(large, 3)
        assert both.viewer.film.video is not None
        stream = both.viewer.film.video.stream
        assert stream is not None
        assert stream.waiting_packets > 0
        both.viewer.send_video(picture(1), 4)
        await until(lambda: both.page.video and both.page.video[-1].payload.endswith(b"picture00001"))
        sequences = [packet.sequence_number for packet in both.page.video]
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
        assert stream.waiting_packets == 0
