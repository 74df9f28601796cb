"""What a viewer does with what the film knows of them, over real HTTP: read, correct, forget, take along, erase."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from yarl import URL

from tests.integration.streaming.pages import Node, running_node, until

pytestmark = pytest.mark.integration


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running_node() as made:
        yield made


async def taught(node: Node, *acts: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """A session that has learned from these acts."""
    session_id, key = await node.session()
    for number, act in enumerate(acts):
        body = {"eventId": f"event-{session_id}-{number}", **act}
        status, _, _ = await node.ask("POST", f"/v1/sessions/{session_id}/events", json=body, headers=key)
        assert status == 202
    session = await node.sessions.authorised(session_id, key["Authorization"].split()[1])
    await until(lambda: len(session.film.why) == len(acts))
    return session_id, key


def axis(body: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in body["axes"] if one["name"] == name)


async def test_each_value_names_the_events_that_made_it(node: Node) -> None:
    session_id, key = await taught(
        node, {"dial": {"name": "science", "value": -0.8}}, {"freeText": {"text": "more robotics"}}
    )
    status, body, _ = await node.ask("GET", f"/v1/sessions/{session_id}/taste", headers=key)
    assert status == 200
    science, robotics = axis(body, "science"), axis(body, "theme:robotics")
    assert science["mean"] < -0.5 < 0.3 < robotics["mean"]
    assert science["words"] == "You like science less."
    assert [(one["kind"], one["said"]) for one in science["taughtBy"]] == [("dial", "science -0.8")]
    assert [(one["kind"], one["said"]) for one in robotics["taughtBy"]] == [("free_text", "more robotics")]
    assert 0.0 < robotics["certainty"] <= 1.0
    assert set(body["mood"]) == {"valence", "arousal"}
    assert body["limits"] == {"ageBand": "general", "calm": False, "noHorror": False}


async def test_a_correction_is_believed_and_kept(node: Node) -> None:
    session_id, key = await taught(node, {"dial": {"name": "humour", "value": 0.9}})
    path = f"/v1/sessions/{session_id}/taste"
    status, body, _ = await node.ask("PATCH", path, json={"axes": [{"name": "humour", "value": -0.5}]}, headers=key)
    assert status == 200
    assert axis(body, "humour")["mean"] == -0.5
    assert axis(body, "humour")["taughtBy"][0]["eventId"].startswith("you@")
    session = node.sessions.live[0]
    assert session.film.taste.mean("humour") == -0.5
    assert (await node.sessions.around.store.taste(session.film.spec.viewer_id)).mean("humour") == -0.5


async def test_a_character_is_a_like_whose_name_holds_a_slash(node: Node) -> None:
    session_id, key = await node.session()
    path = f"/v1/sessions/{session_id}/taste"
    axes = {"axes": [{"name": "character:small/ann", "value": 0.8}]}
    status, body, _ = await node.ask("PATCH", path, json=axes, headers=key)
    assert (status, axis(body, "character:small/ann")["label"]) == (200, "Ann")
    url = URL(f"{node.server.make_url(path)}/character%3Asmall%2Fann", encoded=True)
    async with node.client.delete(url, headers=key) as response:
        assert (response.status, (await response.json())["axes"]) == (200, [])


async def test_a_guest_sees_and_erases_nothing_of_whose_film_it_is(node: Node) -> None:
    session_id, key = await node.session()
    status, invited, _ = await node.ask("POST", f"/v1/sessions/{session_id}/guests", headers=key)
    assert status in (200, 201)
    guest = {"Authorization": f"Bearer {invited['token']}"}
    for method, path in (("GET", "taste"), ("GET", "viewer"), ("DELETE", "viewer")):
        status, body, _ = await node.ask(method, f"/v1/sessions/{session_id}/{path}", headers=guest)
        assert (status, body["error"]["code"]) == (403, "not_yours")


async def test_a_story_that_has_no_film_within_the_limits_is_refused(node: Node) -> None:
    told = node.sessions.stories["small"]
    dark = replace(told, beats=tuple(replace(beat, tone={"darkness": 0.9}) for beat in told.beats))
    node.sessions.stories = {"small": dark}
    body = {"storyId": "small", "ageBand": "child"}
    status, answer, _ = await node.ask("POST", "/v1/sessions", json=body)
    assert (status, answer["error"]["code"]) == (422, "unsuitable_story")
    assert node.sessions.live == ()
    assert (await node.ask("POST", "/v1/sessions", json={"storyId": "small"}))[0] == 201


async def test_a_like_can_be_forgotten(node: Node) -> None:
    session_id, key = await taught(node, {"dial": {"name": "humour", "value": 0.9}})
    status, body, _ = await node.ask("DELETE", f"/v1/sessions/{session_id}/taste/humour", headers=key)
    assert (status, body["axes"]) == (200, [])
    status, body, _ = await node.ask("DELETE", f"/v1/sessions/{session_id}/taste/humour", headers=key)
    assert (status, body["error"]["code"]) == (404, "unknown_axis")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "axes"),
        ({"axes": []}, "axes"),
        ({"axes": "humour"}, "axes"),
        ({"axes": [{"name": "humour"}]}, "axes[0].value"),
        ({"axes": [{"name": "humour", "value": 2}]}, "axes[0].value"),
        ({"axes": [{"name": "humour", "value": True}]}, "axes[0].value"),
        ({"axes": [{"name": 7, "value": 0}]}, "axes[0].name"),
        ({"axes": [None]}, "axes[0].name"),
    ],
)
async def test_a_bad_correction_is_refused_by_field(node: Node, body: Any, field: str) -> None:
    session_id, key = await node.session()
    status, answer, _ = await node.ask("PATCH", f"/v1/sessions/{session_id}/taste", json=body, headers=key)
    assert (status, answer["error"]["field"]) == (400, field)


async def test_an_unknown_like_among_known_ones_changes_nothing(node: Node) -> None:
    session_id, key = await node.session()
    axes = [{"name": "humour", "value": 0.5}, {"name": "theme:cheese", "value": 0.5}]
    status, body, _ = await node.ask("PATCH", f"/v1/sessions/{session_id}/taste", json={"axes": axes}, headers=key)
    assert (status, body["error"]["code"]) == (404, "unknown_axis")
    assert node.sessions.live[0].film.taste.axes == {}


async def test_everything_held_can_be_taken_along(node: Node) -> None:
    session_id, key = await taught(node, {"freeText": {"text": "more robotics"}})
    status, body, headers = await node.ask("GET", f"/v1/sessions/{session_id}/viewer", headers=key)
    assert status == 200
    assert "attachment" in headers["Content-Disposition"]
    [session] = body["sessions"]
    assert session["sessionId"] == session_id
    said = [entry["eventDecided"]["event"] for entry in session["log"] if "eventDecided" in entry]
    assert [event["freeText"]["text"] for event in said] == ["more robotics"]
    assert {one["name"] for one in body["taste"]["axes"]} == {"theme:robotics"}


async def test_erasing_ends_the_film_and_forgets_the_viewer_alone(node: Node) -> None:
    session_id, key = await taught(node, {"freeText": {"text": "more robotics"}})
    other_id, other_key = await taught(node, {"freeText": {"text": "more family"}})
    viewer_id = next(s.film.spec.viewer_id for s in node.sessions.live if s.session_id == session_id)
    status, body, _ = await node.ask("DELETE", f"/v1/sessions/{session_id}/viewer", headers=key)
    assert status == 200
    assert body["erasedRecords"] > 3
    assert (await node.ask("GET", f"/v1/sessions/{session_id}/taste", headers=key))[0] == 404
    assert (await node.sessions.around.store.taste(viewer_id)).axes == {}
    status, body, _ = await node.ask("GET", f"/v1/sessions/{other_id}/taste", headers=other_key)
    assert (status, axis(body, "theme:family")["mean"] > 0.3) == (200, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "taste"), ("PATCH", "taste"), ("DELETE", "taste/humour"), ("GET", "viewer"), ("DELETE", "viewer")],
)
async def test_nobody_reads_or_erases_without_the_token(node: Node, method: str, path: str) -> None:
    session_id, _ = await node.session()
    assert (await node.ask(method, f"/v1/sessions/{session_id}/{path}"))[0] == 401
    wrong = {"Authorization": "Bearer guessed"}
    assert (await node.ask(method, f"/v1/sessions/{session_id}/{path}", headers=wrong))[0] == 404
    assert len(node.sessions.live) == 1


async def test_the_canon_can_be_read_at_any_moment(node: Node) -> None:
    session_id, key = await node.session()
    status, body, _ = await node.ask("GET", f"/v1/sessions/{session_id}/canon", headers=key)
    assert status == 200
    assert "Facts" in body
    assert "May come next" in body
