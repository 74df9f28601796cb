"""A bad line: freezes and recovery of this project's delivery and of stock aiortc, watched in Chromium.

`python -m loadtests.bench_network`; needs root. See loadtests/README.md for what each figure means.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from loadtests.delivery.line import Condition, Line

RESULTS = Path(__file__).parent / "results" / "network.json"
GOOD = Condition(2e6, 0.030, 0.02)
NARROW = Condition(0.7e6, 0.030, 0.02)
AWAY = Condition(2e6, 0.030, 0.02, away=True)
PHASES = ((12.0, "good", GOOD), (25.0, "narrow", NARROW), (18.0, "wide again", GOOD), (5.0, "away", AWAY),
          (15.0, "back", GOOD))  # fmt: skip
FREEZE_S = 0.25
"""A picture that stays longer than six frames is a freeze, and lasts as long as it stays beyond its own time."""
BEST_WIDTH = 640
PORT = 24_080
LINE_LIMIT = 64 * 1024 * 1024
FRAME_S = 1 / 24


@dataclass(frozen=True, slots=True)
class Watched:
    """shown: (seconds since the first phase, width) of each picture; phases: name and when it began."""

    mode: str
    shown: tuple[tuple[float, int], ...]
    phases: tuple[tuple[str, float], ...]
    figures: dict[str, float]
    states: tuple[dict[str, Any], ...]
    line: dict[str, tuple[int, int, int]]

    def freezes(self) -> list[tuple[float, float]]:
        """(when, how long) of each."""
        stays = ((before, after - before) for (before, _), (after, _) in pairwise(self.shown))
        return [(at_s, stay_s - FRAME_S) for at_s, stay_s in stays if stay_s > FREEZE_S]

    @property
    def frozen_s(self) -> float:
        """In all."""
        return sum(stay_s for _, stay_s in self.freezes())

    def frozen_in(self, name: str) -> float:
        """Of the freezes that began in a phase."""
        starts = [at_s for _, at_s in self.phases] + [float("inf")]
        number = [phase for phase, _ in self.phases].index(name)
        return sum(stay_s for at_s, stay_s in self.freezes() if starts[number] <= at_s < starts[number + 1])

    def recovery_s(self, name: str) -> float:
        """From a phase's beginning until the best rendition is seen and stays for two seconds."""
        began_s = next(at_s for phase, at_s in self.phases if phase == name)
        good_since: float | None = None
        for at_s, width in self.shown:
            if at_s < began_s:
                continue
            if width < BEST_WIDTH:
                good_since = None
            elif good_since is None:
                good_since = at_s
            elif at_s - good_since >= 2.0:
                return good_since - began_s
        return float("inf")


async def watched(mode: str, scale: float) -> Watched:
    """One film over one line through all phases."""
    seconds = sum(each for each, _, _ in PHASES) * scale + 1.0
    with Line("cineloom-bench") as line:
        line.condition = GOOD
        line.carry()
        server = await _run(line, line.near, "film_server", mode, line.near_address, str(PORT))
        page: Process | None = None
        try:
            assert (await _heard(server)) == "ready"
            url = f"http://{line.near_address}:{PORT}/"
            page = await _run(line, line.far, "watching_page", url, str(seconds))
            started = json.loads(await _heard(page))
            began_s, phases, states = time.time(), [], []
            for length_s, name, condition in PHASES:
                phases.append((name, time.time() - began_s))
                line.condition = condition
                states.append(await _state(line, url, condition, length_s * scale))
            noted = json.loads(await _heard(page))
            shown = tuple((at_s + started["epoch_s"] - began_s, width) for at_s, width, _ in noted["shown"])
            after = tuple(each for each in shown if each[0] >= 0)
            return Watched(mode, after, tuple(phases), noted["figures"], tuple(states), line.counts)
        finally:
            line.stop()
            for process in (page, server):
                if process is not None and process.returncode is None:
                    process.kill()
                    await process.wait()


async def _state(line: Line, url: str, condition: Condition, length_s: float) -> dict[str, Any]:
    """Wait a phase out; then what the server says of the viewer, asked over the line itself once it is back."""
    await asyncio.sleep(length_s)
    if condition.away:
        return {}
    asking = f"import urllib.request as r; print(r.urlopen('{url}state').read().decode())"
    command = Line.command(line.near, sys.executable, "-c", asking)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    answer, _ = await process.communicate()
    return dict(json.loads(answer))


async def _run(line: Line, space: str, module: str, *arguments: str) -> Process:
    command = Line.command(space, sys.executable, "-m", f"loadtests.delivery.{module}", *arguments)
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, limit=LINE_LIMIT)


async def _heard(process: Process) -> str:
    assert process.stdout is not None
    text = (await process.stdout.readline()).decode().strip()
    if not text:
        raise RuntimeError("a process of the bench ended")
    return text


def main() -> int:
    """Prints a table, writes results/network.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="on the length of each phase")
    chosen = parser.parse_args()
    runs = [asyncio.run(watched(mode, chosen.scale)) for _ in range(chosen.rounds) for mode in ("fan-out", "aiortc")]
    result = summary(runs)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1))
    show(runs, result)
    return 0


def summary(runs: list[Watched]) -> dict[str, Any]:
    """What is written down."""
    ours, theirs = ([run for run in runs if run.mode == mode] for mode in ("fan-out", "aiortc"))
    frozen_s = {
        "ours": statistics.median(run.frozen_s for run in ours),
        "aiortc": statistics.median(run.frozen_s for run in theirs),
    }
    recovery = {name: statistics.median(run.recovery_s(name) for run in ours) for name in ("wide again", "back")}
    return {
        "freeze_vs_aiortc": frozen_s["ours"] / frozen_s["aiortc"] if frozen_s["aiortc"] else None,
        "recovery_s": max(recovery.values()),
        "recovery": recovery,
        "frozen_s": frozen_s,
        "runs": [told(run) for run in runs],
    }


def told(run: Watched) -> dict[str, Any]:
    """One run in full, but for each single picture."""
    changes = [[round(at_s, 2), width] for (_, last), (at_s, width) in pairwise(run.shown) if width != last]
    return {
        "mode": run.mode,
        "pictures": len(run.shown),
        "frozen_s": run.frozen_s,
        "frozen_in": {name: run.frozen_in(name) for name, _ in run.phases},
        "freezes": run.freezes(),
        "phases": run.phases,
        "width_changes": changes,
        "figures": run.figures,
        "states": run.states,
        "line": run.line,
    }


def show(runs: list[Watched], result: dict[str, Any]) -> None:
    """The table."""
    names = [name for _, name, _ in PHASES]
    print(f"{'':<9} {'pictures':>8} {'frozen s':>9}  " + "  ".join(f"{name:>10}" for name in names))
    for run in runs:
        spread = "  ".join(f"{run.frozen_in(name):>10.2f}" for name in names)
        print(f"{run.mode:<9} {len(run.shown):>8} {run.frozen_s:>9.2f}  {spread}")
    frozen_s, recovery = result["frozen_s"], result["recovery"]
    print(
        f"freezes {frozen_s['ours']:.1f} s against {frozen_s['aiortc']:.1f} s; back at the best rendition"
        f" {recovery['wide again']:.1f} s after the line got wide, {recovery['back']:.1f} s after an outage"
    )


if __name__ == "__main__":
    sys.exit(main())
