"""A story's shots as they would be planned, one still each: what the cut looks like. Voices are estimated by length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from random import Random
from typing import Any

from loadtests.contact_sheet.sheet import Cell, arranged, save
from loadtests.contact_sheet.studio import SPEECH_FRAMES_A_LETTER, Studio
from services.inference.domain import shot as drawn
from services.streaming.adapters.stories_yaml import load
from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.layout import SaidLine, lay_out
from services.streaming.domain.planner import SceneBrief, plan
from services.streaming.domain.screenplay import PlannedShot, Scene, Shot
from services.streaming.domain.story import Beat, Story
from services.streaming.domain.story_walk import random_walk

STORIES = Path("services/streaming/stories")
CELL_PX = 427


def _said(beat: Beat, before: Canon) -> list[SaidLine]:
    spoken = before.spoken(beat)
    return [
        SaidLine(index, line.speaker, line.text, "", line.emotion, 1.0,
                 max(12, round(len(line.text) * SPEECH_FRAMES_A_LETTER)), listener=line.listener, over=line.over)
        for index, line in enumerate(beat.lines) if line in spoken
    ]  # fmt: skip


def scenes_of(story: Story, seed: int) -> Iterator[Scene]:
    """The scenes of one random way through a story, planned as a session plans them."""
    manner = Manner()
    walk = random_walk(story, Random(seed))
    place = ""
    for number, step in enumerate(walk.steps):
        new_place = step.beat.place != place
        layout = lay_out(_said(step.beat, step.before), new_place, manner.pace)
        canon: Canon = step.before.entered(step.beat)
        yield plan(
            SceneBrief(f"s{number}", story, step.beat, canon, layout, manner, seed, first=number == 0,
                       new_place=new_place)
        )  # fmt: skip
        place = step.beat.place


def planned_shots(story: Story, seed: int) -> Iterator[tuple[Scene, PlannedShot]]:
    """Every shot with its scene, in order."""
    for scene in scenes_of(story, seed):
        for planned in scene.shots:
            yield scene, planned


def as_drawn(shot: Shot) -> drawn.Shot:
    """The streaming service's shot as the value that the engines take; both have the same fields."""
    plain = asdict(shot)
    parts: dict[str, Callable[[Any], Any]] = {
        "view": lambda v: drawn.View(**v), "camera": lambda v: drawn.CameraMove(**v),
        "staging": lambda v: tuple(drawn.Staging(**s) for s in v),
        "effects": lambda v: tuple(drawn.Effect(**e) for e in v),
        "lines": lambda v: tuple(_spoken(line) for line in v),
        "title": lambda v: drawn.Title(**v) if v else None,
    }  # fmt: skip
    unheard = ("music", "sounds", "ambience")
    return drawn.Shot(**{
        field.name: parts[field.name](plain[field.name]) if field.name in parts else plain[field.name]
        for field in fields(drawn.Shot) if field.name not in unheard
    })  # fmt: skip


def _spoken(line: Mapping[str, Any]) -> drawn.SpokenLine:
    return drawn.SpokenLine(**{field.name: line[field.name] for field in fields(drawn.SpokenLine)})


def _label(scene: Scene, planned: PlannedShot) -> str:
    shot = planned.shot
    view = shot.view
    side = {-1: " L", 0: "", 1: " R"}[view.side]
    return f"{scene.beat_id} {view.framing}{side} {view.subject} {shot.frame_count / 24:.1f}s {shot.camera.kind}"


def write_storyboard(studio: Studio, story_id: str, folder: Path, seed: int, first: int, count: int) -> Path:
    """first, count: which shots of the way through the story."""
    story = load(STORIES / f"{story_id}.yaml")
    chosen: Sequence[tuple[Scene, PlannedShot]] = [*planned_shots(story, seed)][first : first + count]
    if not chosen:
        raise ValueError(f"{story_id} has no shot {first} on this way")
    cells = []
    for scene, planned in chosen:
        frame = planned.shot.frame_count // 24 * 12 - 1
        cells.append(Cell(_label(scene, planned), studio.still(as_drawn(planned.shot), frame)))
    return save(folder / f"storyboard_{story_id}_{first}.png", arranged(cells, 4, CELL_PX))
