"""Playout: one frame every 1/24 s, its sound with it, to everyone who watches the session; it never waits.

Where a chunk is late the film holds on the take before; the timeline then moves later, so nothing is lost.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.streaming.app.renditions import TWO_TRACKS, Renditions
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.timebase import (
    FRAMES_PER_CHUNK,
    FRAMES_PER_SECOND,
    PACKETS_PER_CHUNK,
    SAMPLE_RATE_HZ,
    SAMPLES_PER_FRAME,
    SAMPLES_PER_PACKET,
    up_to_grid,
)
from services.streaming.domain.timeline import ScheduledTake, Timeline
from services.streaming.ports import Chunk, Clock, Viewer

logger = logging.getLogger(__name__)

LATE_LIMIT_S = 0.25
FORKS_KNOWN = 12
SILENCE = (b"\xfc\xff\xfe",) * PACKETS_PER_CHUNK
"""Half a second of silent Opus: 20 ms full-band stereo CELT frames (RFC 6716, section 3.1)."""


def _same_place(one: ScheduledTake, other: ScheduledTake) -> bool:
    """Whether both show the same frame of the same shot at any time."""
    return one.shot_id == other.shot_id and one.frame_of_take(0) == other.frame_of_take(0)


@dataclass(slots=True)
class PlayoutCounts:
    frames: int = 0
    held_chunks: int = 0
    holds: int = 0
    late_ticks: int = 0
    late_pictures: int = 0
    missing_packets: int = 0
    place_packets: int = 0
    """In which the place alone was heard, because what should be was not composed yet."""


@dataclass(slots=True)
class _Slot:
    """Half a second under way: where its pictures and its sound come from."""

    first_frame: int
    chunk: Chunk
    sound: Chunk
    take_id: str
    held: bool
    narrow: dict[int, Chunk] = field(default_factory=dict)
    """The same half second for viewers on lower rungs, by the viewer's id(); a half second is never changed midway."""
    tracks: Chunk | None = None
    """Its sound as dialogue and bed, if someone levels them and it is there."""
    sent: int = 0
    """Pictures of the chunk that have left."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """A packet of the mix, due at a sample of sending time, and what is sent instead to who has two tracks."""

    sample: int
    mix: bytes
    dialogue: bytes
    bed: bytes


@dataclass(slots=True)
class Playout:
    """`frame` is the next frame of the session to be played; it never jumps back.

    on_shot: called when a take begins to play. on_hold: called when a hold begins, with how many frames it lasts.
    """

    timeline: Timeline
    takes: TakeLibrary
    clock: Clock
    on_take: Callable[[ScheduledTake], None]
    on_hold: Callable[[int, int, str], None]
    on_resumed: Callable[[], None]
    renditions: Renditions | None = None
    frame: int = 0
    playing: bool = True
    ended: bool = False
    viewers: list[Viewer] = field(default_factory=list)
    counts: PlayoutCounts = field(default_factory=PlayoutCounts)
    _slot: _Slot | None = None
    _current: ScheduledTake | None = None
    _last: ScheduledTake | None = None
    _tick: int = 0
    _origin_s: float = 0.0
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _sound: deque[_Heard] = field(default_factory=deque)
    _forked_from: deque[ScheduledTake] = field(default_factory=lambda: deque(maxlen=FORKS_KNOWN))
    """The takes of the running shot that gave way to forks, the latest first."""

    @property
    def offset_ticks(self) -> int:
        """Sending time minus media time, in frames: grows while the film is paused."""
        return self._tick - self.frame

    @property
    def rungs(self) -> tuple[int, ...]:
        """Rungs of the ladder that are watched now, the best first; the best alone when nobody watches."""
        return tuple(sorted({viewer.rung for viewer in self.viewers})) or (0,)

    @property
    def wanted(self) -> tuple[int, ...]:
        """What is to be rendered for those who watch: their rungs, and the two tracks where someone levels them."""
        return (*self.rungs, TWO_TRACKS) if any(viewer.two_tracks for viewer in self.viewers) else self.rungs

    def tick_of(self, frame: int) -> int:
        """The tick at which a frame will be sent if nothing holds or pauses."""
        return frame + self.offset_ticks

    def attach(self, viewer: Viewer) -> None:
        """Someone begins to watch: the film goes on from the next chunk, which starts with a key frame."""
        if not self.viewers:
            skipped = up_to_grid(self.frame) - self.frame
            self.frame += skipped
            self._slot = None
            self._current = None
            self._restart()
        self.viewers.append(viewer)
        self._awake.set()

    def detach(self, viewer: Viewer) -> None:
        """Someone stops to watch; without anyone the film stands still."""
        if viewer in self.viewers:
            self.viewers.remove(viewer)

    def pause(self) -> None:
        """Stand still after the frame under way."""
        self.playing = False

    def resume(self) -> None:
        """Go on with the next frame."""
        if not self.playing:
            self.playing = True
            self._awake.set()

    def wake(self) -> None:
        """Something was rendered or scheduled."""
        self._awake.set()

    def position_s(self, frame: int) -> float:
        """When a frame will be played, on the monotonic clock."""
        running = bool(self.viewers) and self.playing
        now = self.clock.monotonic_s()
        base = max(self._origin_s + self._tick / FRAMES_PER_SECOND, now) if running else now
        return base + (frame - self.frame) / FRAMES_PER_SECOND

    async def run(self, on_ended: Callable[[], Awaitable[None]]) -> None:
        """Play until the timeline's end is the film's end."""
        self._restart()
        while True:
            if not self.viewers or not self.playing:
                await self._stand_still()
                continue
            if self.frame >= self.timeline.end_frame and self.ended:
                await on_ended()
                return
            self._leave_gap()
            if not self._ready():
                await self._wait_for_first()
                continue
            await self._until_due()
            self._play_frame()

    async def _stand_still(self) -> None:
        paused_at_s = self.clock.monotonic_s()
        was_paused = not self.playing
        self._awake.clear()
        await self._awake.wait()
        if self.viewers and self.playing:
            stood_still = self.clock.monotonic_s() - paused_at_s
            self._tick += max(0, round(stood_still * FRAMES_PER_SECOND))
            self._restart()
            if was_paused:
                self.on_resumed()

    async def _wait_for_first(self) -> None:
        self._awake.clear()
        try:
            async with asyncio.timeout(0.02):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._restart()

    def _restart(self) -> None:
        self._origin_s = self.clock.monotonic_s() - self._tick / FRAMES_PER_SECOND

    async def _until_due(self) -> None:
        due_s = self._origin_s + self._tick / FRAMES_PER_SECOND
        ahead_s = due_s - self.clock.monotonic_s()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        elif ahead_s < -LATE_LIMIT_S:
            self.counts.late_ticks += 1
            self._restart()
        else:
            await asyncio.sleep(0)

    def _leave_gap(self) -> None:
        """Before anything has been shown there is nothing to hold on: a film that begins in a gap goes on after it."""
        if self._slot is not None or self.frame % FRAMES_PER_CHUNK or self.timeline.at(self.frame) is not None:
            return
        following = self.timeline.following(self.frame)
        if following:
            self.frame = following[0].first_frame

    def _ready(self) -> bool:
        """Whether the frame can be played or held; false only before anything has been shown."""
        if self.frame % FRAMES_PER_CHUNK or self._slot is not None:
            return True
        scheduled = self.timeline.at(self.frame)
        return scheduled is not None and self._chunk_of(scheduled) is not None

    def _chunk_of(self, scheduled: ScheduledTake) -> Chunk | None:
        take = self.takes.take(scheduled.take_id)
        chunk = take.chunk_at(scheduled.frame_of_take(self.frame)) if take is not None else None
        if chunk is None and self.renditions is not None:
            rungs = (self.renditions.chunk(scheduled, self.frame, rung) for rung in self.rungs)
            chunk = next((other for other in rungs if other is not None), None)
        return chunk

    def _narrow(self, scheduled: ScheduledTake) -> dict[int, Chunk]:
        found: dict[int, Chunk] = {}
        if self.renditions is None or self.frame % FRAMES_PER_CHUNK:
            return found
        for viewer in self.viewers:
            chunk = self.renditions.chunk(scheduled, self.frame, viewer.rung) if viewer.rung else None
            if chunk is not None:
                found[id(viewer)] = chunk
        return found

    def _tracks(self, scheduled: ScheduledTake) -> Chunk | None:
        if self.renditions is None or TWO_TRACKS not in self.wanted:
            return None
        return self.renditions.chunk(scheduled, self.frame, TWO_TRACKS)

    def _play_frame(self) -> None:
        frame = self.frame
        if frame % FRAMES_PER_CHUNK == 0 or self._slot is None:
            self._begin_slot(frame)
        else:
            self._splice(frame)
        slot = self._slot
        if slot is not None:
            self._send(slot, frame)
        self.frame += 1
        self._tick += 1
        self.counts.frames += 1

    def _begin_slot(self, frame: int) -> None:
        scheduled = self.timeline.at(frame)
        chunk = self._chunk_of(scheduled) if scheduled is not None else None
        if scheduled is not None and chunk is not None:
            if self._slot is not None and self._slot.held:
                self.on_hold(frame, 0, "")
            self._enter(scheduled)
            sound = chunk if chunk.audio else self._sound_before(frame) or chunk
            narrow, tracks = self._narrow(scheduled), self._tracks(scheduled)
            self._slot = _Slot(frame, chunk, sound, scheduled.take_id, False, narrow, tracks)
            return
        self._hold(frame)

    def _hold(self, frame: int) -> None:
        last = self._last
        take = self.takes.take(last.take_id) if last is not None else None
        chunk = take.hold if take is not None else None
        if chunk is None and last is not None and self.renditions is not None:
            held = (self.renditions.take(last, rung) for rung in self.rungs)
            chunk = next((take.hold for take in held if take is not None and take.hold is not None), None)
        if chunk is None:
            # There is no hold picture: what was shown last is shown again, and the place is heard.
            chunk = self._loop_of_last(self.takes.stillness.sound(last.order.shot) if last is not None else ())
        if self._slot is None or not self._slot.held:
            self.counts.holds += 1
        self.counts.held_chunks += 1
        self.timeline.hold(frame, FRAMES_PER_CHUNK)
        self._slot = _Slot(frame, chunk, chunk, last.take_id if last is not None else "", held=True)
        self.on_hold(frame, FRAMES_PER_CHUNK, self._slot.take_id)

    def _loop_of_last(self, sound: tuple[bytes, ...]) -> Chunk:
        shown = self._slot.chunk if self._slot is not None else None
        if shown is None:
            return Chunk(0, 0, (), SILENCE, 0)
        # A fork may be shorter than the half second that is to be filled; each round starts with its key frame.
        looped = tuple(itertools.islice(itertools.cycle(shown.video), FRAMES_PER_CHUNK))
        return Chunk(shown.index, 0, looped, sound or SILENCE, 0)

    def _splice(self, frame: int) -> None:
        """A take that is entered within the half second takes over the picture, and the sound where it has its own. A
        take whose drawing fell behind and began anew is entered anew."""
        slot = self._slot
        scheduled = self.timeline.at(frame)
        if slot is None or slot.held or scheduled is None:
            return
        same = scheduled.take_id == slot.take_id
        if same and slot.chunk.whole:
            return
        take = self.takes.take(scheduled.take_id)
        fork = take.fork_at(scheduled.frame_of_take(frame)) if take is not None else None
        if fork is None or (same and fork.first_frame <= slot.chunk.first_frame):
            return
        self._enter(scheduled)
        sound = fork if fork.audio else slot.sound
        # The two tracks of the take before go on to the half second's end: forks have them from its border only.
        self._slot = _Slot(slot.first_frame, fork, sound, scheduled.take_id, False, tracks=slot.tracks)
        self._pass_over(self._slot, scheduled.frame_of_take(frame) - fork.first_frame)

    def _pass_over(self, slot: _Slot, pictures: int) -> None:
        """Those of a fork before the one that is shown next: the decoder needs them. They have their times within that
        of the last picture, for those of their own are over."""
        for number in range(pictures):
            for viewer in self.viewers:
                viewer.send_video(slot.chunk.video[number], self._tick - 1 + (number + 1) / (pictures + 1))
        slot.sent = pictures

    def _enter(self, scheduled: ScheduledTake) -> None:
        before, self._current, self._last = self._current, scheduled, scheduled
        if before is None or not _same_place(before, scheduled):
            self._forked_from.clear()
        elif before.take_id != scheduled.take_id:
            self._forked_from.appendleft(before)
        # A fork ahead shortens the take that plays; it is the same one still.
        if before is None or (before.take_id, before.first_frame) != (scheduled.take_id, scheduled.first_frame):
            self.on_take(scheduled)

    def _sound_before(self, frame: int) -> Chunk | None:
        """What would have been heard if the film had not been forked: the fork's own music is still being composed."""
        for scheduled in self._forked_from:
            take = self.takes.take(scheduled.take_id)
            chunk = take.chunk_at(scheduled.frame_of_take(frame)) if take is not None else None
            if chunk is not None and chunk.audio:
                return chunk
        return None

    def _send(self, slot: _Slot, frame: int) -> None:
        offset = frame - slot.first_frame
        self._send_pictures(slot, offset - slot.chunk.first_frame % FRAMES_PER_CHUNK)
        first = -(-offset * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)
        last = -(-(offset + 1) * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET)
        slot_sample = (self._tick - offset) * SAMPLES_PER_FRAME
        for number in range(first, last):
            packet = self._packet(slot, number)
            if packet is None:
                self.counts.missing_packets += 1
                continue
            dialogue, bed = _apart(slot.tracks, number, packet)
            self._sound.append(_Heard(slot_sample + number * SAMPLES_PER_PACKET, packet, dialogue, bed))
        self._send_sound(self._tick * SAMPLES_PER_FRAME)
        for sample in [heard.sample for heard in self._sound]:
            delay_s = (sample - self._tick * SAMPLES_PER_FRAME) / SAMPLE_RATE_HZ
            asyncio.get_running_loop().call_later(delay_s, self._send_sound, sample)

    def _send_pictures(self, slot: _Slot, picture: int) -> None:
        """Up to one of the chunk. What is drawn too late leaves as soon as it is there, with the time it belongs to."""
        if not slot.chunk.whole:
            self._lengthen(slot)
        if not slot.chunk.whole and picture >= len(slot.chunk.video):
            self.counts.late_pictures += 1
        for number in range(slot.sent, min(picture + 1, len(slot.chunk.video))):
            for viewer in self.viewers:
                shown = slot.narrow.get(id(viewer), slot.chunk)
                if number < len(shown.video):
                    viewer.send_video(shown.video[number], self._tick - (picture - number))
            slot.sent = number + 1

    def _lengthen(self, slot: _Slot) -> None:
        take = self.takes.take(slot.take_id)
        longer = take.same_chunk(slot.chunk) if take is not None else None
        if longer is not None and len(longer.video) >= len(slot.chunk.video):
            slot.sound = longer if slot.sound is slot.chunk else slot.sound
            slot.chunk = longer

    def _send_sound(self, up_to_sample: int) -> None:
        """Packets leave when their first sample is due, not with the picture that they begin under: that would be
        early by half a frame on average."""
        while self._sound and self._sound[0].sample <= up_to_sample:
            heard = self._sound.popleft()
            for viewer in self.viewers:
                viewer.send_audio(heard.dialogue if viewer.two_tracks else heard.mix, heard.sample)
                if viewer.two_tracks:
                    viewer.send_bed(heard.bed, heard.sample)

    def _packet(self, slot: _Slot, number: int) -> bytes | None:
        for chunk in (slot.sound, slot.chunk):
            index = number - chunk.first_packet
            if 0 <= index < len(chunk.audio):
                return chunk.audio[index]
        # The music of a fork may be late, and what it was forked from no longer be made: the place goes on being heard.
        place = self.takes.stillness.sound(self._current.order.shot) if self._current is not None else ()
        if not place:
            return None
        self.counts.place_packets += 1
        return place[number % len(place)]


def _apart(tracks: Chunk | None, number: int, mix: bytes) -> tuple[bytes, bytes]:
    """(dialogue, bed) of a packet; where they are not rendered yet the mix takes the dialogue's place."""
    index = number - tracks.first_packet if tracks is not None else -1
    if tracks is not None and 0 <= index < min(len(tracks.audio), len(tracks.bed)):
        return tracks.audio[index], tracks.bed[index]
    return mix, SILENCE[0]
