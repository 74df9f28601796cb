"""The contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from loadtests.watch.contact_sheet import BOLD, HEADER, MARGIN, draw_contact_sheet, font, lay_out
from loadtests.watch.summary import summarise


def _run(a_run: Any) -> Any:
    run = a_run()
    run.brighten(100, 200)
    run.thumbnails(every_s=2.0)
    run.shot("s0.0", 0)
    run.shot("s0.1", 96)
    for number in range(3):
        run.send(f"event-0{number}", {"emoji": {"name": "wow"}}, 5.0)
        run.receipt(f"event-0{number}", 5.1, outcome="REFUSED")
    return run


def test_each_picture_has_its_shot_and_what_happened_until_the_next(a_run: Any) -> None:
    run = _run(a_run)
    cells = lay_out(run.seen, summarise(run.seen, "s", {}, None, None))
    assert [cell.at_s for cell in cells] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert [cell.title.split()[-1] for cell in cells] == ["s0.0", "s0.0", "s0.1", "s0.1", "s0.1"]
    assert [len(cell.marks) for cell in cells] == [0, 0, 1, 0, 0]
    assert cells[2].marks[0].text == "3 × emoji wow → refused"


def test_a_hold_is_said_under_every_picture_that_it_covers(a_run: Any) -> None:
    run = _run(a_run)
    run.tell(3.0, "hold", {"active": True})
    run.tell(8.0, "hold", {"active": False})
    cells = lay_out(run.seen, summarise(run.seen, "s", {}, None, None))
    held = [[mark.text for mark in cell.marks if mark.text.startswith("held")] for cell in cells]
    assert held == [[], ["held 1.5 s"], ["held 2.0 s"], ["held 1.5 s"], []]


def test_the_sheet_shows_the_pictures(a_run: Any, tmp_path: Path) -> None:
    run = _run(a_run)
    path = tmp_path / "sheet.png"
    draw_contact_sheet(path, run.seen, summarise(run.seen, "s", {}, None, None))
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet.convert("L"), np.float64)
    row = pixels[HEADER + 90]
    assert row[MARGIN + 100] < 100
    assert row[MARGIN + 4 * 338 + 100] == 200


def test_without_any_font_installed_there_is_still_one() -> None:
    assert font(("no such font.otf",), 14).getlength("Blue Sunset") > 10
    assert font(BOLD, 30).getlength("Blue Sunset") > font(BOLD, 14).getlength("Blue Sunset")
