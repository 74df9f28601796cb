"""A story's planned shots, painted, staged and drawn as in a film; mouths move for as long as the lines are, but
nothing sounds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np

from loadtests.contact_sheet.storyboard import STORIES, as_drawn, planned_shots
from loadtests.contact_sheet.studio import Mimes
from services.inference.adapters.animator_stage import StageAnimator, StageSettings
from services.inference.adapters.animator_stage.crossing import Frames
from services.inference.adapters.animator_stage.encoding import encode_video
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.domain.plates import LEAST_SPARE, Plates, Spare
from services.inference.domain.shot import GradeKey, Rendition, TakeOrder, View
from services.inference.domain.timebase import FRAMES_PER_CHUNK, FRAMES_PER_SECOND
from services.streaming.adapters.stories_yaml import load

WAYS = 4
REACTION_FRAMES = 6
ROUNDS = 5
PAINTED_KEPT = 4
PlatesKey = tuple[View, int, int, Spare]


class TimedPainter:
    """A painter that tells what each of its plates cost in CPU seconds of all its threads; `painted` are the last."""

    def __init__(self, painter: RaymarchPainter) -> None:
        self._painter = painter
        self.painted: dict[PlatesKey, Plates] = {}
        self.fingerprint = painter.fingerprint
        self.costs_s: list[float] = []

    def known_sets(self) -> tuple[str, ...]:
        return self._painter.known_sets()

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        key = (view, width, height, spare)
        if key not in self.painted:
            self._painter.warm(view.set_name)
            began_s = time.process_time()
            plates = self._painter.paint(*key)
            self.costs_s.append(time.process_time() - began_s)
            while len(self.painted) >= PAINTED_KEPT:
                del self.painted[next(iter(self.painted))]
            self.painted[key] = plates
        return self.painted[key]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One shot: CPU seconds of its thread for each part, and what was in it."""

    beat: str
    set_name: str
    framing: str
    puppets: tuple[str, ...]
    effects: tuple[str, ...]
    film_s: float
    draw_s: float
    encode_s: float
    bytes_a_second: float

    @property
    def realtime_factor(self) -> float:
        return self.film_s / (self.draw_s + self.encode_s)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A planned shot with the order that draws it."""

    beat: str
    order: TakeOrder


def chosen_shots(story_id: str, count: int, rendition: Rendition) -> list[Chosen]:
    """Shots over several ways through a story, evenly picked; in each a viewer's reaction turns the grade half-way."""
    story = load(STORIES / f"{story_id}.yaml")
    found = [pair for seed in range(WAYS) for pair in planned_shots(story, seed)]
    step = max(1, len(found) // count)
    return [
        Chosen(scene.beat_id, TakeOrder(as_drawn(planned.shot), _reaction(planned.shot.frame_count), rendition))
        for scene, planned in found[step // 2 :: step][:count]
    ]


def _reaction(frame_count: int) -> tuple[GradeKey, ...]:
    middle = frame_count // 2
    turned = GradeKey(middle + REACTION_FRAMES, -0.3, -0.3, 1.1, 1.15, camera_energy=1.2)
    return GradeKey(), GradeKey(middle), turned


def animator_of(painter: TimedPainter, cache: Path | None) -> StageAnimator:
    silent = Mimes()
    kept = StageSettings(plates_kept=4, tracks_kept=8)
    return StageAnimator(painter, SpritePuppets(cache=cache), silent, silent, silent, kept)


def draw(animator: StageAnimator, chosen: Chosen) -> Drawn:
    """Draws and encodes the whole shot; what is prepared ahead of it is not counted."""
    order = chosen.order
    picture = animator.picture(order)
    picture.frame(0)
    encode_s, total_s, size = 0.0, 0.0, 0
    frames = order.shot.frame_count
    drawing = _Stopwatch()
    for start in range(0, frames, FRAMES_PER_CHUNK):
        began_s = time.thread_time()
        video = encode_video(drawing.timed(picture, range(start, start + FRAMES_PER_CHUNK)), order.rendition)
        total_s += time.thread_time() - began_s
        size += sum(len(frame.data) for frame in video)
    encode_s = total_s - drawing.spent_s
    shot = order.shot
    film_s = frames / FRAMES_PER_SECOND
    return Drawn(
        chosen.beat, shot.view.set_name, shot.view.framing, tuple(s.puppet for s in shot.staging),
        tuple(effect.kind for effect in shot.effects), film_s, drawing.spent_s, encode_s, size / film_s,
    )  # fmt: skip


class _Stopwatch:
    """CPU seconds spent in drawing while an encoder asks for pictures."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def timed(self, picture: Frames, frames: range) -> Iterator[np.ndarray]:
        for frame in frames:
            began_s = time.thread_time()
            drawn = picture.frame(frame)
            self.spent_s += time.thread_time() - began_s
            yield drawn


def starts_ms(animator: StageAnimator, chosen: Chosen, count: int, seed: int) -> list[tuple[float, float]]:
    """CPU milliseconds from the order of a prepared take at a random frame to that frame, encoded, and to the whole
    chunk that holds it."""
    order = chosen.order
    animator.prepare(order)
    random = Random(seed)
    found = []
    for _ in range(count):
        first_frame = random.randrange(order.shot.frame_count)
        began_s = time.thread_time()
        next(animator.animate(order, first_frame, hurry=True))
        first_s = time.thread_time() - began_s
        began_s = time.thread_time()
        next(animator.animate(order, first_frame))
        found.append((1e3 * first_s, 1e3 * (time.thread_time() - began_s)))
    return found


@dataclass(frozen=True, slots=True)
class Timed:
    """One drawing of the shot."""

    wall_s: float
    cpu_s: float


def two_core_gain(plates: Mapping[PlatesKey, Plates], chosen: Chosen, cache: Path | None) -> tuple[float, float]:
    """Throughput of two processes, each drawing the shot, over one's: by the wall time and by the CPU seconds of each
    process' least disturbed drawing; what other programs take of the cores touches the second less.

    While both draw, each draws three times, and the second counts: the other has neither yet to begin nor ended.
    """
    ask = (plates, chosen, cache)
    alone: list[list[Timed]] = [[], []]
    together: list[list[Timed]] = [[], []]
    with ExitStack() as stack:
        pools = [
            stack.enter_context(
                ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin, initargs=ask)
            )
            for _ in range(2)
        ]
        for pool in pools:
            pool.submit(_draw, 2).result()
        for _ in range(ROUNDS):
            for pool, found in zip(pools, alone, strict=True):
                found.extend(pool.submit(_draw, 1).result())
            for found, pair in zip(together, [pool.submit(_draw, 3) for pool in pools], strict=True):
                found.append(pair.result()[1])
    pairs = list(zip(alone, together, strict=True))
    wall = sum(min(one.wall_s for one in by) / min(one.wall_s for one in beside) for by, beside in pairs)
    cpu = sum(min(one.cpu_s for one in by) / min(one.cpu_s for one in beside) for by, beside in pairs)
    return wall, cpu


_worker: list[tuple[StageAnimator, Chosen]] = []


class _Given:
    """A painter that has painted already."""

    fingerprint = "given"

    def __init__(self, plates: Mapping[PlatesKey, Plates]) -> None:
        self._plates = plates

    def known_sets(self) -> tuple[str, ...]:
        return ()

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        return self._plates[view, width, height, spare]


def _begin(plates: Mapping[PlatesKey, Plates], chosen: Chosen, cache: Path | None) -> None:
    silent = Mimes()
    animator = StageAnimator(_Given(plates), SpritePuppets(cache=cache), silent, silent, silent)
    animator.prepare(chosen.order)
    _worker.append((animator, chosen))


def _draw(times: int) -> list[Timed]:
    found = []
    for _ in range(times):
        began_s = time.perf_counter()
        drawn = draw(*_worker[0])
        found.append(Timed(time.perf_counter() - began_s, drawn.draw_s + drawn.encode_s))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(np.asarray(values), 100.0 * share))
