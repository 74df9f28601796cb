"""The sound of one take as a function of time: lines over a bed of music, ambience and sounds.

Time is samples from the take's first frame. It may be negative or past the end, where music, ambience and crossing
lines go on by the same formulas: an encoder that starts early there meets what the take before sounded like.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.grade import grade_at
from services.inference.adapters.animator_stage.hearing import Heard, dulled, placed
from services.inference.adapters.animator_stage.levels import LIMITER_REACH, decibels, duck, levelled, limited
from services.inference.adapters.animator_stage.settings import StageSettings
from services.inference.adapters.animator_stage.shelf import Shelf
from services.inference.domain.music import Score
from services.inference.domain.shot import GradeKey, MusicCue, Shot, SoundCue
from services.inference.domain.speech import Speech
from services.inference.domain.timebase import (
    FRAMES_PER_CHUNK,
    SAMPLE_RATE_HZ,
    SAMPLES_PER_CHUNK,
    SAMPLES_PER_FRAME,
    SAMPLES_PER_PACKET,
)
from services.inference.ports import Composer, Foley

Stereo = NDArray[np.float32]
MusicKey = tuple[Score, int, int, bytes]
Part = Literal["mix", "dialogue", "bed"]

PREROLL_PACKETS: Final = 10
_PREROLL: Final = PREROLL_PACKETS * SAMPLES_PER_PACKET
_ENCODER_LATE: Final = 312
"""Opus gives its input out 6.5 ms late (RFC 7845, 4.2): a chunk's sound begins as much earlier in it."""
_FIRST: Final = SAMPLES_PER_CHUNK - _PREROLL - LIMITER_REACH + _ENCODER_LATE
_BLOCKS_KEPT: Final = 8
_CUT_OFF_FADE: Final = 1_920
NOWHERE: Final[Mapping[str, Heard]] = MappingProxyType({})
_POINT_SAMPLES: Final = 480
_BAR_RAMP: Final = 5_760
_PUSH_DB: Final = 5.0
_LOOP_FADE: Final = 8_000
_PLACE_FADE: Final = 38_400


def _placed_sound(cue: SoundCue, foley: Foley, hearing: Mapping[str, Heard]) -> Stereo:
    heard = hearing.get(cue.position)
    return foley.sound(cue) if heard is None else dulled(foley.sound(placed(cue, heard)), heard)


