"""One way to send a take to many viewers, in a process of its own: this project's, aiortc's two, or a bare loop.

`python -m loadtests.delivery.senders MODE` prints its URL, then obeys lines on stdin: `play SECONDS` plays to everyone
who has connected and prints what it cost.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from loadtests.delivery.aiortc_tracks import SharedTrack, audio_packet, video_packet
from loadtests.delivery.media import MadeTake, made_take
from services.streaming.adapters.clock_system import SystemClock
from services.streaming.adapters.viewer_webrtc import FanOut, WebRtcViewer, aiortc_seams
from services.streaming.adapters.viewer_webrtc.packets import PacketCache
from services.streaming.adapters.viewer_webrtc.rtp_stream import RTP_HEADER, Scratch
from services.streaming.domain.ladder import ladder_from, need_bps
from services.streaming.domain.screenplay import Rendition
from services.streaming.domain.timebase import (
    FRAMES_PER_CHUNK,
    FRAMES_PER_SECOND,
    RTP_TICKS_PER_FRAME,
    SAMPLES_PER_FRAME,
    SAMPLES_PER_PACKET,
)
from services.streaming.ports import VideoFrame

BEST = Rendition(640, 360, "h264", 900_000)
TAKE_SECONDS = 8
CACHE = Path(".cache/delivery")


class Sender(Protocol):
    """Answers offers and sends."""

    async def answer(self, sdp: str) -> str: ...

    def video(self, frame: VideoFrame, number: int, tick: int) -> None: ...

    def audio(self, packet: bytes, sample_tick: int) -> None: ...

    @property
    def dropped(self) -> int: ...


class FanOutSender:
    """This project's."""

    def __init__(self) -> None:
        self._fan_out = FanOut(SystemClock(), tuple(map(need_bps, ladder_from(BEST))))
        self.viewers: list[WebRtcViewer] = []

    async def answer(self, sdp: str) -> str:
        async def on_message(_: str) -> None:
            return

        number = str(len(self.viewers))
        viewer = WebRtcViewer(number, self._fan_out, lambda f: f, on_message, lambda: None, lambda: None)
        answer = await viewer.answer(sdp)
        self.viewers.append(viewer)
        return answer

    def video(self, frame: VideoFrame, number: int, tick: int) -> None:
        for viewer in self.viewers:
            viewer.send_video(frame, tick)

    def audio(self, packet: bytes, sample_tick: int) -> None:
        for viewer in self.viewers:
            viewer.send_audio(packet, sample_tick)

    @property
    def dropped(self) -> int:
        return sum(viewer.dropped for viewer in self.viewers)


class BareLoop(FanOutSender):
    """The least that can be done in Python for each packet: a header, SRTP, sendto. No history, reports or pacing."""

    def __init__(self) -> None:
        super().__init__()
        self._cache = PacketCache()
        self._scratch = Scratch()
        self._lines: list[tuple[Any, Any, tuple[str, int], Any]] = []
        self._sequences = {99: 0, 96: 0}

    def _connect(self) -> None:
        for viewer in self.viewers[len(self._lines) :]:
            assert viewer.film.video is not None
            transport = viewer.film.video.transport
            pair = aiortc_seams.nominated(transport)[aiortc_seams.RTP_COMPONENT]
            way, address = aiortc_seams.ways_of(pair)
            session = aiortc_seams.srtp_session(transport)
            send_to = way.get_extra_info("socket").dup().sendto
            self._lines.append((send_to, aiortc_seams.srtp_context(session), address, session))

    def _send(self, payloads: Sequence[bytes], kind: int, ssrc: int, stamp: int) -> None:
        if len(self._lines) < len(self.viewers):
            self._connect()
        data, view = self._scratch.data, self._scratch.view
        pointer, length, protect = self._scratch.pointer, self._scratch.length, aiortc_seams.protect
        pack, start, first = RTP_HEADER.pack_into, RTP_HEADER.size, self._sequences[kind]
        for send_to, context, address, _ in self._lines:
            sequence = first
            for payload in payloads:
                end = start + len(payload)
                pack(data, 0, 0x80, kind, sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc)
                data[start:end] = payload
                length[0] = end
                protect(context, pointer, length)
                send_to(view[: length[0]], address)
                sequence += 1
        self._sequences[kind] += len(payloads)

    def video(self, frame: VideoFrame, number: int, tick: int) -> None:
        payloads = [payload for run in self._cache.of(frame.data).runs for payload in run]
        self._send(payloads, 99, 77, tick * RTP_TICKS_PER_FRAME)

    def audio(self, packet: bytes, sample_tick: int) -> None:
        self._send((packet,), 96, 78, sample_tick)


