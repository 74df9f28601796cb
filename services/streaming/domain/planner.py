"""A beat and its spoken lines become a scene: shots with views, staging, lines, music, sounds and captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count, takewhile

from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner, Setup, set_ups
from services.streaming.domain.description import DESCRIBER
from services.streaming.domain.draw import draw_int, draw_unit
from services.streaming.domain.layout import LaidLine, Layout, captions_of, without_overlap
from services.streaming.domain.outdoors import as_seen, outdoors
from services.streaming.domain.picture_words import EYE_HEIGHTS_M, MACHINES, SEATS, STAGES, seated_eyes_m
from services.streaming.domain.screenplay import (
    CameraMove,
    Caption,
    Effect,
    MusicCue,
    PlannedShot,
    Scene,
    Shot,
    SoundCue,
    SpokenLine,
    Staging,
    Title,
    View,
)
from services.streaming.domain.story import Appearance, Beat, CharacterSheet, Place, SoundHint, Story
from services.streaming.domain.timebase import FRAMES_PER_SECOND, SAMPLES_PER_FRAME, frames
from services.streaming.domain.transitions import transition

SOUND_CAPTION_FRAMES = 40
ENDING_RING_FRAMES = 48
FIRST_STEP_FRAME, STEP_FRAMES = 9.7, 19.3
"""When a foot of a figure that walks comes down: half a stride of 1.32 m at 0.82 m/s, as the puppets walk."""
WALK_FRAMES, WALK_ENDS_FRAMES = 99, 13
"""As long as a figure has way to walk, and how long before that it slows down."""
STEP_GAIN = 0.6
_MAKERS = {"steps": ("walk",), "console": ("operate", "sit"), "drill": ("operate",)}
"""Sounds that people make, and in which poses."""
_LIT_AIR, _LIT_AIR_OUTSIDE = {"wonder": 0.7, "warm": 0.5, "dread": 0.45}, 0.45
"""Moods in which light hangs in the air of a place that is seen whole."""
_BLOWN = {"dust": 0.4, "storm": 0.8}
"""How much dust each weather blows through a place that lies open to it."""
_STILL_POSES = ("stand", "sit", "operate")
_AT_EYE_HEIGHT = ("medium", "close", "over_shoulder", "point_of_view")


@dataclass(frozen=True, slots=True)
class ScoreAt:
    """A score and how far it has played, in samples. motif: whose theme it sings. intensity: there, and its rise.
    ambience: the place that is heard there."""

    mood: str
    key: str
    tempo_bpm: float
    position: int
    motif: str = ""
    intensity: float = 0.3
    rise_per_s: float = 0.0
    ambience: str = ""

    def continues(self, other: ScoreAt | None) -> bool:
        """Whether it is the same music as another, wherever that stands."""
        return other is not None and (self.mood, self.key, self.motif) == (other.mood, other.key, other.motif)


@dataclass(frozen=True, slots=True)
class SceneBrief:
    """What a scene is planned from. canon: as the first picture shows it. previous: the score heard before, if any.

    first: the film begins with it. new_place: the viewer has not just been there.
    """

    scene_id: str
    story: Story
    beat: Beat
    canon: Canon
    layout: Layout
    manner: Manner
    seed: int
    first: bool = False
    new_place: bool = True
    previous: ScoreAt | None = None

    @property
    def place(self) -> Place:
        """Where the beat plays."""
        return self.story.place(self.beat.place)

    @property
    def score(self) -> ScoreAt:
        """The score at the scene's start; the same score goes on where it was."""
        music = self.story.style.score_of(self.beat.cues.music)
        same = self.previous is not None and (self.previous.mood, self.previous.key) == (music.mood, music.key)
        position = self.previous.position if same and self.previous is not None else 0
        return ScoreAt(music.mood, music.key, music.tempo_bpm, position, self.motif)

    @property
    def motif(self) -> str:
        """Whose theme the scene sings: the mystery's where the film wonders or dreads, the machine mind's where it
        leads the talk, else the hero's."""
        if self.beat.mood in ("wonder", "dread"):
            return "mystery"
        speakers = [line.speaker for line in self.beat.lines]
        minds = [name for name in speakers if self.story.character(name).everywhere]
        return "ai" if 3 * len(minds) >= max(1, len(speakers)) else "hero"

    @property
    def score_seed(self) -> int:
        """One theme for the whole story."""
        return draw_int(0, self.story.story_id, "score") >> 33


def plan(brief: SceneBrief) -> Scene:
    """The whole scene."""
    return _scene(brief, _shots(brief, 0, brief.manner, ""))


