"""What is asked of the Animator: one camera set-up, who is in it, what is said, and how it is lit.

Plain values only; the wire form is `cineloom.scene.v1`. Frames count from the shot's first frame at 24 per second.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class View:
    """What the Painter is asked to paint: a place seen through one camera set-up.

    set_name: a design the Painter knows ("corridor", "mars_surface", ...).
    framing: "establishing" | "wide" | "medium" | "close" | "over_shoulder" | "insert" | "point_of_view".
    subject: name of the stage position that the camera looks at ("" is the set's own centre of interest).
    side: -1 or +1, on which side of the line of action the camera stands; 0 is frontal.
    time_of_day: "dawn" | "day" | "dusk" | "night".
    weather: "clear" | "dust" | "storm" (inside: as it is seen through the windows).
    mood: "calm" | "tense" | "wonder" | "dread" | "warm".
    marks: canon that shows on the place, e.g. "lights_out", "breach", "symbols_on_screens", "dust_inside", "aurora",
        "face_on_screens", "smile_on_screens", "parachute_on_screens", "dot_on_screens".
    past: stage position over whose shoulder an "over_shoulder" looks ("" is nobody's).
    eye_height_m: of the subject above the floor, 0 is a standing adult's.
    """

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
    """One puppet in the shot.

    puppet: a design the Puppets know ("engineer", "scientist", "service_robot", "ai_hologram", ...).
    position: name of a stage position of the set ("left", "centre", "right", "far", ...).
    facing: -1 looks to screen left, 0 to the camera, +1 to screen right.
    pose: "stand" | "walk" | "turn" | "point" | "recoil" | "operate" | "sit".
    emotion: "calm" | "tense" | "afraid" | "warm" | "amused" | "awed" | "urgent".
    speaks: character id of the lines whose mouth shapes this puppet shows.
    """

    puppet: str
    position: str
    facing: int = 0
    pose: str = "stand"
    emotion: str = "calm"
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line placed in the shot; start_frame may be negative when the line began in the shot before."""

    speaker: str
    text: str
    voice: str
    emotion: str
    pace: float
    start_frame: int


@dataclass(frozen=True, slots=True)
class MusicCue:
    """A span of a score heard in this shot.

    start_sample: position in the score of the shot's first frame (48 kHz); the same position always sounds the same, so
    consecutive shots join without a seam. motif, end_sample: as in `Score`.
    intensity_before, rise_before_per_s: what was in force just before a shot that opens a scene under the same score,
    and how it was rising; elsewhere the shot's own slope is continued backwards.
    gain_from, gain_to: linear gain at the shot's first and last sample (a fade across a scene border is two cues).
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
    """A sound at a moment: "alarm", "door", "steps", "console", "radio", "impact", ...; pan -1 left .. +1 right.

    position: the stage position where it sounds; from there the camera decides pan, loudness and highs. "" is anywhere.
    """

    sound: str
    start_frame: int
    gain: float = 1.0
    pan: float = 0.0
    position: str = ""


@dataclass(frozen=True, slots=True)
class CameraMove:
    """kind: "still" | "push_in" | "pull_out" | "pan_left" | "pan_right" | "tilt_up" | "tilt_down" |
    "truck_left" | "truck_right" | "crane_up" | "handheld" | "orbit"; strength 0..1."""

    kind: str = "still"
    strength: float = 0.5


@dataclass(frozen=True, slots=True)
class Effect:
    """Something in the air or on the picture: "dust" | "snow" | "steam" | "sparks" | "embers" | "fog" |
    "screen_glitch" | "alarm" (red pulse) | "flicker" | "lights_out" | "torch" | "glow" | "shafts" (of light) |
    "rain" (on a pane before the camera) | "rack_focus" (from the foreground to the subject) |
    "dust_devil" (far off, under the open sky); strength 0..1."""

    kind: str
    strength: float = 0.5
    start_frame: int = 0
    end_frame: int = -1


@dataclass(frozen=True, slots=True)
class Title:
    """A card over the picture: kind "title" | "place" | "end"."""

    text: str
    subtitle: str = ""
    kind: str = "place"
    start_frame: int = 0
    end_frame: int = 72


@dataclass(frozen=True, slots=True)
class Leaving:
    """The picture that a transition comes from: another shot, of frame_count frames, from its frame `frame` on."""

    view: View
    frame_count: int
    camera: CameraMove = CameraMove()
    staging: tuple[Staging, ...] = ()
    effects: tuple[Effect, ...] = ()
    frame: int = 0


@dataclass(frozen=True, slots=True)
class Shot:
    """frame_count: 48..192, a multiple of 12. transition, over the first frames: "cut" | "dip" (through black) |
    "dissolve" | "wipe_left" | "wipe_right" (to where the edge goes) | "iris"; leaving: what it comes from. Where that
    is not known a dip rises from black and the others are cuts.

    ambience: the place that is heard, "" is the view's; ambience_before: another heard just before, "" is none.
    """

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
    """The look at one frame; between keys every value is interpolated linearly, beyond them it is held.

    exposure_stops: -3..+3. warmth: -1 cold .. +1 warm. saturation, contrast: 0..2, 1 is neutral.
    alarm, flicker, weather: 0..1 added strength. camera_energy: 0..2, 1 is as the shot asks.
    music_intensity: -1..+1 added to the music's own intensity.
    """

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
    """codec: "h264" | "vp8". two_tracks: no pictures, and the sound as dialogue and bed apart."""

    width: int = 854
    height: int = 480
    codec: str = "h264"
    bitrate_bps: int = 1_200_000
    two_tracks: bool = False


@dataclass(frozen=True, slots=True)
class TakeOrder:
    """Everything that determines a take's bytes on one machine. calm forbids flashes (WCAG 2.3.1)."""

    shot: Shot
    grade: tuple[GradeKey, ...] = field(default=(GradeKey(),))
    rendition: Rendition = Rendition()
    calm: bool = False