class AiortcPackets:
    """aiortc with one av.Packet that all tracks share."""

    def __init__(self) -> None:
        self._tracks: list[tuple[SharedTrack, SharedTrack]] = []
        self._peers: list[RTCPeerConnection] = []

    async def answer(self, sdp: str) -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        video, audio = SharedTrack("video"), SharedTrack("audio")
        peer.addTrack(video)
        peer.addTrack(audio)
        for transceiver in peer.getTransceivers():
            codecs = RTCRtpSender.getCapabilities(transceiver.kind).codecs
            wanted = [c for c in codecs if c.mimeType.lower() in ("video/h264", "video/rtx", "audio/opus")]
            transceiver.setCodecPreferences(wanted)
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        self._peers.append(peer)
        self._tracks.append((video, audio))
        return str(peer.localDescription.sdp)

    def video(self, frame: VideoFrame, number: int, tick: int) -> None:
        packet = video_packet(frame.data, tick * RTP_TICKS_PER_FRAME)
        for video, _ in self._tracks:
            video.put(packet)

    def audio(self, packet: bytes, sample_tick: int) -> None:
        shared = audio_packet(packet, sample_tick)
        for _, audio in self._tracks:
            audio.put(shared)

    @property
    def dropped(self) -> int:
        return sum(track.dropped for pair in self._tracks for track in pair)


class AiortcEncoding(AiortcPackets):
    """aiortc as it is usually used: decoded frames go in, and are encoded for each viewer."""

    def __init__(self, take: MadeTake) -> None:
        super().__init__()
        decoder = av.CodecContext.create("h264", "r")
        frames = [f.data for chunk in take.chunks for f in chunk.video]
        self._pictures = [picture for data in frames for picture in decoder.decode(av.Packet(data))]
        silence = av.AudioFrame(format="s16", layout="stereo", samples=SAMPLES_PER_PACKET)
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        silence.sample_rate = 48_000
        silence.time_base = Fraction(1, 48_000)
        self._silence = silence

    def video(self, frame: VideoFrame, number: int, tick: int) -> None:
        picture = self._pictures[number % len(self._pictures)]
        picture.pts, picture.time_base = tick * RTP_TICKS_PER_FRAME, Fraction(1, 90_000)
        for video, _ in self._tracks:
            video.put(picture)

    def audio(self, packet: bytes, sample_tick: int) -> None:
        self._silence.pts = sample_tick
        for _, audio in self._tracks:
            audio.put(self._silence)


class Player:
    """Plays the take in real time, over and over; ticks go on from one `play` to the next."""

    def __init__(self, sender: Sender, take: MadeTake) -> None:
        self._sender = sender
        self._take = take
        self._tick = 0

    async def play(self, seconds: float) -> dict[str, float]:
        count = round(seconds * FRAMES_PER_SECOND / FRAMES_PER_CHUNK) * FRAMES_PER_CHUNK
        dropped, began_s = self._sender.dropped, time.monotonic()
        cpu_s = _cpu_s()
        late: list[float] = []
        for frame in range(count):
            due_s = began_s + frame / FRAMES_PER_SECOND
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            self._show(frame)
            late.append(time.monotonic() - due_s)
        await asyncio.sleep(max(0.0, began_s + count / FRAMES_PER_SECOND - time.monotonic()))
        late.sort()
        return {
            "cpu_s": _cpu_s() - cpu_s,
            "wall_s": time.monotonic() - began_s,
            "media_s": count / FRAMES_PER_SECOND,
            "tick_late_p99_s": late[int(0.99 * len(late))],
            "dropped": self._sender.dropped - dropped,
        }

    def _show(self, frame: int) -> None:
        chunks = self._take.chunks
        offset = frame % FRAMES_PER_CHUNK
        chunk = chunks[frame // FRAMES_PER_CHUNK % len(chunks)]
        number = frame % (FRAMES_PER_CHUNK * len(chunks))
        self._sender.video(chunk.video[offset], number, self._tick)
        first = -(-offset * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)
        last = -(-(offset + 1) * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)
        start = (self._tick - offset) * SAMPLES_PER_FRAME
        for packet in range(first, last):
            self._sender.audio(chunk.audio[packet], start + packet * SAMPLES_PER_PACKET)
        self._tick += 1


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def sender_for(mode: str, take: MadeTake) -> Sender:
    """mode: "fan-out", "bare", "aiortc-packets" or "aiortc-encoding"."""
    if mode == "aiortc-encoding":
        return AiortcEncoding(take)
    makers: dict[str, Callable[[], Sender]] = {
        "fan-out": FanOutSender,
        "bare": BareLoop,
        "aiortc-packets": AiortcPackets,
    }
    return makers[mode]()


async def main(mode: str) -> None:
    take = made_take(BEST, TAKE_SECONDS, CACHE)
    sender = sender_for(mode, take)

    async def offered(request: web.Request) -> web.Response:
        return web.Response(text=await sender.answer(await request.text()), status=201)

    application = web.Application()
    application.router.add_post("/offer", offered)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}/offer", "bitrate_bps": take.bitrate_bps}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    player = Player(sender, take)
    while line := await reader.readline():
        print(json.dumps(await player.play(float(line.split()[1]))), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main(sys.argv[1]))
