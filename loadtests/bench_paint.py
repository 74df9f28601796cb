"""What painting a story's plates costs on one core, against the same kernel without its short cuts.

`python -m loadtests.bench_paint [--story ID] [--views N]`. Prints a table, writes loadtests/results/paint.json.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from loadtests.contact_sheet.storyboard import STORIES, as_drawn, planned_shots
from services.inference.adapters.animator_stage.camera import spare_for
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.painter_raymarch.sheets import picture_of
from services.inference.domain.plates import Spare
from services.inference.domain.shot import View
from services.streaming.adapters.stories_yaml import load

SIZE = (854, 480)
WAYS = 4
RESULTS = Path("loadtests/results/paint.json")


@dataclass(frozen=True, slots=True)
class Painted:
    """CPU seconds of one view, all threads together; unlike: mean absolute difference of the pictures, 0..255."""

    set_name: str
    framing: str
    seconds: float
    naive_seconds: float
    unlike: float


Asked = tuple[View, Spare]


def views_of(story_id: str, count: int) -> list[Asked]:
    """Views of a story's shots over several ways through it, evenly picked and weighed as they occur, each with what
    its camera's move needs round it."""
    story = load(STORIES / f"{story_id}.yaml")
    shots = [as_drawn(planned.shot) for seed in range(WAYS) for _, planned in planned_shots(story, seed)]
    step = max(1, len(shots) // count)
    return [(shot.view, spare_for(shot.camera)) for shot in shots[::step]][:count]


def _cpu_s(painter: RaymarchPainter, asked: Asked) -> tuple[float, np.ndarray]:
    began_s = time.process_time()
    plates = painter.paint(asked[0], *SIZE, asked[1])
    return time.process_time() - began_s, picture_of(plates)


def measure(views: Sequence[Asked], naive_share: int) -> list[Painted]:
    """naive_share: every n-th view is painted by the naive kernel too, in turn with the other."""
    painted = []
    with RaymarchPainter() as painter, RaymarchPainter(naive=True) as naive:
        for set_name in sorted({view.set_name for view, _ in views}):
            painter.warm(set_name)
            naive.warm(set_name)
        for number, asked in enumerate(views):
            view = asked[0]
            seconds, picture = _cpu_s(painter, asked)
            naive_s, unlike = float("nan"), float("nan")
            if number % naive_share == 0:
                naive_s, full = _cpu_s(naive, asked)
                unlike = float(np.abs(full.astype(np.int16) - picture).mean())
            painted.append(Painted(view.set_name, view.framing, seconds, naive_s, unlike))
    return painted


def _middle(values: Sequence[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return round(median(known), 3) if known else float("nan")


def summary(painted: Sequence[Painted]) -> Mapping[str, object]:
    """Medians over the shots, and over each place's."""
    compared = [row for row in painted if not isnan(row.naive_seconds)]
    return {
        "plates_s_median": _middle([row.seconds for row in painted]),
        "plates_s_worst": round(max(row.seconds for row in painted), 3),
        "naive_s_median": _middle([row.naive_seconds for row in compared]),
        "naive_over_ours": _middle([row.naive_seconds / row.seconds for row in compared]),
        "difference_of_255": _middle([row.unlike for row in compared]),
        "views": len(painted),
        "size": list(SIZE),
        "by_set": {
            name: _middle([row.seconds for row in painted if row.set_name == name])
            for name in sorted({row.set_name for row in painted})
        },
        "rows": [asdict(row) for row in painted],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_paint")
    parser.add_argument("--story", default="mars_colony_2095")
    parser.add_argument("--views", type=int, default=40)
    parser.add_argument("--naive-every", type=int, default=4, help="the naive kernel paints every n-th view")
    asked = parser.parse_args()
    os.environ.setdefault("LP_NUM_THREADS", "1")
    cv2.setNumThreads(1)
    found = summary(measure(views_of(asked.story, asked.views), asked.naive_every))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1), encoding="utf-8")
    for name, value in found.items():
        if name not in ("rows", "by_set"):
            print(f"{name:20} {value}")
    for name, value in dict(found["by_set"]).items():  # type: ignore[call-overload]
        print(f"  {name:18} {value:.2f} s")


if __name__ == "__main__":
    main()
