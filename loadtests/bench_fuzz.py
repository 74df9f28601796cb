"""Hostile SDP, candidates, HTTP, datagrams, RTCP, RTP and messages against a streaming node, while good viewers watch.

`python -m loadtests.bench_fuzz --minutes 10`: fails when the node dies, a session fails, or good viewers lose the film.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import socket
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pylibsrtp
from aiortc import RTCConfiguration, RTCPeerConnection

from loadtests.bench_soak import node
from loadtests.delivery.crowd import CountingViewer
from loadtests.delivery.mutations import mutated, mutated_json, mutated_text, rtcp

RESULTS = Path(__file__).parent / "results" / "fuzz.json"
GOOD_VIEWERS = 2
FRAGMENT = "a=ice-ufrag:abcd\r\na=ice-pwd:%s\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n%s"
CANDIDATE = "a=candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host\r\n"
MESSAGE = {"eventId": "fuzz-event-0001", "emoji": {"name": "wow"}}
STALL_S = 1.0


class Attack:
    """All kinds of input for one node; counts answers by kind and status."""

    def __init__(self, http: aiohttp.ClientSession, url: str, chance: random.Random) -> None:
        self._http = http
        self._url = url
        self._chance = chance
        self.answers: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.server_errors: list[str] = []

    async def session(self) -> tuple[str, dict[str, str]]:
        """A new one, and what opens it."""
        async with self._http.post(f"{self._url}/v1/sessions", json={"storyId": "small"}) as answer:
            grant = await answer.json()
        return grant["sessionId"], {"Authorization": f"Bearer {grant['token']}"}

    async def ask(self, kind: str, method: str, path: str, data: bytes, headers: dict[str, str]) -> None:
        """One request; what is answered with 5xx other than 503 is a fault."""
        self.sent[kind] += 1
        try:
            async with self._http.request(method, self._url + path, data=data, headers=headers) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.answers[f"{kind} {type(error).__name__}"] += 1
            return
        self.answers[f"{kind} {answer.status}"] += 1
        if answer.status >= 500 and answer.status != 503:
            self.server_errors.append(f"{kind}: {answer.status}: {text[:200]} for {data[:200]!r}")

    async def signalling(self, session_id: str, headers: dict[str, str], until_s: float) -> None:
        """Offers, candidates, restarts and events over HTTP."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in ("video", "audio"):
            peer.addTransceiver(kind, direction="recvonly")
        peer.createDataChannel("timeline")
        await peer.setLocalDescription(await peer.createOffer())
        offer = peer.localDescription.sdp
        await peer.close()
        whep, events = f"/whep/{session_id}", f"/v1/sessions/{session_id}/events"
        while time.monotonic() < until_s:
            sdp = mutated_text(offer, self._chance).encode(errors="replace")
            await self.ask("offer", "POST", whep, sdp, {**headers, "Content-Type": "application/sdp"})
            said = mutated_json(MESSAGE, self._chance).encode(errors="replace")
            await self.ask("event", "POST", events, said, {**headers, "Content-Type": "application/json"})
            await self.ask("session", "POST", "/v1/sessions", mutated(b'{"storyId":"small"}', self._chance), {})
            await asyncio.sleep(0.1)

    async def connected(self, session_id: str, headers: dict[str, str], until_s: float) -> None:
        """A viewer that connects properly and then misbehaves."""
        while time.monotonic() < until_s:
            viewer = CountingViewer(pretend_lost=0.0)
            events = viewer.peer.createDataChannel("events")
            try:
                await viewer.connect(self._http, f"{self._url}/whep/{session_id}", headers)
                await self._misbehave(viewer, events, headers, min(until_s, time.monotonic() + 10.0))
            except (AssertionError, TimeoutError, ConnectionError) as error:
                self.answers[f"connect {type(error).__name__}"] += 1
                await asyncio.sleep(0.5)
            finally:
                await viewer.peer.close()

    async def _misbehave(self, viewer: CountingViewer, events: Any, headers: dict[str, str], until_s: float) -> None:
        transport = viewer.peer.getTransceivers()[0].receiver.transport
        pair = transport.transport._connection._nominated[1]
        stranger = socket.socket(socket.AF_INET6 if ":" in pair.remote_addr[0] else socket.AF_INET, socket.SOCK_DGRAM)
        good = b"\x80\x60" + bytes(10) + b"payload" * 20
        with stranger:
            while time.monotonic() < until_s and transport.state == "connected":
                for _ in range(20):
                    packet = rtcp(viewer.ssrcs, self._chance)
                    spoilt = self._chance.random() < 0.5
                    with contextlib.suppress(pylibsrtp.Error, ValueError):
                        await transport._send_rtp(packet[:2] + mutated(packet[2:], self._chance) if spoilt else packet)
                    self.sent["rtcp"] += 1
                    with contextlib.suppress(pylibsrtp.Error, ValueError):
                        await transport._send_rtp(b"\x80" + mutated(good, self._chance).ljust(12, b"\x00")[1:])
                    stranger.sendto(mutated(good, self._chance)[:1_400], pair.remote_addr)
                    noise = self._chance.randbytes(self._chance.randint(0, 200))
                    pair.protocol.transport.sendto(noise, pair.remote_addr)
                    self.sent["datagram"] += 3
                if events.readyState == "open":
                    events.send(mutated_json(MESSAGE, self._chance))
                    events.send(self._chance.randbytes(30))
                    self.sent["message"] += 2
                candidates = mutated_text(FRAGMENT % ("p" * 22, CANDIDATE), self._chance).encode(errors="replace")
                restart = {"If-Match": "*"} if self._chance.random() < 0.2 else {}
                typed = {**headers, **restart, "Content-Type": "application/trickle-ice-sdpfrag"}
                await self.ask("fragment", "PATCH", viewer.location, candidates, typed)
                await asyncio.sleep(0.2)


