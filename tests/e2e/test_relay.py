"""The page behind a firewall that lets nothing through but a relay: coturn, with the credentials that WHEP hands out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from loadtests.chromium import chromium
from loadtests.delivery.processes import MadeNode, page_before, serving
from tests.coturn import coturn
from tests.e2e.film_page import FilmPage

pytestmark = pytest.mark.e2e

SECRET = "north-wind"
RELAY_ONLY = """{
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(settings) {
      super({ ...settings, iceTransportPolicy: 'relay' });
    }
  };
}"""
CANDIDATE_TYPES = """(async () => {
  const stats = await filmProbe.peers.findLast(({ connectionState }) => connectionState === 'connected').getStats();
  const transport = [...stats.values()].find(({ type }) => type === 'transport');
  return stats.get(stats.get(transport.selectedCandidatePairId).localCandidateId).candidateType;
})()"""


def test_the_film_comes_through_a_relay_and_is_moved_to_another(tmp_path: Path) -> None:
    with (
        coturn(tmp_path, SECRET) as turn_url,
        serving(MadeNode(turn=(turn_url, SECRET))) as node,
        page_before(node.url) as url,
        chromium() as browser,
    ):
        viewer = relayed(browser, url)
        viewer.play()
        assert viewer.page.evaluate(CANDIDATE_TYPES) == "relay"
        viewer.page.context.set_offline(True)
        viewer.page.context.set_offline(False)
        viewer.until(lambda: node.state()["restarts"] == 1)
        viewer.until_moving(48)
        assert viewer.film("connectionState") == "live"
        assert viewer.page.evaluate(CANDIDATE_TYPES) == "relay"
        assert viewer.troubles == []


def relayed(browser: Browser, url: str) -> FilmPage:
    context = browser.new_context()
    context.add_init_script(RELAY_ONLY)
    return FilmPage(context.new_page(), url)
