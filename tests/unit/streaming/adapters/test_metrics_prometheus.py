"""What /metrics tells of sharing and guessing, read off a node that plays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.streaming.adapters.metrics_prometheus import NodeMetrics
from services.streaming.app.commissions import CommissionCounts
from services.streaming.app.speculation import Speculation
from services.streaming.domain.journal import SessionSpec
from tests.fakes.streaming import RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import Studio, studio

pytestmark = pytest.mark.unit


def figures(made: Studio) -> dict[str, float]:
    """Every figure without labels, by name."""
    outside: Any = SimpleNamespace(connections=[], counts=CommissionCounts())
    bus: Any = made.bus
    text = NodeMetrics(made.sessions, outside, bus, outside).text().decode()
    families = text_string_to_metric_families(text)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


@in_virtual_time
async def test_sharing_and_guesses_are_told() -> None:
    async with studio() as made:
        speculation = Speculation(made.takes, made.clock)
        made.sessions.around = replace(made.around, speculation=speculation)
        speculation.start()
        try:
            for _ in range(2):
                grant = await made.sessions.create(SessionSpec("small", ""))
                grant.session.attach(RecordingViewer())
                await asyncio.sleep(30.0)
            told = figures(made)
        finally:
            await speculation.close()
    assert told["cineloom_takes_hits_total"] > 0
    assert told["cineloom_takes_wanted_total"] > told["cineloom_takes_hits_total"]
    assert told["cineloom_take_memory_bytes"] > 0
    assert told["cineloom_take_shelf_bytes"] == 0
    assert told["cineloom_scenes_asked_total"] > told["cineloom_scenes_shared_total"] > 0
    assert told["cineloom_beats_chosen_total"] >= 3
    assert told["cineloom_speculation_made_total"] >= 1
    assert told["cineloom_speculation_hits_total"] >= 1
    assert told["cineloom_speculation_rendered_seconds_total"] > 0
    assert 0.0 < told["cineloom_speculation_hit_rate"] <= 1.0
    assert "cineloom_speculation_wasted_seconds" in told


@in_virtual_time
async def test_a_node_that_makes_no_guesses_tells_of_none() -> None:
    async with studio() as made:
        assert not any("speculation" in name for name in figures(made))
