"""Domain values to the messages of `proto/cineloom` and back; the only module here that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cineloom.media.v1 import media_pb2
from cineloom.preference.v1 import preference_pb2
from cineloom.scene.v1 import scene_pb2
from cineloom.session.v1 import session_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.libs.protobuf_values import from_message, to_message
from services.streaming.domain import events, journal
from services.streaming.domain.sameness import NO_REPEATS, Repeats
from services.streaming.domain.screenplay import GradeKey, Rendition, Scene, Shot, TakeOrder
from services.streaming.domain.taste import Axis, Impression, Preference, Taste
from services.streaming.ports import Chunk, VideoFrame

_ACT_OF_FIELD: dict[str, type] = {
    "emoji": events.Emoji,
    "dial": events.Dial,
    "choice": events.ChoiceMade,
    "free_text": events.FreeText,
    "skip": events.Skip,
    "rewind": events.Rewind,
    "pause": events.Pause,
    "resume": events.Resume,
    "volume": events.Volume,
    "visibility": events.Visibility,
    "calm": events.Calm,
}
_FIELD_OF_ACT = {act: field for field, act in _ACT_OF_FIELD.items()}


def timestamp(epoch_s: float) -> Timestamp:
    """Seconds since the Unix epoch as a Timestamp, to the microsecond."""
    seconds, microseconds = divmod(round(epoch_s * 1e6), 1_000_000)
    return Timestamp(seconds=seconds, nanos=microseconds * 1000)


def epoch_s(stamp: Timestamp) -> float:
    """A Timestamp as seconds since the Unix epoch."""
    return float(stamp.seconds) + stamp.nanos / 1e9


def event_to_message(event: events.PreferenceEvent) -> preference_pb2.PreferenceEvent:
    """The event as it travels on Kafka."""
    message = preference_pb2.PreferenceEvent(
        event_id=event.event_id,
        session_id=event.session_id,
        viewer_id=event.viewer_id,
        acted_at=timestamp(event.acted_at_s),
        received_at=timestamp(event.received_at_s),
    )
    field = getattr(message, _FIELD_OF_ACT[type(event.act)])
    field.SetInParent()
    field.CopyFrom(to_message(event.act, type(field)))
    return message


def event_from_message(message: preference_pb2.PreferenceEvent) -> events.PreferenceEvent:
    """The event of a message. Raises InvalidEvent where it names no act or no session."""
    field = message.WhichOneof("act")
    if field is None:
        raise events.InvalidEvent("act", "is missing or unknown")
    if not message.session_id:
        raise events.InvalidEvent("sessionId", "is missing")
    event = events.PreferenceEvent(
        event_id=message.event_id,
        session_id=message.session_id,
        viewer_id=message.viewer_id,
        act=from_message(getattr(message, field), _ACT_OF_FIELD[field]),
        acted_at_s=epoch_s(message.acted_at),
        received_at_s=epoch_s(message.received_at),
    )
    events.check_event(event)
    return event


def receipt_to_message(receipt: events.Receipt, rtp_timestamp: int | None = None) -> preference_pb2.Receipt:
    """rtp_timestamp: of the first changed frame on the connection that the message goes to."""
    message = preference_pb2.Receipt(
        event_id=receipt.event_id,
        session_id=receipt.session_id,
        outcome=preference_pb2.Outcome.Value(f"OUTCOME_{receipt.outcome.value.upper()}"),
        depth=preference_pb2.Depth.Value(f"DEPTH_{receipt.depth.value.upper()}"),
        changed=receipt.changed,
        why=receipt.why,
        merged_into=receipt.merged_into,
        hops=preference_pb2.HopTimes(
            acted=timestamp(receipt.acted_at_s),
            received=timestamp(receipt.received_at_s),
            consumed=timestamp(receipt.consumed_at_s),
            decided=timestamp(receipt.decided_at_s),
            rendered=timestamp(receipt.rendered_at_s) if receipt.rendered_at_s else None,
            sent=timestamp(receipt.sent_at_s) if receipt.sent_at_s else None,
        ),
    )
    if receipt.first_frame_index is not None:
        message.first_frame_index = receipt.first_frame_index
    if rtp_timestamp is not None:
        message.first_rtp_timestamp = rtp_timestamp
    return message


def receipt_from_message(message: preference_pb2.Receipt) -> events.Receipt:
    """The receipt of a message."""
    hops = message.hops
    return events.Receipt(
        event_id=message.event_id,
        session_id=message.session_id,
        outcome=events.Outcome(preference_pb2.Outcome.Name(message.outcome).removeprefix("OUTCOME_").lower()),
        depth=events.Depth(preference_pb2.Depth.Name(message.depth).removeprefix("DEPTH_").lower()),
        changed=tuple(message.changed),
        why=message.why,
        first_frame_index=message.first_frame_index if message.HasField("first_frame_index") else None,
        merged_into=message.merged_into,
        acted_at_s=epoch_s(hops.acted),
        received_at_s=epoch_s(hops.received),
        consumed_at_s=epoch_s(hops.consumed),
        decided_at_s=epoch_s(hops.decided),
        rendered_at_s=epoch_s(hops.rendered) if hops.HasField("rendered") else 0.0,
        sent_at_s=epoch_s(hops.sent) if hops.HasField("sent") else 0.0,
    )


def spec_to_message(spec: journal.SessionSpec) -> session_pb2.SessionSpec:
    """What a session was asked for."""
    return to_message(spec, session_pb2.SessionSpec)


def spec_from_message(message: session_pb2.SessionSpec) -> journal.SessionSpec:
    """What a session is asked for."""
    return from_message(message, journal.SessionSpec)


def taste_to_message(viewer_id: str, taste: Taste, updated_at_s: float) -> session_pb2.Taste:
    """A taste as it is published and kept."""
    return session_pb2.Taste(
        viewer_id=viewer_id,
        updated_at=timestamp(updated_at_s),
        known_at=timestamp(taste.known_at_s),
        axes=[
            session_pb2.TasteAxis(name=name, mean=axis.mean, variance=axis.variance, taught_by=axis.taught_by)
            for name, axis in sorted(taste.axes.items())
        ],
        impressions=[
            session_pb2.Impression(beat=name, liking=told.liking, weight=told.weight, repeats=told.repeats)
            for name, told in taste.impressions.items()
        ],
        preferences=[
            session_pb2.Preference(story=one.story_id, taken=one.taken, left=one.left) for one in taste.preferences
        ],
    )


def taste_from_message(message: session_pb2.Taste) -> Taste:
    """The taste of a message."""
    axes = {axis.name: Axis(axis.mean, axis.variance, tuple(axis.taught_by)) for axis in message.axes}
    impressions = {
        told.beat: Impression(told.liking, told.weight, _repeats(told.repeats))
        for told in message.impressions
        if told.weight > 0
    }
    preferences = tuple(Preference(one.story, tuple(one.taken), tuple(one.left)) for one in message.preferences)
    return Taste(axes, epoch_s(message.known_at), impressions, preferences)


def _repeats(counts: Sequence[float]) -> Repeats:
    """NO_REPEATS where the taste was kept before they were noted."""
    if len(counts) != len(NO_REPEATS):
        return NO_REPEATS
    place, theme, purpose = counts
    return (place, theme, purpose)


def rendition_to_message(rendition: Rendition) -> media_pb2.Rendition:
    """Codec, size and bitrate."""
    return to_message(rendition, media_pb2.Rendition)


def entry_to_message(
    session_id: str, sequence: int, recorded_at_s: float, entry: journal.Entry
) -> session_pb2.SessionLogEntry:
    """One decision as it is stored and published."""
    message = session_pb2.SessionLogEntry(
        session_id=session_id, sequence=sequence, recorded_at=timestamp(recorded_at_s)
    )
    _FILL[type(entry)](message, entry)
    return message


def _fill_started(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.started.spec.CopyFrom(spec_to_message(entry.spec))
    message.started.story_fingerprint = entry.story_fingerprint
    message.started.rendition.CopyFrom(rendition_to_message(entry.rendition))


def _fill_beat(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.beat_chosen.beat_id = entry.beat_id
    message.beat_chosen.why = entry.why
    for name, value in entry.terms:
        message.beat_chosen.terms.add(name=name, value=value)


def _fill_scene(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.scene_written.scene.CopyFrom(to_message(entry.scene, scene_pb2.Scene))
    message.scene_written.start_frame_index = entry.start_frame


def _fill_take(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    take = message.take_scheduled
    take.shot_id, take.take_id = entry.shot_id, entry.take_id
    take.first_frame_index, take.take_frame = entry.first_frame, entry.take_frame
    take.shot.CopyFrom(to_message(entry.order.shot, scene_pb2.Shot))
    take.grade.extend(to_message(key, scene_pb2.GradeKey) for key in entry.order.grade)
    take.rendition.CopyFrom(rendition_to_message(entry.order.rendition))
    take.calm = entry.order.calm


def _fill_event(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.event_decided.event.CopyFrom(event_to_message(entry.event))
    message.event_decided.receipt.CopyFrom(receipt_to_message(entry.receipt))


def _fill_progress(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.progress.frame_index = entry.frame


def _fill_held(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.held.first_frame_index = entry.frame
    message.held.frame_count = entry.frame_count
    message.held.take_id = entry.take_id


def _fill_choice(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.choice_taken.CopyFrom(to_message(entry, session_pb2.ChoiceTaken))


def _fill_dropped(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.beat_dropped.beat_id = entry.beat_id


def _fill_voice(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.voice_replaced.CopyFrom(to_message(entry, session_pb2.VoiceReplaced))


def _fill_ended(message: session_pb2.SessionLogEntry, entry: Any) -> None:
    message.ended.ending_beat_id = entry.beat_id
    message.ended.title = entry.title


_FILL = {
    journal.Started: _fill_started,
    journal.BeatChosen: _fill_beat,
    journal.SceneWritten: _fill_scene,
    journal.TakeScheduled: _fill_take,
    journal.EventDecided: _fill_event,
    journal.Progress: _fill_progress,
    journal.Held: _fill_held,
    journal.ChoiceTaken: _fill_choice,
    journal.BeatDropped: _fill_dropped,
    journal.VoiceReplaced: _fill_voice,
    journal.Ended: _fill_ended,
}


def entry_from_message(message: session_pb2.SessionLogEntry) -> journal.Entry:
    """The decision of a message. Raises ValueError for a kind that this version does not know."""
    match message.WhichOneof("decision"):
        case "started":
            started = message.started
            return journal.Started(
                spec_from_message(started.spec), started.story_fingerprint, from_message(started.rendition, Rendition)
            )
        case "beat_chosen":
            chosen = message.beat_chosen
            return journal.BeatChosen(chosen.beat_id, tuple((t.name, t.value) for t in chosen.terms), chosen.why)
        case "scene_written":
            written = message.scene_written
            return journal.SceneWritten(from_message(written.scene, Scene), written.start_frame_index)
        case "take_scheduled":
            return _take_from(message.take_scheduled)
        case "event_decided":
            decided = message.event_decided
            return journal.EventDecided(event_from_message(decided.event), receipt_from_message(decided.receipt))
        case "progress":
            return journal.Progress(message.progress.frame_index)
        case "held":
            return journal.Held(message.held.first_frame_index, message.held.frame_count, message.held.take_id)
        case "choice_taken":
            return from_message(message.choice_taken, journal.ChoiceTaken)
        case "beat_dropped":
            return journal.BeatDropped(message.beat_dropped.beat_id)
        case "voice_replaced":
            return from_message(message.voice_replaced, journal.VoiceReplaced)
        case "ended":
            return journal.Ended(message.ended.ending_beat_id, message.ended.title)
        case other:
            raise ValueError(f"session log entry {message.sequence} of {message.session_id}: unknown kind {other!r}")


def _take_from(message: session_pb2.TakeScheduled) -> journal.TakeScheduled:
    order = TakeOrder(
        from_message(message.shot, Shot),
        tuple(from_message(key, GradeKey) for key in message.grade),
        from_message(message.rendition, Rendition),
        message.calm,
    )
    return journal.TakeScheduled(message.shot_id, message.take_id, order, message.first_frame_index, message.take_frame)


def chunk_to_message(chunk: Chunk) -> media_pb2.Chunk:
    """Of a chunk that is whole."""
    return media_pb2.Chunk(
        index=chunk.index,
        first_frame=chunk.first_frame,
        video=[to_message(frame, media_pb2.VideoFrame) for frame in chunk.video],
        audio=chunk.audio,
        first_packet=chunk.first_packet,
        degraded=chunk.degraded,
        bed=chunk.bed,
    )


def chunk_from_message(message: media_pb2.Chunk) -> Chunk:
    """The chunk of a message, or a part of one."""
    return Chunk(
        index=message.index,
        first_frame=message.first_frame,
        video=tuple(from_message(frame, VideoFrame) for frame in message.video),
        audio=tuple(message.audio),
        first_packet=message.first_packet,
        degraded=tuple(message.degraded),
        whole=not message.unfinished,
        bed=tuple(message.bed),
    )
