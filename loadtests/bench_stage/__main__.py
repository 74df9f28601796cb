"""`python -m loadtests.bench_stage`: measures the stage and writes loadtests/results/stage.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from loadtests.bench_stage import film
from loadtests.bench_stage.contest import Contest, contest, worst_ratio
from loadtests.bench_stage.floor import bandwidth_bytes_per_s, touched_bytes
from loadtests.bench_stage.layers import lay_out
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.domain.shot import Rendition
from services.inference.settings import read_settings

RESULTS = Path("loadtests/results/stage.json")
PARTS = ("film", "cores", "contest")
GOALS: Mapping[str, Callable[[float], bool]] = {
    "realtime_factor_median": lambda value: value >= 2.5,
    "realtime_factor_worst": lambda value: value >= 1.5,
    "two_core_gain": lambda value: value >= 1.8,
    "vs_skia": lambda value: value >= 2.5,
    "vs_ffmpeg": lambda value: value >= 1.4,
    "ssim": lambda value: value >= 0.98,
    "plates_s_median": lambda value: value <= 1.5,
    "start_any_frame_ms_p95": lambda value: value <= 150.0,
}


def main() -> int:
    """0: every figure is where it should be. 1: one is not."""
    asked = _arguments()
    os.environ.setdefault("LP_NUM_THREADS", "1")
    cv2.setNumThreads(1)
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    with RaymarchPainter() as raymarch:
        painter = film.TimedPainter(raymarch)
        for part in asked.parts:
            print(f"-- {part}", flush=True)
            results.update(_PARTS[part](painter, asked))
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return _print(results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_stage", description=__doc__)
    parser.add_argument("--story", default="mars_colony_2095")
    parser.add_argument("--shots", type=int, default=32, help="how many planned shots are drawn whole")
    parser.add_argument("--frames", type=int, default=96, help="frames of each scene that the compositors draw")
    parser.add_argument("--width", type=int, default=854)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    return parser.parse_args()


def _rendition(asked: argparse.Namespace) -> Rendition:
    return Rendition(asked.width, asked.height)


def _puppets_cache() -> Path:
    return read_settings().cache / "puppets"


def _film(painter: film.TimedPainter, asked: argparse.Namespace) -> dict[str, Any]:
    animator = film.animator_of(painter, _puppets_cache())
    rows, starts = [], []
    for number, chosen in enumerate(film.chosen_shots(asked.story, asked.shots, _rendition(asked))):
        drawn = film.draw(animator, chosen)
        rows.append(drawn)
        starts += film.starts_ms(animator, chosen, 4, number)
        frames = 24.0 * drawn.film_s
        print(
            f"   {drawn.realtime_factor:5.2f}x  draw {1e3 * drawn.draw_s / frames:5.2f} ms  encode "
            f"{1e3 * drawn.encode_s / frames:5.2f} ms  {drawn.set_name} {drawn.framing} "
            f"{' '.join((*drawn.puppets, *drawn.effects))}",
            flush=True,
        )
    factors = [row.realtime_factor for row in rows]
    frames_all = sum(24.0 * row.film_s for row in rows)
    return {
        "realtime_factor_median": round(median(factors), 2),
        "realtime_factor_worst": round(min(factors), 2),
        "draw_ms_a_frame": round(1e3 * sum(row.draw_s for row in rows) / frames_all, 2),
        "encode_ms_a_frame": round(1e3 * sum(row.encode_s for row in rows) / frames_all, 2),
        "bitrate_bps_median": round(8 * median(row.bytes_a_second for row in rows)),
        "plates_s_median": round(median(painter.costs_s), 3),
        "plates_s_worst": round(max(painter.costs_s), 3),
        "start_any_frame_ms_p95": round(film.percentile([first for first, _ in starts], 0.95), 1),
        "first_chunk_ms_p95": round(film.percentile([chunk for _, chunk in starts], 0.95), 1),
        "shots": len(rows),
        "size": [asked.width, asked.height],
        "rows": [{**asdict(row), "realtime_factor": round(row.realtime_factor, 2)} for row in rows],
    }


def _cores(painter: film.TimedPainter, asked: argparse.Namespace) -> dict[str, Any]:
    shots = film.chosen_shots(asked.story, 24, _rendition(asked))
    chosen = next(shot for shot in shots if len(shot.order.shot.staging) == 2)
    film.animator_of(painter, _puppets_cache()).prepare(chosen.order)
    wall, cpu = film.two_core_gain(painter.painted, chosen, _puppets_cache())
    return {"two_core_gain": round(wall, 2), "two_core_gain_cpu": round(cpu, 2)}


def _contest(painter: film.TimedPainter, asked: argparse.Namespace) -> dict[str, Any]:
    puppets = SpritePuppets(cache=_puppets_cache())
    still, lit = (
        [contest(layers, changing=changing, frames=asked.frames, compared=not changing)
         for layers in lay_out(painter, puppets, changing=changing, rendition=_rendition(asked))]
        for changing in (False, True)
    )  # fmt: skip
    for found in (*still, *lit):
        _print_contest(found)
    layers = lay_out(painter, puppets, changing=False, rendition=_rendition(asked))[0]
    bandwidth = bandwidth_bytes_per_s()
    touched = touched_bytes(layers, changing=False)
    changed = touched_bytes(layers, changing=True)
    return {
        "vs_skia": round(worst_ratio(lit, "skia"), 2),
        "vs_skia_standing_light": round(worst_ratio(still, "skia"), 2),
        "vs_ffmpeg": round(worst_ratio(lit, "ffmpeg"), 2),
        "vs_ffmpeg_standing_light": round(worst_ratio(still, "ffmpeg"), 2),
        "ssim": round(min(found.likeness["ours"] for found in still), 4),
        "ssim_painted_depth": round(min(found.likeness["ours_by_painted_depth"] for found in still), 4),
        "bandwidth_gb_per_s": round(bandwidth / 1e9, 1),
        "touched_mb": {name: round(size / 1e6, 2) for name, size in changed.items()},
        "floor_ms": round(1e3 * sum(touched.values()) / bandwidth, 2),
        "floor_ms_changing_light": round(1e3 * sum(changed.values()) / bandwidth, 2),
        "compositor_ms": round(max(found.milliseconds["ours"] for found in still), 2),
        "compositor_ms_changing_light": round(max(found.milliseconds["ours"] for found in lit), 2),
        "contests": [asdict(found) for found in (*still, *lit)],
    }


def _print_contest(found: Contest) -> None:
    times = "  ".join(f"{name} {value:6.2f} ms" for name, value in found.milliseconds.items())
    alike = "  ".join(f"{name} {value:.3f}" for name, value in found.likeness.items())
    light = "light changes" if found.changing else "light stands"
    print(f"   {found.scene:24} {light:14} {times}  {f'SSIM {alike}' if alike else ''}", flush=True)


_PARTS: Mapping[str, Callable[[film.TimedPainter, argparse.Namespace], dict[str, Any]]] = {
    "film": _film,
    "cores": _cores,
    "contest": _contest,
}


def _print(results: Mapping[str, Any]) -> int:
    missed = 0
    for name, value in results.items():
        if isinstance(value, (list, dict)):
            continue
        goal = GOALS.get(name)
        wrong = goal is not None and not goal(float(value))
        missed += wrong
        print(f"{'WRONG ' if wrong else '      '}{name:28} {value}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
