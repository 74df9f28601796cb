"""The Animator port on a stage: painted plates seen by a moving camera, puppets, air, type, speech and score.

Other engines give what it puts together; it knows their ports only.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from services.inference.adapters.animator_stage.camera import MOST_ENERGY, CameraPath, spare_for
from services.inference.adapters.animator_stage.cards import Card, find_font, set_card
from services.inference.adapters.animator_stage.cast import CLOSED_MOUTH, Actor, mouths_of, talk_of
from services.inference.adapters.animator_stage.checks import check_first_frame, check_order
from services.inference.adapters.animator_stage.crossing import LONGEST_FRAMES, Crossing, Frames
from services.inference.adapters.animator_stage.encoding import encode_audio, encode_video, encoded_frames
from services.inference.adapters.animator_stage.grade import calm_keys
from services.inference.adapters.animator_stage.haste import Haste, Lead, first_packet, pictures_in_parts
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
from services.inference.domain.talk import Talk
from services.inference.domain.timebase import (
    FRAMES_PER_CHUNK,
    PACKETS_PER_CHUNK,
    SAMPLES_PER_CHUNK,
    SAMPLES_PER_PACKET,
)
from services.inference.ports import Composer, Foley, Painter, Puppets, PuppetTrack, Voice, go_on, not_yet

_SIMPLER: tuple[tuple[tuple[str, ...], Simplified], ...] = (
    ((), Simplified()),
    (("particles",), Simplified(speck_share=0.35)),
    (("particles", "far_half_rate"), Simplified(speck_share=0.35, still_far=True)),
)

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


@dataclass(slots=True)
class _Drawing:
    """One take being drawn, chunk by chunk; simpler once a chunk has taken longer than `deadline_s`."""

    order: TakeOrder
    picture: Frames
    sound: Callable[[], TakeSound]
    clock: Callable[[], float]
    deadline_s: float | None
    simpler: int = 0

    def hurried(self, first_frame: int, haste: Haste) -> Generator[Chunk, None, int]:
        """The chunks that are waited for; the frame after them. Their pictures go first, but where the take itself
        begins: there is none before it whose sound could go on."""
        silent: deque[int] = deque()
        at = first_frame
        while at < self.order.shot.frame_count and haste.waits_for(at - at % FRAMES_PER_CHUNK):
            at = haste.begin(at)
            start = at - at % FRAMES_PER_CHUNK
            frames = range(at, start + FRAMES_PER_CHUNK)
            came_to = yield from self._parts(frames, haste)
            if came_to == frames.stop and at == start:
                silent.append(start // FRAMES_PER_CHUNK)
            if first_frame == 0:
                yield from self._sounds(silent)
            at = came_to
        yield from self._sounds(silent)
        return at

    def _sounds(self, silent: deque[int]) -> Iterator[Chunk]:
        """The last parts of chunks whose pictures have gone ahead."""
        while silent:
            index = silent.popleft()
            packets = self._packets(index, 0)
            yield Chunk(index, (index + 1) * FRAMES_PER_CHUNK, (), packets, degraded=self._degraded, continues=True)

    def ahead(self, first_frame: int, give_way: Callable[[], None]) -> Iterator[Chunk]:
        """Whole chunks from a frame on."""
        at = first_frame
        while at < self.order.shot.frame_count:
            index, begin = divmod(at, FRAMES_PER_CHUNK)
            frames = range(at, (index + 1) * FRAMES_PER_CHUNK)
            pace = _Pace(self.clock)
            degraded = self._degraded
            video = tuple(self._coded(frames, pace, give_way))
            give_way()
            packet = first_packet(begin)
            yield Chunk(index, at, video, self._packets(index, packet), packet, degraded)
            self._mind(pace)
            at = frames.stop

    def _parts(self, frames: range, haste: Haste) -> Generator[Chunk, None, int]:
        """Pictures of one chunk; the frame after them, before its end where drawing fell behind."""
        index = frames.start // FRAMES_PER_CHUNK
        lengths = haste.lengths(index * FRAMES_PER_CHUNK, len(frames))
        pace = _Pace(self.clock)
        began_s = self.clock()
        at = frames.start
        coded = self._coded(frames, pace, go_on)
        for part in pictures_in_parts(index, at, lengths, coded, self._degraded):
            if at == frames.start and len(part.video) == 1:
                haste.began(self.clock() - began_s)
            yield part
            at += len(part.video)
            if at < frames.stop and haste.lags(at):
                break
        self._mind(pace)
        return at

    @property
    def _degraded(self) -> tuple[str, ...]:
        return _SIMPLER[self.simpler][0]

    def _coded(self, frames: range, pace: _Pace, give_way: Callable[[], None]) -> Iterator[VideoFrame]:
        simplified = _SIMPLER[self.simpler][1]
        return encoded_frames(pace.drawn(self.picture, frames, simplified, give_way), self.order.rendition)

    def _packets(self, index: int, first: int) -> tuple[bytes, ...]:
        return encode_audio(self.sound().chunk_with_preroll(index))[first:PACKETS_PER_CHUNK]

    def _mind(self, pace: _Pace) -> None:
        if self.deadline_s is not None and pace.spent_s > self.deadline_s:
            self.simpler = min(self.simpler + 1, len(_SIMPLER) - 1)


class StageAnimator:
    """Construct once and share between threads: what is kept (plates, speech, puppets, music) is guarded, what a take
    draws into is its own. Construction compiles the pixel loops when they are not in numba's cache yet."""

    def __init__(
        self,
        painter: Painter,
        puppets: Puppets,
        voice: Voice,
        composer: Composer,
        foley: Foley,
        settings: StageSettings = DEFAULTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._painter = painter
        self._puppets = puppets
        self._voice = voice
        self._composer = composer
        self._foley = foley
        self._settings = settings
        self._clock = clock
        self._lead = Lead()
        self._fonts = (find_font(settings.light_fonts), find_font(settings.text_fonts))
        self._scenery: Shelf[ViewKey, Scenery] = Shelf(settings.plates_kept)
        self._tracks: Shelf[tuple[Staging, ViewKey, int, Talk], PuppetTrack] = Shelf(settings.tracks_kept)
        self._sets: Shelf[tuple[Shot, int, int], _Set] = Shelf(settings.sets_kept)
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
        self,
        order: TakeOrder,
        first_frame: int,
        hurry: bool = False,
        give_way: Callable[[], None] = go_on,
        shown: Callable[[], int] = not_yet,
    ) -> Iterator[Chunk]:
        """Chunks from the one that holds first_frame to the end. Raises UnknownName or InvalidAsk before the first."""
        check_order(order)
        check_first_frame(order, first_frame)
        return self._chunks(order, first_frame, hurry, give_way, shown)

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
        self, order: TakeOrder, first_frame: int, hurry: bool, give_way: Callable[[], None], shown: Callable[[], int]
    ) -> Iterator[Chunk]:
        stage = self._set(order)
        # lines are levelled and sounds placed when the first is heard; the first picture does not wait for them
        sound = cache(partial(self._sound, order, stage))
        if order.rendition.two_tracks:
            yield from _two_tracks(sound(), order.shot.frame_count, first_frame)
            return
        drawing = _Drawing(order, self._picture(order, stage), sound, self._clock, self._settings.deadline_s)
        at = first_frame
        if hurry:
            at = yield from drawing.hurried(at, Haste(first_frame, order.shot.frame_count, shown, self._lead))
        yield from drawing.ahead(at, give_way)

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
            order.shot,
            stage.keys,
            stage.speeches,
            self._composer,
            self._foley,
            self._settings,
            self._windows,
            hearing_of(stage.scenery.plates),
        )

    def _set(self, order: TakeOrder) -> _Set:
        """A take that is forked differs in its grade only."""
        ask = (order.shot, order.rendition.width, order.rendition.height)
        kept = self._sets.take(ask, lambda: self._made_set(order))
        return replace(kept, keys=self._keys(order))

    def _made_set(self, order: TakeOrder) -> _Set:
        shot, rendition = order.shot, order.rendition
        speeches = tuple(self._speech(line) for line in shot.lines)
        key = (shot.view, rendition.width, rendition.height, spare_for(shot.camera))
        scenery = self._scenery.take(key, lambda: build_scenery(self._painter.paint(*key)))
        actors = tuple(
            Actor(
                staging,
                self._track(staging, key, scenery, shot, talk_of(staging, shot.lines, speeches)),
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
            keys=(),
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

    def _track(self, staging: Staging, key: ViewKey, scenery: Scenery, shot: Shot, talk: Talk) -> PuppetTrack:
        return self._tracks.take(
            (staging, key, shot.frame_count, talk),
            lambda: self._puppets.prepare(staging, scenery.plates, shot.frame_count, shot.view.seed, talk),
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
        parts = ["stage-5", _sources(), av.__version__, np.__version__, repr(self._settings), *self._fonts]
        parts += [str(getattr(engine, "fingerprint", type(engine).__qualname__)) for engine in engines]
        return "animator-stage/1+" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _sources() -> str:
    """Of everything that decides a take's bytes here: takes are kept on disk, and another program makes others."""
    adapters = Path(__file__).parents[1]
    kinds = ("animator_stage", "puppets_*", "voice_*", "composer_*", "foley_*")
    files = sorted(file for kind in kinds for file in adapters.glob(f"{kind}/**/*") if file.suffix in (".py", ".yaml"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _two_tracks(sound: TakeSound, frame_count: int, first_frame: int) -> Iterator[Chunk]:
    """The take's sound as dialogue and bed, without pictures."""
    for index in range(first_frame // FRAMES_PER_CHUNK, frame_count // FRAMES_PER_CHUNK):
        start = index * FRAMES_PER_CHUNK
        begin = max(first_frame, start)
        first = first_packet(begin - start)
        dialogue, bed = (
            encode_audio(sound.chunk_with_preroll(index, part))[first:PACKETS_PER_CHUNK] for part in _TRACKS
        )
        yield Chunk(index, begin, (), dialogue, first, bed=bed)