def replan(brief: SceneBrief, scene: Scene, from_frame: int, manner: Manner, revision: int) -> Scene:
    """The scene with everything from a cut of it on told in another manner; words and music stay where they were.

    from_frame: a border between two of the scene's shots.
    """
    kept: list[PlannedShot] = []
    at = 0
    for planned in scene.shots:
        if at >= from_frame:
            break
        kept.append(planned)
        at += planned.shot.frame_count
    if at != from_frame:
        raise ValueError(f"frame {from_frame} is not a cut of scene {scene.scene_id}")
    before = _setup_of(brief, kept[-1], from_frame) if kept else None
    heard = kept[-1].shot.ambience if kept else ""
    return replace(scene, shots=(*kept, *_shots(brief, from_frame, manner, f"r{revision}.", before, heard)))


def _setup_of(brief: SceneBrief, planned: PlannedShot, end_frame: int) -> Setup:
    """How a planned shot was set up."""
    view = planned.shot.view
    names = {appearance.position: appearance.character_id for appearance in brief.beat.cast}
    start_frame = end_frame - planned.shot.frame_count
    return Setup(start_frame, end_frame, view.framing, names.get(view.subject, view.subject))


def score_after(scene: Scene) -> ScoreAt | None:
    """Where the music stands when the scene is over; None where it has none."""
    shot = scene.shots[-1].shot
    if not shot.music:
        return None
    cue = shot.music[0]
    return ScoreAt(
        mood=cue.mood,
        key=cue.key,
        tempo_bpm=cue.tempo_bpm,
        position=cue.start_sample + shot.frame_count * SAMPLES_PER_FRAME,
        motif=cue.motif,
        intensity=cue.intensity_to,
        rise_per_s=(cue.intensity_to - cue.intensity_from) * FRAMES_PER_SECOND / shot.frame_count,
        ambience=shot.ambience,
    )


def _scene(brief: SceneBrief, shots: tuple[PlannedShot, ...]) -> Scene:
    beat = brief.beat
    return Scene(brief.scene_id, beat.beat_id, beat.title, beat.place, brief.place.name, beat.mood, beat.tension, shots)


def _shots(
    brief: SceneBrief, from_frame: int, manner: Manner, revision: str, before: Setup | None = None, heard: str = ""
) -> tuple[PlannedShot, ...]:
    """heard: the place of the shot before, where that is the scene's."""
    pieces = set_ups(brief.story, brief.beat, brief.layout, manner, brief.seed, brief.new_place, from_frame, before)
    captions = _captions(brief)
    places = [heard or (brief.previous.ambience if brief.previous is not None else "")]
    places += [_place_of(brief, piece).ambience for piece in pieces]
    return tuple(
        _planned(brief, piece, manner, captions, f"{brief.scene_id}.{revision}{number}", places[number])
        for number, piece in enumerate(pieces)
    )


def _planned(
    brief: SceneBrief, piece: Setup, manner: Manner, captions: Sequence[Caption], shot_id: str, heard: str
) -> PlannedShot:
    seen = _seen(brief, piece)
    music, ambience = _music(brief, piece), _place_of(brief, piece).ambience
    # Where the score changes, the same place is heard from another of its moments.
    moves = heard != ambience or len(music) > 1
    shot = Shot(
        view=_view(brief, piece, manner),
        frame_count=piece.frame_count,
        camera=_camera(brief, piece, manner),
        staging=tuple(_staging(brief, piece, name) for name in seen),
        lines=_lines(brief, piece),
        music=music,
        sounds=(*_sounds(brief, piece), *_steps(brief, piece, seen)),
        effects=_effects(brief, piece, manner),
        title=_title(brief, piece),
        transition=_transition(brief) if piece.start_frame == 0 else "cut",
        ambience=ambience,
        ambience_before=heard if moves else "",
    )
    own = tuple(
        replace(cue, start_frame=cue.start_frame - piece.start_frame, end_frame=cue.end_frame - piece.start_frame)
        for cue in captions
        if piece.start_frame <= cue.start_frame < piece.end_frame
    )
    return PlannedShot(shot_id, shot, own, seen)


def _transition(brief: SceneBrief) -> str:
    played = brief.canon.played
    before = brief.story.beat(played[-1]) if played and not brief.first else None
    seen = None if before is None else as_seen(before, brief.canon)
    return transition(brief.story, seen, as_seen(brief.beat, brief.canon), brief.seed)


