"""What pages say, read: whatever arrives is an event, a question, a report, or refused by field; nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.streaming.adapters.page_messages import AskWhy, Shown, event_from_json, page_message, timeline_to_json
from services.streaming.domain import timeline_messages as timeline
from services.streaming.domain.events import InvalidEvent, PreferenceEvent

pytestmark = pytest.mark.unit

quick = settings(
    max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "eventId", "sessionId", "viewerId", "actedAt", "receivedAt", "emoji", "dial", "choice", "freeText", "skip",
        "rewind", "pause", "resume", "volume", "visibility", "calm", "askWhy", "shown", "name", "value", "text",
        "level", "hidden", "on", "choiceId", "optionId", "shownAfterS", "rtpTimestamp",
    ]
)  # fmt: skip
leaves = json_values | st.sampled_from(
    ["wow", "pace", "2026-01-01T00:00:00Z", "1e999", "NaN", "-Infinity", 1e308, 2**80]
)
likely = st.dictionaries(fields, leaves | st.dictionaries(fields, leaves, max_size=3), max_size=4)


def taken(text: str) -> None:
    try:
        said = page_message(text, "session", "viewer", 1_760_000_000.0)
    except InvalidEvent as error:
        refused = error
    else:
        assert isinstance(said, PreferenceEvent | AskWhy | Shown)
        return
    assert refused.field
    assert refused.reason


@quick
@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    taken(text)


@quick
@given(likely | json_values)
def test_no_json_breaks_the_reader(value: Any) -> None:
    taken(json.dumps(value))


@quick
@given(likely)
def test_no_body_breaks_the_reader(value: dict[str, Any]) -> None:
    try:
        event = event_from_json({"eventId": "event-0001", **value}, "session", "viewer", 1_760_000_000.0)
    except InvalidEvent as error:
        refused = error
    else:
        assert (event.session_id, event.viewer_id) == ("session", "viewer")
        assert abs(event.acted_at_s - 1_760_000_000.0) <= 301.0
        return
    assert refused.field


def test_a_vote_is_told_by_option_and_with_how_many_may_vote() -> None:
    told = timeline_to_json(timeline.ChoiceVotes("s1.choice", (("in", 2), ("out", 1)), 4), lambda frame: frame)
    votes = [{"optionId": "in", "count": 2}, {"optionId": "out", "count": 1}]
    assert told == {"choiceVotes": {"choiceId": "s1.choice", "votes": votes, "watching": 4}}
