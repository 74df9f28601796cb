"""How a premise fares: time to a playable story on the laptop lineup, its size, its lint, and what was used of it.

Runs the engine itself, without Ray: `python -m loadtests.bench_premise`.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from services.inference.adapters.wire import story_to_message
from services.inference.adapters.writer_transformers.writer import TransformersWriter
from services.inference.domain.premise import StoryAsk
from services.inference.settings import read_settings
from services.streaming.adapters.stories_yaml import load_text
from services.streaming.domain.story_check import check
from services.streaming.domain.story_walk import random_walk

RESULTS = Path(__file__).parent / "results" / "premise.json"
DEADLINE_S = 8.0
LIMIT_S = 10.0
WALKS = 100
PREMISES = (
    "Create a futuristic Mars survival story involving AI robots and alien technology.",
    "A deep-sea mystery: a marine biologist investigates why the crew of an underwater station disappeared.",
    "A heist against a rogue network that has stolen everyone's memories.",
    "A children's tour of the planets with a nervous guide.",
    "Two sisters repair a lighthouse on Titan while a storm is coming.",
    "A detective named Ines looks for a missing violin in a haunted casino.",
    "A dragon and a princess fall in love in medieval Paris.",
    "A funny story about a cook on the Moon who finds a talking plant.",
    "Stranded in Antarctica, a doctor hears a signal from under the ice.",
    "A ghost ship drifts into a space station and nobody is aboard.",
    "Hackers break into a bank and meet the machine mind that guards it.",
    "A school trip to Jupiter and Saturn.",
)


@dataclass(frozen=True, slots=True)
class Made:
    """seconds: to a story that was read and linted, as a streaming node does it."""

    premise: str
    title: str
    seconds: float
    beats: int
    endings: int
    errors: int
    warnings: int
    stuck: int
    distinct: int
    used: int
    told_as: int
    unused: int
    model_lines: int


def made(writer: TransformersWriter, premise: str, seed: int) -> Made:
    """One premise from its words to a linted story, then walked through at random."""
    started_s = time.monotonic()
    message = story_to_message(writer.write_story(StoryAsk(premise, "made_bench", seed), DEADLINE_S), "bench")
    story = load_text(message.story, "made")
    findings = check(story, walks=16)
    seconds = time.monotonic() - started_s
    walks = [random_walk(story, Random(number)) for number in range(WALKS)]
    uses = Counter(int(part.use) for part in message.parts)
    return Made(
        premise,
        story.title,
        round(seconds, 2),
        len(story.beats),
        len(story.endings),
        sum(finding.severity == "error" for finding in findings),
        sum(finding.severity == "warning" for finding in findings),
        sum(walk.stuck for walk in walks),
        len({walk.beat_ids for walk in walks}),
        uses[1],
        uses[2],
        uses[3],
        message.model_lines,
    )


def main() -> None:
    """Prints a table and writes premise.json."""
    writer = TransformersWriter.on_laptop(read_settings().cache)
    rows = [made(writer, premise, seed) for seed, premise in enumerate(PREMISES, start=1)]
    print(f"{'s':>5} {'beats':>5} {'ends':>4} {'err':>3} {'warn':>4} {'stuck':>5} {'ways':>4} used/told/not  title")
    for row in rows:
        print(
            f"{row.seconds:5.2f} {row.beats:5} {row.endings:4} {row.errors:3} {row.warnings:4} {row.stuck:5} "
            f"{row.distinct:4} {row.used:4}/{row.told_as}/{row.unused:<8} {row.title}  <- {row.premise[:60]}"
        )
    seconds = [row.seconds for row in rows]
    summary = {
        "premises": len(rows),
        "seconds_median": statistics.median(seconds),
        "seconds_most": max(seconds),
        "within_limit": sum(value <= LIMIT_S for value in seconds) / len(seconds),
        "least_beats": min(row.beats for row in rows),
        "least_endings": min(row.endings for row in rows),
        "errors": sum(row.errors for row in rows),
        "stuck_walks": sum(row.stuck for row in rows),
        "rows": [asdict(row) for row in rows],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    print(f"median {summary['seconds_median']:.2f} s, most {summary['seconds_most']:.2f} s; {RESULTS}")


if __name__ == "__main__":
    main()
