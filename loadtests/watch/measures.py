"""Measures taken from what was seen: stalls, holds, sound against picture, captions. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from loadtests.watch.observations import Arrival, Observations, SenderReport

STALL_S = 0.25
WINDOW_S = 2.0
PAIRS_IN_VIEW = 5
PAIR_S = 0.2
PACKET_S = 0.02


@dataclass(frozen=True, slots=True)
class Span:
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Stall:
    """stream: "video", "audio" or "connection". viewer_lag_s: how late the viewer's own loop was at most meanwhile."""

    stream: str
    at_s: float
    gap_s: float
    viewer_lag_s: float


@dataclass(frozen=True, slots=True)
class SoundOffset:
    """Sound against picture in ms, positive where sound comes later; first, last and worst of a run.

    Each is None where nothing could be measured.
    """

    first_ms: float | None
    last_ms: float | None
    worst_ms: float | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two lines of speech whose captions are up at once."""

    first: str
    second: str
    overlap_s: float


def pauses(seen: Observations) -> list[Span]:
    """From a pause's sending until its resume's receipt; a pause without one lasts to the end."""
    answered = {told.body.get("eventId"): told.at_s for told in seen.told_of("receipt")}
    spans: list[Span] = []
    since: float | None = None
    for sent in seen.sent:
        if sent.kind == "pause" and since is None:
            since = sent.at_s
        elif sent.kind == "resume" and since is not None:
            spans.append(Span(since, answered.get(sent.event_id, sent.at_s)))
            since = None
    if since is not None:
        spans.append(Span(since, seen.ended_at_s))
    return spans


def stalls(seen: Observations) -> list[Stall]:
    """Gaps of more than STALL_S between arrivals of one connection while not paused, and lost connections."""
    found = [*_gaps("video", seen.frames, seen), *_gaps("audio", seen.sounds, seen)]
    for lost in seen.interruptions:
        until_s = seen.ended_at_s if lost.until_s is None else lost.until_s
        found.append(Stall("connection", lost.from_s, until_s - lost.from_s, _lag(seen, lost.from_s, until_s)))
    return sorted(found, key=lambda stall: stall.at_s)


def _gaps(stream: str, arrivals: Sequence[Arrival], seen: Observations) -> list[Stall]:
    ended = [told.at_s for told in seen.told_of("ended")]
    end_s = min([seen.ended_at_s, *ended])
    last = arrivals[-1] if arrivals else None
    still_connected = last is not None and not any(lost.from_s >= last.at_s - STALL_S for lost in seen.interruptions)
    pairs = [(a.at_s, b.at_s) for a, b in pairwise(arrivals) if a.connection == b.connection]
    if last is not None and still_connected:
        pairs.append((last.at_s, max(last.at_s, end_s)))
    found = []
    for from_s, until_s in pairs:
        gap_s = _outside(from_s, until_s, pauses(seen)) if until_s - from_s > STALL_S else 0.0
        if gap_s > STALL_S:
            found.append(Stall(stream, from_s, gap_s, _lag(seen, from_s, until_s)))
    return found


def _outside(from_s: float, until_s: float, spans: Sequence[Span]) -> float:
    """How much of a time lies outside spans that do not overlap."""
    inside = sum(max(0.0, min(until_s, span.until_s) - max(from_s, span.from_s)) for span in spans)
    return until_s - from_s - inside


def _lag(seen: Observations, from_s: float, until_s: float) -> float:
    return max((lag.lag_s for lag in seen.lags if from_s <= lag.at_s <= until_s + lag.lag_s), default=0.0)


def played_s(seen: Observations) -> float:
    """Media time of the pictures that came, at 24 a second."""
    return len(seen.frames) / 24


def holds(seen: Observations) -> list[Span]:
    """When the film held on its picture."""
    spans: list[Span] = []
    since: float | None = None
    for told in seen.told_of("hold"):
        if told.body.get("active") and since is None:
            since = told.at_s
        elif not told.body.get("active") and since is not None:
            spans.append(Span(since, told.at_s))
            since = None
    if since is not None:
        spans.append(Span(since, seen.ended_at_s))
    return spans


def sound_missing_s(seen: Observations) -> float:
    """Sound that never came: jumps in its media time that the pictures' media time does not share, as a pause does."""
    missing = 0.0
    spans = [Span(span.from_s - STALL_S, span.until_s + STALL_S) for span in pauses(seen)]
    for before, after in pairwise(seen.sounds):
        jump_s = after.media_s - before.media_s - PACKET_S
        paused = any(span.from_s <= after.at_s <= span.until_s + 1.0 for span in spans)
        if before.connection == after.connection and jump_s > PACKET_S / 2 and not paused:
            missing += jump_s
    return missing


