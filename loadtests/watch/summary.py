"""Everything that a run shows, what is wrong with it, and its JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import Any

from loadtests.watch import measures
from loadtests.watch.answers import Answer, answers
from loadtests.watch.contact_sheet import draw_contact_sheet
from loadtests.watch.measures import Overlap, SoundOffset, Span, Stall
from loadtests.watch.observations import Observations
from loadtests.watch.sound import Loudness, loudness_of

OFFSET_LIMIT_MS = 45.0


@dataclass(frozen=True, slots=True)
class ShotSeen:
    """at_s: since the first picture."""

    shot_id: str
    beat: str
    place: str
    at_s: float
    take_id: str


@dataclass(frozen=True, slots=True)
class ChoiceSeen:
    """taken: what the film said it took, "" where it has not been closed."""

    choice_id: str
    prompt: str
    options: tuple[str, ...]
    at_s: float
    taken: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Times in seconds; at_s since the first picture. loop_lag_s: worst lateness of the viewer's own event loop.

    load_average: of the machine at the end; far above cores, the figures tell of the machine and not of the film.
    video_gap_p99_s: between consecutive pictures' arrivals. reconnects: how often the connection was lost.
    """

    session_id: str
    ttff_s: float
    first_frame_arrived_s: float
    watched_s: float
    played_s: float
    video_gap_p99_s: float
    stalls: tuple[Stall, ...]
    holds: tuple[Span, ...]
    av_offset_ms_max: float | None
    offset_by_reports: SoundOffset
    offset_by_arrival: SoundOffset
    sound_missing_s: float
    broken_frames: int
    reconnects: int
    loop_lag_s: float
    load_average: float
    cores: int
    events: tuple[Answer, ...]
    shots: tuple[ShotSeen, ...]
    choices: tuple[ChoiceSeen, ...]
    captions: int
    caption_overlaps: tuple[Overlap, ...]
    ended: bool
    errors: tuple[str, ...]
    loudness: Loudness | None
    recording: str
    contact_sheet: str

    def faults(self) -> list[str]:
        """What a run must not show, in words; none is a pass."""
        found = [_stall_fault(stream, gaps) for stream, gaps in _by_stream(self.stalls).items()]
        found.extend(fault for event in self.events if (fault := _receipt_fault(event, self.reconnects)))
        if self.av_offset_ms_max is None:
            found.append("sound against picture could not be measured")
        elif self.av_offset_ms_max >= OFFSET_LIMIT_MS:
            found.append(f"sound and picture were {self.av_offset_ms_max:.1f} ms apart")
        return found

    def to_json(self) -> dict[str, Any]:
        """For watch.json; with what is wrong."""
        return {**asdict(self), "stall_count": len(self.stalls), "faults": self.faults()}


def _by_stream(stalls: Sequence[Stall]) -> dict[str, list[Stall]]:
    streams: dict[str, list[Stall]] = {}
    for stall in stalls:
        streams.setdefault(stall.stream, []).append(stall)
    return streams


def _stall_fault(stream: str, stalls: Sequence[Stall]) -> str:
    longest = max(stalls, key=lambda stall: stall.gap_s)
    where = f"{longest.gap_s:.2f} s at {longest.at_s:.1f} s"
    if len(stalls) == 1:
        return f"{stream} stalled for {where}"
    total_s = sum(stall.gap_s for stall in stalls)
    return f"{stream} stalled {len(stalls)} times, {total_s:.1f} s in all, at most {where}"


def _receipt_fault(event: Answer, reconnects: int) -> str:
    """One receipt each; after a lost connection its own copy may be gone, and the session log is the witness."""
    if event.receipts == 1 and event.decided in (1, None):
        return ""
    if event.receipts == 0 and reconnects and event.decided == 1:
        return ""
    decided = "unknown" if event.decided is None else str(event.decided)
    return f"{event.what} at {event.at_s:.1f} s has {event.receipts} receipts (decided in the log: {decided})"


