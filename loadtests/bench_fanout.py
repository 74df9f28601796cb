"""Viewers of one take per core: this project's fan-out, aiortc's two paths and a bare loop, interleaved.

`python -m loadtests.bench_fanout`; see loadtests/README.md for what each figure means.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "fanout.json"
MODES = {"fan-out": 300, "bare": 300, "aiortc-packets": 50, "aiortc-encoding": 1}
"""Viewers of each: about half a core's worth of this project's, less of the slower ones."""


@dataclass
class Pair:
    """A sender and its crowd, each on a core of its own."""

    mode: str
    viewers: int
    sender: subprocess.Popen[str]
    crowd: subprocess.Popen[str]
    bitrate_bps: float
    rounds: list[dict[str, float]] = field(default_factory=list)

    def play(self, seconds: float) -> None:
        """One round."""
        _tell(self.sender, f"play {seconds}")
        cost = _hear(self.sender)
        _tell(self.crowd, "count")
        got = _hear(self.crowd)
        lost = max(0.0, got["expected"] - got["received"]) + max(0.0, got["pretended"] - got["repaired"])
        cores = cost["cpu_s"] / cost["media_s"]
        self.rounds.append(
            {
                **cost, **got,
                "viewers_per_core": self.viewers / cores,
                "loss": lost / max(1.0, got["expected"]),
                "rate": cost["media_s"] / cost["wall_s"],
                "packets_per_s": got["received"] / cost["wall_s"],
            }
        )  # fmt: skip

    def median(self, name: str) -> float:
        """Over the rounds."""
        return statistics.median(each[name] for each in self.rounds)

    def close(self) -> None:
        """End both."""
        for process in (self.crowd, self.sender):
            process.kill()
            process.wait()


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended")
    return dict(json.loads(line))


def _process(module: str, core: int, *arguments: str) -> subprocess.Popen[str]:
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(process.pid, {cores[core % len(cores)]})
    return process


def paired(mode: str, viewers: int) -> Pair:
    """A sender with everyone connected."""
    sender = _process("loadtests.delivery.senders", 0, mode)
    told = _hear(sender)
    crowd = _process("loadtests.delivery.crowd", 1)
    _tell(crowd, json.dumps({"url": told["url"], "count": viewers}))
    assert _hear(crowd)["connected"] == viewers
    return Pair(mode, viewers, sender, crowd, told["bitrate_bps"])


def main() -> int:
    """Prints a table, writes results/fanout.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="on the numbers of viewers")
    chosen = parser.parse_args()
    pairs: list[Pair] = []
    try:
        for mode, viewers in MODES.items():
            pairs.append(paired(mode, max(1, round(viewers * chosen.scale))))
            print(f"{mode}: {pairs[-1].viewers} viewers connected", flush=True)
        for pair in pairs:
            pair.play(2.0)
            pair.rounds.clear()
        for _ in range(chosen.rounds):
            for pair in pairs:
                pair.play(chosen.seconds)
    finally:
        for pair in pairs:
            pair.close()
    by_mode = {pair.mode: pair for pair in pairs}
    ours = by_mode["fan-out"]
    result: dict[str, Any] = {
        "viewers_per_core": ours.median("viewers_per_core"),
        "vs_shared_packet": ours.median("viewers_per_core") / by_mode["aiortc-packets"].median("viewers_per_core"),
        "vs_encode_each": ours.median("viewers_per_core") / by_mode["aiortc-encoding"].median("viewers_per_core"),
        "send_bound_fraction": ours.median("viewers_per_core") / by_mode["bare"].median("viewers_per_core"),
        "loss": ours.median("loss"),
        "rate": ours.median("rate"),
        "bitrate_bps": ours.bitrate_bps,
        "modes": {mode: {"viewers": pair.viewers, "rounds": pair.rounds} for mode, pair in by_mode.items()},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1))
    print(f"{'':<16} {'viewers':>8} {'per core':>9} {'rate':>6} {'loss':>8} {'late p99':>9}")
    for mode, pair in by_mode.items():
        print(
            f"{mode:<16} {pair.viewers:>8} {pair.median('viewers_per_core'):>9.1f} {pair.median('rate'):>6.3f}"
            f" {pair.median('loss'):>8.5f} {1000 * pair.median('tick_late_p99_s'):>6.1f} ms"
        )
    print(
        f"fan-out against aiortc with shared packets {result['vs_shared_packet']:.1f}x, encoding for each"
        f" {result['vs_encode_each']:.0f}x; {100 * result['send_bound_fraction']:.0f} % of a bare loop"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
