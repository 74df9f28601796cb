"""A viewer that can only be reached through a relay: Debian's coturn, with the credentials that WHEP hands out."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aioice.ice import get_host_addresses
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.viewer_webrtc import aiortc_seams
from tests.integration.streaming.pages import Node, Page, running_node, until

pytestmark = pytest.mark.integration

SECRET = "north-wind"


@pytest.fixture
async def turn_url(tmp_path: Path) -> AsyncIterator[str]:
    """A TURN server that shares SECRET, relaying on this machine's own address."""
    program = shutil.which("turnserver")
    assert program, "the suite needs Debian's package coturn"
    address = next(one for one in get_host_addresses(use_ipv4=True, use_ipv6=False))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        program, "-n", "--listening-ip", address, "--relay-ip", address, "--listening-port", str(port),
        "--use-auth-secret", "--static-auth-secret", SECRET, "--realm", "cineloom.test", "--no-tls", "--no-dtls",
        "--no-cli", "--min-port", "24100", "--max-port", "24160", "--pidfile", str(tmp_path / "pid"),
        "--log-file", str(tmp_path / "turn.log"), "--simple-log", "--userdb", str(tmp_path / "turndb"),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    yield f"turn:{address}:{port}?transport=udp"
    process.terminate()
    await process.wait()


def servers_of(links: list[str]) -> list[RTCIceServer]:
    """As a client reads them."""
    made = []
    for link in links:
        url, *parameters = (part.strip() for part in link.split(";"))
        told = dict(parameter.split("=", 1) for parameter in parameters)
        values = {name: value.strip('"') for name, value in told.items()}
        if values["rel"] == "ice-server":
            made.append(RTCIceServer(url.strip("<>"), values.get("username"), values.get("credential")))
    return made


async def told_servers(node: Node, page: Page) -> list[RTCIceServer]:
    _, _, told = await node.ask("OPTIONS", f"/whep/{page.session_id}", headers=page.headers)
    return servers_of(told.getall("Link"))


async def test_a_film_comes_through_a_relay(turn_url: str) -> None:
    async with running_node(ice_servers=IceServers((), (turn_url,), SECRET)) as node:
        page = Page(node, *await node.session())
        await page.peer.close()
        configuration = RTCConfiguration(
            iceServers=await told_servers(node, page), iceTransportPolicy=RTCIceTransportPolicy.RELAY
        )
        page.use(RTCPeerConnection(configuration))
        await page.connect()
        await until(lambda: page.pictures > 24)
        pair = aiortc_seams.nominated(page.peer.getTransceivers()[0].receiver.transport)[1]
        assert pair.local_candidate.type == "relay"
        await page.peer.close()


async def test_credentials_that_were_made_up_open_no_relay(turn_url: str) -> None:
    async with running_node(ice_servers=IceServers((), (turn_url,), "another secret")) as node:
        page = Page(node, *await node.session())
        await page.peer.close()
        configuration = RTCConfiguration(
            iceServers=await told_servers(node, page), iceTransportPolicy=RTCIceTransportPolicy.RELAY
        )
        page.use(RTCPeerConnection(configuration))
        offer = await page.offer()
        assert "a=candidate" not in offer
        await page.peer.close()
