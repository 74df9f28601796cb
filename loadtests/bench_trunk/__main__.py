"""100 viewers of five kinds of taste at one film: what it costs together, alone, and what sharing takes off liking."""

from __future__ import annotations

import argparse
import json
import logging
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests.bench_trunk.figures import Cost, added, cost_of, guessing_of, loss_of
from loadtests.bench_trunk.house import STREAMS, Showing, shown_together
from loadtests.bench_trunk.kinds import viewer_of_kind
from loadtests.simulated_viewers.audience import shipped_stories
from loadtests.simulated_viewers.felt_story import feel
from services.streaming.app.surroundings import SessionPolicy

RESULTS = Path(__file__).parents[1] / "results"
CROWDS = (1, 2, 5, 10, 20, 50, 100)
SMALL_CROWD, SMALL_STREAMS = 8, 4
WANTED_CALLS, WANTED_LOSS = 1.05, 0.03


@dataclass(frozen=True, slots=True)
class Programme:
    """What is played. feeling: seed of how people feel the story."""

    story_id: str
    minutes: float
    feeling: int


@dataclass(frozen=True, slots=True)
class Part:
    """Viewers who watch at one node."""

    name: str
    numbers: tuple[int, ...]
    streams: int = STREAMS
    guessing: bool = False


def play(programme: Programme, part: Part) -> Showing:
    """A film for each viewer of the part."""
    logging.basicConfig(level=logging.ERROR)
    (story,) = shipped_stories(programme.story_id)
    felt = feel(story, programme.feeling)
    viewers = [viewer_of_kind(felt, number) for number in part.numbers]
    return shown_together(story, viewers, programme.minutes, SessionPolicy(), part.streams, part.guessing)


def parts_of(crowds: Sequence[int]) -> list[Part]:
    """Everything that is played, the longest first."""
    most = max(crowds)
    together = [Part(f"together-{count}", tuple(range(count))) for count in sorted(crowds, reverse=True)]
    few = tuple(range(min(SMALL_CROWD, most)))
    small = [Part(f"small-{guessing}", few, SMALL_STREAMS, guessing) for guessing in (True, False)]
    return [*together, *small, *(Part(f"alone-{number}", (number,)) for number in range(most))]


def played(programme: Programme, parts: Sequence[Part], workers: int, kept: Path | None) -> dict[str, Showing]:
    """By name of the part. kept: a folder of parts that an earlier run played, to which these are added."""
    done: dict[str, Showing] = {}
    prefix = f"{programme.story_id}-{programme.minutes:g}-{programme.feeling}"
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        found = {part.name: kept / f"{prefix}-{part.name}" for part in parts}
        done = {name: pickle.loads(path.read_bytes()) for name, path in found.items() if path.exists()}
    with ProcessPoolExecutor(workers) as pool:
        playing = {pool.submit(play, programme, part): part for part in parts if part.name not in done}
        for future in as_completed(playing):
            name = playing[future].name
            done[name] = future.result()
            if kept is not None:
                (kept / f"{prefix}-{name}").write_bytes(pickle.dumps(done[name]))
    return done


def plot(together: Sequence[Cost], alone: Sequence[Cost], title: str, path: Path) -> None:
    """Cost per viewer against viewers."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 5), dpi=120)
    for costs, name in ((together, "shared"), (alone, "each alone")):
        viewers = [cost.viewers for cost in costs]
        left.plot(viewers, [cost.rendered_s_per_viewer for cost in costs], marker="o", label=name)
        right.plot(viewers, [cost.cost_s_per_viewer for cost in costs], marker="o", label=name)
    for axes, what in ((left, "seconds of film rendered"), (right, "model seconds of one core")):
        axes.set_xscale("log")
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("viewers of the film")
        axes.set_ylabel(f"{what}, per viewer")
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False)
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def table(together: Sequence[Cost], alone: Sequence[Cost]) -> None:
    """To the terminal."""
    print("                                             for each viewer:  together           alone")
    print("viewers  takes  calls/take  s/distinct s      rendered s  cost s     rendered s  cost s")
    for shared, own in zip(together, alone, strict=True):
        distinct = f"{shared.takes:6} {shared.calls_per_distinct_take:11.3f} {shared.rendered_per_distinct:13.3f}"
        costs = [f"{cost.rendered_s_per_viewer:14.1f} {cost.cost_s_per_viewer:7.1f}" for cost in (shared, own)]
        print(f"{shared.viewers:7} {distinct} {'  '.join(costs)}")


def main() -> int:
    """Exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=CROWDS[-1])
    parser.add_argument("--story", default="mars_colony_2095", help="story id")
    parser.add_argument("--minutes", type=float, default=9.0, help="planned length of the film")
    parser.add_argument("--feeling", type=int, default=1, help="seed of how people feel the story")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, help="folder of what was played, so that a run can be made in several")
    chosen = parser.parse_args()
    programme = Programme(chosen.story, chosen.minutes, chosen.feeling)
    crowds = [*(count for count in CROWDS if count < chosen.viewers), chosen.viewers]
    done = played(programme, parts_of(crowds), chosen.workers, chosen.keep)
    everyone = [done[f"alone-{number}"] for number in range(chosen.viewers)]
    together = {count: done[f"together-{count}"] for count in crowds}
    alone = {count: added(everyone[:count]) for count in crowds}
    guessing = guessing_of(done["small-True"], done["small-False"], SMALL_STREAMS)
    shared, own = [cost_of(together[count]) for count in crowds], [cost_of(alone[count]) for count in crowds]
    loss = loss_of(together[chosen.viewers], alone[chosen.viewers])
    all_of_it = shared[-1]
    worst = max(
        all_of_it.calls_per_distinct_take,
        all_of_it.rendered_per_distinct,
        all_of_it.scenes_per_distinct,
        all_of_it.lines_per_distinct,
    )
    RESULTS.mkdir(exist_ok=True)
    figures = {
        "story": chosen.story,
        "minutes": chosen.minutes,
        "viewers": chosen.viewers,
        "calls_per_distinct_take": worst,
        "liking_loss": loss.loss,
        "cost_vs_alone": round(all_of_it.cost_s_per_viewer / own[-1].cost_s_per_viewer, 4),
        "rendered_vs_alone": round(all_of_it.rendered_s_per_viewer / own[-1].rendered_s_per_viewer, 4),
        "liking": asdict(loss),
        "speculation": asdict(guessing),
        "together": [asdict(cost) for cost in shared],
        "alone": [asdict(cost) for cost in own],
    }
    (RESULTS / "trunk.json").write_text(json.dumps(figures, indent=2) + "\n")
    plot(shared, own, f"{chosen.story}, {chosen.minutes:g} minutes, five kinds of taste", RESULTS / "trunk_cost.png")
    table(shared, own)
    print(f"model calls and rendered seconds for each distinct one, the worst: {worst:.3f}")
    print(f"cost of {chosen.viewers} viewers against each alone: {figures['cost_vs_alone']}")
    lost = f"{loss.loss:.1%} ± {loss.loss_standard_error:.1%}"
    print(f"liking {loss.alone:+.4f} alone, {loss.together:+.4f} together: {lost} lost")
    print(
        f"guesses on a machine of {guessing.streams} streams: {guessing.hit_rate:.0%} came true, "
        f"{guessing.wasted_share:.0%} of the film rendered for them was never shown; "
        f"held {guessing.held_share:.2%} of the time with and {guessing.held_share_without:.2%} without"
    )
    return int(worst > WANTED_CALLS or loss.loss > WANTED_LOSS)


if __name__ == "__main__":
    raise SystemExit(main())
