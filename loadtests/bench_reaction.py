"""From a viewer's click to the first changed frame on the screen, in headless Chromium, at random moments of a film.

`python -m loadtests.bench_reaction` brings up a stack; `--url` watches at a running page. A reaction counts as seen
only when the pictures that the browser drew changed where its receipt said.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from loadtests.bench_start import real_stack
from loadtests.chromium import chromium
from loadtests.percentiles import nearest_rank

RESULTS = Path(__file__).parent / "results" / "reaction.json"
PROBE = Path(__file__).with_name("reaction_probe.js")
PRESS = """(name) => {
  const at = performance.now();
  document.querySelector(`[data-testid=emoji-${name}]`).click();
  return at;
}"""
STATS = """async () => {
  const stats = [...(await reactionProbe.connection.getStats()).values()];
  const video = stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
  return {
    jitter_buffer_s: video.jitterBufferDelay / video.jitterBufferEmittedCount,
    decode_s: video.totalDecodeTime / video.framesDecoded,
    processing_s: video.totalProcessingDelay / video.framesDecoded,
    dropped: video.framesDropped, freezes: video.freezeCount, frozen_s: video.totalFreezesDuration,
  };
}"""
EMOTIONS = ("love", "sad", "tense", "wow")
SETTLE_S = 8.0
PATIENCE_S = 12.0
RISE_FRAMES = 7
"""A grade rises over six frames."""
AROUND_FRAMES = 4
TICKS_PER_FRAME = 3_750
OVER_MOTION = 1.3
LEAST_LEVELS = 0.5
CUT_LEVELS = 10.0
CUT_OVER_MOTION = 6.0
BASELINES = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One event: what its receipt said, when its first changed frame was shown, and whether the pictures agree.

    difference: mean levels (0..255) between the pictures before and after; motion: the same at moments before, with no
    event, the median. cut: a new shot begins among the compared pictures, which then say nothing.
    """

    emotion: str
    depth: str
    outcome: str
    receipt_s: float
    shown_s: float | None
    hops_s: dict[str, float]
    difference: float
    motion: float
    cut: bool

    @property
    def is_grade(self) -> bool:
        """Whether it was answered from the next frames."""
        return self.outcome == "APPLIED" and self.depth == "GRADE" and self.shown_s is not None

    @property
    def is_drawn(self) -> bool:
        """Whether the picture changes more than it moves by itself."""
        return not self.cut and self.difference > max(LEAST_LEVELS, OVER_MOTION * self.motion)


def react(page: Page, emotion: str) -> Seen | None:
    """Press an emotion and follow it to the screen; None when no receipt came."""
    page.mouse.move(300 + random.randrange(40), 200)
    known = page.evaluate("reactionProbe.sent.length")
    clicked_ms = page.evaluate(PRESS, emotion)
    deadline_s = time.monotonic() + PATIENCE_S
    receipt: dict[str, Any] | None = None
    while time.monotonic() < deadline_s and receipt is None:
        page.wait_for_timeout(50)
        receipt = page.evaluate("(from) => reactionProbe.receipts[reactionProbe.sent[from]?.eventId] ?? null", known)
    if receipt is None:
        return None
    rtp = receipt.get("firstRtpTimestamp")
    page.wait_for_timeout(1_500 if receipt.get("depth") == "DEPTH_GRADE" else 200)
    frames = page.evaluate("(since) => reactionProbe.frames.filter(({ atMs }) => atMs > since)", clicked_ms - 2_000)
    return judged(emotion, receipt, clicked_ms, rtp, frames)


def judged(
    emotion: str, receipt: dict[str, Any], clicked_ms: float, rtp: int | None, frames: Sequence[dict[str, Any]]
) -> Seen:
    """What the frames that were really drawn say of the receipt."""
    at = None
    if rtp is not None:
        at = next((n for n, frame in enumerate(frames) if _ahead(frame["rtp"], rtp) >= 0), None)
    shown_s, difference, motion, cut = None, 0.0, 0.0, False
    if at is not None:
        shown_s = (frames[at]["atMs"] - clicked_ms) / 1000
        rgb = np.array([frame["rgb"] for frame in frames], np.float32)
        difference = _between(rgb, at - AROUND_FRAMES, at + RISE_FRAMES)
        apart = RISE_FRAMES + AROUND_FRAMES
        before = (at - AROUND_FRAMES - apart - 2 * number for number in range(BASELINES))
        quiet = [_between(rgb, first, first + apart) for first in before if first >= 0 and not _cut(rgb, first, apart)]
        motion = statistics.median(quiet) if quiet else 0.0
        cut = _cut(rgb, at - AROUND_FRAMES, apart) or not quiet
    return Seen(
        emotion, receipt.get("depth", "").removeprefix("DEPTH_"), receipt.get("outcome", "").removeprefix("OUTCOME_"),
        (receipt["atMs"] - clicked_ms) / 1000, shown_s,
        _hops(receipt.get("hops", {})), difference, motion, cut,
    )  # fmt: skip