async def good_viewer(attack: Attack, http: aiohttp.ClientSession, url: str, until_s: float) -> list[float]:
    """Watches as one should; the gaps between pictures."""
    session_id, headers = await attack.session()
    viewer = CountingViewer()
    await viewer.connect(http, f"{url}/whep/{session_id}", headers)
    while time.monotonic() < until_s:
        await asyncio.sleep(0.5)
        await viewer.report()
        await viewer.ask()
    gaps = viewer.gaps()
    await viewer.peer.close()
    return gaps


async def fuzz(minutes: float, seed: int) -> dict[str, Any]:
    """The whole run."""
    connector = aiohttp.TCPConnector(force_close=True)
    timeout = aiohttp.ClientTimeout(total=30)
    async with node() as (url, _, process), aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        attack = Attack(http, url, random.Random(seed))
        until_s = time.monotonic() + 60 * minutes
        good = [asyncio.create_task(good_viewer(attack, http, url, until_s)) for _ in range(GOOD_VIEWERS)]
        bad = []
        for _ in range(2):
            target = await attack.session()
            bad.append(asyncio.create_task(attack.connected(*target, until_s)))
        bad.append(asyncio.create_task(attack.signalling(*(await attack.session()), until_s)))
        gaps = [gap for viewer in await asyncio.gather(*good) for gap in viewer]
        await asyncio.gather(*bad)
        state: dict[str, Any] = {}
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get(f"{url}/state") as answer:
                state = await answer.json()
        return {
            "alive": process.returncode is None and bool(state),
            "failed_sessions": state.get("failed_sessions"),
            "server_errors": attack.server_errors[:50],
            "longest_gap_s": max(gaps, default=None),
            "gaps_over_1s": sum(gap > STALL_S for gap in gaps),
            "pictures": len(gaps),
            "sent": dict(attack.sent),
            "answers": dict(sorted(attack.answers.items())),
            "node": state,
            "seed": seed,
        }


def main() -> int:
    """Prints the figures, writes results/fuzz.json; exit code 1 for a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    chosen = parser.parse_args()
    result = asyncio.run(fuzz(chosen.minutes, chosen.seed))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1))
    print(json.dumps({key: value for key, value in result.items() if key != "answers"}, indent=1))
    faults = result["server_errors"] or result["failed_sessions"] or result["node"].get("errors_logged")
    faults = faults or not result["alive"] or not result["pictures"]
    print("FAULTS" if faults else "no crash, no session lost")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
