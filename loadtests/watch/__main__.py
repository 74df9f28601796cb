"""`python -m loadtests.watch`: watches a film for some minutes and says what a viewer would have had."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2

from loadtests.watch.local_stack import StackNotReady, local_stack
from loadtests.watch.script import DEFAULT_SCRIPT, InvalidScript, load_script
from loadtests.watch.table import table
from loadtests.watch.viewer import WatchFailed, watch


def main(arguments: Sequence[str] | None = None) -> int:
    """0: nothing is wrong; 1: something is, and is said; 2: there was nothing to watch."""
    chosen = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        script = load_script(chosen.script)
        chosen.out.mkdir(parents=True, exist_ok=True)
        with contextlib.nullcontext(chosen.url) if chosen.url else local_stack() as url:
            summary = asyncio.run(watch(url, chosen.story, chosen.minutes, script, out=chosen.out))
    except (OSError, InvalidScript, StackNotReady, WatchFailed) as error:
        print(f"watch: {error}", file=sys.stderr)
        return 2
    (chosen.out / "watch.json").write_text(json.dumps(summary.to_json(), indent=2) + "\n", encoding="utf-8")
    print(table(summary))
    return 1 if summary.faults() else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.watch", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--url", default="", help="a running streaming service; without one a stack is started")
    parser.add_argument("--story", default="mars_colony_2095")
    parser.add_argument("--script", type=Path, default=DEFAULT_SCRIPT)
    parser.add_argument("--out", type=Path, default=Path("loadtests/results"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
