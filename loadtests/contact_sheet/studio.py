"""The laptop's picture engines with nobody to be heard: stills of takes as a viewer would see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from loadtests.contact_sheet.sheet import Picture
from services.inference.adapters.animator_stage import StageAnimator
from services.inference.adapters.painter_raymarch import RaymarchPainter
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.domain.music import Score, Stem
from services.inference.domain.shot import Rendition, Shot, SoundCue, TakeOrder
from services.inference.domain.speech import Speech, Viseme
from services.inference.domain.timebase import SAMPLES_PER_FRAME

STILL_BITRATE_BPS = 6_000_000
SPEECH_FRAMES_A_LETTER = 1.55
SPOKEN_SHAPES = ("ai", "e", "etc", "mbp", "o", "l", "etc", "u", "e", "fv")
SHAPE_FRAMES = 2.5


class Silence:
    """Voice, Composer and Foley of a sheet: nothing on it is heard."""

    fingerprint = "silence"

    def known_voices(self) -> tuple[str, ...]:
        return ()

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        raise LookupError(f"a sheet has no voices: {voice} cannot say {text!r} ({emotion}, {pace})")

    def compose(
        self, score: Score, start_sample: int, sample_count: int, intensity: NDArray[np.float32]
    ) -> tuple[Stem, ...]:
        raise LookupError(f"a sheet has no music: {score}, {start_sample}, {sample_count}, {intensity.shape}")

    def known_sounds(self) -> tuple[str, ...]:
        return ()

    def ambience(self, _name: str, _start_sample: int, sample_count: int) -> NDArray[np.float32]:
        return np.zeros((sample_count, 2), np.float32)

    def sound(self, cue: SoundCue) -> NDArray[np.float32]:
        raise LookupError(f"a sheet has no sounds: {cue.sound}")


class Mimes(Silence):
    """A voice without sound whose mouth changes as often as a speaker's does."""

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        frames = max(12.0, len(text) * SPEECH_FRAMES_A_LETTER / pace)
        step = round(SHAPE_FRAMES * SAMPLES_PER_FRAME)
        starts = range(0, round(frames * SAMPLES_PER_FRAME), step)
        visemes = tuple(Viseme(SPOKEN_SHAPES[n % len(SPOKEN_SHAPES)], at, at + step) for n, at in enumerate(starts))
        return Speech(np.zeros(len(starts) * step, np.float32), (), visemes, voice)


def silent(shot: Shot) -> Shot:
    """The shot with nothing to hear in it; lines stay, for mouths and hands follow them."""
    return replace(shot, music=(), sounds=(), ambience="")


class Studio:
    """Paints and animates stills of width x height pixels."""

    def __init__(self, painter: RaymarchPainter, puppets: SpritePuppets, width: int, height: int) -> None:
        silence = Mimes()
        self.painter, self.puppets = painter, puppets
        self.rendition = Rendition(width, height, bitrate_bps=STILL_BITRATE_BPS)
        self._animator = StageAnimator(painter, puppets, silence, silence, silence)

    def still(self, shot: Shot, frame: int) -> Picture:
        """(height, width, 3) uint8 RGB of one frame of a shot, through the film's own encoder."""
        order = TakeOrder(silent(shot), rendition=self.rendition)
        chunk = next(iter(self._animator.animate(order, frame)))
        decoder = av.CodecContext.create("h264", "r")
        for unit in (*(picture.data for picture in chunk.video[:1]), None):
            for decoded in decoder.decode(av.Packet(unit) if unit is not None else None):
                return np.asarray(decoded.to_ndarray(format="rgb24"), dtype=np.uint8)
        raise RuntimeError(f"frame {frame} of {shot.view.set_name} could not be decoded")


@contextmanager
def open_studio(width: int, height: int, cache: Path | None = None) -> Iterator[Studio]:
    """A studio whose painter is closed at the end."""
    with RaymarchPainter() as painter:
        yield Studio(painter, SpritePuppets(cache=cache), width, height)