def offset_by_reports(seen: Observations) -> SoundOffset:
    """From sender reports, as a browser lines sound up with picture (RFC 3550, 6.4.1).

    A report says at what time of the sender's clock a stream was where; its media time counts from the stream's first
    packet, and both streams' first packets belong to the same picture. A report is compared with the other stream's
    nearest one if no stall fits between them; the median of PAIRS_IN_VIEW comparisons stands.
    """
    values: list[float] = []
    for connection in sorted({report.connection for report in seen.reports}):
        of_it = [report for report in seen.reports if report.connection == connection]
        differences = _differences(of_it)
        spans = (differences[start : start + PAIRS_IN_VIEW] for start in range(len(differences) - PAIRS_IN_VIEW + 1))
        values.extend(median(span) for span in spans)
    return _offset(values)


def _differences(reports: Sequence[SenderReport]) -> list[float]:
    """Sound after picture in ms, one for each report of the sound that has a picture's report at its side."""
    pictures = [report for report in reports if report.stream == "video"]
    found: list[float] = []
    for sound in (report for report in reports if report.stream == "audio"):
        picture = min(pictures, key=lambda report: abs(report.ntp_s - sound.ntp_s), default=None)
        if picture is not None and abs(picture.ntp_s - sound.ntp_s) <= PAIR_S:
            found.append(((sound.ntp_s - sound.media_s) - (picture.ntp_s - picture.media_s)) * 1000)
    return found


def offset_by_arrival(seen: Observations) -> SoundOffset:
    """From arrivals: how much later than a picture the first packet of its sound came, the mean of each WINDOW_S."""
    values: list[float] = []
    for connection in sorted({frame.connection for frame in seen.frames}):
        frames = [frame for frame in seen.frames if frame.connection == connection]
        sounds = [sound for sound in seen.sounds if sound.connection == connection]
        values.extend(_windows(frames, sounds))
    return _offset(values)


def _windows(frames: Sequence[Arrival], sounds: Sequence[Arrival]) -> list[float]:
    windows: dict[int, list[float]] = {}
    position = 0
    for frame in frames:
        while position < len(sounds) and sounds[position].media_s < frame.media_s - 1e-6:
            position += 1
        if position == len(sounds):
            break
        if sounds[position].media_s - frame.media_s <= PACKET_S + 1e-6:
            late_ms = (sounds[position].at_s - frame.at_s) * 1000
            windows.setdefault(int(frame.media_s / WINDOW_S), []).append(late_ms)
    return [_middle(late) for late in windows.values() if len(late) >= 12]


def _middle(values: Sequence[float]) -> float:
    """Mean of the middle four fifths: one late burst is no drift."""
    ordered = sorted(values)
    cut = len(ordered) // 10
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def _offset(values: Sequence[float]) -> SoundOffset:
    if not values:
        return SoundOffset(None, None, None)
    low, high = min(values), max(values)
    worst = low if -low > high else high
    return SoundOffset(round(values[0], 1), round(values[-1], 1), round(worst, 1))


def caption_overlaps(seen: Observations) -> list[Overlap]:
    """Spoken captions that are up together for more than two frames; a cue that was told again counts as told last,
    and one without a length was withdrawn.

    A cue ends early where the film left it: with a skip, a rewind or the shot's replacement its scene goes on no more.
    """
    cues = {told.body["cueId"]: told.body for told in seen.told_of("caption") if not told.body.get("sound")}
    shown = [cue for cue in cues.values() if int(cue["endFrame"]) > int(cue["startFrame"])]
    ordered = sorted(shown, key=lambda cue: int(cue["startFrame"]))
    jumps = sorted(_jumps(seen))
    found = []
    for first, second in pairwise(ordered):
        start, end = int(second["startFrame"]), int(first["endFrame"])
        if any(int(first["startFrame"]) <= jump <= start for jump in jumps):
            continue
        if end - start > 2:
            found.append(Overlap(_line(first), _line(second), round((end - start) / 24, 2)))
    return found


def _jumps(seen: Observations) -> list[int]:
    kinds = {sent.event_id: sent.kind for sent in seen.sent}
    jumping = ("skip", "rewind", "choice")
    receipts = [told.body for told in seen.told_of("receipt") if kinds.get(told.body.get("eventId", "")) in jumping]
    return [int(body["firstFrameIndex"]) for body in receipts if "firstFrameIndex" in body]


def _line(cue: dict[str, object]) -> str:
    return f"{cue['speaker']}: {cue['text']}"