def _place_of(brief: SceneBrief, piece: Setup) -> Place:
    if piece.hint is not None and piece.hint.place:
        return brief.story.place(piece.hint.place)
    return brief.place


def _elsewhere(brief: SceneBrief, piece: Setup) -> bool:
    return _place_of(brief, piece).place_id != brief.beat.place


def _seen(brief: SceneBrief, piece: Setup) -> tuple[str, ...]:
    bodies = [name for name in brief.beat.present if brief.story.character(name).puppet]
    if _elsewhere(brief, piece) or piece.framing in ("insert", "point_of_view"):
        return ()
    if piece.framing in ("close", "medium") and piece.subject in bodies:
        return tuple(name for name in bodies if name == piece.subject)
    if piece.framing == "over_shoulder":
        return tuple(name for name in bodies if name in (piece.subject, piece.listener))
    return tuple(bodies)


def _view(brief: SceneBrief, piece: Setup, manner: Manner) -> View:
    beat, place = brief.beat, _place_of(brief, piece)
    positions = {appearance.character_id: appearance.position for appearance in beat.cast}
    subject = positions.get(piece.subject, piece.subject if piece.subject in place.stages else "")
    if piece.framing == "insert" and subject in STAGES:
        subject = ""  # an insert shows a thing, and where people stand there is none
    hour, weather = outdoors(beat, brief.canon)
    on_someone = piece.subject in positions and not _elsewhere(brief, piece)
    return View(
        set_name=place.set_name,
        framing=piece.framing,
        subject=subject,
        side=_side(brief, piece) if on_someone or piece.framing == "wide" else 0,
        time_of_day=hour,
        weather=weather,
        mood=_mood(beat.mood, manner),
        palette=brief.story.style.palette,
        marks=brief.canon.marks(place.place_id),
        seed=draw_int(0, brief.story.story_id, place.place_id) >> 33,
        past=positions.get(piece.listener, "") if on_someone and piece.framing == "over_shoulder" else "",
        eye_height_m=_eye_height_m(brief, piece.subject) if on_someone and piece.framing in _AT_EYE_HEIGHT else 0.0,
    )


def _side(brief: SceneBrief, piece: Setup) -> int:
    """Who looks to the right is seen from the right of the frontal axis and the other way round, so that both cameras
    stand on one side of the line between them. A wide returns from another side than the one that opened the scene."""
    if piece.framing == "wide":
        return 0 if piece.start_frame == 0 else (-1, 1)[draw_int(brief.seed, brief.beat.beat_id, "wide") % 2]
    if piece.framing in ("establishing", "insert"):
        return 0
    return _facing(brief, piece.subject) or 1


def _pose(brief: SceneBrief, appearance: Appearance) -> str:
    """Nobody sits on air: who should sit where there is no seat stands."""
    lacks_seat = appearance.position not in SEATS.get(brief.place.set_name, ())
    return "stand" if appearance.pose == "sit" and lacks_seat else appearance.pose


def _eye_height_m(brief: SceneBrief, name: str) -> float:
    puppet = brief.story.character(name).puppet_for(name in brief.canon.suited)
    appearance = next(a for a in brief.beat.cast if a.character_id == name)
    standing_m = EYE_HEIGHTS_M.get(puppet, 1.6)
    sits = _pose(brief, appearance) == "sit" and puppet not in MACHINES
    return seated_eyes_m(standing_m) if sits else standing_m


def _mood(mood: str, manner: Manner) -> str:
    """The picture's mood bends only where the viewer asks for it clearly, so that views stay shared otherwise."""
    if manner.tension >= 0.5 and mood in ("calm", "warm"):
        return "tense"
    if manner.tension <= -0.5 and mood in ("tense", "dread"):
        return "calm"
    if manner.humour >= 0.6 and mood == "calm":
        return "warm"
    return mood


def _camera(brief: SceneBrief, piece: Setup, manner: Manner) -> CameraMove:
    if piece.hint is not None and piece.hint.camera != "still":
        return CameraMove(piece.hint.camera, piece.hint.strength)
    if manner.tension >= 0.5 and piece.framing in ("medium", "close", "over_shoulder"):
        return CameraMove("handheld", 0.6)
    choices = {
        "establishing": ("push_in", "truck_right", "crane_up"),
        "wide": ("push_in", "truck_left", "truck_right"),
        "medium": ("push_in", "still", "orbit"),
        "close": ("push_in", "still"),
        "over_shoulder": ("truck_left", "push_in"),
        "insert": ("push_in", "orbit"),
        "point_of_view": ("handheld", "push_in"),
    }[piece.framing]
    kind = choices[draw_int(brief.seed, brief.beat.beat_id, "camera", piece.start_frame) % len(choices)]
    return CameraMove(kind, round(0.35 + 0.25 * brief.beat.tension + 0.15 * max(0.0, manner.pace), 3))


