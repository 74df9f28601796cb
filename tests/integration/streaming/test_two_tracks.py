"""Dialogue and bed as two sounds of one offer, for who levels them; everyone else gets the mix."""

from __future__ import annotations

import pytest

from tests.integration.streaming.pages import Page, running_node, until

pytestmark = pytest.mark.integration


async def test_a_page_that_levels_itself_gets_two_tracks_and_lets_them_go_again() -> None:
    async with running_node() as node:
        page = Page(node, *await node.session())
        bed = page.hear("audio")
        said = page.sounds[1]
        await page.connect()
        await until(lambda: len(said) > 20)
        assert bed == []
        assert not any(order.rendition.two_tracks for order in node.models.animator.orders.values())

        await page.say({"levelling": {"twoTracks": True}})
        await until(lambda: any(b"/b" in packet for packet in bed))
        at = len(said)
        await until(lambda: len(said) > at + 30)
        takes = {packet.rsplit(b"/a")[0].decode() for packet in said[at:]}
        assert all(node.models.animator.orders[take].rendition.two_tracks for take in takes)

        await page.say({"levelling": {"twoTracks": False}})
        await until(lambda: not node.models.animator.orders[said[-1].rsplit(b"/a")[0].decode()].rendition.two_tracks)
        heard = len(bed)
        at = len(said)
        await until(lambda: len(said) > at + 30)
        assert len(bed) <= heard + 2
        await page.peer.close()


async def test_who_did_not_ask_for_a_second_sound_goes_on_with_the_mix() -> None:
    async with running_node() as node:
        page = await Page(node, *await node.session()).connect()
        await page.say({"levelling": {"twoTracks": True}})
        said = page.sounds[1]
        at = len(said)
        await until(lambda: len(said) > at + 60)
        assert not any(order.rendition.two_tracks for order in node.models.animator.orders.values())
        await page.say({"levelling": {"twoTracks": "both"}})
        await until(lambda: page.of("error"))
        assert page.of("error")[0]["field"] == "message"
        await page.peer.close()
