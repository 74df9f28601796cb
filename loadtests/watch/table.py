"""A summary as text for a terminal."""

from __future__ import annotations

from loadtests.watch.answers import Answer, PixelChange
from loadtests.watch.measures import SoundOffset
from loadtests.watch.summary import Summary

HEADINGS = ("at", "event", "outcome", "depth", "ack", "receipt", "promised", "changed", "receipts", "pixels (motion)")


def table(summary: Summary) -> str:
    """Several lines."""
    rows = [_row(event) for event in summary.events]
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    lines = [_line(HEADINGS, widths), _line(tuple("-" * width for width in widths), widths)]
    lines.extend(_line(row, widths) for row in rows)
    return "\n".join([*_facts(summary), "", *lines, "", *_verdict(summary)])


def _facts(summary: Summary) -> list[str]:
    loudness = summary.loudness
    loud = f"{loudness.integrated_lufs} LUFS, {loudness.true_peak_dbtp} dBTP" if loudness else "-"
    facts = [
        ("first picture", f"{summary.ttff_s:.3f} s after POST /v1/sessions"),
        ("played", f"{summary.played_s:.1f} s of {summary.watched_s:.1f} s watched, {len(summary.shots)} shots"),
        ("stalls", f"{len(summary.stalls)}   holds {len(summary.holds)}   reconnects {summary.reconnects}"),
        ("picture gap p99", f"{summary.video_gap_p99_s * 1000:.0f} ms"),
        ("this machine", f"load {summary.load_average:.1f} on {summary.cores} cores"),
        ("own loop", f"at most {summary.loop_lag_s * 1000:.0f} ms late"),
        ("sound - picture", f"by reports {_offset(summary.offset_by_reports)}"),
        ("", f"by arrivals {_offset(summary.offset_by_arrival)}"),
        ("sound missing", f"{summary.sound_missing_s:.2f} s   broken pictures {summary.broken_frames}"),
        ("loudness", loud),
        ("captions", f"{summary.captions}   overlapping {len(summary.caption_overlaps)}"),
        ("choices", str(len(summary.choices))),
        ("recording", summary.recording or "-"),
        ("contact sheet", summary.contact_sheet or "-"),
    ]
    return [f"{name:<16} {value}" for name, value in facts]


def _offset(offset: SoundOffset) -> str:
    if offset.worst_ms is None:
        return "-"
    return f"{offset.first_ms:+.0f} .. {offset.last_ms:+.0f}, worst {offset.worst_ms:+.0f} ms"


def _row(event: Answer) -> tuple[str, ...]:
    return (
        f"{event.at_s:.1f}",
        event.what[:44],
        event.outcome or "none",
        event.depth,
        _seconds(event.ack_after_s),
        _seconds(event.receipt_after_s),
        _seconds(event.promised_after_s),
        _seconds(event.changed_after_s),
        str(event.receipts),
        _pixels(event.changed_pixels),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _pixels(change: PixelChange | None) -> str:
    if change is None:
        return "-"
    return f"{change.difference:.1f} ({change.motion:.1f}){' cut' if change.at_cut else ''}"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _verdict(summary: Summary) -> list[str]:
    notes = [f"note: {error}" for error in summary.errors]
    faults = summary.faults()
    return [*notes, *([f"WRONG: {fault}" for fault in faults] or ["nothing is wrong"])]
