"""Dataclasses to messages and back: every journal entry survives the trip, and what has no name is refused."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from cineloom.media.v1 import media_pb2
from cineloom.preference.v1 import preference_pb2
from cineloom.scene.v1 import scene_pb2
from cineloom.session.v1 import session_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.libs.protobuf_values import from_message, to_message
from services.streaming.adapters import wire
from services.streaming.domain import events, journal
from services.streaming.domain.identity import take_identity
from services.streaming.domain.sameness import NO_REPEATS
from services.streaming.domain.screenplay import Rendition, Scene, Shot, TakeOrder, Title, View
from services.streaming.domain.taste import Axis, Impression, Preference, Taste

pytestmark = pytest.mark.unit

quick = settings(
    max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ids = st.text("abcdef0123456789", min_size=8, max_size=16)
numbers = st.floats(-1e6, 1e6, allow_nan=False)
counts = st.integers(0, 2**31 - 1)
signed = st.integers(-(2**31), 2**31 - 1)
seeds = st.integers(0, 2**64 - 1)
epochs = st.integers(0, 4_000_000_000_000_000).map(lambda microseconds: microseconds / 1e6)
acts = st.one_of(
    st.builds(events.Emoji, st.sampled_from(events.EMOJI)),
    st.builds(events.Dial, st.sampled_from(events.DIALS), st.floats(-1, 1)),
    st.builds(events.ChoiceMade, ids, ids),
    st.builds(events.FreeText, texts.filter(str.strip)),
    st.sampled_from([events.Skip(), events.Rewind(), events.Pause(), events.Resume()]),
    st.builds(events.Volume, st.floats(0, 1)),
    st.builds(events.Visibility, st.booleans()),
    st.builds(events.Calm, st.booleans()),
)
events_drawn = st.builds(events.PreferenceEvent, ids, ids, texts, acts, epochs, epochs)
receipts = st.builds(
    events.Receipt,
    ids,
    ids,
    st.sampled_from(events.Outcome),
    st.sampled_from(events.Depth),
    st.lists(texts, max_size=3).map(tuple),
    texts,
    st.none() | st.integers(0, 2**60),
    texts,
    epochs,
    epochs,
    epochs,
    epochs,
    st.just(0.0) | epochs,
)
specs = st.builds(journal.SessionSpec, texts, texts, st.booleans(), texts, st.booleans(), seeds)
renditions = st.builds(Rendition, counts, counts, st.sampled_from(["h264", "vp8"]), counts)


def drawn(kind: type) -> st.SearchStrategy[Any]:
    """Any value of a screenplay's dataclass, each field by its type and, where it matters, its range."""
    hints = {field.name: field.type for field in dataclasses.fields(kind)}
    return st.builds(kind, **{name: _field(name, str(hint)) for name, hint in hints.items()})


def _field(name: str, hint: str) -> st.SearchStrategy[Any]:
    import services.streaming.domain.screenplay as screenplay

    if hint.startswith("tuple["):
        part = hint.removeprefix("tuple[").removesuffix(", ...]")
        return st.lists(_field(name, part), max_size=2).map(tuple)
    if hint.endswith(" | None"):
        return st.none() | _field(name, hint.removesuffix(" | None"))
    if hint == "int":
        return {"seed": seeds, "frame_count": counts, "start_sample": st.integers(0, 2**60)}.get(name, signed)
    simple = {"str": texts, "float": numbers, "bool": st.booleans()}
    return simple[hint] if hint in simple else drawn(getattr(screenplay, hint))


orders = st.builds(
    TakeOrder, drawn(Shot), st.lists(_field("grade", "GradeKey"), max_size=2).map(tuple), renditions, st.booleans()
)
terms = st.lists(st.tuples(texts, numbers), max_size=3).map(tuple)
entries = st.one_of(
    st.builds(journal.Started, specs, texts, renditions),
    st.builds(journal.BeatChosen, texts, terms, texts),
    st.builds(journal.SceneWritten, drawn(Scene), st.integers(-1, 2**60)),
    st.builds(journal.TakeScheduled, texts, texts, orders, st.integers(0, 2**60), counts),
    st.builds(journal.EventDecided, events_drawn, receipts),
    st.builds(journal.Progress, st.integers(0, 2**60)),
    st.builds(journal.Held, st.integers(0, 2**60), counts, texts),
    st.builds(journal.ChoiceTaken, texts, texts, st.booleans()),
    st.builds(journal.BeatDropped, texts),
    st.builds(journal.VoiceReplaced, texts, texts),
    st.builds(journal.Ended, texts, texts),
)


