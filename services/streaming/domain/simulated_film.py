"""A film played without pictures, models or clock: the director chooses, a viewer with fixed likes decides.

For reading screenplays of films that nobody has watched, and for judging a story before anybody does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.streaming.domain.canon import Canon
from services.streaming.domain.director import choose
from services.streaming.domain.draw import draw_int
from services.streaming.domain.outdoors import outdoors, told_weather
from services.streaming.domain.screenplay_text import ToldChoice, ToldLine, ToldScene
from services.streaming.domain.story import Beat, Line, Option, Story
from services.streaming.domain.story_length import speech_s
from services.streaming.domain.taste import Mood, Taste

SCENE_LEAD_S = 2.5
TURN_S = 0.5
SCENES_LIMIT = 400


@dataclass(frozen=True, slots=True)
class PlayedBeat:
    """before: the canon in which it was chosen. option: how its choice was decided, None where it offered none."""

    beat: Beat
    before: Canon
    option: Option | None
    why: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SimulatedFilm:
    """ended: False when nothing could follow."""

    story: Story
    beats: tuple[PlayedBeat, ...]
    ended: bool


def scene_s(lines: Sequence[Line]) -> float:
    """Roughly how long a scene of these lines plays."""
    return SCENE_LEAD_S + speech_s(lines) + TURN_S * len(lines)


def simulate(story: Story, taste: Taste, seed: int, minutes: float = 0.0) -> SimulatedFilm:
    """minutes: the planned length, the story's own at 0. Same arguments, same film."""
    planned_s = 60.0 * (minutes or story.planned_minutes.default)
    canon, at_s = Canon.of(story), 0.0
    played: list[PlayedBeat] = []
    while not canon.over and len(played) < SCENES_LIMIT:
        decision = choose(canon, taste, Mood(), at_s / planned_s, seed, planned_s=planned_s)
        if decision is None:
            break
        beat = decision.beat
        options = canon.options(beat)
        option = options[draw_int(seed, "option", beat.beat_id) % len(options)] if options else None
        end_s = at_s + scene_s(canon.spoken(beat))
        played.append(PlayedBeat(beat, canon, option, decision.why, at_s, end_s))
        canon, at_s = canon.after(beat, option), end_s
    return SimulatedFilm(story, tuple(played), canon.over)


def told(film: SimulatedFilm, taste: Taste) -> tuple[ToldScene, ...]:
    """The film's scenes in the wording for the taste."""
    science, humour = taste.unit("science"), taste.unit("humour")
    return tuple(_told_scene(film.story, played, science, humour) for played in film.beats)


def _told_scene(story: Story, played: PlayedBeat, science: float, humour: float) -> ToldScene:
    beat, place = played.beat, story.place(played.beat.place)
    lines = tuple(
        ToldLine(
            name=story.character(line.speaker).name,
            text=line.text_for(science, humour),
            emotion=line.emotion,
            over=line.over,
            narrated=story.character(line.speaker).narrates,
        )
        for line in played.before.spoken(beat)
    )
    hour, weather = outdoors(beat, played.before)
    choice = None
    if beat.choice is not None and played.option is not None:
        choice = ToldChoice(beat.choice.prompt, played.option.label, played.option.consequence, by_viewer=True)
    return ToldScene(
        title=beat.title,
        place=place.name,
        inside=place.inside,
        time_of_day=hour,
        weather=told_weather(beat, place, weather),
        mood=beat.mood,
        lines=lines,
        people=tuple((story.character(who.character_id).name, who.position, who.pose) for who in beat.cast),
        choice=choice,
        why=played.why,
        ends=beat.ends,
    )
