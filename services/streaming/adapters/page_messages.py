"""The two data channels' JSON: what the page is told, and what it says. The JSON mapping of `cineloom.session.v1`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cineloom.preference.v1 import preference_pb2
from cineloom.session.v1 import session_pb2
from google.protobuf import json_format

from services.streaming.adapters.wire import event_from_message, receipt_to_message, timestamp
from services.streaming.domain import timeline_messages as page
from services.streaming.domain.events import InvalidEvent, PreferenceEvent, Receipt

CLOCK_SKEW_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class AskWhy:
    """event_id: "" asks about the scene that plays."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """When the page had a receipt's first frame on the screen."""

    event_id: str
    shown_after_s: float


@dataclass(frozen=True, slots=True)
class Levelling:
    """Whether the page levels dialogue and bed itself."""

    two_tracks: bool


def timeline_to_json(message: page.TimelineMessage, stamp: Callable[[int], int]) -> dict[str, Any]:
    """stamp: session frame -> RTP timestamp on this connection."""
    wire = session_pb2.TimelineMessage()
    _FILL[type(message)](wire, message, stamp)
    return json_format.MessageToDict(wire, always_print_fields_with_no_presence=True)


def _hello(wire: session_pb2.TimelineMessage, message: Any, stamp: Callable[[int], int]) -> None:
    wire.hello.session_id, wire.hello.title = message.session_id, message.title
    wire.hello.frame_index = message.frame_index
    wire.hello.rtp_timestamp = stamp(message.frame_index)


def _ack(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.ack.event_id = message.event_id


def _shot(wire: session_pb2.TimelineMessage, message: Any, stamp: Callable[[int], int]) -> None:
    shot = wire.shot_started
    shot.shot_id, shot.scene_id, shot.take_id = message.shot_id, message.scene_id, message.take_id
    shot.beat_title, shot.place = message.beat_title, message.place
    shot.frame_index = message.frame_index
    shot.rtp_timestamp = stamp(message.frame_index)


def _caption(wire: session_pb2.TimelineMessage, message: Any, stamp: Callable[[int], int]) -> None:
    cue = wire.caption
    cue.cue_id, cue.speaker, cue.text, cue.sound = message.cue_id, message.speaker, message.text, message.sound
    cue.start_frame, cue.end_frame = message.start_frame, message.end_frame
    cue.start_rtp_timestamp, cue.end_rtp_timestamp = stamp(message.start_frame), stamp(message.end_frame)


def _offered(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    offer = wire.choice_offered
    offer.choice_id, offer.prompt, offer.countdown_s = message.choice_id, message.prompt, message.countdown_s
    offer.default_option_id = message.default_option_id
    for option_id, label in message.options:
        offer.options.add(option_id=option_id, label=label)


def _votes(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.choice_votes.choice_id, wire.choice_votes.watching = message.choice_id, message.watching
    for option_id, count in message.votes:
        wire.choice_votes.votes.add(option_id=option_id, count=count)


def _closed(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.choice_closed.choice_id, wire.choice_closed.option_id = message.choice_id, message.option_id


def _receipt(wire: session_pb2.TimelineMessage, message: Any, stamp: Callable[[int], int]) -> None:
    frame = message.first_frame_index
    wire.receipt.CopyFrom(receipt_to_message(message, stamp(frame) if frame is not None else None))


def _why(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.why.text = message.text
    for name, value in message.terms:
        wire.why.terms.add(name=name, value=value)


def _hold(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.hold.active = message.active


def _ended(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.ended.ending_title = message.ending_title


def _error(wire: session_pb2.TimelineMessage, message: Any, _: Callable[[int], int]) -> None:
    wire.error.code, wire.error.message, wire.error.field = message.code, message.message, message.field


_FILL = {
    page.Hello: _hello,
    page.Ack: _ack,
    page.ShotStarted: _shot,
    page.CaptionCue: _caption,
    page.ChoiceOffered: _offered,
    page.ChoiceVotes: _votes,
    page.ChoiceClosed: _closed,
    Receipt: _receipt,
    page.Why: _why,
    page.Hold: _hold,
    page.Ended: _ended,
    page.Error: _error,
}


PageSaid = PreferenceEvent | AskWhy | Shown | Levelling


def page_message(text: str, session_id: str, viewer_id: str, now_s: float) -> PageSaid:
    """What the page said. Raises InvalidEvent naming the field."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidEvent("message", "is not JSON") from error
    if not isinstance(value, Mapping):
        raise InvalidEvent("message", "must be an object")
    if value.keys() & {"askWhy", "shown", "levelling"}:
        said = _parsed(value, session_pb2.PageMessage())
        if said.HasField("levelling"):
            return Levelling(said.levelling.two_tracks)
        if said.HasField("ask_why"):
            return AskWhy(said.ask_why.event_id)
        return Shown(said.shown.event_id, said.shown.shown_after_s)
    return event_from_json(value, session_id, viewer_id, now_s)


def event_from_json(value: Mapping[str, Any], session_id: str, viewer_id: str, now_s: float) -> PreferenceEvent:
    """An event as the page sends it; session, viewer and time of receipt are this service's own."""
    message = _parsed(value, preference_pb2.PreferenceEvent())
    message.session_id, message.viewer_id = session_id, viewer_id
    message.received_at.CopyFrom(timestamp(now_s))
    if abs(message.acted_at.seconds - now_s) > CLOCK_SKEW_LIMIT_S:
        # A clock that is far off would spoil every measure made from it.
        message.acted_at.CopyFrom(timestamp(now_s))
    return event_from_message(message)


def _parsed(value: Mapping[str, Any], message: Any) -> Any:
    try:
        return json_format.ParseDict(dict(value), message)
    except (json_format.ParseError, RecursionError) as error:
        raise InvalidEvent("message", str(error)[:200]) from error