def without_times(value: Any) -> Any:
    """A value with its epoch times rounded to what a Timestamp and a double can hold together."""
    if isinstance(value, float):
        return round(value, 5)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: without_times(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    if isinstance(value, tuple):
        return tuple(map(without_times, value))
    return value


@quick
@given(ids, st.integers(0, 2**60), epochs, entries)
def test_every_journal_entry_survives_the_trip(
    session_id: str, sequence: int, at_s: float, entry: journal.Entry
) -> None:
    sent = wire.entry_to_message(session_id, sequence, at_s, entry).SerializeToString()
    message = session_pb2.SessionLogEntry.FromString(sent)
    assert (message.session_id, message.sequence) == (session_id, sequence)
    assert wire.epoch_s(message.recorded_at) == pytest.approx(at_s, abs=2e-6)
    read = wire.entry_from_message(message)
    if isinstance(entry, journal.EventDecided):
        assert without_times(read) == without_times(entry)
    else:
        assert read == entry


@quick
@given(orders)
def test_an_order_keeps_its_identity(order: TakeOrder) -> None:
    entry = journal.TakeScheduled("s0.0", "take", order, 0, 0)
    read = wire.entry_from_message(
        session_pb2.SessionLogEntry.FromString(wire.entry_to_message("s", 0, 0.0, entry).SerializeToString())
    )
    assert isinstance(read, journal.TakeScheduled)
    assert take_identity(read.order, "engine") == take_identity(order, "engine")


def test_every_kind_of_entry_is_drawn() -> None:
    assert len(journal.Entry.__args__) == 11


weights = st.floats(min_value=0.01, max_value=100.0)


@quick
@given(
    st.dictionaries(texts, st.builds(Axis, numbers, numbers, st.lists(ids, max_size=3).map(tuple)), max_size=4),
    st.dictionaries(texts, st.builds(Impression, numbers, weights, st.tuples(numbers, numbers, numbers)), max_size=4),
    st.lists(st.builds(Preference, ids, st.tuples(ids), st.tuples(ids, ids)), max_size=3).map(tuple),
)
def test_a_taste_survives_the_trip(
    axes: dict[str, Axis], impressions: dict[str, Impression], preferences: tuple[Preference, ...]
) -> None:
    taste = Taste(axes, 0.0, impressions, preferences)
    assert wire.taste_from_message(wire.taste_to_message("viewer", taste, 1.0)) == taste


def test_impressions_of_before_repeats_were_noted_are_read() -> None:
    message = wire.taste_to_message("viewer", Taste({}, impressions={"small/start": Impression(0.5, 2.0)}), 1.0)
    del message.impressions[0].repeats[:]
    assert wire.taste_from_message(message).impressions == {"small/start": Impression(0.5, 2.0, NO_REPEATS)}


@pytest.mark.parametrize("epoch_s", [0.0, 0.9999996, 1.5, 1_760_000_000.9999996, 1_760_000_000.0000004])
def test_times_are_right_to_the_microsecond(epoch_s: float) -> None:
    stamp = wire.timestamp(epoch_s)
    assert 0 <= stamp.nanos < 1_000_000_000
    assert stamp.nanos % 1000 == 0
    assert wire.epoch_s(stamp) == pytest.approx(epoch_s, abs=1e-6)


def test_words_become_enums_and_back() -> None:
    message = to_message(Rendition(codec="vp8"), media_pb2.Rendition)
    assert message.codec == media_pb2.CODEC_VP8
    assert from_message(message, Rendition).codec == "vp8"


def test_no_word_is_the_unspecified_one() -> None:
    message = to_message(Rendition(codec=""), media_pb2.Rendition)
    assert message.codec == media_pb2.CODEC_UNSPECIFIED
    assert from_message(message, Rendition).codec == ""


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValueError, match="CODEC_AV9"):
        to_message(Rendition(codec="av9"), media_pb2.Rendition)


def test_an_unknown_number_is_refused() -> None:
    later = media_pb2.Rendition(width=2)
    later.codec = 77  # type: ignore[assignment]
    with pytest.raises(ValueError, match="77"):
        from_message(media_pb2.Rendition.FromString(later.SerializeToString()), Rendition)


def test_a_title_is_there_or_not() -> None:
    bare = Shot(View("corridor"), 48)
    titled = dataclasses.replace(bare, title=Title("", start_frame=0, end_frame=0))
    assert not to_message(bare, scene_pb2.Shot).HasField("title")
    assert from_message(to_message(bare, scene_pb2.Shot), Shot).title is None
    assert from_message(to_message(titled, scene_pb2.Shot), Shot) == titled


def test_a_value_that_is_all_defaults_is_still_there() -> None:
    order = journal.TakeScheduled("", "", TakeOrder(Shot(View(""), 0), ()), 0, 0)
    assert wire.entry_from_message(wire.entry_to_message("s", 0, 0.0, order)) == order


@dataclasses.dataclass(frozen=True)
class Stranger:
    no_such_field: str = "x"


def test_a_field_that_the_message_lacks_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no_such_field"):
        to_message(Stranger(), media_pb2.Rendition)
    with pytest.raises(AttributeError, match="no_such_field"):
        from_message(media_pb2.Rendition(), Stranger)


def test_an_event_without_act_or_session_is_refused() -> None:
    for message, field in (
        (preference_pb2.PreferenceEvent(event_id="event-0001", session_id="s"), "act"),
        (preference_pb2.PreferenceEvent(event_id="event-0001", skip=preference_pb2.Skip()), "sessionId"),
    ):
        with pytest.raises(events.InvalidEvent) as refused:
            wire.event_from_message(message)
        assert refused.value.field == field


def test_an_entry_of_a_later_version_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        wire.entry_from_message(session_pb2.SessionLogEntry(session_id="s", sequence=3))


def test_numbers_that_are_none_are_kept_apart_from_zero() -> None:
    nothing = events.Receipt("event-0001", "s", events.Outcome.APPLIED, events.Depth.NONE)
    first = dataclasses.replace(nothing, first_frame_index=0)
    for receipt in (nothing, first):
        assert wire.receipt_from_message(wire.receipt_to_message(receipt)) == receipt
    assert not math.isnan(wire.receipt_from_message(wire.receipt_to_message(first)).acted_at_s)
