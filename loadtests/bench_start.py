"""Press play to the first picture shown, in headless Chromium on the real page, session and connection made within it.

`python -m loadtests.bench_start` brings up a stack; `--url` watches at a running page; `--made` has films made up, so
that only signalling, delivery and the page are measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from loadtests.chromium import chromium
from loadtests.delivery.processes import made_page
from loadtests.percentiles import nearest_rank
from loadtests.watch.local_stack import local_stack

RESULTS = Path(__file__).parent / "results" / "start.json"
REST_S = 1.5
PATIENCE_MS = 60_000
POLL_MS = 50
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
        told = until_shown(page)
        requests = page.evaluate(TIMINGS)
        return {"seconds": (told["shown"] - told["clicked"]) / 1000, "requests_ms": requests}
    finally:
        context.close()


def until_shown(page: Page) -> dict[str, Any]:
    """Polls from here: the page's policy forbids the evaluation that Playwright's own waiting uses."""
    deadline_s = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline_s:
        told = dict(page.evaluate("window.start"))
        if "shown" in told:
            return told
        page.wait_for_timeout(POLL_MS)
    raise TimeoutError("no picture was shown")


@contextlib.contextmanager
def real_stack() -> Iterator[str]:
    """A whole local stack; the page's URL."""
    with local_stack() as streaming_url:
        yield streaming_url.rpartition(":")[0] + f":{int(streaming_url.rpartition(':')[2]) - 1}"


def main() -> int:
    """Prints the figures, writes results/start.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a page that is being served")
    parser.add_argument("--made", action="store_true", help="films are made up")
    parser.add_argument("--count", type=int, default=20)
    chosen = parser.parse_args()
    began_s = time.monotonic()
    stack = contextlib.nullcontext(chosen.url) if chosen.url else made_page() if chosen.made else real_stack()
    with stack as url, chromium() as browser:
        ready_s = time.monotonic() - began_s
        cold = started(browser, url)
        warm = [started(browser, url) for _ in range(chosen.count)]
    seconds = sorted(one["seconds"] for one in warm)
    result = {
        "p50_s": nearest_rank(seconds, 0.5),
        "p95_s": nearest_rank(seconds, 0.95),
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
