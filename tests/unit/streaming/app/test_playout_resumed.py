"""Playout of a film that was interrupted while it held: the hold is over, and the film goes on after it."""

from __future__ import annotations

import pytest

from tests.fakes.streaming import RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.test_playout import booth, pictures

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_a_film_that_begins_in_a_gap_goes_on_after_it() -> None:
    async with booth(frame=24) as made:
        viewer = RecordingViewer()
        made.take("a", 36, 48)
        made.playout.attach(viewer)
        await made.until(80)
        assert [data for _, data, _ in viewer.video[:44]] == pictures([("a", 0, 44)])
        assert made.entered == [("a", 36)]
        assert made.playout.counts.holds == 0
