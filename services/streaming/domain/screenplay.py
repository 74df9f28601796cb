"""A scene as a screenplay: shots, who is in them, what is said, how they are lit. Values only.

Field for field the messages of `cineloom.scene.v1`; frames count at 24 per second, samples at 48 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A place seen through one camera set-up; the same view is painted once."""

    set_name: str
    framing: str = "wide"
    subject: str = ""
    side: int = 0
    time_of_day: str = "day"
    weather: str = "clear"
    mood: str = "calm"
    palette: str = ""
    marks: tuple[str, ...] = ()
    seed: int = 0
    past: str = ""
    eye_height_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Staging:
    """One puppet in the shot; facing -1 looks to screen left, 0 to the camera, +1 to screen right."""

    puppet: str
    position: str
    facing: int = 0
    pose: str = "stand"
    emotion: str = "calm"
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line placed in a shot; start_frame is negative where it began in the shot before."""

    speaker: str
    text: str
    voice: str
    emotion: str = "calm"
    pace: float = 1.0
    start_frame: int = 0


@dataclass(frozen=True, slots=True)
class MusicCue:
    """A span of a score; the gains and intensities are those of the shot's first and last sample.

    motif: whose theme is sung. end_sample: where the piece comes to rest, 0 for never. opens_scene,
    intensity_before, rise_before_per_s: for a shot that opens a scene under the same score, what was in force before.
    """

    seed: int
    mood: str
    key: str
    tempo_bpm: float
    start_sample: int
    intensity_from: float
    intensity_to: float
    gain_from: float = 1.0
    gain_to: float = 1.0
    motif: str = ""
    end_sample: int = 0
    opens_scene: bool = False
    intensity_before: float = 0.0
    rise_before_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SoundCue:
    """A sound at a moment; pan -1 is left, +1 right. position: where on the stage it sounds; "" is anywhere."""

    sound: str
    start_frame: int = 0
    gain: float = 1.0
    pan: float = 0.0
    position: str = ""


@dataclass(frozen=True, slots=True)
class CameraMove:
    """How the camera moves through the shot; strength 0..1."""

    kind: str = "still"
    strength: float = 0.5


@dataclass(frozen=True, slots=True)
class Effect:
    """Something in the air or on the picture; end_frame -1 is the shot's end."""

    kind: str
    strength: float = 0.5
    start_frame: int = 0
    end_frame: int = -1


@dataclass(frozen=True, slots=True)
class Title:
    """A card over the picture: "title", "place" or "end"."""

    text: str
    subtitle: str = ""
    kind: str = "place"
    start_frame: int = 0
    end_frame: int = 72


@dataclass(frozen=True, slots=True)
class Leaving:
    """What was seen before a shot that is not cut to: the shot before it, and which of its frames would come next."""

    view: View
    frame_count: int
    camera: CameraMove = CameraMove()
    staging: tuple[Staging, ...] = ()
    effects: tuple[Effect, ...] = ()
    frame: int = 0


@dataclass(frozen=True, slots=True)
class Shot:
    """One camera set-up; frame_count is 48..192 and a multiple of 12. leaving: what its transition comes from.
    ambience_before: the place that was heard before, where that is another one."""

    view: View
    frame_count: int
    camera: CameraMove = CameraMove()
    staging: tuple[Staging, ...] = ()
    lines: tuple[SpokenLine, ...] = ()
    music: tuple[MusicCue, ...] = ()
    sounds: tuple[SoundCue, ...] = ()
    effects: tuple[Effect, ...] = ()
    title: Title | None = None
    transition: str = "cut"
    ambience: str = ""
    leaving: Leaving | None = None
    ambience_before: str = ""


@dataclass(frozen=True, slots=True)
class GradeKey:
    """The look at one frame of a take; interpolated linearly between keys, held beyond them."""

    frame: int = 0
    exposure_stops: float = 0.0
    warmth: float = 0.0
    saturation: float = 1.0
    contrast: float = 1.0
    alarm: float = 0.0
    flicker: float = 0.0
    weather: float = 0.0
    camera_energy: float = 1.0
    music_intensity: float = 0.0


@dataclass(frozen=True, slots=True)
class Rendition:
    """codec: "h264" or "vp8". two_tracks: no pictures, and the sound as dialogue and bed apart."""

    width: int = 854
    height: int = 480
    codec: str = "h264"
    bitrate_bps: int = 1_200_000
    two_tracks: bool = False


@dataclass(frozen=True, slots=True)
class TakeOrder:
    """Everything that determines a take's bytes, but for the engine that renders it."""

    shot: Shot
    grade: tuple[GradeKey, ...] = (GradeKey(),)
    rendition: Rendition = Rendition()
    calm: bool = False


@dataclass(frozen=True, slots=True)
class Caption:
    """Words or a sound as text for the frames [start_frame, end_frame) of its shot."""

    cue_id: str
    speaker: str
    text: str
    start_frame: int
    end_frame: int
    sound: bool = False


@dataclass(frozen=True, slots=True)
class PlannedShot:
    """A shot in its scene; seen: character ids in the picture."""

    shot_id: str
    shot: Shot
    captions: tuple[Caption, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One beat told in shots, in order. repairs: what of the beat canon forbids and is not shown, with the reason."""

    scene_id: str
    beat_id: str
    title: str
    place_id: str
    place_name: str
    mood: str
    tension: float
    shots: tuple[PlannedShot, ...]
    repairs: tuple[str, ...] = ()

    @property
    def frame_count(self) -> int:
        """Frames from the first shot's start to the last one's end."""
        return sum(planned.shot.frame_count for planned in self.shots)
