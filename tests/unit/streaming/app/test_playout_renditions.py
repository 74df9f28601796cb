"""Viewers on narrow lines get the same half seconds in a lower rendition; a half second is never changed midway."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.app.renditions import Renditions
from services.streaming.domain.identity import take_identity
from services.streaming.domain.ladder import ladder_from
from tests.fakes.streaming import RecordingViewer, chunk_of, frame_bytes
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.test_playout import Booth, assert_steady, booth

pytestmark = pytest.mark.unit


def narrow_take(made: Booth, name: str, chunks: range) -> str:
    """Have chunks of a scheduled take in the second rung; its identity."""
    scheduled = next(take for take in made.timeline.takes if take.shot_id == name)
    assert made.playout.renditions is not None
    take_id, order = made.playout.renditions.named(scheduled, 1)
    take = made.takes.want(take_id, order, order.shot.frame_count, 0.0)
    for index in chunks:
        take.add(chunk_of(take_id, index, index * 12))
    return take_id


def with_ladder(made: Booth, name: str) -> None:
    best = next(take for take in made.timeline.takes if take.shot_id == name).order.rendition
    made.playout.renditions = Renditions(ladder_from(best), made.takes, "engine")


@in_virtual_time
async def test_each_viewer_gets_what_its_line_carries() -> None:
    async with booth() as made:
        wide, narrow = RecordingViewer(), RecordingViewer()
        made.schedule(("a", 96))
        with_ladder(made, "a")
        low = narrow_take(made, "a", range(8))
        narrow.rung = 1
        await asyncio.sleep(0.1)
        made.playout.attach(wide)
        made.playout.attach(narrow)
        await made.until(48)
        assert [data for _, data, _ in wide.video[:48]] == [frame_bytes("a", frame) for frame in range(48)]
        assert [data for _, data, _ in narrow.video[:48]] == [frame_bytes(low, frame) for frame in range(48)]
        assert narrow.audio == wide.audio
        assert_steady(narrow)


@in_virtual_time
async def test_a_change_waits_for_the_next_key_frame() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        with_ladder(made, "a")
        low = narrow_take(made, "a", range(8))
        made.playout.attach(viewer)
        await made.until(5)
        viewer.rung = 1
        await made.until(30)
        viewer.rung = 0
        await made.until(48)
        shown = [data for _, data, _ in viewer.video[:48]]
        assert shown[:12] == [frame_bytes("a", frame) for frame in range(12)]
        assert shown[12:36] == [frame_bytes(low, frame) for frame in range(12, 36)]
        assert shown[36:] == [frame_bytes("a", frame) for frame in range(36, 48)]
        assert [key for _, _, key in viewer.video[:48:12]] == [True] * 4


@in_virtual_time
async def test_what_is_not_rendered_in_the_rung_is_shown_in_another() -> None:
    async with booth() as made:
        viewer = RecordingViewer(rung=1)
        made.schedule(("a", 96))
        with_ladder(made, "a")
        low = narrow_take(made, "a", range(1, 3))
        made.playout.attach(viewer)
        await made.until(48)
        names = [data.split(b"/")[0].decode() for _, data, _ in viewer.video[:48:12]]
        assert names == ["a", low, low, "a"]
        assert made.playout.counts.holds == 0


@in_virtual_time
async def test_a_film_of_which_only_the_lower_rung_is_there_plays() -> None:
    async with booth() as made:
        viewer = RecordingViewer(rung=1)
        made.schedule(("a", 96))
        with_ladder(made, "a")
        take = made.takes.take("a")
        assert take is not None
        made.takes.drop("a")
        low = narrow_take(made, "a", range(8))
        take.chunks.clear()
        made.playout.attach(viewer)
        await made.until(24)
        assert [data for _, data, _ in viewer.video[:24]] == [frame_bytes(low, frame) for frame in range(24)]


@in_virtual_time
async def test_rungs_name_takes_of_their_own() -> None:
    async with booth() as made:
        made.schedule(("a", 96))
        with_ladder(made, "a")
        scheduled = made.timeline.takes[0]
        assert made.playout.renditions is not None
        assert made.playout.renditions.named(scheduled, 0) == ("a", scheduled.order)
        take_id, order = made.playout.renditions.named(scheduled, 1)
        assert order.rendition == ladder_from(scheduled.order.rendition)[1]
        assert take_id == take_identity(order, "engine")
        assert made.playout.renditions.named(scheduled, 99) == ("a", scheduled.order)
