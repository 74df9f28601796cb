"""What an engine of each kind must do. Engines know these and the domain, and nothing of gRPC or Ray."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.inference.domain.chunk import Chunk
from services.inference.domain.music import Score, Stem
from services.inference.domain.plates import LEAST_SPARE, Plates, Spare
from services.inference.domain.premise import MadeStory, StoryAsk
from services.inference.domain.shot import GradeKey, SoundCue, Staging, TakeOrder, View
from services.inference.domain.speech import Speech
from services.inference.domain.talk import SILENCE, Talk
from services.inference.domain.wish_reading import Leaning, WishAxis
from services.inference.domain.writing import SceneBrief, Verdict, WrittenLine


def go_on() -> None:
    """For renders that share their machine with none that is more urgent."""


def not_yet() -> int:
    """For takes of which nothing is shown before it is drawn."""
    return -1_000_000


def always() -> bool:
    """For work that nothing else waits for."""
    return True


class Writer(Protocol):
    """Engine behind the Writer service."""

    fingerprint: str

    def write_scene(self, brief: SceneBrief, deadline_s: float) -> tuple[WrittenLine, ...]:
        """One written line for each authored line, in order; the authored one on refusal or when time is up."""

    def write_story(self, ask: StoryAsk, deadline_s: float) -> MadeStory:
        """A story by the schema of story files. Raises InvalidAsk for a premise that says too little or too much."""


class Storyteller(Protocol):
    """What a Writer makes whole stories with."""

    fingerprint: str

    def write_story(self, ask: StoryAsk, deadline_s: float) -> MadeStory:
        """As `Writer.write_story`."""


class Painter(Protocol):
    """Engine behind the Painter service. fingerprint names engine, version and model: it is part of identities."""

    fingerprint: str

    def known_sets(self) -> tuple[str, ...]:
        """Names that `View.set_name` may take."""

    def paint(self, view: View, width: int, height: int, spare: Spare = LEAST_SPARE) -> Plates:
        """Plates for a picture of width x height, by `spare` larger. Raises UnknownName, InvalidAsk."""


class SetPainter(Painter, Protocol):
    """A Painter as its own service has it."""

    def warm(self, set_name: str, go_on: Callable[[], bool] = always) -> bool:
        """Make ready to paint views of a set. False where it was left off because go_on said so; what was done until
        then may have to be done again. Raises UnknownName."""


class Voice(Protocol):
    """Engine behind the Voice service."""

    fingerprint: str

    def known_voices(self) -> tuple[str, ...]:
        """Names that `voice` may take."""

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        """pace: 0.5..2, 1 is the voice's own. Same ask, same samples. Raises UnknownName, InvalidAsk."""


class Composer(Protocol):
    """Engine behind the Composer service."""

    fingerprint: str

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        """Stems of the window; intensity: (n,) 0..1 at equally spaced points over it.

        Windows of one score join exactly: compose(a, m+n) equals compose(a, m) followed by compose(a+m, n).
        """


class Foley(Protocol):
    """Ambience of places and sounds of things."""

    fingerprint: str

    def known_sounds(self) -> tuple[str, ...]:
        """Names that `SoundCue.sound` may take."""

    def ambience(self, name: str, start_sample: int, sample_count: int) -> NDArray[np.float32]:
        """(samples, 2) float32 of an endless bed; windows join exactly. An unknown name is the quiet room."""

    def sound(self, cue: SoundCue) -> NDArray[np.float32]:
        """(samples, 2) float32, panned and at its gain, starting at the cue's frame."""


class PuppetTrack(Protocol):
    """One puppet of one shot, ready to be drawn at any frame."""

    def draw(
        self, frame: int, weights: Mapping[str, float], viseme: str, tint: Sequence[float]
    ) -> tuple[NDArray[np.uint8], int, int]:
        """(rgba, x_px, y_px): (h, w, 4) uint8 straight sRGB display colour premultiplied by alpha, lit by the light
        group weights times `Stage.irradiance`, and where its upper left corner lies in the plate's pixels."""

    def depth_m(self, frame: int) -> float:
        """Distance of the puppet from the camera along its axis, for occlusion and parallax."""


class Puppets(Protocol):
    """The cast of rigged characters."""

    fingerprint: str

    def known_puppets(self) -> tuple[str, ...]:
        """Names that `Staging.puppet` may take."""

    def prepare(
        self, staging: Staging, plates: Plates, frame_count: int, seed: int, talk: Talk = SILENCE
    ) -> PuppetTrack:
        """Make ready to draw `staging` in `plates`, acting on what is said. Raises UnknownName."""


class Animator(Protocol):
    """Engine behind the Animator service."""

    fingerprint: str

    def prepare(self, order: TakeOrder) -> None:
        """Paint, speak and rig what the take needs, so that it starts at any frame at once."""

    def animate(
        self,
        order: TakeOrder,
        first_frame: int,
        hurry: bool = False,
        give_way: Callable[[], None] = go_on,
        shown: Callable[[], int] = not_yet,
    ) -> Iterator[Chunk]:
        """Chunks from the one that holds first_frame to the take's end. Same order, same bytes on one machine.

        hurry: the first two chunks come in parts (`Chunk.unfinished`), the first a single picture. give_way: called
        before each picture that nobody waits for; it may block for a moment. shown: the frame that is on the screen
        now; where drawing in a hurry has fallen behind it, a chunk begins anew a little after it.
        """

    def hold(self, order: TakeOrder) -> Chunk:
        """One chunk that can be looped after the take's last frame while the next one is late."""

    def key_frames(self, order: TakeOrder) -> Sequence[GradeKey]:
        """The grade as it will be applied, after calm and flash limits."""


class Guard(Protocol):
    """Engine behind the Guard service."""

    fingerprint: str

    def judge_text(self, text: str, policy: str) -> Verdict:
        """policy: "general" | "teen" | "child"."""

    def read_wish(self, text: str, axes: Sequence[WishAxis]) -> Sequence[Leaning]:
        """What the words wish for on the axes; empty where nothing is read in them."""
