"""Draws a run on one page: a picture every few seconds, with its time, its scene and what the viewer did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from loadtests.watch.measures import pauses
from loadtests.watch.observations import Observations, Thumbnail

if TYPE_CHECKING:
    from loadtests.watch.answers import Answer
    from loadtests.watch.summary import Summary

COLUMNS = 6
MOST_CELLS = 120
MARGIN, GUTTER = 36, 18
CHIP_HEIGHT, CHIP_GAP = 21, 5
HEADER = 118
INK, PAPER, FAINT, LINE = (235, 235, 238), (18, 19, 23), (148, 150, 160), (46, 48, 56)
COLOURS = {
    "applied": (88, 196, 122),
    "deferred": (230, 178, 80),
    "merged": (140, 152, 178),
    "refused": (232, 98, 88),
    "expired": (176, 120, 210),
    "choice": (96, 168, 240),
    "fault": (232, 98, 88),
}
FONT_FOLDERS = tuple(f"/usr/share/fonts/{folder}" for folder in ("opentype/inter", "truetype/inter", "truetype/dejavu"))
REGULAR = ("Inter-Regular.otf", "Inter-Regular.ttf", "DejaVuSans.ttf")
BOLD = ("Inter-SemiBold.otf", "Inter-SemiBold.ttf", "DejaVuSans-Bold.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened while a picture stood for the film."""

    text: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Cell:
    """at_s: since the first picture."""

    at_s: float
    thumbnail: Thumbnail
    title: str
    place: str
    marks: tuple[Mark, ...]


def draw_contact_sheet(path: Path, seen: Observations, summary: Summary) -> None:
    """PNG."""
    cells = lay_out(seen, summary)
    if cells:
        _draw(cells, summary).save(path, compress_level=3)


