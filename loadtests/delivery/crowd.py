"""A crowd of viewers in one process: connects by aiortc, then only counts datagrams, reports, and asks for lost ones.

Reads `{"url": ..., "count": ...}` on stdin; on each further line it prints what was received since the last one.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket

from loadtests.watch.connection import payload_types

PRETEND_LOST = 0.002
REPORT_EVERY_S = 1.0
ASK_AFTER_S = 0.03
CONNECTING_AT_ONCE = 4


class Stream:
    """What was received of one SSRC."""

    def __init__(self) -> None:
        self.first = -1
        self.highest = -1
        self.received = 0
        self.last_sr: tuple[int, float] | None = None

    def add(self, sequence: int) -> None:
        if self.first < 0:
            self.first = self.highest = sequence
        else:
            ahead = (sequence - self.highest) & 0xFFFF
            if ahead < 0x8000:
                self.highest += ahead
        self.received += 1

    @property
    def expected(self) -> int:
        return self.highest - self.first + 1 if self.first >= 0 else 0


class CountingViewer:
    """One viewer; of its packets only the headers are read, which SRTP leaves in the clear."""

    def __init__(self, pretend_lost: float = PRETEND_LOST) -> None:
        self._pretend_lost = pretend_lost
        self._shown: list[tuple[float, int]] = []
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.video = Stream()
        self.audio = Stream()
        self.pretended = 0
        self.repaired = 0
        self._video_type = self._rtx_type = -1
        self._video_ssrc = 0
        self.location = ""
        self._to_ask: list[int] = []
        self._asked: set[int] = set()
        self._transport: Any = None

    async def connect(self, http: aiohttp.ClientSession, url: str, headers: Mapping[str, str] | None = None) -> None:
        for kind in ("audio", "video"):
            receiver = self.peer.addTransceiver(kind, direction="recvonly").receiver
            self._silence(receiver, kind)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        typed = {"Content-Type": "application/sdp", **(headers or {})}
        async with http.post(url, data=self.peer.localDescription.sdp, headers=typed) as answered:
            answer = await answered.text()
            assert answered.status in (200, 201), answer
            self.location = answered.headers.get("Location", "")
        self._video_type = min(payload_types(answer, "H264"))
        rtx = payload_types(answer, "rtx")
        self._rtx_type = next((number for number in rtx if f"a=fmtp:{number} apt={self._video_type}" in answer), -1)
        connected = asyncio.Event()

        def changed() -> None:
            if self.peer.connectionState == "connected":
                connected.set()

        self.peer.on("connectionstatechange", changed)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(60):
            await connected.wait()
        self._transport = self.peer.getTransceivers()[0].receiver.transport
        for protocol in self._transport.transport._connection._protocols:
            self._tap(protocol)

    def _silence(self, receiver: Any, kind: str) -> None:
        """No decoder thread and no jitter buffer; sender reports are kept for round trips."""

        async def receive(parameters: Any) -> None:
            receiver.transport._register_rtp_receiver(receiver, parameters)

        async def take_report(packet: Any) -> None:
            if kind == "video" and isinstance(packet, RtcpSrPacket):
                self.video.last_sr = ((packet.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF, time.time())

        receiver.receive = receive
        receiver._handle_rtcp_packet = take_report
        receiver.stop = _nothing

    def _tap(self, protocol: Any) -> None:
        rest = protocol.datagram_received
        video, audio = self.video, self.audio

        def received(data: bytes, address: Any) -> None:
            if not 127 < data[0] < 192 or 191 < data[1] < 224:
                rest(data, address)
                return
            kind = data[1] & 0x7F
            if kind == self._video_type:
                sequence = data[2] << 8 | data[3]
                stamp = int.from_bytes(data[4:8], "big")
                if not self._shown or self._shown[-1][1] != stamp:
                    self._shown.append((time.monotonic(), stamp))
                if random.random() < self._pretend_lost and sequence not in self._asked:
                    self.pretended += 1
                    self._video_ssrc = int.from_bytes(data[8:12], "big")
                    self._to_ask.append(sequence)
                    self._asked.add(sequence)
                elif sequence in self._asked and self._rtx_type < 0:
                    self._asked.discard(sequence)
                    self.repaired += 1
                video.add(sequence)
                self._video_ssrc = self._video_ssrc or int.from_bytes(data[8:12], "big")
            elif kind == self._rtx_type:
                self.repaired += 1
            else:
                audio.add(data[2] << 8 | data[3])

        protocol.datagram_received = received

    @property
    def ssrcs(self) -> tuple[int, ...]:
        """Of the pictures, once one came."""
        return (self._video_ssrc,) if self._video_ssrc else ()

    @property
    def still_s(self) -> float:
        """Since the last picture began to come, 0 before the first."""
        return time.monotonic() - self._shown[-1][0] if self._shown else 0.0

    def spans(self) -> list[tuple[float, float]]:
        """From the first packet of each picture to that of the next one."""
        return [(before, after) for (before, _), (after, _) in pairwise(self._shown)]

    def gaps(self) -> list[float]:
        """Seconds between the first packets of pictures."""
        return [after - before for (before, _), (after, _) in pairwise(self._shown)]

    async def report(self) -> None:
        if not self._video_ssrc:
            return
        lsr, at_s = self.video.last_sr or (0, 0.0)
        info = RtcpReceiverInfo(
            ssrc=self._video_ssrc, fraction_lost=0, packets_lost=0, highest_sequence=self.video.highest, jitter=0,
            lsr=lsr, dlsr=int((time.time() - at_s) * 65_536) & 0xFFFFFFFF if lsr else 0,
        )  # fmt: skip
        await self._transport._send_rtp(bytes(RtcpRrPacket(ssrc=1, reports=[info])))

    async def ask(self) -> None:
        if self._to_ask:
            lost, self._to_ask = self._to_ask, []
            nack = RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=self._video_ssrc, lost=lost)
            await self._transport._send_rtp(bytes(nack))
            if len(self._asked) > 500:
                self._asked.clear()


async def _nothing() -> None:
    return


class Crowd:
    """All of them, and what they got together."""

    def __init__(self) -> None:
        self.viewers: list[CountingViewer] = []
        self._before = (0, 0, 0, 0)

    async def gather(self, url: str, count: int) -> None:
        gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
        async with aiohttp.ClientSession() as http:

            async def join() -> None:
                async with gate:
                    viewer = CountingViewer()
                    await viewer.connect(http, url)
                    self.viewers.append(viewer)

            await asyncio.gather(*(join() for _ in range(count)))

    def totals(self) -> tuple[int, int, int, int]:
        streams = [stream for viewer in self.viewers for stream in (viewer.video, viewer.audio)]
        return (
            sum(stream.expected for stream in streams),
            sum(stream.received for stream in streams),
            sum(viewer.pretended for viewer in self.viewers),
            sum(viewer.repaired for viewer in self.viewers),
        )

    def since(self) -> dict[str, float]:
        now = self.totals()
        expected, received, pretended, repaired = (new - old for new, old in zip(now, self._before, strict=True))
        self._before = now
        return {"expected": expected, "received": received, "pretended": pretended, "repaired": repaired}

    async def live(self) -> None:
        """Reports evenly over each second, requests soon after a loss."""
        while True:
            began_s = time.monotonic()
            slots = round(REPORT_EVERY_S / ASK_AFTER_S)
            for slot in range(slots):
                for viewer in self.viewers[slot::slots]:
                    await viewer.report()
                for viewer in self.viewers:
                    if viewer._to_ask:
                        await viewer.ask()
                await asyncio.sleep(max(0.0, began_s + (slot + 1) * ASK_AFTER_S - time.monotonic()))


async def main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    asked = json.loads(await reader.readline())
    crowd = Crowd()
    await crowd.gather(asked["url"], asked["count"])
    living = loop.create_task(crowd.live())
    print(json.dumps({"connected": len(crowd.viewers), "pid": os.getpid()}), flush=True)
    while await reader.readline():
        await asyncio.sleep(0.3)
        print(json.dumps(crowd.since()), flush=True)
    living.cancel()
    # The process ends here; a closing handshake for each of hundreds of viewers would only take time.
    os._exit(0)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main())
