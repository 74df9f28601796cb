"""The Animator port on a stage: painted plates seen by a moving camera, puppets, air, type, speech and score.

Other engines give what it puts together; it knows their ports only.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import MOST_ENERGY, CameraPath, spare_for
from services.inference.adapters.animator_stage.cards import Card, find_font, set_card
from services.inference.adapters.animator_stage.cast import CLOSED_MOUTH, Actor, mouths_of
from services.inference.adapters.animator_stage.checks import check_first_frame, check_order
from services.inference.adapters.animator_stage.crossing import LONGEST_FRAMES, Crossing, Frames
from services.inference.adapters.animator_stage.encoding import encode_audio, encode_video, encoded_frames
from services.inference.adapters.animator_stage.grade import calm_keys
from services.inference.adapters.animator_stage.hearing import hearing_of
from services.inference.adapters.animator_stage.picture import Picture, Simplified
from services.inference.adapters.animator_stage.reach import largest_amplitude
from services.inference.adapters.animator_stage.scenery import Scenery, build_scenery
from services.inference.adapters.animator_stage.settings import StageSettings
from services.inference.adapters.animator_stage.shelf import Shelf
from services.inference.adapters.animator_stage.sound import PREROLL_PACKETS, MusicKey, Part, Stereo, TakeSound
from services.inference.adapters.animator_stage.warming import warm_up
from services.inference.domain.chunk import Chunk, VideoFrame
from services.inference.domain.plates import Spare
from services.inference.domain.shot import GradeKey, Rendition, Shot, SpokenLine, Staging, TakeOrder, View
from services.inference.domain.speech import Speech
from services.inference.domain.timebase import (
    FRAMES_PER_CHUNK,
    PACKETS_PER_CHUNK,
    SAMPLES_PER_CHUNK,
    SAMPLES_PER_FRAME,
    SAMPLES_PER_PACKET,
)
from services.inference.ports import Composer, Foley, Painter, Puppets, PuppetTrack, Voice, go_on

_SIMPLER: tuple[tuple[tuple[str, ...], Simplified], ...] = (
    ((), Simplified()),
    (("particles",), Simplified(speck_share=0.35)),
    (("particles", "far_half_rate"), Simplified(speck_share=0.35, still_far=True)),
)

_PARTS = (1, 2, 3)
"""Pictures in the first parts of what is waited for: one is soon there, and each part costs a message. It is the first
chunk and the next, for a chunk that was entered near its end is soon over."""
_TRACKS: tuple[Part, ...] = ("dialogue", "bed")

DEFAULTS = StageSettings()
SpeechKey = tuple[str, str, str, float]
ViewKey = tuple[View, int, int, Spare]


@dataclass(frozen=True, slots=True)
class _Set:
    """What a take needs that is kept between takes."""

    scenery: Scenery
    actors: tuple[Actor, ...]
    path: CameraPath
    card: Card | None
    speeches: tuple[Speech, ...]
    keys: tuple[GradeKey, ...]
    before: _Set | None = None


def _part_lengths(pictures: int) -> Iterator[int]:
    """Of the parts before the last, which is never empty."""
    left = pictures
    for length in _PARTS:
        if left > length:
            left -= length
            yield length


def _parts(
    index: int, begin: int, lengths: Sequence[int], coded: Iterator[VideoFrame],
    coded_sound: Callable[[], tuple[bytes, ...]], degraded: tuple[str, ...],
) -> Iterator[Chunk]:
    """One chunk, in parts of that many pictures and one of the rest; its sound comes last.

    Music is composed anew for a fork, which takes longer than pictures. It goes on with the sound of the take before,
    so what is entered within its half second brings none of its own.
    """
    first_packet = _first_packet(begin % FRAMES_PER_CHUNK)
    at = begin
    for length in lengths:
        yield Chunk(index, at, tuple(islice(coded, length)), (), first_packet, degraded, at > begin, unfinished=True)
        at += length
    video = tuple(coded)
    if lengths:
        unfinished = not first_packet
        yield Chunk(index, at, video, (), first_packet, degraded, at > begin, unfinished)
        at, video = at + len(video), ()
        if not unfinished:
            return
    sound = coded_sound()[first_packet:PACKETS_PER_CHUNK]
    yield Chunk(index, at, video, sound, first_packet, degraded, at > begin)


def _coded_sound(sound: TakeSound, index: int, give_way: Callable[[], None]) -> tuple[bytes, ...]:
    give_way()
    return encode_audio(sound.chunk_with_preroll(index))


@dataclass(slots=True)
class _Pace:
    """How long pictures take to draw; neither waiting for others nor for whoever takes them counts."""

    clock: Callable[[], float]
    spent_s: float = 0.0

    def drawn(
        self, picture: Frames, frames: range, simplified: Simplified, give_way: Callable[[], None]
    ) -> Iterator[NDArray[np.uint8]]:
        for frame in frames:
            give_way()
            began_s = self.clock()
            found = picture.frame(frame, simplified)
            self.spent_s += self.clock() - began_s
            yield found


class StageAnimator:
    """Construct once and share between threads: what is kept (plates, speech, puppets, music) is guarded, what a take
    draws into is its own. Construction compiles the pixel loops when they are not in numba's cache yet."""

    def __init__(
        self, painter: Painter, puppets: Puppets, voice: Voice, composer: Composer, foley: Foley,
        settings: StageSettings = DEFAULTS, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._painter = painter
        self._puppets = puppets
        self._voice = voice
        self._composer = composer
        self._foley = foley
        self._settings = settings
        self._clock = clock
        self._fonts = (find_font(settings.light_fonts), find_font(settings.text_fonts))
        self._scenery: Shelf[ViewKey, Scenery] = Shelf(settings.plates_kept)
        self._tracks: Shelf[tuple[Staging, ViewKey, int], PuppetTrack] = Shelf(settings.tracks_kept)
        self._paths: Shelf[tuple[object, ...], CameraPath] = Shelf(settings.tracks_kept)
        self._speeches: Shelf[SpeechKey, Speech] = Shelf(settings.speeches_kept)
        self._windows: Shelf[MusicKey, Stereo] = Shelf(settings.music_windows_kept)
        self.fingerprint = self._fingerprint()
        warm_up()

    def prepare(self, order: TakeOrder) -> None:
        """Paint, rig and speak what the take needs. Music is composed as it is reached: it follows the grade, and far
        positions would push what is heard now out of the Composer's memory."""
        check_order(order)
        self._sound(order, self._set(order))

    def animate(
        self, order: TakeOrder, first_frame: int, hurry: bool = False, give_way: Callable[[], None] = go_on
    ) -> Iterator[Chunk]:
        """Chunks from the one that holds first_frame to the end. Raises UnknownName or InvalidAsk before the first."""
        check_order(order)
        check_first_frame(order, first_frame)
        return self._chunks(order, first_frame, hurry, give_way)

    def hold(self, order: TakeOrder) -> Chunk:
        """A loop after the last frame: the camera rests at its end pose, puppets breathe with their mouths closed,
        the air closes on itself, and only the ambience sounds."""
        check_order(order)
        stage = self._set(order)
        frames = order.shot.frame_count
        if order.rendition.two_tracks:
            silence = encode_audio(np.zeros((SAMPLES_PER_CHUNK + PREROLL_PACKETS * SAMPLES_PER_PACKET, 2), np.float32))
            bed = encode_audio(self._sound(order, stage).held_with_preroll())
            return Chunk(frames // FRAMES_PER_CHUNK, frames, (), silence, bed=bed)
        picture = self._picture(order, stage)
        video = encode_video((picture.held(step) for step in range(FRAMES_PER_CHUNK)), order.rendition)
        audio = encode_audio(self._sound(order, stage).held_with_preroll())
        return Chunk(frames // FRAMES_PER_CHUNK, frames, video, audio)

    def key_frames(self, order: TakeOrder) -> Sequence[GradeKey]:
        """The grade as it will be applied; calm slows it until it cannot flash."""
        check_order(order)
        return self._keys(order)

    def picture(self, order: TakeOrder) -> Frames:
        """The take's frames alone, neither encoded nor heard. Raises as `animate` does."""
        check_order(order)
        return self._picture(order, self._set(order))

    def _chunks(
        self, order: TakeOrder, first_frame: int, hurry: bool, give_way: Callable[[], None]
    ) -> Iterator[Chunk]:
        stage = self._set(order)
        sound = self._sound(order, stage)
        if order.rendition.two_tracks:
            yield from _two_tracks(sound, order.shot.frame_count, first_frame)
            return
        picture = self._picture(order, stage)
        simpler = 0
        for index in range(first_frame // FRAMES_PER_CHUNK, order.shot.frame_count // FRAMES_PER_CHUNK):
            pace = _Pace(self._clock)
            start = index * FRAMES_PER_CHUNK
            begin = max(first_frame, start)
            degraded, simplified = _SIMPLER[simpler]
            waited_for = hurry and start < first_frame + FRAMES_PER_CHUNK
            frames = range(begin, start + FRAMES_PER_CHUNK)
            give = go_on if waited_for else give_way
            coded = encoded_frames(pace.drawn(picture, frames, simplified, give), order.rendition)
            lengths = tuple(_part_lengths(len(frames))) if waited_for else ()
            yield from _parts(index, begin, lengths, coded, partial(_coded_sound, sound, index, give), degraded)
            if self._settings.deadline_s is not None and pace.spent_s > self._settings.deadline_s:
                simpler = min(simpler + 1, len(_SIMPLER) - 1)

    def _keys(self, order: TakeOrder) -> tuple[GradeKey, ...]:
        keys = order.grade or (GradeKey(),)
        return calm_keys(keys, order.shot.frame_count) if order.calm else keys

    def _picture(self, order: TakeOrder, stage: _Set) -> Frames:
        own = Picture(order, stage.keys, stage.scenery, stage.actors, stage.path, stage.card)
        leaving = order.shot.leaving
        if order.shot.transition == "cut":
            return own
        if stage.before is None or leaving is None:
            return Crossing(order.shot.transition, own, None, 0)
        return Crossing(order.shot.transition, own, self._picture_before(order, stage, stage.before), leaving.frame)

    def _picture_before(self, order: TakeOrder, stage: _Set, before: _Set) -> Picture:
        """What was seen before the take, as it goes on under the take's own grade."""
        leaving = order.shot.leaving
        assert leaving is not None
        end = leaving.frame + LONGEST_FRAMES
        shot = Shot(leaving.view, end, leaving.camera, leaving.staging, effects=leaving.effects)
        keys = tuple(replace(key, frame=key.frame + leaving.frame) for key in stage.keys)
        actors = tuple(replace(actor, mouths=(CLOSED_MOUTH,) * end) for actor in before.actors)
        return Picture(replace(order, shot=shot), keys, before.scenery, actors, before.path, None)

    def _sound(self, order: TakeOrder, stage: _Set) -> TakeSound:
        return TakeSound(
            order.shot, stage.keys, stage.speeches, self._composer, self._foley, self._settings, self._windows,
            hearing_of(stage.scenery.plates),
        )

    def _set(self, order: TakeOrder) -> _Set:
        shot, rendition = order.shot, order.rendition
        speeches = tuple(self._speech(line) for line in shot.lines)
        key = (shot.view, rendition.width, rendition.height, spare_for(shot.camera))
        scenery = self._scenery.take(key, lambda: build_scenery(self._painter.paint(*key)))
        actors = tuple(
            Actor(
                staging,
                self._track(staging, key, scenery, shot),
                mouths_of(staging, shot.lines, speeches, shot.frame_count),
            )
            for staging in shot.staging
        )
        return _Set(
            scenery=scenery,
            actors=actors,
            path=self._path(shot, rendition, scenery, actors),
            card=set_card(shot.title, rendition.width, rendition.height, *self._fonts) if shot.title else None,
            speeches=speeches,
            keys=self._keys(order),
            before=self._set_before(order),
        )

    def _set_before(self, order: TakeOrder) -> _Set | None:
        leaving = order.shot.leaving
        if leaving is None or order.shot.transition == "cut":
            return None
        shot = Shot(leaving.view, leaving.frame_count, leaving.camera, leaving.staging, effects=leaving.effects)
        return self._set(replace(order, shot=shot, grade=()))

    def _speech(self, line: SpokenLine) -> Speech:
        ask = (line.text, line.voice, line.emotion, line.pace)
        return self._speeches.take(ask, lambda: self._voice.speak(*ask))

    def _track(self, staging: Staging, key: ViewKey, scenery: Scenery, shot: Shot) -> PuppetTrack:
        return self._tracks.take(
            (staging, key, shot.frame_count),
            lambda: self._puppets.prepare(staging, scenery.plates, shot.frame_count, shot.view.seed),
        )

    def _path(self, shot: Shot, rendition: Rendition, scenery: Scenery, actors: Sequence[Actor]) -> CameraPath:
        width, height = rendition.width, rendition.height
        subject_m = self._subject_m(shot, scenery, actors)

        def find() -> CameraPath:
            lens = scenery.lens(width, height, subject_m)
            path = CameraPath(shot.camera, shot.frame_count, lens, shot.view.seed, MOST_ENERGY)
            return replace(path, most=largest_amplitude(path, scenery, width, height))

        return self._paths.take((shot.camera, shot.frame_count, shot.view, width, height, subject_m), find)

    def _subject_m(self, shot: Shot, scenery: Scenery, actors: Sequence[Actor]) -> float:
        if actors:
            return float(np.mean([actor.track.depth_m(0) for actor in actors]))
        stage = scenery.plates.stages.get(shot.view.subject)
        if stage is not None:
            camera = scenery.plates.camera
            depth = float(np.dot(np.subtract(stage.floor, camera.position), camera.forward))
            if depth > 0.5:
                return depth
        return scenery.central_depth_m()

    def _fingerprint(self) -> str:
        engines = (self._painter, self._puppets, self._voice, self._composer, self._foley)
        parts = ["stage-4", _sources(), av.__version__, np.__version__, repr(self._settings), *self._fonts]
        parts += [str(getattr(engine, "fingerprint", type(engine).__qualname__)) for engine in engines]
        return "animator-stage/1+" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _sources() -> str:
    """Of everything that decides a take's bytes here: takes are kept on disk, and another program makes others."""
    adapters = Path(__file__).parents[1]
    kinds = ("animator_stage", "puppets_*", "voice_*", "composer_*", "foley_*")
    files = sorted(file for kind in kinds for file in adapters.glob(f"{kind}/**/*") if file.suffix in (".py", ".yaml"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _first_packet(frames_in: int) -> int:
    """Of a chunk, the first packet that begins with or after a frame of it."""
    return -(-frames_in * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)


def _two_tracks(sound: TakeSound, frame_count: int, first_frame: int) -> Iterator[Chunk]:
    """The take's sound as dialogue and bed, without pictures."""
    for index in range(first_frame // FRAMES_PER_CHUNK, frame_count // FRAMES_PER_CHUNK):
        start = index * FRAMES_PER_CHUNK
        begin = max(first_frame, start)
        first = _first_packet(begin - start)
        dialogue, bed = (
            encode_audio(sound.chunk_with_preroll(index, part))[first:PACKETS_PER_CHUNK] for part in _TRACKS
        )
        yield Chunk(index, begin, (), dialogue, first, bed=bed)