def lay_out(seen: Observations, summary: Summary) -> list[Cell]:
    """Cells in the order of time; each mark stands under the last picture before it, each shot where it begins."""
    first_s = seen.pictures[0].at_s if seen.pictures else 0.0
    kept = seen.thumbnails[:: -(-len(seen.thumbnails) // MOST_CELLS) or 1]
    times = [thumbnail.at_s - first_s for thumbnail in kept]
    marks = sorted(_marks(seen, summary, first_s), key=lambda mark: mark[0])
    cells = []
    for index, (at_s, thumbnail) in enumerate(zip(times, kept, strict=True)):
        until_s = times[index + 1] if index + 1 < len(times) else float("inf")
        since_s = at_s if index else float("-inf")
        shot = next((s for s in reversed(summary.shots) if s.at_s <= at_s + 0.05), None)
        shot = shot or (summary.shots[0] if summary.shots else None)
        title, place = (f"{shot.beat}  ·  {shot.shot_id}", shot.place) if shot else ("", "")
        here = [mark for mark_s, mark in marks if since_s <= mark_s < until_s]
        here.extend(_troubles(summary, since_s, until_s))
        cells.append(Cell(at_s, thumbnail, title, place, _gathered(here)))
    return cells


def _marks(seen: Observations, summary: Summary, first_s: float) -> list[tuple[float, Mark]]:
    found = [(event.at_s, Mark(_event_text(event), COLOURS.get(event.outcome, FAINT))) for event in summary.events]
    for event in summary.events:
        if event.changed_after_s is not None and event.changed:
            text = f"seen +{event.changed_after_s:.1f} s: {', '.join(event.changed)}"
            found.append((event.at_s + event.changed_after_s, Mark(text, COLOURS.get(event.outcome, FAINT))))
    found.extend((c.at_s, Mark(f"asked: {c.prompt}", COLOURS["choice"])) for c in summary.choices)
    found.extend((p.from_s - first_s, Mark(f"stands still {p.until_s - p.from_s:.1f} s", FAINT)) for p in pauses(seen))
    return found


def _troubles(summary: Summary, since_s: float, until_s: float) -> list[Mark]:
    """Stalls that begin and holds that last in a time, one mark for each sort."""
    marks = []
    for stream in ("connection", "video", "audio"):
        gaps = [stall.gap_s for stall in summary.stalls if stall.stream == stream and since_s <= stall.at_s < until_s]
        if gaps:
            marks.append(Mark(f"{stream} stalled {sum(gaps):.1f} s{_times(gaps)}", COLOURS["fault"]))
    held = [min(hold.until_s, until_s) - max(hold.from_s, since_s) for hold in summary.holds]
    held = [length_s for length_s in held if length_s > 0]
    if held:
        marks.append(Mark(f"held {sum(held):.1f} s{_times(held)}", COLOURS["fault"]))
    return marks


def _times(lengths: Sequence[float]) -> str:
    return f" in {len(lengths)} parts" if len(lengths) > 1 else ""


def _gathered(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The same mark several times is one with a count."""
    counts = Counter(marks)
    return tuple(mark if n == 1 else Mark(f"{n} × {mark.text}", mark.colour) for mark, n in counts.items())


def _event_text(event: Answer) -> str:
    outcome = f"{event.outcome} {event.depth}" if event.depth not in ("", "none") else event.outcome
    return f"{event.what} → {outcome or 'no receipt'}"


def _draw(cells: Sequence[Cell], summary: Summary) -> Image.Image:
    width, height = cells[0].thumbnail.rgb.shape[1], cells[0].thumbnail.rgb.shape[0]
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    heights = [height + 54 + max(len(cell.marks) for cell in row) * (CHIP_HEIGHT + CHIP_GAP) + GUTTER for row in rows]
    page = Image.new("RGB", (2 * MARGIN + COLUMNS * (width + GUTTER) - GUTTER, HEADER + sum(heights) + MARGIN), PAPER)
    pen = ImageDraw.Draw(page)
    _draw_header(pen, page.width, summary)
    top = HEADER
    for row, row_height in zip(rows, heights, strict=True):
        for column, cell in enumerate(row):
            _draw_cell(page, pen, (MARGIN + column * (width + GUTTER), top), cell)
        top += row_height
    return page


def _draw_header(pen: ImageDraw.ImageDraw, width: int, summary: Summary) -> None:
    faults = summary.faults()
    pen.text((MARGIN, 24), "Watched by machine", font=font(BOLD, 26), fill=INK)
    offset = "-" if summary.av_offset_ms_max is None else f"{summary.av_offset_ms_max:.0f} ms"
    facts = (
        f"first picture {summary.ttff_s:.2f} s   ·   "
        f"played {summary.played_s:.1f} s of {summary.watched_s:.1f} s   ·   "
        f"{len(summary.stalls)} stalls   ·   {len(summary.holds)} holds   ·   sound to picture {offset}   ·   "
        f"{len(summary.events)} events   ·   {len(summary.shots)} shots   ·   session {summary.session_id}"
    )
    pen.text((MARGIN, 60), _fitted(facts, font(REGULAR, 17), width - 2 * MARGIN), font=font(REGULAR, 17), fill=FAINT)
    verdict, colour = ("nothing is wrong", COLOURS["applied"]) if not faults else ("; ".join(faults), COLOURS["fault"])
    pen.text((MARGIN, 84), _fitted(verdict, font(REGULAR, 16), width - 2 * MARGIN), font=font(REGULAR, 16), fill=colour)


def _draw_cell(page: Image.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int], cell: Cell) -> None:
    picture = Image.fromarray(cell.thumbnail.rgb)
    (left, top), width = corner, picture.width
    page.paste(picture, corner)
    pen.rectangle((left, top, left + width - 1, top + picture.height - 1), outline=LINE)
    clock = f"{int(cell.at_s // 60)}:{cell.at_s % 60:04.1f}"
    bold, regular = font(BOLD, 15), font(REGULAR, 15)
    line = top + picture.height + 7
    pen.text((left, line), clock, font=bold, fill=INK)
    indent = 58
    pen.text((left + indent, line), _fitted(cell.title, regular, width - indent), font=regular, fill=INK)
    pen.text((left + indent, line + 20), _fitted(cell.place, regular, width - indent), font=regular, fill=FAINT)
    line += 46
    for mark in cell.marks:
        _draw_chip(pen, (left, line), width, mark)
        line += CHIP_HEIGHT + CHIP_GAP


def _draw_chip(pen: ImageDraw.ImageDraw, corner: tuple[int, int], width: int, mark: Mark) -> None:
    left, top = corner
    small = font(REGULAR, 13)
    text = _fitted(mark.text, small, width - 18)
    right = left + 18 + round(small.getlength(text))
    red, green, blue = mark.colour
    pen.rounded_rectangle((left, top, right, top + CHIP_HEIGHT), 5, fill=(red // 5 + 8, green // 5 + 8, blue // 5 + 8))
    pen.rectangle((left, top + 4, left + 2, top + CHIP_HEIGHT - 4), fill=mark.colour)
    pen.text((left + 10, top + 3), text, font=small, fill=mark.colour)


def _fitted(text: str, in_font: Font, width: float) -> str:
    """Cut with an ellipsis where it does not fit."""
    if in_font.getlength(text) <= width:
        return text
    while text and in_font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def font(names: Sequence[str], size: int) -> Font:
    """The first of the names that is installed, Pillow's own otherwise."""
    for name in names:
        for folder in FONT_FOLDERS:
            if (path := Path(folder) / name).exists():
                return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)
