"""Who levels the sound gets dialogue and bed apart, packet for packet where others get the mix; nothing is missing."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.app.renditions import TWO_TRACKS, Renditions
from services.streaming.domain.ladder import ladder_from
from tests.fakes.streaming import RecordingViewer, bed_bytes, packet_bytes
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.test_playout import Booth, assert_steady, booth

pytestmark = pytest.mark.unit


async def tracks_of(made: Booth, name: str, from_frame: int = 0) -> str:
    """Have a scheduled take's two tracks rendered; their identity."""
    scheduled = next(take for take in made.timeline.takes if take.shot_id == name)
    made.playout.renditions = Renditions(ladder_from(scheduled.order.rendition), made.takes, "engine")
    take_id, order = made.playout.renditions.named(scheduled, TWO_TRACKS)
    assert order.rendition.two_tracks
    assert take_id != scheduled.take_id
    made.takes.want(take_id, order, from_frame, 0.0)
    await asyncio.sleep(0.05)
    return take_id


@in_virtual_time
async def test_dialogue_and_bed_for_one_and_the_mix_for_the_other() -> None:
    async with booth() as made:
        levels, hears = RecordingViewer(two_tracks=True), RecordingViewer()
        made.schedule(("a", 96))
        apart = await tracks_of(made, "a")
        made.playout.attach(levels)
        made.playout.attach(hears)
        await made.until(49)
        assert [packet for _, packet in levels.audio[:100]] == [packet_bytes(apart, n) for n in range(100)]
        assert [packet for _, packet in levels.bed[:100]] == [bed_bytes(apart, n) for n in range(100)]
        assert [sample for sample, _ in levels.bed[:100]] == [sample for sample, _ in hears.audio[:100]]
        assert [packet for _, packet in hears.audio[:100]] == [packet_bytes("a", n) for n in range(100)]
        assert hears.bed == []
        assert levels.video == hears.video
        assert_steady(levels)


@in_virtual_time
async def test_until_the_tracks_are_there_the_mix_takes_the_place_of_the_dialogue() -> None:
    async with booth() as made:
        levels = RecordingViewer(two_tracks=True)
        made.schedule(("a", 96))
        apart = await tracks_of(made, "a", from_frame=24)
        made.playout.attach(levels)
        await made.until(49)
        said = [packet for _, packet in levels.audio[:100]]
        assert said == [*(packet_bytes("a", n) for n in range(50)), *(packet_bytes(apart, n) for n in range(50, 100))]
        beds = [packet for _, packet in levels.bed[:100]]
        assert beds[50:] == [bed_bytes(apart, n) for n in range(50, 100)]
        assert len(set(beds[:50])) == 1
        assert_steady(levels)


@in_virtual_time
async def test_tracks_are_wanted_only_while_someone_levels_them() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 48))
        made.playout.attach(viewer)
        assert made.playout.wanted == (0,)
        viewer.two_tracks = True
        assert made.playout.wanted == (0, TWO_TRACKS)
        assert made.playout.rungs == (0,)
