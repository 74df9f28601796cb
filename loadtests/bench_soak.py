"""Many sessions for minutes: is play continuous, is memory flat, does anything stay behind when viewers have gone.

`python -m loadtests.bench_soak --minutes 10`; see loadtests/README.md for what each figure means.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from loadtests.delivery.crowd import CountingViewer

RESULTS = Path(__file__).parent / "results" / "soak.json"
STALL_S = 0.25
STAY_S = (20.0, 60.0)
CHOICE_S = 1.0
SAMPLE_EVERY_S = 5.0
SETTLE_S = 8.0
ENDED_SETTLE_S = 45.0
"""Films that are over are put away half a minute after the last who watched has gone."""
STILL_LIMIT_S = 3.0
LAG_PERIOD_S = 0.05
REACTIONS = ("wow", "tense", "love", "bored", "sad", "laugh")


class Lag:
    """How late this process's own event loop was, and when: who watches late sees gaps that nobody made."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []

    async def notice(self) -> None:
        """For ever."""
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(LAG_PERIOD_S)
            late_s = time.monotonic() - before_s - LAG_PERIOD_S
            if late_s > LAG_PERIOD_S:
                self._late.append((time.monotonic(), late_s))

    @property
    def most_s(self) -> float:
        return max((late_s for _, late_s in self._late), default=0.0)

    def within(self, from_s: float, until_s: float) -> float:
        """The most in a span."""
        return max((late_s for at_s, late_s in self._late if from_s <= at_s - late_s <= until_s), default=0.0)


@dataclass
class Watching:
    """One seat and who sits in it: comes, stays, reacts, goes and comes back, and takes a new film when one is over.

    stalled_here_s: of the stalls, those with at least half as much lag of the watcher's own.
    """

    lag: Lag
    session_id: str = ""
    token: str = ""
    films: int = 0
    played_s: float = 0.0
    stalled_s: float = 0.0
    stalled_here_s: float = 0.0
    stalls: int = 0
    visits: int = 0
    refused: int = 0
    loss: list[float] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def begin(self, http: aiohttp.ClientSession, url: str) -> None:
        """A new film."""
        async with http.post(f"{url}/v1/sessions", json={"storyId": "small"}) as answer:
            grant = await answer.json()
        self.session_id, self.token = grant["sessionId"], grant["token"]
        self.films += 1

    async def over(self, http: aiohttp.ClientSession, url: str) -> bool:
        """Whether the film is."""
        async with http.get(f"{url}/v1/sessions/{self.session_id}", headers=self.headers) as answer:
            return bool((await answer.json())["state"] == "ended")

    async def live(self, http: aiohttp.ClientSession, url: str, until_s: float) -> None:
        while time.monotonic() < until_s:
            if await self.over(http, url):
                await self.begin(http, url)
            viewer = CountingViewer(pretend_lost=0.0)
            try:
                await viewer.connect(http, f"{url}/whep/{self.session_id}", self.headers)
                self.visits += 1
                await self._watch(viewer, http, url, min(until_s, time.monotonic() + random.uniform(*STAY_S)))
            except (AssertionError, TimeoutError, ConnectionError) as error:
                self.refused += 1
                print(f"a viewer could not watch: {error}", file=sys.stderr)
                await asyncio.sleep(1.0)
            finally:
                await viewer.peer.close()

    async def _watch(self, viewer: CountingViewer, http: aiohttp.ClientSession, url: str, until_s: float) -> None:
        act_at_s = time.monotonic() + random.uniform(3, 15)
        while time.monotonic() < until_s:
            await asyncio.sleep(1.0)
            await viewer.report()
            await viewer.ask()
            if time.monotonic() > act_at_s:
                act_at_s += random.uniform(5, 20)
                act = {"eventId": f"soak-{random.getrandbits(64):016x}", "emoji": {"name": random.choice(REACTIONS)}}
                events = f"{url}/v1/sessions/{self.session_id}/events"
                async with http.post(events, json=act, headers=self.headers) as answer:
                    self.refused += answer.status != 202
            if viewer.still_s > STILL_LIMIT_S and await self.over(http, url):
                break
        self._count(viewer)

    def _count(self, viewer: CountingViewer) -> None:
        for before_s, after_s in viewer.spans():
            gap_s = after_s - before_s
            self.played_s += gap_s
            if gap_s > STALL_S:
                self.stalls += 1
                self.stalled_s += gap_s - 1 / 24
                if self.lag.within(before_s - STALL_S, after_s) > gap_s / 2:
                    self.stalled_here_s += gap_s - 1 / 24
        if viewer.video.expected:
            self.loss.append(1 - viewer.video.received / viewer.video.expected)


