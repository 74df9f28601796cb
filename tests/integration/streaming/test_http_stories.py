"""Stories over real HTTP, models faked: a premise becomes one, what is wrong is named, sources can be opened."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.streaming.adapters.http_stories import PREMISES_BURST
from services.streaming.ports import ModelRefused, ModelUnavailable, PremisePart, WrittenStory
from services.streaming.settings import STORIES
from tests.integration.streaming.pages import Node, running_node

pytestmark = pytest.mark.integration

TEXT = (STORIES / "true_things.yaml").read_text(encoding="utf-8")
PARTS = (PremisePart("Mars", "used", "where it is set"), PremisePart("dragon", "unused", "cannot be drawn"))
WISH = {"premise": "a lesson about Mars with a dragon", "ageBand": "child", "viewerId": "viewer-1"}


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running_node() as made:
        made.models.writer.stories = deque([WrittenStory(TEXT, PARTS, "fake")] * 8)
        yield made


async def refused(node: Node, wish: Any) -> tuple[int, str, str]:
    status, body, _ = await node.ask("POST", "/v1/stories", json=wish)
    return status, body["error"]["code"], body["error"].get("field", "")


async def test_a_premise_becomes_a_story_that_only_its_id_opens(node: Node) -> None:
    status, told, _ = await node.ask("POST", "/v1/stories", json=WISH)
    assert status == 201
    assert (told["title"], told["premise"]) == ("True Things About Mars", WISH["premise"])
    assert (told["beatCount"], told["endingCount"]) == (TEXT.count("\n    act: "), TEXT.count("purpose: ending"))
    assert told["parts"][1] == {"text": "dragon", "use": "unused", "note": "cannot be drawn"}
    assert {"name": "Footnote", "role": "service robot"} in told["cast"]
    assert told["places"]
    assert told["canon"]
    _, listed, _ = await node.ask("GET", "/v1/stories")
    assert [story["storyId"] for story in listed["stories"]] == ["small"]
    status, again, _ = await node.ask("GET", f"/v1/stories/{told['storyId']}")
    assert (status, again) == (200, told)
    status, session, _ = await node.ask("POST", "/v1/sessions", json={"storyId": told["storyId"]})
    assert status == 201
    assert session["token"]


async def test_every_fact_comes_with_a_source_that_can_be_opened(node: Node) -> None:
    _, told, _ = await node.ask("POST", "/v1/stories", json=WISH)
    status, sheet, _ = await node.ask("GET", f"/v1/stories/{told['storyId']}/facts")
    assert status == 200
    assert len(sheet["facts"]) == told["factCount"] >= 20
    for fact in sheet["facts"]:
        assert fact["url"].startswith("https://")
        assert fact["claim"]
        assert fact["citation"]
        assert fact["scenes"]
        assert fact["lines"]
    assert sheet["fiction"]
    _, bare, _ = await node.ask("GET", "/v1/stories/small/facts")
    assert bare["facts"] == []


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({}, (400, "invalid_premise", "premise")),
        ({"premise": 7}, (400, "invalid_premise", "premise")),
        ({"premise": "short"}, (400, "invalid_premise", "premise")),
        ({"premise": "x" * 601}, (400, "invalid_premise", "premise")),
        ({**WISH, "ageBand": "baby"}, (400, "invalid_premise", "ageBand")),
        ({**WISH, "ageBand": []}, (400, "invalid_premise", "ageBand")),
        ({**WISH, "viewerId": 3}, (400, "invalid_premise", "viewerId")),
        ({**WISH, "viewerId": "nul\x00"}, (400, "invalid_premise", "viewerId")),
        ([], (400, "invalid_json", "body")),
        ({"premise": "a forbidden thing happens"}, (422, "premise_refused", "premise")),
    ],
)
async def test_a_bad_premise_is_refused_by_field(node: Node, wish: Any, answer: tuple[int, str, str]) -> None:
    assert await refused(node, wish) == answer


async def test_trouble_with_the_models_is_told_without_their_words(node: Node) -> None:
    node.models.writer.failure = ModelUnavailable("Traceback: secret")
    status, body, headers = await node.ask("POST", "/v1/stories", json=WISH)
    assert (status, body["error"]["code"]) == (503, "writers_busy")
    assert "secret" not in body["error"]["message"]
    assert int(headers["Retry-After"]) > 0
    node.models.writer.failure = ModelRefused("no")
    assert (await refused(node, WISH))[0] == 422
    node.models.writer.failure = None
    node.models.writer.stories = deque([WrittenStory("no: story", (), "fake")] * 3)
    assert await refused(node, WISH) == (502, "no_sound_story", "premise")


async def test_premises_are_limited_in_number(node: Node) -> None:
    for _ in range(int(PREMISES_BURST)):
        await node.ask("POST", "/v1/stories", json=WISH)
    assert (await refused(node, WISH))[:2] == (429, "too_many_premises")


@pytest.mark.parametrize("path", ["/v1/stories/made_nothing", "/v1/stories/none/facts", "/v1/stories/%00"])
async def test_a_story_that_is_not_there_is_not_found(node: Node, path: str) -> None:
    status, body, _ = await node.ask("GET", path)
    assert (status, body["error"]["code"]) == (404, "unknown_story")