def _staging(brief: SceneBrief, piece: Setup, name: str) -> Staging:
    sheet = brief.story.character(name)
    appearance = next(a for a in brief.beat.cast if a.character_id == name)
    lines = [laid.said for laid in _overlapping(brief, piece) if laid.said.speaker == name]
    emotion = lines[0].emotion if lines else _reaction(brief, piece)
    return Staging(
        puppet=sheet.puppet_for(name in brief.canon.suited),
        position=appearance.position,
        facing=_facing(brief, name),
        pose=_pose(brief, appearance) if lines or appearance.pose in _STILL_POSES else "stand",
        emotion=emotion,
        speaks=name,
    )


def _reaction(brief: SceneBrief, piece: Setup) -> str:
    """Who listens feels with the scene."""
    if _overlapping(brief, piece):
        return {"tense": "tense", "dread": "afraid", "wonder": "awed", "warm": "warm"}.get(brief.beat.mood, "calm")
    return "tense" if brief.beat.tension > 0.7 else "calm"


def _facing(brief: SceneBrief, name: str) -> int:
    order = {"left": -1, "centre": 0, "right": 1}
    mine = next(order.get(a.position, 0) for a in brief.beat.cast if a.character_id == name)
    others = [order.get(a.position, 0) for a in brief.beat.cast if a.character_id != name]
    if not others:
        return -mine
    towards = sum(others) / len(others) - mine
    return (towards > 0) - (towards < 0)


def _overlapping(brief: SceneBrief, piece: Setup) -> list[LaidLine]:
    return [line for line in brief.layout.lines if _reaches(line, piece)]


def _reaches(line: LaidLine, piece: Setup) -> bool:
    return line.start_frame < piece.end_frame and line.end_frame > piece.start_frame


def _lines(brief: SceneBrief, piece: Setup) -> tuple[SpokenLine, ...]:
    return tuple(
        SpokenLine(
            speaker=line.said.speaker,
            text=line.said.aloud or line.said.text,
            voice=line.said.voice,
            emotion=line.said.emotion,
            pace=line.said.pace,
            start_frame=line.start_frame - piece.start_frame,
        )
        for line in brief.layout.heard
        if _reaches(line, piece)
    )


def _music(brief: SceneBrief, piece: Setup) -> tuple[MusicCue, ...]:
    score, previous = brief.score, brief.previous
    start, end = brief.beat.cues.intensity
    total = max(1, brief.layout.frame_count)

    def intensity(frame: int) -> float:
        return round(start + (end - start) * frame / total, 4)

    opens = piece.start_frame == 0
    rises = opens and previous is not None and not score.continues(previous)
    cue = MusicCue(
        seed=brief.score_seed,
        mood=score.mood,
        key=score.key,
        tempo_bpm=score.tempo_bpm,
        start_sample=score.position + piece.start_frame * SAMPLES_PER_FRAME,
        intensity_from=intensity(piece.start_frame),
        intensity_to=intensity(piece.end_frame),
        gain_from=0.0 if rises else 1.0,
        gain_to=1.0,
        motif=score.motif,
        end_sample=_end_sample(brief),
        opens_scene=opens and score.continues(previous),
        intensity_before=previous.intensity if opens and previous is not None else 0.0,
        rise_before_per_s=previous.rise_per_s if opens and previous is not None else 0.0,
    )
    if not rises or previous is None:
        return (cue,)
    leaving = MusicCue(
        seed=brief.score_seed,
        mood=previous.mood,
        key=previous.key,
        tempo_bpm=previous.tempo_bpm,
        start_sample=previous.position,
        intensity_from=previous.intensity,
        intensity_to=previous.intensity,
        gain_from=1.0,
        gain_to=0.0,
        motif=previous.motif,
        opens_scene=True,
        intensity_before=previous.intensity,
        rise_before_per_s=previous.rise_per_s,
    )
    return (cue, leaving)


def _end_sample(brief: SceneBrief) -> int:
    """Where the last scene's music comes to rest, so that its last chord has died away when the film is over."""
    if not brief.beat.ends:
        return 0
    return brief.score.position + (brief.layout.frame_count - ENDING_RING_FRAMES) * SAMPLES_PER_FRAME


