"""A viewer that can only be reached through a relay: Debian's coturn, with the credentials that WHEP hands out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from services.streaming.adapters.ice_servers import IceServers
from services.streaming.adapters.viewer_webrtc import aiortc_seams
from tests.coturn import coturn
from tests.integration.streaming.pages import Node, Page, running_node, until

pytestmark = pytest.mark.integration

SECRET = "north-wind"


@pytest.fixture
def turn_url(tmp_path: Path) -> Iterator[str]:
    with coturn(tmp_path, SECRET) as url:
        yield url


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
