"""Draws sheets: `python -m loadtests.contact_sheet [places|puppets|moves|story|golden ...] [--only NAME ...]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2

from loadtests.contact_sheet import golden, moves, places, puppets, storyboard
from loadtests.contact_sheet.studio import Studio, open_studio

KINDS = ("places", "puppets", "moves", "story", "golden")
SIZES = {"640x360": (640, 360), "854x480": (854, 480), "1280x720": (1280, 720)}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="contact_sheet", description="Draw PNG sheets of all that the film can show.")
    parser.add_argument("kinds", nargs="*", metavar="|".join(KINDS),
                        help="which sheets; all but golden (what tests compare with) by default")  # fmt: skip
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="places or puppets by name")
    parser.add_argument("--moods", action="store_true", help="places in three moods only, without framings and marks")
    parser.add_argument("--out", type=Path, default=Path("loadtests/results"))
    parser.add_argument("--size", choices=SIZES, default="640x360", help="of a still")
    parser.add_argument("--story", default="mars_colony_2095")
    parser.add_argument("--seed", type=int, default=1, help="which way through the story")
    parser.add_argument("--first", type=int, default=0, help="first shot of the storyboard")
    parser.add_argument("--shots", type=int, default=48, help="shots on the storyboard")
    asked = parser.parse_args()
    if unknown := set(asked.kinds) - set(KINDS):
        parser.error(f"unknown sheets: {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}")
    return asked


def _draw(studio: Studio, asked: argparse.Namespace) -> None:
    kinds = asked.kinds or KINDS[:4]
    folder = asked.out
    if "places" in kinds:
        for name in asked.only or studio.painter.known_sets():
            _tell(time.perf_counter(), partial(places.write_place, studio, name, folder, not asked.moods))
    if "puppets" in kinds:
        names = asked.only or studio.puppets.known_puppets()
        _tell(time.perf_counter(), lambda: puppets.write_cast(studio.puppets, names, folder))
        for name in names:
            _tell(time.perf_counter(), partial(puppets.write_puppet, studio.puppets, name, folder))
    if "moves" in kinds:
        _tell(time.perf_counter(), lambda: moves.write_moves(studio, folder))
        _tell(time.perf_counter(), lambda: moves.write_crossings(studio, folder))
        _tell(time.perf_counter(), lambda: moves.write_effects(studio, folder))
    if "golden" in kinds:
        for name in (name for name in golden.SEATS if not asked.only or name in asked.only):
            _tell(time.perf_counter(), partial(_keep_place, studio, name))
        for name in (name for name in golden.SITTERS if not asked.only or name in asked.only):
            _tell(time.perf_counter(), partial(_keep_portrait, studio, name))
    if "story" in kinds:
        _tell(time.perf_counter(), lambda: storyboard.write_storyboard(
            studio, asked.story, folder, asked.seed, asked.first, asked.shots))  # fmt: skip


def _keep_place(studio: Studio, name: str) -> Path:
    return golden.keep(name, golden.place(studio.painter, name))


def _keep_portrait(studio: Studio, name: str) -> Path:
    return golden.keep(name, golden.portrait(studio.puppets, name))


def _tell(began_s: float, write: Callable[[], Path]) -> None:
    path = write()
    print(f"{path} {time.perf_counter() - began_s:.1f} s", flush=True)


def main() -> None:
    asked = _asked()
    cv2.setNumThreads(1)
    width, height = SIZES[asked.size]
    with open_studio(width, height, Path(".cache/puppets")) as studio:
        _draw(studio, asked)


if __name__ == "__main__":
    main()
