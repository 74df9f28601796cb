"""Whether films hold together: hundreds of whole films per story for simulated viewers, without rendering."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random
from statistics import mean, median
from typing import Any

import numpy as np

from loadtests.simulated_viewers.audience import shipped_stories, viewer
from loadtests.simulated_viewers.felt_story import feel
from loadtests.simulated_viewers.programmes import Director
from loadtests.simulated_viewers.screening import Film, screen
from services.streaming.domain.dramaturgy import continuations
from services.streaming.domain.limits import AGE_BANDS, Limits
from services.streaming.domain.story import Story

RESULTS = Path(__file__).parent / "results"
SEQUENCES_WANTED_OF_500 = 200
CORRELATION_WANTED, LENGTH_ERROR_ALLOWED, CHOICE_LIMIT_MS = 0.8, 0.15, 50.0


def play(story: Story, films: int, seed: int) -> list[tuple[Film, float, Limits]]:
    """(film, planned seconds, limits) for viewers of all ages and all lengths that the story can be told in."""
    felt = feel(story, seed)
    played = []
    for number in range(films):
        draw = Random(f"ticket {number}")
        least, most = story.planned_minutes.least, story.planned_minutes.most
        planned_s = 60.0 * (story.planned_minutes.default if draw.random() < 0.5 else draw.uniform(least, most))
        limits = Limits.of(draw.choices(AGE_BANDS, (8, 1, 1))[0], no_horror=draw.random() < 0.1)
        one = viewer(felt, number, planned_s)
        director = Director(story, number, planned_s, limits)
        film = screen(story, one.taste, one.manners, director, one.random("story"), one.change_at, f"film-{number}")
        played.append((film, planned_s, limits))
    return played


def figures_of(played: list[tuple[Film, float, Limits]]) -> dict[str, Any]:
    """What issue and operators ask of a story."""
    films = [film for film, _, _ in played]
    correlations = [_correlation(film) for film in films]
    errors = [abs(film.seconds / planned_s - 1.0) for film, planned_s, _ in played]
    choices_ms = [seen.choice_ms for film in films for seen in film.seen]
    return {
        "films": len(films),
        "endings_reached": sum(film.canon is not None and film.canon.over for film in films),
        "contradictions": sum(len(seen.canon.contradictions(seen.beat)) for film in films for seen in film.seen),
        "beyond_limits": sum(not limits.allow(seen.beat) for film, _, limits in played for seen in film.seen),
        "repeated_beats": sum(len(film.seen) - len({seen.beat.beat_id for seen in film.seen}) for film in films),
        "distinct_sequences": len({tuple(seen.beat.beat_id for seen in film.seen) for film in films}),
        "endings": _counts(film.seen[-1].beat.beat_id for film in films),
        "tension_correlation": round(mean(correlations), 4),
        "tension_correlation_least": round(min(correlations), 4),
        "length_error": round(max(errors), 4),
        "length_error_mean": round(mean(errors), 4),
        "films_beyond_length": sum(error > LENGTH_ERROR_ALLOWED for error in errors),
        "one_way_left": sum(
            continuations(seen.canon, limits) < 2 for film, _, limits in played for seen in film.seen[1:]
        ),
        "decisions": len(choices_ms),
        "choice_ms_median": round(median(choices_ms), 2),
        "choice_ms_p99": round(float(np.percentile(choices_ms, 99)), 2),
    }


def _correlation(film: Film) -> float:
    shown = [seen.beat.tension for seen in film.seen]
    wanted = [seen.wanted_tension for seen in film.seen]
    return float(np.corrcoef(shown, wanted)[0, 1]) if len(shown) > 2 else 1.0


def _counts(names: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def missed(figures: dict[str, Any]) -> list[str]:
    """What a story does not keep."""
    films = figures["films"]
    checks = {
        "a film without an ending": figures["endings_reached"] == films,
        "a contradiction was shown": figures["contradictions"] == 0,
        "a limit was broken": figures["beyond_limits"] == 0,
        "a beat was seen twice": figures["repeated_beats"] == 0,
        "too few distinct sequences": figures["distinct_sequences"] >= films * SEQUENCES_WANTED_OF_500 / 500,
        "tension does not follow": figures["tension_correlation"] >= CORRELATION_WANTED,
        "the length is not kept": figures["length_error"] <= LENGTH_ERROR_ALLOWED,
        "choosing takes too long": figures["choice_ms_p99"] <= CHOICE_LIMIT_MS,
    }
    return [name for name, kept in checks.items() if not kept]


def main() -> int:
    """Exit code 1 where a story misses something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=500, help="for each story")
    parser.add_argument("--story", default="", help="one story's id; all that ship without it")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    told = {}
    wrong = False
    for story in shipped_stories(chosen.story):
        figures = told[story.story_id] = figures_of(play(story, chosen.films, chosen.seed))
        print(f"{story.story_id}")
        for name, value in figures.items():
            print(f"  {name:<26} {value}")
        for failure in missed(figures):
            wrong = True
            print(f"WRONG {story.story_id}: {failure}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "story.json").write_text(json.dumps(told, indent=2) + "\n")
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