def _sounds(brief: SceneBrief, piece: Setup) -> tuple[SoundCue, ...]:
    placed = [(hint, _sound_frame(brief, hint.at_line, hint.after_s)) for hint in brief.beat.cues.sounds]
    return tuple(
        SoundCue(hint.sound, at - piece.start_frame, hint.gain, hint.pan, _source(brief, piece, hint))
        for hint, at in placed
        if piece.start_frame <= at < piece.end_frame
    )


def _steps(brief: SceneBrief, piece: Setup, seen: Sequence[str]) -> tuple[SoundCue, ...]:
    """Who walks in the picture is heard to, unless the story has steps of its own in the scene."""
    if any(hint.sound == "steps" for hint in brief.beat.cues.sounds):
        return ()
    walkers = [staging for staging in (_staging(brief, piece, name) for name in seen) if _walks(staging)]
    last = min(piece.frame_count, WALK_FRAMES) - WALK_ENDS_FRAMES
    falls = [round(at) for at in takewhile(lambda at: at < last, count(FIRST_STEP_FRAME, STEP_FRAMES))]
    return tuple(SoundCue("footstep", at, STEP_GAIN, 0.0, walker.position) for walker in walkers for at in falls)


def _walks(staging: Staging) -> bool:
    return staging.pose == "walk" and staging.puppet not in MACHINES


def _source(brief: SceneBrief, piece: Setup, hint: SoundHint) -> str:
    """Where on the stage someone makes the sound; "" where nobody does or the author says where it is."""
    if hint.pan != 0.0 or _elsewhere(brief, piece):
        return ""
    poses = _MAKERS.get(hint.sound, ())
    return next((appearance.position for appearance in brief.beat.cast if appearance.pose in poses), "")


def _sound_frame(brief: SceneBrief, at_line: int, after_s: float) -> int:
    start = brief.layout.start_of(at_line) if at_line else 0
    return min(max(0, start + frames(after_s)), brief.layout.frame_count - 1)


def _effects(brief: SceneBrief, piece: Setup, manner: Manner) -> tuple[Effect, ...]:
    wanted = dict(brief.beat.cues.effects)
    if piece.hint is not None:
        wanted.update(piece.hint.effects)
    weather = outdoors(brief.beat, brief.canon).weather
    if not _place_of(brief, piece).inside and weather in _BLOWN:
        wanted.setdefault("dust", _BLOWN[weather])
    if manner.tension >= 0.5 and _place_of(brief, piece).inside:
        wanted.setdefault("flicker", 0.35)
    if piece.framing in ("establishing", "wide") and brief.beat.mood in _LIT_AIR:
        thin = 1.0 if _place_of(brief, piece).inside else _LIT_AIR_OUTSIDE
        wanted.setdefault("shafts", round(thin * _LIT_AIR[brief.beat.mood], 3))
    if piece.framing == "over_shoulder" and draw_unit(brief.seed, brief.beat.beat_id, "rack", piece.start_frame) < 0.3:
        wanted.setdefault("rack_focus", 0.9)
    return tuple(Effect(kind, strength) for kind, strength in wanted.items())


def _title(brief: SceneBrief, piece: Setup) -> Title | None:
    if brief.beat.ends and piece.end_frame == brief.layout.frame_count:
        return Title(brief.beat.title, "The End", "end", max(0, piece.frame_count - 60), piece.frame_count)
    if piece.start_frame != 0:
        return None
    if brief.first:
        return Title(brief.story.title, "", "title", 10, min(piece.frame_count, 84))
    if brief.new_place:
        return Title(brief.place.name, "", "place", 8, min(piece.frame_count, 70))
    return None


def _captions(brief: SceneBrief) -> tuple[Caption, ...]:
    cues: list[Caption] = []
    if brief.layout.description is not None:
        cues += captions_of(brief.layout.description, f"{brief.scene_id}.d", DESCRIBER)
    for number, line in enumerate(brief.layout.lines):
        speaker = speaker_name(brief.story.character(line.said.speaker), line.said.over)
        cues += captions_of(line, f"{brief.scene_id}.c{number}", speaker)
    for number, hint in enumerate(brief.beat.cues.sounds):
        at = _sound_frame(brief, hint.at_line, hint.after_s)
        text = f"[{hint.sound.replace('_', ' ')}]"
        cues.append(Caption(f"{brief.scene_id}.s{number}", "", text, at, at + SOUND_CAPTION_FRAMES, sound=True))
    return without_overlap(cues, brief.layout.frame_count)


def speaker_name(sheet: CharacterSheet, over: str) -> str:
    """How a caption names who speaks."""
    return f"{sheet.name} ({over})" if over else sheet.name