class TakeSound:
    """speeches: one for each of the shot's lines, in order. hearing: how stage positions are heard from the camera."""

    def __init__(
        self,
        shot: Shot,
        keys: Sequence[GradeKey],
        speeches: Sequence[Speech],
        composer: Composer,
        foley: Foley,
        settings: StageSettings,
        windows: Shelf[MusicKey, Stereo],
        hearing: Mapping[str, Heard] = NOWHERE,
    ) -> None:
        self._shot = shot
        self._keys = keys
        self._composer = composer
        self._foley = foley
        self._settings = settings
        self._windows = windows
        self._take_samples = shot.frame_count * SAMPLES_PER_FRAME
        self._lines = [
            (line.start_frame * SAMPLES_PER_FRAME, levelled(speech.pcm, settings.speech_lufs))
            for line, speech in zip(shot.lines, speeches, strict=True)
        ]
        sound_gain = np.float32(decibels(settings.sound_gain_db))
        self._sounds = [
            (cue.start_frame * SAMPLES_PER_FRAME, _placed_sound(cue, foley, hearing) * sound_gain)
            for cue in shot.sounds
        ]
        self._parts: Mapping[Part, Callable[[int], Stereo]] = {
            "mix": self._mix, "dialogue": self.dialogue, "bed": self.bed,
        }  # fmt: skip
        self._blocks: OrderedDict[tuple[Part, int], Stereo] = OrderedDict()

    def chunk_with_preroll(self, chunk: int, part: Part = "mix") -> Stereo:
        """(samples, 2) float32 of a chunk after PREROLL_PACKETS packets of what sounds before it, limited; all of it as
        much early as the encoder makes it late."""
        around = np.concatenate([self._block(part, number) for number in (chunk - 1, chunk, chunk + 1)])
        return limited(around[_FIRST : _FIRST + _PREROLL + SAMPLES_PER_CHUNK + 2 * LIMITER_REACH])

    def held_with_preroll(self) -> Stereo:
        """As `chunk_with_preroll`, of a half-second loop of ambience that begins where the take ends."""
        end = self._take_samples
        onward = self._ambience(end, SAMPLES_PER_CHUNK)
        back = self._ambience(end - SAMPLES_PER_CHUNK, SAMPLES_PER_CHUNK)
        share = np.clip((np.arange(SAMPLES_PER_CHUNK) - (SAMPLES_PER_CHUNK - _LOOP_FADE)) / _LOOP_FADE, 0.0, 1.0)
        fade = share[:, None].astype(np.float32)
        loop = onward * np.sqrt(1.0 - fade) + back * np.sqrt(fade)
        padded = np.concatenate([loop, loop, loop])
        return limited(padded[_FIRST : _FIRST + _PREROLL + SAMPLES_PER_CHUNK + 2 * LIMITER_REACH])

    def _block(self, part: Part, chunk: int) -> Stereo:
        block = self._blocks.get((part, chunk))
        if block is None:
            block = self._parts[part](chunk)
            self._blocks[part, chunk] = block
            while len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return block

    def _mix(self, chunk: int) -> Stereo:
        return self.bed(chunk) + self.dialogue(chunk)

    def dialogue(self, chunk: int) -> Stereo:
        """(samples, 2) of what is said in a chunk, alone."""
        first = chunk * SAMPLES_PER_CHUNK
        said = np.zeros((SAMPLES_PER_CHUNK, 2), np.float32)
        for start, pcm in self._lines:
            begin, end = max(start - first, 0), min(start + len(pcm) - first, SAMPLES_PER_CHUNK)
            if begin < end:
                said[begin:end] += pcm[begin + first - start : end + first - start, None]
        return said

    def bed(self, chunk: int) -> Stereo:
        """(samples, 2) of music, ambience and sounds of a chunk, as far down as the lines ask."""
        first = chunk * SAMPLES_PER_CHUNK
        bed = self._ambience(first, SAMPLES_PER_CHUNK).copy()
        for cue in self._shot.music:
            bed += self._music(cue, chunk)
        for start, pcm in self._sounds:
            self._add_sound(bed, first, start, pcm)
        spans = [(start, start + len(pcm)) for start, pcm in self._lines]
        if spans:
            bed *= duck(spans, first, SAMPLES_PER_CHUNK, self._take_samples)[:, None]
        return bed

    def _ambience(self, first: int, count: int) -> Stereo:
        """The place, from a sample of the take on; at the take's start the place before goes over into it."""
        gain = np.float32(decibels(self._settings.ambience_gain_db))
        before = self._shot.ambience_before
        position = np.arange(first, first + count, dtype=np.float32)
        share = np.clip(position / _PLACE_FADE, 0.0, 1.0)[:, None] if before else np.ones((1, 1), np.float32)
        heard = np.zeros((count, 2), np.float32)
        # Equal power: two places have nothing in common.
        if share.max() > 0.0:
            heard += self._place(self._shot.ambience or self._shot.view.set_name, 0, first, count) * np.sqrt(share)
        if share.min() < 1.0:
            heard += self._place(before, -1, first, count) * np.sqrt(1.0 - share)
        return np.asarray(heard * gain, dtype=np.float32)

    def _place(self, name: str, cue: int, first: int, count: int) -> Stereo:
        """A bed's position is that of a music cue (the last one is that of the shot before), a chunk later so that it
        is never negative: it runs on through cuts under one score. Without music it starts over at each shot."""
        start = SAMPLES_PER_CHUNK + first
        if self._shot.music:
            start += self._shot.music[cue].start_sample
        return self._foley.ambience(name, start, count)

    def _music(self, cue: MusicCue, chunk: int) -> Stereo:
        position = chunk * SAMPLES_PER_CHUNK + np.arange(SAMPLES_PER_CHUNK, dtype=np.float32)
        share = np.clip(position / self._take_samples, 0.0, 1.0)
        gain = cue.gain_from + (cue.gain_to - cue.gain_from) * share
        gain *= decibels(self._settings.music_gain_db)
        gain *= self._push(chunk)
        return np.asarray(self._music_window(cue, chunk) * gain[:, None], dtype=np.float32)

    def _music_window(self, cue: MusicCue, chunk: int) -> Stereo:
        score = Score(cue.seed, cue.mood, cue.key, cue.tempo_bpm, cue.motif, cue.end_sample)
        first = chunk * SAMPLES_PER_CHUNK
        missing = min(max(-(cue.start_sample + first), 0), SAMPLES_PER_CHUNK)
        count = SAMPLES_PER_CHUNK - missing
        if count == 0:
            return np.zeros((SAMPLES_PER_CHUNK, 2), np.float32)
        intensity = self._intensity(cue, score.bar_samples, first + missing, count)
        start = cue.start_sample + first + missing

        def compose() -> Stereo:
            stems = self._composer.compose(score, start, count, intensity)
            total = np.zeros((SAMPLES_PER_CHUNK, 2), np.float32)
            for stem in stems:
                total[missing:] += stem.pcm
            return total

        return self._windows.take((score, start, count, intensity.tobytes()), compose)

    def _push(self, chunk: int) -> NDArray[np.float32]:
        """Gain by which the grade turns all music up or down: heard at once, whatever layers do."""
        frames = np.arange(FRAMES_PER_CHUNK + 1) + chunk * FRAMES_PER_CHUNK
        levels_db = [_PUSH_DB * grade_at(self._keys, frame).music_intensity for frame in frames.tolist()]
        samples = np.arange(SAMPLES_PER_CHUNK) / SAMPLES_PER_FRAME
        level_db = np.interp(samples, np.arange(FRAMES_PER_CHUNK + 1), levels_db)
        return np.asarray(np.power(10.0, level_db / 20.0), np.float32)

    def _intensity(self, cue: MusicCue, bar_samples: float, first: int, count: int) -> NDArray[np.float32]:
        """0..1 at points 10 ms apart, the last where the next window begins.

        What the scene plans changes on bar lines only, so that layers enter and leave there; what the grade adds is
        there at once.
        """
        positions = np.linspace(first, first + count, max(round(count / _POINT_SAMPLES), 1) + 1)
        bars = np.floor((cue.start_sample + positions) / bar_samples)
        since = cue.start_sample + positions - bars * bar_samples
        before, after = (self._planned(cue, (bar * bar_samples) - cue.start_sample) for bar in (bars - 1.0, bars))
        share = 0.5 - 0.5 * np.cos(np.pi * np.clip(since / _BAR_RAMP, 0.0, 1.0))
        added = [grade_at(self._keys, frame).music_intensity for frame in (positions / SAMPLES_PER_FRAME).tolist()]
        wanted = before + (after - before) * share + np.array(added)
        return np.asarray(np.clip(wanted, 0.0, 1.0), dtype=np.float32)

    def _planned(self, cue: MusicCue, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Intensity as the scene plans it at samples of the take, before its start too."""
        slope = (cue.intensity_to - cue.intensity_from) / self._take_samples
        own = cue.intensity_from + slope * positions
        if cue.opens_scene:
            earlier = cue.intensity_before + cue.rise_before_per_s * positions / SAMPLE_RATE_HZ
            own = np.where(positions < 0.0, earlier, own)
        return np.clip(own, 0.0, 1.0)

    def _add_sound(self, bed: Stereo, first: int, start: int, pcm: Stereo) -> None:
        begin, end = max(start - first, 0), min(start + len(pcm) - first, SAMPLES_PER_CHUNK)
        if begin >= end:
            return
        part = pcm[begin + first - start : end + first - start]
        if start + len(pcm) > self._take_samples:
            position = np.arange(begin + first, end + first, dtype=np.float32)
            fade = np.clip((self._take_samples - position) / _CUT_OFF_FADE, 0.0, 1.0)
            part = np.asarray(part * fade[:, None], dtype=np.float32)
        bed[begin:end] += part
