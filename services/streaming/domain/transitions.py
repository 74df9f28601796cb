"""How one scene gives way to the next: cut, dissolve, dip, wipe or iris, by the story's genre and by how far apart the
scenes are. Knows beats and shots; how long a transition lasts and how it is drawn is the Animator's affair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.streaming.domain.draw import draw_int
from services.streaming.domain.screenplay import Leaving, Shot
from services.streaming.domain.story import Beat, Story

TRANSITIONS: Final = ("cut", "dip", "dissolve", "wipe_left", "wipe_right", "iris")
_JOLT: Final = 0.28
_RELIEF: Final = 0.3


@dataclass(frozen=True, slots=True)
class Manners:
    """What a genre does between scenes. passage: where place or hour change; step: to the room next door with somebody
    who was just seen; relief: where a hard scene is over; ending: before the last scene."""

    passage: str
    step: str
    relief: str
    ending: str


GENRES: Final[Mapping[str, Manners]] = {
    "drama": Manners(passage="dissolve", step="cut", relief="dip", ending="dip"),
    "thriller": Manners(passage="cut", step="cut", relief="dip", ending="dip"),
    "comedy": Manners(passage="wipe", step="cut", relief="wipe", ending="iris"),
    "adventure": Manners(passage="wipe", step="cut", relief="dissolve", ending="dissolve"),
    "documentary": Manners(passage="dissolve", step="cut", relief="dissolve", ending="dissolve"),
}


def transition(story: Story, before: Beat | None, after: Beat, seed: int) -> str:
    """How the picture goes from one beat to the next; before: None where the film begins.

    Both at the hours at which they are seen (`outdoors.py`).
    """
    if before is None:
        return "cut"
    manners = GENRES[story.style.genre]
    leap = after.tension - before.tension
    if after.ends:
        kind = manners.ending
    elif leap >= _JOLT:
        kind = "cut"
    elif leap <= -_RELIEF:
        kind = manners.relief
    elif before.place == after.place:
        kind = "cut" if before.time_of_day == after.time_of_day else manners.passage
    else:
        kind = manners.step if _steps_over(story, before, after) else manners.passage
    return _directed(kind, after, seed)


def _steps_over(story: Story, before: Beat, after: Beat) -> bool:
    """Whether somebody who was seen is seen again next door, at the same hour."""
    near = after.place in story.place(before.place).reachable_from or before.place in (
        story.place(after.place).reachable_from
    )
    bodies = {name for name in before.present if story.character(name).puppet}
    return near and before.time_of_day == after.time_of_day and bool(bodies & set(after.present))


def _directed(kind: str, after: Beat, seed: int) -> str:
    return ("wipe_left", "wipe_right")[draw_int(seed, after.beat_id, "wipe") % 2] if kind == "wipe" else kind


def left_behind(shot: Shot, left: Shot, frame: int) -> Shot:
    """The shot with the picture that it takes over from: shot `left` as it would be at its frame `frame`."""
    if shot.transition == "cut":
        return shot
    return replace(shot, leaving=Leaving(left.view, left.frame_count, left.camera, left.staging, left.effects, frame))


def cut_to(shot: Shot) -> Shot:
    """The shot without a way into it, for who asked to be there at once."""
    return replace(shot, transition="cut", leaving=None)
