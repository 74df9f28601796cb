"""Press play to the first picture shown, in headless Chromium on the real page, session and connection made within it.

`python -m loadtests.bench_start` brings up a stack; `--url` watches at a running page; `--made` has films made up, so
that only signalling, delivery and the page are measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from deploy.local.port_plan import PortPlan
from loadtests.watch.local_stack import free_base, local_stack

RESULTS = Path(__file__).parent / "results" / "start.json"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
REST_S = 1.5
PATIENCE_MS = 60_000
PROBE = """
window.start = {};
addEventListener('click', (event) => {
  if (event.target.closest('[data-testid=play]')) window.start.clicked ??= performance.now();
}, true);
const watched = new WeakSet();
const watch = () => {
  for (const video of document.querySelectorAll('video')) {
    if (watched.has(video)) continue;
    watched.add(video);
    video.requestVideoFrameCallback((now, frame) => {
      window.start.shown ??= now;
      window.start.presented ??= frame.presentationTime;
    });
  }
};
addEventListener('DOMContentLoaded', watch);
new MutationObserver(watch).observe(document, { childList: true, subtree: true });
"""
TIMINGS = """() => performance.getEntriesByType('resource')
  .filter((entry) => entry.startTime >= window.start.clicked)
  .map((entry) => [new URL(entry.name).pathname.split('/').slice(0, 3).join('/'),
                   entry.startTime - window.start.clicked, entry.responseEnd - window.start.clicked])"""


def started(browser: Browser, url: str) -> dict[str, Any]:
    """One viewer who opens the page, rests a moment and presses play: seconds to the first picture, and requests."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.add_init_script(PROBE)
        page.goto(url)
        play = page.get_by_test_id("play")
        play.wait_for(timeout=PATIENCE_MS)
        time.sleep(REST_S)
        play.click()
        page.wait_for_function("window.start.shown", timeout=PATIENCE_MS)
        told = page.evaluate("window.start")
        requests = page.evaluate(TIMINGS)
        return {"seconds": (told["shown"] - told["clicked"]) / 1000, "requests_ms": requests}
    finally:
        context.close()


@contextlib.contextmanager
def made_stack() -> Iterator[str]:
    """The page in front of a node whose films are made up; the page's URL."""
    ports = PortPlan.from_base(free_base())
    node = subprocess.Popen(
        [sys.executable, "-m", "loadtests.delivery.made_node", str(ports.streaming)], stdout=subprocess.PIPE, text=True
    )
    player: subprocess.Popen[str] | None = None
    try:
        assert node.stdout is not None
        told = json.loads(node.stdout.readline())
        environment = {
            **os.environ,
            "CINELOOM_PLAYER_PORT": str(ports.player),
            "CINELOOM_STREAMING_PUBLIC_URL": told["url"],
        }
        player = subprocess.Popen([sys.executable, "-m", "services.player"], env=environment, text=True)
        url = f"http://127.0.0.1:{ports.player}"
        until_answered(f"{url}/healthz")
        yield url
    finally:
        for process in (player, node):
            if process is not None:
                process.terminate()
                process.wait(10)


@contextlib.contextmanager
def real_stack() -> Iterator[str]:
    """A whole local stack; the page's URL."""
    with local_stack() as streaming_url:
        yield streaming_url.rpartition(":")[0] + f":{int(streaming_url.rpartition(':')[2]) - 1}"


def until_answered(url: str, patience_s: float = 60.0) -> None:
    """Wait for a page. Raises TimeoutError."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def main() -> int:
    """Prints the figures, writes results/start.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a page that is being served")
    parser.add_argument("--made", action="store_true", help="films are made up")
    parser.add_argument("--count", type=int, default=20)
    chosen = parser.parse_args()
    began_s = time.monotonic()
    stack = contextlib.nullcontext(chosen.url) if chosen.url else made_stack() if chosen.made else real_stack()
    with stack as url, sync_playwright() as playwright:
        ready_s = time.monotonic() - began_s
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        cold = started(browser, url)
        warm = [started(browser, url) for _ in range(chosen.count)]
        browser.close()
    seconds = sorted(one["seconds"] for one in warm)
    result = {
        "p50_s": statistics.median(seconds),
        "p95_s": seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))],
        "n": len(seconds),
        "cold_s": cold["seconds"],
        "stack_ready_s": None if chosen.url else ready_s,
        "films": "made up" if chosen.made else "real",
        "load_average": os.getloadavg()[0],
        "seconds": seconds,
        "requests_ms": warm[len(warm) // 2]["requests_ms"],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1))
    print(
        f"play to first picture: p50 {result['p50_s']:.3f} s, p95 {result['p95_s']:.3f} s of {result['n']};"
        f" the first of a new browser {result['cold_s']:.3f} s; load average {result['load_average']:.1f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