def summarise(
    seen: Observations,
    session_id: str,
    decided: Mapping[str, int] | None,
    recording: Path | None,
    out: Path | None,
) -> Summary:
    """decided: how often the session log decided each event id. out: where the contact sheet goes, None draws none."""
    first_s = seen.pictures[0].at_s
    by_reports, by_arrival = measures.offset_by_reports(seen), measures.offset_by_arrival(seen)
    worst = [abs(offset.worst_ms) for offset in (by_reports, by_arrival) if offset.worst_ms is not None]
    errors = [*seen.errors, *(_error(told.body) for told in seen.told_of("error"))]
    results = answers(seen, decided)
    shots = _shots(seen, first_s)
    stalls = [Stall(s.stream, s.at_s - first_s, s.gap_s, s.viewer_lag_s) for s in measures.stalls(seen)]
    held = [Span(span.from_s - first_s, span.until_s - first_s) for span in measures.holds(seen)]
    summary = Summary(
        session_id=session_id,
        ttff_s=first_s,
        first_frame_arrived_s=seen.frames[0].at_s,
        watched_s=seen.ended_at_s - first_s,
        played_s=measures.played_s(seen),
        video_gap_p99_s=_gap_p99_s(seen),
        stalls=tuple(stalls),
        holds=tuple(held),
        av_offset_ms_max=max(worst, default=None),
        offset_by_reports=by_reports,
        offset_by_arrival=by_arrival,
        sound_missing_s=measures.sound_missing_s(seen),
        broken_frames=seen.broken_frames,
        reconnects=len(seen.interruptions),
        load_average=os.getloadavg()[0],
        cores=os.cpu_count() or 1,
        loop_lag_s=max((lag.lag_s for lag in seen.lags), default=0.0),
        events=tuple(results),
        shots=tuple(shots),
        choices=tuple(_choices(seen, first_s)),
        captions=len({told.body["cueId"] for told in seen.told_of("caption")}),
        caption_overlaps=tuple(measures.caption_overlaps(seen)),
        ended=bool(seen.told_of("ended")),
        errors=tuple(errors),
        loudness=loudness_of(recording) if recording is not None else None,
        recording=str(recording) if recording is not None else "",
        contact_sheet=str(out / "watch.png") if out is not None else "",
    )
    if out is not None:
        draw_contact_sheet(out / "watch.png", seen, summary)
    return _rounded(summary)


def _rounded(summary: Summary) -> Summary:
    return _round(summary)  # type: ignore[no-any-return]


def _round(value: Any) -> Any:
    """The same with every float to the millisecond, which is finer than what is measured."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, tuple):
        return tuple(_round(part) for part in value)
    if hasattr(value, "__dataclass_fields__"):
        return type(value)(**{name: _round(getattr(value, name)) for name in value.__dataclass_fields__})
    return value


def _gap_p99_s(seen: Observations) -> float:
    gaps = [b.at_s - a.at_s for a, b in pairwise(seen.frames) if a.connection == b.connection]
    return quantiles(gaps, n=100)[98] if len(gaps) > 1 else 0.0


def _shots(seen: Observations, first_s: float) -> list[ShotSeen]:
    shots: list[ShotSeen] = []
    for told in seen.told_of("shotStarted"):
        body = told.body
        if not shots or shots[-1].shot_id != body["shotId"]:
            at_s = told.at_s - first_s
            shots.append(ShotSeen(body["shotId"], body["beatTitle"], body["place"], at_s, body["takeId"][:12]))
    return shots


def _choices(seen: Observations, first_s: float) -> list[ChoiceSeen]:
    taken = {told.body["choiceId"]: str(told.body["optionId"]) for told in seen.told_of("choiceClosed")}
    offered = {told.body["choiceId"]: told for told in reversed(seen.told_of("choiceOffered"))}
    return [
        ChoiceSeen(
            choice_id,
            told.body["prompt"],
            tuple(option["label"] for option in told.body["options"]),
            told.at_s - first_s,
            taken.get(choice_id, ""),
        )
        for choice_id, told in sorted(offered.items(), key=lambda item: item[1].at_s)
    ]


def _error(body: Mapping[str, Any]) -> str:
    return f"{body.get('code')}: {body.get('message')} ({body.get('field')})"