def _ahead(rtp: int, other: int) -> int:
    """Ticks from `other` to `rtp`, over the 32-bit border."""
    return (rtp - other + (1 << 31)) % (1 << 32) - (1 << 31)


def _between(rgb: NDArray[np.float32], before: int, after: int) -> float:
    """Mean difference of colours, in levels, between means of AROUND_FRAMES pictures from two places."""
    if before < 0 or after + AROUND_FRAMES > len(rgb):
        return 0.0
    means = (rgb[at : at + AROUND_FRAMES].mean(axis=0) for at in (before, after))
    first, second = means
    return float(np.abs(first - second).mean())


def _cut(rgb: NDArray[np.float32], first: int, apart: int) -> bool:
    """Whether a new shot begins between the first and the last of the pictures that `_between` compares."""
    steps = np.abs(np.diff(rgb[max(0, first) : first + apart + AROUND_FRAMES], axis=0)).mean(axis=1)
    return bool(steps.size) and bool(steps.max() > max(CUT_LEVELS, CUT_OVER_MOTION * float(np.median(steps))))


def _hops(hops: dict[str, str]) -> dict[str, float]:
    """Seconds from each hop to the next one."""
    names = [name for name in ("acted", "received", "consumed", "rendered", "decided", "sent") if name in hops]
    times = [datetime.fromisoformat(hops[name]).timestamp() for name in names]
    return {name: round(after - before, 4) for name, before, after in zip(names[1:], times, times[1:], strict=False)}


def main() -> int:
    """Prints the figures, writes results/reaction.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a page that is being served")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    seen: list[Seen] = []
    with contextlib.nullcontext(chosen.url) if chosen.url else real_stack() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(path=str(PROBE))
        page.goto(url)
        page.get_by_test_id("play").click()
        page.wait_for_timeout(SETTLE_S * 1000)
        for number in range(chosen.count):
            one = react(page, EMOTIONS[number % len(EMOTIONS)])
            if one is not None:
                seen.append(one)
                print(f"{number:3} {one.emotion:6} {one.outcome:9} {one.depth:6} {one.shown_s}", one.hops_s, flush=True)
            page.wait_for_timeout(random.uniform(1.5, 5.0) * 1000)
        waits = page.evaluate(STATS)
    result: dict[str, Any] = {**summary(seen, chosen.count), "browser": waits}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**result, "events": [asdict(one) for one in seen]}, indent=2))
    inside = result["browser"]
    print(
        f"click to changed frame: p50 {result['p50_s']:.3f} s, p95 {result['p95_s']:.3f} s, "
        f"{result['grades']} of {result['n']} from the next frames, "
        f"{100 * result['drawn_share']:.0f} % of {result['judged']} without a cut seen in pixels; "
        f"the browser waits {inside['jitter_buffer_s']:.3f} s and decodes {inside['decode_s']:.4f} s"
    )
    return 0 if result["n"] == chosen.count else 1


def summary(seen: Sequence[Seen], asked: int) -> dict[str, Any]:
    """Grades alone count for the figures; what was answered later is counted beside them."""
    grades = [one for one in seen if one.is_grade]
    judged_ones = [one for one in grades if not one.cut]
    times = [one.shown_s for one in grades if one.shown_s is not None]
    names = dict.fromkeys(name for one in grades for name in one.hops_s)
    hops = {name: statistics.median(one.hops_s[name] for one in grades if name in one.hops_s) for name in names}
    return {
        "p50_s": nearest_rank(times, 0.5),
        "p95_s": nearest_rank(times, 0.95),
        "n": len(seen),
        "asked": asked,
        "grades": len(grades),
        "judged": len(judged_ones),
        "drawn_share": sum(one.is_drawn for one in judged_ones) / max(1, len(judged_ones)),
        "hops_median_s": hops,
        "receipt_p50_s": nearest_rank([one.receipt_s for one in seen], 0.5),
        "load_average": os.getloadavg()[0],
    }


if __name__ == "__main__":
    raise SystemExit(main())
