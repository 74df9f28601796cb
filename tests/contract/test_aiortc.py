"""What this project relies on inside aiortc: a track may give packets, and the sender keeps its last RTP timestamp."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from services.streaming.adapters.viewer_webrtc import (
    AUDIO_QUEUE_PACKETS,
    LAST_RTP_TIMESTAMP,
    VIDEO_QUEUE_FRAMES,
    PacketTrack,
    WebRtcViewer,
)
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
        self.timeline = self.peer.createDataChannel("timeline")
        self.events = self.peer.createDataChannel("events")
        self.timeline.on("message", self.told.append)
        for kind, kept in (("video", self.video), ("audio", self.audio)):
            receiver = self.peer.addTransceiver(kind, direction="recvonly").receiver

            async def note(packet: Any, arrival_time_ms: int, kept: list[Any] = kept) -> None:
                kept.append(packet)

            receiver._handle_rtp_packet = note

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
        self.viewer = WebRtcViewer("c1", lambda frame: frame + 100, self.on_message, self.on_connected, self.on_gone)

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


async def test_the_sender_keeps_its_last_timestamp_under_the_name_that_is_read() -> None:
    sender = RTCRtpSender("video", _transport())
    assert isinstance(getattr(sender, LAST_RTP_TIMESTAMP), int)


def _transport() -> Any:
    class Transport:
        state = "new"

    return Transport()


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


def packet(number: int) -> Any:
    import av

    made = av.Packet(b"%05d" % number)
    made.pts = number
    return made


async def test_a_slow_reader_loses_pictures_up_to_a_key_frame_and_they_are_counted() -> None:
    track = PacketTrack("video", VIDEO_QUEUE_FRAMES, lambda: None)
    for number in range(VIDEO_QUEUE_FRAMES + 20):
        track.put(packet(number), key_frame=number % 12 == 0)
    left = [(await track.recv()).pts for _ in range(len(track._packets))]
    assert left[0] % 12 == 0
    assert left == list(range(left[0], VIDEO_QUEUE_FRAMES + 20))
    assert track.dropped == left[0]


async def test_a_slow_reader_of_sound_keeps_the_newest() -> None:
    track = PacketTrack("audio", AUDIO_QUEUE_PACKETS, lambda: None)
    for number in range(AUDIO_QUEUE_PACKETS + 1):
        track.put(packet(number), key_frame=True)
    assert track.dropped == AUDIO_QUEUE_PACKETS
    assert (await track.recv()).pts == AUDIO_QUEUE_PACKETS


async def test_a_stopped_track_lets_its_reader_go() -> None:
    from aiortc.mediastreams import MediaStreamError

    track = PacketTrack("video", 4, lambda: None)
    waiting = asyncio.create_task(track.recv())
    await asyncio.sleep(0.01)
    track.stop()
    with pytest.raises(MediaStreamError):
        await waiting
