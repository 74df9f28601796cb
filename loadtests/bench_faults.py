"""A viewer watches while the broker is kept dead for half a minute and a replica of the Animator dies every 20 s.

`python -m loadtests.bench_faults`: fails when a part does not come back, play stops for longer than a hold, or an event
that was acknowledged has not exactly one receipt.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from loadtests.watch.script import load_script
from loadtests.watch.summary import Summary
from loadtests.watch.viewer import watch
from tests.stack import Stack

RESULTS = Path(__file__).parent / "results" / "faults.json"
STORY = "mars_colony_2095"
REPLICA_EVERY_S = 20.0
BROKER_DIES_AT_S = 15.0
BROKER_AWAY_S = 30.0
LOOK_EVERY_S = 0.2
HOLD_S = 0.5
"""A hold sends half seconds of the picture that stands: nothing at all for longer than one is a stall."""


@dataclass(slots=True)
class Harm:
    """What was done."""

    broker_kills: int = 0
    broker_away_s: float = 0.0
    replica_kills: int = 0


async def keep_the_broker_away(stack: Stack, harm: Harm) -> None:
    """It is killed; what its supervisor starts in its place stands still, so that nothing answers for half a minute."""
    await asyncio.sleep(BROKER_DIES_AT_S)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    killed = stack.kill("broker")
    harm.broker_kills += 1
    frozen: psutil.Process | None = None
    try:
        while loop.time() < began_s + BROKER_AWAY_S:
            pid = stack.pid("broker")
            with contextlib.suppress(psutil.NoSuchProcess):
                if pid not in (0, killed) and (frozen is None or frozen.pid != pid):
                    frozen = psutil.Process(pid)
                    frozen.suspend()
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        harm.broker_away_s = loop.time() - began_s
        if frozen is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                frozen.resume()


async def kill_replicas(stack: Stack, harm: Harm) -> None:
    """One of the Animator's every 20 s, for ever."""
    while True:
        await asyncio.sleep(REPLICA_EVERY_S)
        with contextlib.suppress(psutil.NoSuchProcess):
            for victim in stack.replicas("animator")[:1]:
                victim.kill()
                harm.replica_kills += 1


async def watched(stack: Stack, minutes: float, harm: Harm) -> Summary:
    """One viewer from start to end; the harm begins at the first picture."""
    harming: list[asyncio.Task[None]] = []

    def begin(_: object) -> None:
        loop = asyncio.get_running_loop()
        harming.extend(loop.create_task(work(stack, harm)) for work in (keep_the_broker_away, kill_replicas))

    try:
        return await watch(stack.streaming_url, STORY, minutes, load_script(), begin)
    finally:
        for task in harming:
            task.cancel()
        await asyncio.gather(*harming, return_exceptions=True)
        await asyncio.gather(*harming, return_exceptions=True)


def told(summary: Summary, harm: Harm, restarts: dict[str, int]) -> dict[str, Any]:
    """What is written down."""
    stalled_s = sum(stall.gap_s for stall in summary.stalls if stall.stream == "video")
    acknowledged = [event for event in summary.events if event.ack_after_s is not None]
    lost = [event.what for event in acknowledged if event.receipts != 1 or event.decided not in (1, None)]
    return {
        "watched_s": summary.watched_s,
        "continuous_play": 1 - stalled_s / summary.watched_s,
        "stalls": len(summary.stalls),
        "longest_stall_s": max((stall.gap_s for stall in summary.stalls), default=0.0),
        "holds": len(summary.holds),
        "held_s": sum(span.until_s - span.from_s for span in summary.holds),
        "events": len(summary.events),
        "acknowledged": len(acknowledged),
        "lost": lost,
        "reconnects": summary.reconnects,
        "restarts": restarts,
        "loop_lag_s": summary.loop_lag_s,
        "load_average": summary.load_average,
        **asdict(harm),
    }


def main() -> int:
    """Prints the figures, writes results/faults.json; exit code 1 for a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    chosen = parser.parse_args()
    harm = Harm()
    with tempfile.TemporaryDirectory(prefix="cineloom-faults-") as folder:
        stack = Stack(Path(folder) / "run")
        stack.start()
        try:
            summary = asyncio.run(watched(stack, chosen.minutes, harm))
            restarts = {name: part.restarts for name, part in stack.state.parts.items()}
        finally:
            stack.stop()
    result = told(summary, harm, restarts)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1))
    print(
        f"{result['watched_s']:.0f} s: broker away for {harm.broker_away_s:.0f} s, replicas killed"
        f" {harm.replica_kills} times; continuous {100 * result['continuous_play']:.2f} %"
        f" ({result['stalls']} stalls, longest {result['longest_stall_s']:.2f} s;"
        f" {result['holds']} holds, {result['held_s']:.1f} s),"
        f" {result['acknowledged']} events acknowledged, without just one receipt: {result['lost'] or 'none'};"
        f" load average {os.getloadavg()[0]:.1f}"
    )
    crashed = restarts["streaming"] or restarts["inference"] or summary.reconnects
    return 1 if result["lost"] or crashed or result["longest_stall_s"] > HOLD_S else 0


if __name__ == "__main__":
    sys.exit(main())