@dataclass(frozen=True, slots=True)
class Sample:
    """Of the streaming process: rss_bytes and open files from /proc, tasks as it says itself."""

    at_s: float
    rss_bytes: int
    files: int
    sockets: int
    tasks: int
    cpu_s: float


async def sampled(http: aiohttp.ClientSession, url: str, pid: int, began_s: float) -> Sample:
    """Now."""
    proc = Path(f"/proc/{pid}")
    rss = int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    links = []
    for entry in (proc / "fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(os.readlink(entry))
    used = (proc / "stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    async with http.get(f"{url}/state") as answer:
        tasks = int((await answer.json())["tasks"])
    sockets = sum(link.startswith("socket:") for link in links)
    return Sample(time.monotonic() - began_s, rss, len(links), sockets, tasks, cpu_s)


@contextlib.asynccontextmanager
async def node() -> AsyncIterator[tuple[str, int, Process]]:
    """A streaming node of made-up films: (url, pid, process)."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "loadtests.delivery.made_node", stdout=PIPE)
    assert process.stdout is not None
    try:
        told = json.loads(await process.stdout.readline())
        yield told["url"], told["pid"], process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def soak(minutes: float, sessions: int) -> dict[str, Any]:
    """The whole run."""
    began_s = time.monotonic()
    # Connections that are kept open would be counted as sockets and tasks that stayed behind.
    connector = aiohttp.TCPConnector(force_close=True)
    async with node() as (url, pid, process), aiohttp.ClientSession(connector=connector) as http:
        lag = Lag()
        noticing = asyncio.create_task(lag.notice())
        watching = [Watching(lag) for _ in range(sessions)]
        for one in watching:
            await one.begin(http, url)
        await asyncio.sleep(SETTLE_S)
        before = await sampled(http, url, pid, began_s)
        until_s = time.monotonic() + 60 * minutes
        living = [asyncio.create_task(one.live(http, url, until_s)) for one in watching]
        samples = []
        while not all(task.done() for task in living):
            await asyncio.sleep(SAMPLE_EVERY_S)
            samples.append(await sampled(http, url, pid, began_s))
        await asyncio.gather(*living)
        noticing.cancel()
        await asyncio.sleep(ENDED_SETTLE_S)
        after = await sampled(http, url, pid, began_s)
        async with http.get(f"{url}/state") as answer:
            state = await answer.json()
        assert process.returncode is None
    return summary(sessions, watching, before, samples, after, state)


def summary(
    sessions: int, watching: list[Watching], before: Sample, samples: list[Sample], after: Sample, state: dict[str, Any]
) -> dict[str, Any]:
    """What is written down."""
    played_s, stalled_s = sum(one.played_s for one in watching), sum(one.stalled_s for one in watching)
    third = max(1, len(samples) // 3)
    grown = max(s.rss_bytes for s in samples[-third:]) - max(s.rss_bytes for s in samples[third : 2 * third] or samples)
    leaked = {
        "tasks": after.tasks - before.tasks,
        "sockets": after.sockets - before.sockets,
        "files": after.files - before.files,
    }
    return {
        "sessions": sessions,
        "continuous_play": 1 - stalled_s / played_s if played_s else 0.0,
        "stalled_s": stalled_s,
        "stalled_by_the_watcher_s": sum(one.stalled_here_s for one in watching),
        "watcher_lag_s": watching[0].lag.most_s,
        "films": sum(one.films for one in watching),
        "leaked": sum(max(0, count) for count in leaked.values()),
        "leaks": leaked,
        "grown_bytes": grown,
        "rss_bytes": [sample.rss_bytes for sample in samples],
        "cores": (samples[-1].cpu_s - before.cpu_s) / (samples[-1].at_s - before.at_s) if samples else 0.0,
        "played_s": played_s,
        "stalls": sum(one.stalls for one in watching),
        "visits": sum(one.visits for one in watching),
        "refused": sum(one.refused for one in watching),
        "node": state,
    }


def main() -> int:
    """Prints the figures, writes results/soak.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sessions", type=int, default=20)
    chosen = parser.parse_args()
    result = asyncio.run(soak(chosen.minutes, chosen.sessions))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1))
    print(
        f"{result['sessions']} sessions, {result['visits']} visits, {result['played_s'] / 60:.0f} viewer minutes:"
        f" of {result['films']} films; continuous {100 * result['continuous_play']:.2f} % ({result['stalls']} stalls,"
        f" {result['stalled_s']:.1f} s, of which {result['stalled_by_the_watcher_s']:.1f} s while the watching process"
        f" itself was late), leaked {result['leaks']},"
        f" memory grew by {result['grown_bytes'] / 1e6:.1f} MB in the last third, {result['cores']:.2f} cores;"
        f" node {result['node']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
