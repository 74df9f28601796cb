"""What a session log tells of its film, scene by scene: the words that were really said, choices, reactions."""

from __future__ import annotations

from collections.abc import Iterable

from services.streaming.domain.description import DESCRIBER
from services.streaming.domain.events import Dial, Emoji, FreeText, Outcome, PreferenceEvent, Receipt
from services.streaming.domain.journal import (
    BeatChosen,
    BeatDropped,
    ChoiceTaken,
    Ended,
    Entry,
    EventDecided,
    Progress,
    SceneWritten,
    TakeScheduled,
)
from services.streaming.domain.outdoors import told_weather
from services.streaming.domain.screenplay import Scene, SpokenLine
from services.streaming.domain.screenplay_text import ToldChoice, ToldLine, ToldScene
from services.streaming.domain.story import Beat, Story


def told_scenes(story: Story, entries: Iterable[Entry]) -> tuple[ToldScene, ...]:
    """The film as far as it was played; a scene that was written and never begun is left out."""
    telling = _Telling(story)
    for entry in entries:
        telling.apply(entry)
    return telling.scenes()


class _Telling:
    """Entries come in order; what a later one replaces is forgotten."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._scenes: dict[str, Scene] = {}
        self._starts: dict[str, int] = {}
        self._why: dict[str, str] = {}
        self._choices: dict[str, ChoiceTaken] = {}
        self._reactions: list[tuple[int, str]] = []
        self._played_to = 0
        self._ended = ""

    def apply(self, entry: Entry) -> None:
        match entry:
            case BeatChosen(beat_id, _, why):
                self._why[beat_id] = why
            case BeatDropped(beat_id):
                self._drop(beat_id)
            case SceneWritten(scene, _):
                self._scenes[scene.scene_id] = scene
            case TakeScheduled():
                self._schedule(entry)
            case Progress(frame):
                self._played_to = max(self._played_to, frame)
            case EventDecided(event, receipt):
                self._react(event, receipt)
            case ChoiceTaken(choice_id, _, _):
                self._choices[choice_id] = entry
            case Ended(beat_id, _):
                self._ended = beat_id
            case _:
                pass

    def scenes(self) -> tuple[ToldScene, ...]:
        begun = sorted((start, scene_id) for scene_id, start in self._starts.items() if scene_id in self._scenes)
        ends = [start for start, _ in begun[1:]]
        told = []
        for number, (start, scene_id) in enumerate(begun):
            end = ends[number] if number < len(ends) else None
            reactions = tuple(
                text for frame, text in self._reactions if start <= frame and (end is None or frame < end)
            )
            told.append(self._told(self._scenes[scene_id], reactions))
        return tuple(told)

    def _drop(self, beat_id: str) -> None:
        for scene_id in [s.scene_id for s in self._scenes.values() if s.beat_id == beat_id]:
            if scene_id not in self._starts:
                del self._scenes[scene_id]

    def _schedule(self, entry: TakeScheduled) -> None:
        for scene in self._scenes.values():
            if any(planned.shot_id == entry.shot_id for planned in scene.shots):
                self._starts.setdefault(scene.scene_id, entry.first_frame)

    def _react(self, event: PreferenceEvent, receipt: Receipt) -> None:
        frame = receipt.first_frame_index if receipt.first_frame_index is not None else self._played_to
        if receipt.outcome is not Outcome.MERGED and event.kind != "choice":
            self._reactions.append((frame, _reaction(event, receipt)))

    def _told(self, scene: Scene, reactions: tuple[str, ...]) -> ToldScene:
        beat, place = self._story.beat(scene.beat_id), self._story.place(scene.place_id)
        view = scene.shots[0].shot.view
        return ToldScene(
            title=scene.title,
            place=scene.place_name,
            inside=place.inside,
            time_of_day=view.time_of_day,
            weather=told_weather(beat, place, view.weather),
            mood=scene.mood,
            lines=tuple(self._line(beat, line) for line in _spoken(scene)),
            people=tuple((self._story.character(a.character_id).name, a.position, a.pose) for a in beat.cast),
            choice=self._choice(scene, beat),
            reactions=reactions,
            why=self._why.get(beat.beat_id, ""),
            ends=beat.ends and self._ended == beat.beat_id,
        )

    def _line(self, beat: Beat, line: SpokenLine) -> ToldLine:
        sheet = self._story.character(line.speaker)
        own = f"{sheet.voice}+{sheet.treatment}" if sheet.treatment else sheet.voice
        carried = "" if line.voice == own else line.voice.partition("+")[2]
        authored = {text for said in beat.lines for text in (said.text, *(variant.text for variant in said.variants))}
        note = "" if line.text in authored else "model"
        return ToldLine(sheet.name, line.text, line.emotion, carried, sheet.narrates, note)

    def _choice(self, scene: Scene, beat: Beat) -> ToldChoice | None:
        taken = self._choices.get(f"{scene.scene_id}.choice")
        if taken is None or beat.choice is None:
            return None
        option = next(option for option in beat.choice.options if option.option_id == taken.option_id)
        return ToldChoice(beat.choice.prompt, option.label, option.consequence, taken.by_viewer)


def _spoken(scene: Scene) -> tuple[SpokenLine, ...]:
    """A line that goes on into the next shot stands in both; it is told once, where it begins. What only describes the
    picture is no part of the screenplay's dialogue."""
    lines = (line for planned in scene.shots for line in planned.shot.lines if line.start_frame >= 0)
    return tuple(line for line in lines if line.speaker != DESCRIBER)


def _reaction(event: PreferenceEvent, receipt: Receipt) -> str:
    match event.act:
        case Emoji(name):
            did = f"the viewer: {name}"
        case Dial(name, value):
            did = f"the viewer turns {name} to {value:+.1f}"
        case FreeText(text):
            did = f"the viewer says: “{text}”"
        case _:
            did = f"the viewer: {event.kind.replace('_', ' ')}"
    changed = f", {', '.join(receipt.changed)}" if receipt.changed else ""
    return f"{did} -> {receipt.outcome.value}{changed}"
