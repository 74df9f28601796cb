"""What is known of one session's film: decided beats, scenes on the timeline, canon, taste, manner and look.

Every change is a journal entry first; `Film.replayed` makes the same film again from its journal. No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from services.streaming.domain.audience import NO_APPEAL, Appeal
from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.description import DESCRIBER
from services.streaming.domain.director import Decision, choose
from services.streaming.domain.events import Calm, Depth, Dial, Outcome, PreferenceEvent, Receipt, Resume, Visibility
from services.streaming.domain.journal import (
    BeatChosen,
    BeatDropped,
    ChoiceTaken,
    Ended,
    Entry,
    EventDecided,
    Held,
    Progress,
    SceneWritten,
    SessionSpec,
    Started,
    TakeScheduled,
)
from services.streaming.domain.lessons import Moment, learn
from services.streaming.domain.limits import Limits
from services.streaming.domain.look import Look
from services.streaming.domain.planner import SceneBrief, ScoreAt, score_after
from services.streaming.domain.promise import NO_PROMISE, Promise, promises
from services.streaming.domain.reactions import react
from services.streaming.domain.sameness import LATEST
from services.streaming.domain.screenplay import PlannedShot, Scene
from services.streaming.domain.story import Beat, Option, Story
from services.streaming.domain.taste import Mood, Taste
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from services.streaming.domain.timeline import ScheduledTake, Timeline
from services.streaming.domain.trunk import ALONE, Trunk

MANNER_STEPS = 2
"""Steps of a dial from the middle to its end, in how scenes are cut."""


@dataclass(slots=True)
class ScenePlan:
    """A scene of this film. brief: None where it was restored from the journal, so it cannot be cut anew.

    answered: whether its viewer did something that says an opinion.
    start_frame: in the session, -1 until its first shot is scheduled. next_shot: the first one not scheduled yet.
    """

    scene: Scene
    beat: Beat
    brief: SceneBrief | None
    start_frame: int = -1
    next_shot: int = 0
    revision: int = 0
    options: tuple[Option, ...] = ()
    option_taken: bool = False
    answered: bool = False
    why: str = ""
    terms: tuple[tuple[str, float], ...] = ()

    @property
    def begun(self) -> bool:
        """Whether a shot of it is on the timeline."""
        return self.start_frame >= 0

    @property
    def awaits_choice(self) -> bool:
        """Whether what follows depends on a decision that has not been made."""
        return len(self.options) > 1 and not self.option_taken

    @property
    def frames_left(self) -> int:
        """Frames of its shots that are not scheduled."""
        return sum(planned.shot.frame_count for planned in self.scene.shots[self.next_shot :])

    def number_of(self, shot_id: str) -> int:
        """Place of a shot in the scene; the number of shots where it is none of them."""
        ids = [planned.shot_id for planned in self.scene.shots]
        return ids.index(shot_id) if shot_id in ids else len(ids)

    def shot(self, shot_id: str) -> PlannedShot | None:
        """Its shot of that id."""
        return next((planned for planned in self.scene.shots if planned.shot_id == shot_id), None)


@dataclass(slots=True)
class Film:
    """The state of one session; plans: scenes played, playing and to come, oldest first."""

    story: Story
    spec: SessionSpec
    canon: Canon
    taste: Taste
    mood: Mood = field(default_factory=Mood)
    manner: Manner = field(default_factory=Manner)
    look: Look = field(default_factory=Look)
    calm: bool = False
    timeline: Timeline = field(default_factory=Timeline)
    plans: list[ScenePlan] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    scene_count: int = 0
    played_to: int = 0
    next_sequence: int = 0
    ended: bool = False
    why: dict[str, Receipt] = field(default_factory=dict)
    before_last: Canon | None = None
    last_chosen: BeatChosen | None = None
    appeal: Appeal = NO_APPEAL

    @classmethod
    def begun(cls, story: Story, spec: SessionSpec, taste: Taste, appeal: Appeal = NO_APPEAL) -> Film:
        """A film before its first decision. appeal: what earlier viewers taught about the story's beats."""
        return cls(story, spec, Canon.of(story), taste, calm=spec.calm, appeal=appeal)

    @classmethod
    def replayed(
        cls,
        story: Story,
        spec: SessionSpec,
        taste: Taste,
        entries: Iterable[tuple[int, Entry]],
        appeal: Appeal = NO_APPEAL,
    ) -> Film:
        """The film that its journal tells of. Its timeline is as it was scheduled, holds included."""
        film = cls.begun(story, spec, taste, appeal)
        for sequence, entry in entries:
            film.next_sequence = sequence + 1
            film.apply(entry)
        return film

    @property
    def planned_s(self) -> float:
        """The length that the film should have, seconds."""
        return (self.spec.planned_minutes or self.story.planned_minutes.default) * 60.0

    @property
    def limits(self) -> Limits:
        """What must never be shown in it."""
        return Limits.of(self.spec.age_band, self.calm, self.spec.no_horror)

    @property
    def progress(self) -> float:
        """Share of the planned length that is decided already."""
        return self._share_of_planned(sum(plan.frames_left for plan in self.plans))

    @property
    def progress_before_last(self) -> float:
        """The same without the scene that was chosen last and has not begun."""
        left = sum(plan.frames_left for plan in self.plans)
        last = self.plans[-1] if self.plans else None
        chosen = self.last_chosen
        if last is not None and chosen is not None and last.beat.beat_id == chosen.beat_id and not last.begun:
            left -= last.frames_left
        return self._share_of_planned(left)

    def _share_of_planned(self, waiting_frames: int) -> float:
        decided = max(self.timeline.end_frame, self.played_to) + waiting_frames
        return min(1.5, decided / (self.planned_s * FRAMES_PER_SECOND))

    @property
    def score(self) -> ScoreAt | None:
        """The score at the end of what is planned."""
        told = next((plan.scene for plan in reversed(self.plans) if plan.scene.shots), None)
        return score_after(told) if told is not None else None

    def plan_of(self, shot_id: str) -> ScenePlan | None:
        """The scene that holds a shot."""
        return next((plan for plan in reversed(self.plans) if plan.shot(shot_id) is not None), None)

    def playing(self, frame: int) -> ScenePlan | None:
        """The scene that plays at a frame."""
        scheduled = self.timeline.at(frame)
        return self.plan_of(scheduled.shot_id) if scheduled is not None else None

    def choose_next(self, frame: int, seed: int, trunk: Trunk = ALONE) -> Decision | None:
        """The beat that should follow what is planned, as the viewer is at a frame; None when nothing can follow."""
        return self._chosen(self.canon, self.progress, frame, seed, trunk)

    def choose_after(
        self, canon: Canon, frame: int, seed: int, trunk: Trunk, without: Sequence[str] = ()
    ) -> Decision | None:
        """The beat that would follow in another canon, or without some beats."""
        progress = self.progress_before_last if without else self.progress
        return self._chosen(canon, progress, frame, seed, trunk, without)

    def choose_anew(self, frame: int, seed: int, trunk: Trunk = ALONE) -> Decision | None:
        """The beat that should come instead of the one that was chosen last."""
        if self.before_last is None:
            return None
        return self._chosen(self.before_last, self.progress_before_last, frame, seed, trunk)

    def _chosen(
        self, canon: Canon, progress: float, frame: int, seed: int, trunk: Trunk, without: Sequence[str] = ()
    ) -> Decision | None:
        return choose(
            canon,
            self.taste,
            self.mood.at(frame),
            progress,
            seed,
            without,
            planned_s=self.planned_s,
            limits=self.limits,
            trunk=trunk,
            appeal=self.appeal,
        )

    def promise(self, option_id: str, frame: int) -> Promise:
        """What an option of the choice that is open promises; nothing where none is."""
        plan = self.playing(frame)
        if plan is None or not plan.awaits_choice:
            return NO_PROMISE
        return promises(self.canon, plan.options).get(option_id, NO_PROMISE)

    def beats_before(self, plan: ScenePlan) -> tuple[Beat, ...]:
        """What came before a scene, oldest first, as far as it can bore; nothing for a scene that is no longer told."""
        at = next((at for at, told in enumerate(self.plans) if told is plan), 0)
        return tuple(before.beat for before in self.plans[max(0, at - LATEST) : at])

    def moment(self, frame: int) -> Moment:
        """What was being watched at a frame."""
        plan = self.playing(frame)
        if plan is None:
            return Moment()
        at = self.plans.index(plan)
        frames_in = max(0, frame - plan.start_frame)
        return Moment(
            beat=plan.beat,
            before=self.plans[at - 1].beat if at else None,
            seconds_in=frames_in / FRAMES_PER_SECOND,
            share_in=min(1.0, frames_in / max(1, plan.scene.frame_count)),
            earlier=self.beats_before(self.plans[at - 1]) if at else (),
        )

    def option(self, plan: ScenePlan, option_id: str) -> Option | None:
        """An option of the scene's choice."""
        choice = plan.beat.choice
        options = choice.options if choice is not None else ()
        return next((option for option in options if option.option_id == option_id), None)

    def apply(self, entry: Entry) -> None:
        """Let a journal entry have its effect."""
        match entry:
            case BeatChosen():
                self._choose(entry)
            case BeatDropped(beat_id):
                self._drop(beat_id)
            case SceneWritten(scene, start_frame):
                self._write(scene, start_frame)
            case TakeScheduled():
                self._schedule(entry)
            case EventDecided(event, receipt):
                self._decided(event, receipt)
            case Progress(frame):
                self.played_to = max(self.played_to, frame)
            case Held(frame, frame_count, _):
                self.timeline.hold(frame, frame_count)
            case ChoiceTaken(choice_id, option_id, _):
                self._take_option(choice_id, option_id)
            case Ended():
                self.ended = True
            case Started(spec, _, _):
                self.spec = spec
            case _:
                pass

    def _choose(self, entry: BeatChosen) -> None:
        beat = self.story.beat(entry.beat_id)
        self.before_last = self.canon
        self.canon = self.canon.after(beat)
        self.last_chosen = entry
        self.scene_count += 1

    def _drop(self, beat_id: str) -> None:
        untold = [plan for plan in self.plans if plan.beat.beat_id == beat_id and not plan.begun]
        self.plans = [plan for plan in self.plans if plan not in untold]
        unsaid = {line for plan in untold for line in self._lines_of(plan.scene)}
        self.said = [line for line in self.said if line not in unsaid]
        if self.before_last is not None:
            self.canon = self.before_last
        self.last_chosen = None

    def _write(self, scene: Scene, start_frame: int) -> None:
        old = next((plan for plan in self.plans if plan.scene.scene_id == scene.scene_id), None)
        if old is not None:
            kept = [a.shot_id == b.shot_id for a, b in zip(old.scene.shots, scene.shots, strict=False)]
            gone = {planned.shot_id for planned in old.scene.shots} - {planned.shot_id for planned in scene.shots}
            old.scene = scene
            old.next_shot = min(old.next_shot, [*kept, False].index(False))
            stale = self._stale_from(old, gone)
            if stale is not None:
                self.unschedule(stale)
            return
        beat = self.story.beat(scene.beat_id)
        plan = ScenePlan(scene, beat, None, start_frame)
        if self.before_last is not None:
            plan.options = self.before_last.options(beat)
        if self.last_chosen is not None:
            plan.why, plan.terms = self.last_chosen.why, self.last_chosen.terms
        self.plans.append(plan)
        self.said += self._lines_of(scene)
        del self.said[:-12]

    def _lines_of(self, scene: Scene) -> list[str]:
        """What is said in the scene and by whom, once each, in order."""
        lines = [line for planned in scene.shots for line in planned.shot.lines if line.speaker != DESCRIBER]
        return list(dict.fromkeys(f"{self.story.character(line.speaker).name}: {line.text}" for line in lines))

    def _stale_from(self, plan: ScenePlan, gone: set[str]) -> int | None:
        """The frame from which shots that are gone were to play; those that played before what plays now stay."""
        later = self.plans[self.plans.index(plan) + 1 :]
        frame: int | None = None
        for take in reversed(self.timeline.takes):
            if take.shot_id in gone:
                frame = take.first_frame
            elif self.plan_of(take.shot_id) not in later:
                break
        return frame

    def _schedule(self, entry: TakeScheduled) -> None:
        count = entry.order.shot.frame_count - entry.take_frame
        self.timeline.schedule(
            ScheduledTake(entry.shot_id, entry.take_id, entry.order, entry.first_frame, entry.take_frame, count)
        )
        at = next((number for number, plan in enumerate(self.plans) if plan.shot(entry.shot_id) is not None), None)
        if at is None:
            return
        plan = self.plans[at]
        plan.next_shot = plan.number_of(entry.shot_id) + 1
        if not plan.begun:
            plan.start_frame = entry.first_frame
        for earlier in self.plans[:at]:
            earlier.next_shot = len(earlier.scene.shots)
        for later in self.plans[at + 1 :]:
            later.next_shot, later.start_frame = 0, -1

    def unschedule(self, frame: int) -> tuple[ScheduledTake, ...]:
        """Take off the timeline what begins at or after a frame; its shots wait to be scheduled again."""
        dropped = self.timeline.truncate(frame)
        for take in dropped:
            plan = self.plan_of(take.shot_id)
            if plan is not None:
                plan.next_shot = min(plan.next_shot, plan.number_of(take.shot_id))
                if plan.next_shot == 0:
                    plan.start_frame = -1
        return dropped

    def _decided(self, event: PreferenceEvent, receipt: Receipt) -> None:
        self.why[event.event_id] = receipt
        while len(self.why) > 64:
            del self.why[next(iter(self.why))]
        if receipt.outcome in (Outcome.REFUSED, Outcome.EXPIRED):
            return
        frame = receipt.first_frame_index if receipt.first_frame_index is not None else self.played_to
        moment = self.moment(frame)
        self.mood = learn(event, self.taste, self.mood, moment, self.story, frame).mood
        watching = self.playing(frame)
        if watching is not None and not isinstance(event.act, Calm | Resume | Visibility):
            watching.answered = True
        reaction = react(event, moment.beat)
        if reaction.look is not None and receipt.depth is not Depth.NONE:
            self.look = self.look.with_change(replace(reaction.look, first_frame=frame))
        if isinstance(event.act, Dial):
            self.manner = turned(self.manner, event.act)
        if isinstance(event.act, Calm):
            self.calm = event.act.on

    def _take_option(self, choice_id: str, option_id: str) -> None:
        plan = next((plan for plan in self.plans if choice_id_of(plan.scene) == choice_id), None)
        option = self.option(plan, option_id) if plan is not None else None
        if plan is not None and option is not None:
            plan.option_taken = True
            self.canon = self.canon.apply(option.effects)


def choice_id_of(scene: Scene) -> str:
    """The id of the choice that a scene offers."""
    return f"{scene.scene_id}.choice"


def turned(manner: Manner, dial: Dial) -> Manner:
    """The manner after a dial; "science" moves words, not pictures. Shots are cut in one of a few manners, so that
    viewers who want about the same see the same takes."""
    if dial.name not in ("tension", "pace", "humour"):
        return manner
    return replace(manner, **{dial.name: round(dial.value * MANNER_STEPS) / MANNER_STEPS})
