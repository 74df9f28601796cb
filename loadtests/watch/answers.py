"""What came of each event: its acknowledgement, its receipts, its first changed picture, and whether pixels changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadtests.watch.measures import holds
from loadtests.watch.observations import Arrival, Observations, Picture, Sent, Told, ahead

# A grade rises over six frames; the pictures compared lie on both sides of the rise.
RISE_FRAMES = 6
COMPARED_FRAMES = 4
FRAME_S = 1 / 24
FRAMES_PER_CHUNK = 12
CHUNK_S = 0.5
RTP_TICKS_PER_FRAME = 3_750


@dataclass(frozen=True, slots=True)
class PixelChange:
    """Means of COMPARED_FRAMES pictures before the first changed one and after the rise, 0..255.

    difference: mean absolute difference of the luma in 64x36; motion: the same between two sets before the change, as
    far apart in time, which is what the film changes by itself. at_cut: a new shot begins there as well.
    """

    luma_before: float
    luma_after: float
    cb_before: float
    cb_after: float
    cr_before: float
    cr_after: float
    difference: float
    motion: float
    at_cut: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """at_s: since the first picture. Times are None where it did not happen.

    promised_after_s: until the frame that the receipt names; changed_after_s: until the frame that really showed the
    change, which is later where the film held in between. decided: entries in the session log, None where it could not
    be read.
    """

    event_id: str
    kind: str
    what: str
    at_s: float
    ack_after_s: float | None
    receipt_after_s: float | None
    outcome: str
    depth: str
    changed: tuple[str, ...]
    why: str
    merged_into: str
    receipts: int
    decided: int | None
    promised_after_s: float | None
    changed_after_s: float | None
    changed_pixels: PixelChange | None


def answers(seen: Observations, decided: Mapping[str, int] | None) -> list[Answer]:
    """One for each event that was sent, in order."""
    first_s = seen.pictures[0].at_s if seen.pictures else 0.0
    return [_answer(seen, sent, first_s, decided) for sent in seen.sent]


def _answer(seen: Observations, sent: Sent, first_s: float, decided: Mapping[str, int] | None) -> Answer:
    acks = _about(seen, "ack", sent.event_id)
    receipts = _about(seen, "receipt", sent.event_id)
    receipt = receipts[0] if receipts else None
    body: Mapping[str, Any] = receipt.body if receipt is not None else {}
    promised, frame = _arrival(seen, receipt, 0), _arrival(seen, receipt, _held_frames(seen, receipt))
    return Answer(
        event_id=sent.event_id,
        kind=sent.kind,
        what=in_words(sent.body),
        at_s=round(sent.at_s - first_s, 3),
        ack_after_s=_after(acks[0] if acks else None, sent),
        receipt_after_s=_after(receipt, sent),
        outcome=_lower(body.get("outcome"), "OUTCOME_"),
        depth=_lower(body.get("depth"), "DEPTH_"),
        changed=tuple(body.get("changed", ())),
        why=str(body.get("why", "")),
        merged_into=str(body.get("mergedInto", "")),
        receipts=len(receipts),
        decided=None if decided is None else decided.get(sent.event_id, 0),
        promised_after_s=_after(promised, sent),
        changed_after_s=_after(frame, sent),
        changed_pixels=_pixels(seen, frame) if _lower(body.get("depth"), "DEPTH_") == "grade" else None,
    )


def _about(seen: Observations, kind: str, event_id: str) -> list[Told]:
    return [told for told in seen.told_of(kind) if told.body.get("eventId") == event_id]


def _after(happened: Told | Arrival | None, sent: Sent) -> float | None:
    return None if happened is None else round(happened.at_s - sent.at_s, 3)


def _lower(name: Any, prefix: str) -> str:
    return str(name or "").removeprefix(prefix).lower()


def in_words(body: Mapping[str, Any]) -> str:
    """An act in a few words, e.g. "dial tension 0.9"."""
    kind, value = next(iter(body.items()))
    told = [f"{part:g}" if isinstance(part, float) else str(part) for part in value.values()]
    return " ".join([kind, *told])


def _arrival(seen: Observations, receipt: Told | None, later_frames: int) -> Arrival | None:
    """Of the frame that a receipt names, or so many after it."""
    if receipt is None or "firstRtpTimestamp" not in receipt.body:
        return None
    timestamp = int(receipt.body["firstRtpTimestamp"]) + later_frames * RTP_TICKS_PER_FRAME
    frames = (frame for frame in seen.frames if frame.connection == receipt.connection)
    return next((frame for frame in frames if ahead(frame.timestamp, timestamp & 0xFFFFFFFF) >= 0), None)


def _held_frames(seen: Observations, receipt: Told | None) -> int:
    """How far holds moved the film later between a receipt and what it promised: whole chunks of 12 frames."""
    frame = _arrival(seen, receipt, 0)
    if receipt is None or frame is None:
        return 0
    shown_s, chunks = frame.at_s, 0
    for hold in holds(seen):
        begin_s = max(hold.from_s, receipt.at_s)
        if hold.until_s > receipt.at_s and begin_s <= shown_s:
            held = round((hold.until_s - begin_s) / CHUNK_S)
            chunks += held
            shown_s += held * CHUNK_S
    return chunks * FRAMES_PER_CHUNK


def _pixels(seen: Observations, frame: Arrival | None) -> PixelChange | None:
    if frame is None:
        return None
    pictures = [picture for picture in seen.pictures if picture.connection == frame.connection]
    first = next((i for i, picture in enumerate(pictures) if picture.media_s >= frame.media_s - FRAME_S / 2), None)
    span = RISE_FRAMES + COMPARED_FRAMES
    if first is None or first < span + COMPARED_FRAMES or first + span > len(pictures):
        return None
    earlier = pictures[first - span - COMPARED_FRAMES : first - span]
    before = pictures[first - COMPARED_FRAMES : first]
    after = pictures[first + RISE_FRAMES : first + span]
    (luma_0, _, _), (luma_1, cb_1, cr_1), (luma_2, cb_2, cr_2) = map(_means, (earlier, before, after))
    return PixelChange(
        luma_before=_round(luma_1.mean()),
        luma_after=_round(luma_2.mean()),
        cb_before=_round(cb_1),
        cb_after=_round(cb_2),
        cr_before=_round(cr_1),
        cr_after=_round(cr_2),
        difference=_round(np.abs(luma_2 - luma_1).mean()),
        motion=_round(np.abs(luma_1 - luma_0).mean()),
        at_cut=_is_cut(seen, frame),
    )


def _means(pictures: Sequence[Picture]) -> tuple[NDArray[np.float64], float, float]:
    luma: NDArray[np.float64] = np.stack([picture.luma for picture in pictures]).astype(np.float64).mean(axis=0)
    chroma = np.stack([picture.chroma for picture in pictures]).astype(np.float64)
    return luma, float(chroma[:, 0].mean()), float(chroma[:, 1].mean())


def _round(value: Any) -> float:
    return round(float(value), 2)


def _is_cut(seen: Observations, frame: Arrival) -> bool:
    """Whether a shot begins within the pictures that are compared."""
    reach = (RISE_FRAMES + COMPARED_FRAMES) * RTP_TICKS_PER_FRAME
    shots = [told.body for told in seen.told_of("shotStarted") if told.connection == frame.connection]
    before = shots[0]["shotId"] if shots else ""
    for shot in shots[1:]:
        new, before = shot["shotId"] != before, shot["shotId"]
        if new and abs(ahead(int(shot["rtpTimestamp"]), frame.timestamp)) <= reach:
            return True
    return False
