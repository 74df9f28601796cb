"""Playout: 24 pictures and 50 packets a second without a gap, forks spliced at their frame, holds that lose nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from services.streaming.app.playout import Playout
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.timebase import FRAMES_PER_SECOND, SAMPLES_PER_FRAME, SAMPLES_PER_PACKET, up_to_grid
from services.streaming.domain.timeline import ScheduledTake, Timeline
from tests.fakes.streaming import FakeAnimator, RecordingViewer, away, bed_bytes, chunk_of, frame_bytes, packet_bytes
from tests.fakes.virtual_time import FakeClock, in_virtual_time
from tests.unit.streaming.domain.small_screenplay import order

pytestmark = pytest.mark.unit

WAITING_S = 0.001


@dataclass
class Booth:
    """A playout with its timeline, library and what it reported."""

    playout: Playout
    timeline: Timeline
    takes: TakeLibrary
    animator: FakeAnimator
    entered: list[tuple[str, int]] = field(default_factory=list)
    holds: list[tuple[int, int]] = field(default_factory=list)
    resumed: int = 0
    ended: int = 0

    def schedule(self, *shots: tuple[str, int]) -> None:
        """Shots one after the other: (name, frames)."""
        for name, count in shots:
            self.take(name, self.timeline.end_frame, count)

    def take(self, name: str, first_frame: int, count: int, take_frame: int = 0, shot: str = "") -> None:
        wanted = order(count, name)
        self.timeline.schedule(ScheduledTake(shot or name, name, wanted, first_frame, take_frame, count - take_frame))
        self.takes.want(name, wanted, take_frame, 0.0, fork=True)
        self.takes.want_hold(name, 0.0)
        self.playout.wake()

    async def until(self, frame: int) -> None:
        """Wait until a frame is next."""
        while self.playout.frame < frame:
            await asyncio.sleep(WAITING_S)

    async def on_ended(self) -> None:
        self.ended += 1


@asynccontextmanager
async def booth(animator: FakeAnimator | None = None, frame: int = 0) -> AsyncIterator[Booth]:
    animator = animator or FakeAnimator()
    clock = FakeClock()
    takes = TakeLibrary(animator, clock, 2, 10_000_000)
    takes.start()
    timeline = Timeline()

    def on_take(scheduled: ScheduledTake) -> None:
        made.entered.append((scheduled.shot_id, made.playout.frame))

    def on_resumed() -> None:
        made.resumed += 1

    playout = Playout(
        timeline, takes, clock, on_take, lambda at, count, _: made.holds.append((at, count)), on_resumed, frame=frame
    )
    made = Booth(playout, timeline, takes, animator)
    running = asyncio.create_task(playout.run(made.on_ended))
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await takes.close()


def pictures(names: Iterable[tuple[str, int, int]]) -> list[bytes]:
    """Frames [from, to) of takes."""
    return [frame_bytes(name, frame) for name, first, last in names for frame in range(first, last)]


def packets(names: Iterable[tuple[str, int, int]]) -> list[bytes]:
    """Packets [from, to) of takes."""
    return [packet_bytes(name, number) for name, first, last in names for number in range(first, last)]


def assert_steady(viewer: RecordingViewer) -> None:
    """No picture and no packet is missing or doubled on the sending clock."""
    ticks = [tick for tick, _, _ in viewer.video]
    assert [after - before for before, after in pairwise(ticks)] == [1] * (len(ticks) - 1)
    samples = [sample for sample, _ in viewer.audio]
    assert [after - before for before, after in pairwise(samples)] == [SAMPLES_PER_PACKET] * (len(samples) - 1)


@in_virtual_time
async def test_a_second_is_24_pictures_and_50_packets() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96), ("b", 96))
        made.playout.attach(viewer)
        await made.until(1)
        began_s = viewer.sent_at_s[0]
        await made.until(192)
        await asyncio.sleep(0.03)
        assert [at_s - began_s for at_s in viewer.sent_at_s[:192]] == pytest.approx(
            [number / FRAMES_PER_SECOND for number in range(192)], abs=0.002
        )
        assert len(viewer.audio) == 400
        assert_steady(viewer)


@in_virtual_time
async def test_nothing_is_lost_or_doubled_over_cuts() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 48), ("b", 96), ("c", 60))
        made.playout.attach(viewer)
        await made.until(204)
        await asyncio.sleep(0.03)
        assert [data for _, data, _ in viewer.video[:204]] == pictures([("a", 0, 48), ("b", 0, 96), ("c", 0, 60)])
        assert [data for _, data in viewer.audio[:425]] == packets([("a", 0, 100), ("b", 0, 200), ("c", 0, 125)])
        assert [number for number, (_, _, key) in enumerate(viewer.video[:204]) if key] == list(range(0, 204, 12))
        assert made.entered == [("a", 0), ("b", 48), ("c", 144)]
        assert made.playout.counts.missing_packets == 0


@in_virtual_time
async def test_sound_is_never_away_from_its_picture() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(96)
        first = viewer.video[0][0]
        for sample, data in viewer.audio:
            assert sample - first * SAMPLES_PER_FRAME == int(data.split(b"/a")[1]) * SAMPLES_PER_PACKET


@pytest.mark.parametrize("at", range(24, 37))
@in_virtual_time
async def test_a_fork_takes_over_at_its_frame_and_its_sound_at_the_next_half_second(at: int) -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96), ("later", 48))
        made.playout.attach(viewer)
        await made.until(16)
        made.take("fork", at, 96, take_frame=at)
        await made.until(96)
        await asyncio.sleep(0.03)
        assert [data for _, data, _ in viewer.video[:96]] == pictures([("a", 0, at), ("fork", at, 96)])
        assert viewer.video[at][2]
        heard_from = up_to_grid(at) * SAMPLES_PER_FRAME // SAMPLES_PER_PACKET
        assert [data for _, data in viewer.audio[:200]] == packets([("a", 0, heard_from), ("fork", heard_from, 200)])
        assert_steady(viewer)
        assert made.playout.counts.missing_packets == 0


@in_virtual_time
async def test_a_fork_is_shown_while_it_is_drawn_and_the_old_sound_goes_on_until_its_own_is_there() -> None:
    animator = FakeAnimator()
    async with booth(animator) as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96), ("later", 48))
        made.playout.attach(viewer)
        await made.until(16)
        animator.part_s = 0.16
        made.take("fork", 26, 96, take_frame=26, shot="a")
        await made.until(96)
        await asyncio.sleep(0.03)
        assert [data for _, data, _ in viewer.video[:96]] == pictures([("a", 0, 26), ("fork", 26, 96)])
        assert_steady(viewer)
        sounds = [data for _, data in viewer.audio[:200]]
        (changed,) = [number for number in range(1, 200) if sounds[number][:2] != sounds[number - 1][:2]]
        assert sounds == packets([("a", 0, changed), ("fork", changed, 200)])
        assert changed > 75  # packets 50..74 are those of the half second in which it is entered, 75.. of the next
        assert made.playout.counts.missing_packets == 0


@in_virtual_time
async def test_a_fork_can_be_entered_later_than_it_begins() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(16)
        wanted = order(96, "fork")
        fork = made.takes.want("fork", wanted, 26, 0.0, fork=True)
        await made.until(28)
        assert fork.can_be_entered(29)
        made.timeline.schedule(ScheduledTake("a", "fork", wanted, 29, 29, 67))
        await made.until(96)
        await asyncio.sleep(0.03)
        sent = [data for _, data, _ in viewer.video[:99]]
        assert sent == pictures([("a", 0, 29), ("fork", 26, 96)])
        first = viewer.video[0][0]
        ticks = [tick - first for tick, _, _ in viewer.video[:99]]
        assert ticks[28:33] == [28, 28.25, 28.5, 28.75, 29]
        assert ticks == sorted(set(ticks))
        assert viewer.video[29][2]


@in_virtual_time
async def test_a_fork_whose_drawing_began_anew_is_entered_anew() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(16)
        wanted = order(96, "fork")
        fork = made.takes.want("fork", wanted, 36, 0.0)
        first, anew = chunk_of("fork", 2, 26), chunk_of("fork", 2, 31)
        fork.add(replace(first, video=first.video[:2], audio=(), whole=False))
        made.timeline.schedule(ScheduledTake("a", "fork", wanted, 26, 26, 70))
        await made.until(29)
        fork.add(replace(anew, audio=()))
        await made.until(96)
        await asyncio.sleep(0.03)
        sent = [data for _, data, _ in viewer.video[:93]]
        assert sent == pictures([("a", 0, 26), ("fork", 26, 28), ("fork", 31, 96)])
        keys = [number for number, (_, _, key) in enumerate(viewer.video) if key]
        assert {26, 28} <= set(keys)
        assert made.playout.counts.late_pictures == 3
        assert made.playout.counts.holds == 0


@in_virtual_time
async def test_pictures_of_a_fork_that_come_too_late_leave_with_the_time_they_belong_to() -> None:
    animator = FakeAnimator()
    async with booth(animator) as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96), ("later", 48))
        made.playout.attach(viewer)
        await made.until(16)
        animator.first_s, animator.part_s = 0.4, 0.12
        made.take("fork", 26, 96, take_frame=26, shot="a")
        await made.until(96)
        await asyncio.sleep(0.03)
        shown = [(tick, data) for tick, data, _ in viewer.video if data.startswith(b"fork")]
        first = viewer.video[0][0]
        assert shown[:10] == [(first + frame, frame_bytes("fork", frame)) for frame in range(26, 36)]
        assert made.playout.counts.late_pictures > 0
        assert made.playout.counts.holds == 0


@in_virtual_time
async def test_while_a_forks_music_is_late_and_the_old_one_is_gone_the_place_is_heard() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(16)
        wanted = order(96, "fork")
        fork = made.takes.want("fork", wanted, 48, 0.0)
        await made.until(20)
        for first_frame in (26, 36):
            fork.add(replace(chunk_of("fork", first_frame // 12, first_frame), audio=()))
        made.timeline.schedule(ScheduledTake("a", "fork", wanted, 26, 26, 70))
        await made.until(30)
        made.takes.drop("a")
        made.takes.forget(["a"])
        await made.until(96)
        await asyncio.sleep(0.03)
        heard = [data for _, data in viewer.audio[75:100]]
        assert heard == [bed_bytes("fork~still", number) for number in range(25)]
        assert viewer.audio[100][1] == packet_bytes("fork", 100)
        assert (made.playout.counts.place_packets, made.playout.counts.missing_packets) == (25, 0)
        assert_steady(viewer)


@in_virtual_time
async def test_two_forks_within_one_half_second() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(16)
        made.take("one", 26, 96, take_frame=26)
        made.take("two", 31, 96, take_frame=31)
        await made.until(96)
        await asyncio.sleep(0.03)
        assert [data for _, data, _ in viewer.video[:96]] == pictures([("a", 0, 26), ("one", 26, 31), ("two", 31, 96)])
        assert_steady(viewer)
        assert made.playout.counts.missing_packets == 0


@in_virtual_time
async def test_a_fork_ahead_does_not_announce_the_playing_take_again() -> None:
    async with booth() as made:
        made.schedule(("a", 96))
        made.playout.attach(RecordingViewer())
        await made.until(8)
        made.take("fork", 50, 96, take_frame=50)
        await made.until(60)
        assert made.entered == [("a", 0), ("fork", 50)]


@in_virtual_time
async def test_a_late_take_is_held_for_and_nothing_of_it_is_lost() -> None:
    async with booth(FakeAnimator(chunk_s=0.02)) as made:
        viewer = RecordingViewer()
        made.schedule(("a", 48))
        made.playout.attach(viewer)
        await made.until(40)
        made.animator.first_s = 1.6
        made.schedule(("b", 48))
        await made.until(48 + 36 + 48)
        shown = [data for _, data, _ in viewer.video]
        held = pictures([("a~hold", 0, 12)])
        assert shown[:132] == pictures([("a", 0, 48)]) + held * 3 + pictures([("b", 0, 48)])
        assert_steady(viewer)
        assert made.timeline.takes[-1].first_frame == 84
        assert [hold for hold in made.holds if hold[1]] == [(48, 12), (60, 12), (72, 12)]
        assert [hold for hold in made.holds if not hold[1]] == [(84, 0)]
        assert (made.playout.counts.holds, made.playout.counts.held_chunks) == (1, 3)


@in_virtual_time
async def test_a_hold_in_the_middle_of_a_take_goes_on_where_it_stopped() -> None:
    animator = FakeAnimator(stops_after=2)
    async with booth(animator) as made:
        viewer = RecordingViewer()
        made.schedule(("first", 48), ("a", 96))
        made.playout.attach(viewer)
        animator.fail_next.extend([away()] * 6)
        await made.until(48)
        await asyncio.sleep(12.0)
        shown = [data for _, data, _ in viewer.video]
        # what is held over shows pictures again; each one's first showing counts
        own = list(dict.fromkeys(data for data in shown if b"~hold" not in data))
        assert own == pictures([("first", 0, 48), ("a", 0, 96)])
        assert len(shown) > 156
        assert_steady(viewer)


@in_virtual_time
async def test_while_a_film_holds_in_the_middle_of_a_take_its_place_is_heard() -> None:
    async with booth(FakeAnimator(chunk_s=0.9)) as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(96)
        await asyncio.sleep(0.5)
        still = [bed_bytes("a~still", number) for number in range(25)]
        heard = [data for _, data in viewer.audio if data.startswith(b"a~still")]
        assert made.playout.counts.held_chunks >= 4
        assert heard == still * made.playout.counts.held_chunks
        assert made.playout.counts.missing_packets == 0
        assert_steady(viewer)


@in_virtual_time
async def test_a_fork_whose_next_half_second_is_late_is_looped_whole() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(40)
        made.animator.chunk_s = 2.0
        made.take("fork", 43, 96, take_frame=43)
        await made.until(72)
        shown = [data for _, data, _ in viewer.video]
        assert shown[:48] == pictures([("a", 0, 43), ("fork", 43, 48)])
        assert shown[48:60] == (pictures([("fork", 43, 48)]) * 3)[:12]
        assert_steady(viewer)


@in_virtual_time
async def test_a_gap_in_the_timeline_is_held_over_and_ends() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 48))
        made.take("b", 84, 48)
        made.playout.attach(viewer)
        await made.until(132)
        own = [data for _, data, _ in viewer.video if b"~hold" not in data]
        assert own[:96] == pictures([("a", 0, 48), ("b", 0, 48)])
        assert made.timeline.takes[-1].first_frame == 84
        assert made.playout.counts.held_chunks == 3


@in_virtual_time
async def test_nothing_is_shown_before_the_first_chunk_is_there() -> None:
    async with booth(FakeAnimator(first_s=2.0)) as made:
        viewer = RecordingViewer()
        made.schedule(("a", 48))
        made.playout.attach(viewer)
        await asyncio.sleep(1.9)
        assert viewer.video == []
        await made.until(48)
        assert viewer.sent_at_s[0] == pytest.approx(2.0, abs=0.05)
        assert made.playout.counts.holds == 0


@in_virtual_time
async def test_a_pause_stands_still_and_the_sending_clock_goes_on() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(30)
        made.playout.pause()
        await asyncio.sleep(10.0)
        assert made.playout.frame <= 31
        stopped = made.playout.frame
        assert made.playout.offset_ticks == 0
        made.playout.resume()
        await made.until(96)
        ticks = [tick for tick, _, _ in viewer.video[:96]]
        jump = ticks[stopped] - ticks[stopped - 1]
        assert jump == pytest.approx(10 * FRAMES_PER_SECOND, abs=3)
        assert made.playout.offset_ticks == jump - 1
        assert made.playout.tick_of(90) == ticks[90]
        assert [data for _, data, _ in viewer.video[:96]] == pictures([("a", 0, 96)])
        assert made.resumed == 1


@in_virtual_time
async def test_sound_and_picture_are_together_after_a_pause() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(30)
        made.playout.pause()
        await asyncio.sleep(3.0)
        made.playout.resume()
        await made.until(96)
        await asyncio.sleep(0.03)
        ticks = {data: tick for tick, data, _ in viewer.video}
        for sample, data in viewer.audio:
            number = int(data.split(b"/a")[1])
            frame = number * SAMPLES_PER_PACKET // SAMPLES_PER_FRAME
            begun = ticks[frame_bytes("a", frame)] * SAMPLES_PER_FRAME
            assert (
                0
                <= sample - begun - (number * SAMPLES_PER_PACKET - frame * SAMPLES_PER_FRAME)
                <= 75 * SAMPLES_PER_FRAME
            )
        samples = [sample for sample, _ in viewer.audio]
        assert samples == sorted(set(samples))
        assert [data for _, data in viewer.audio[:200]] == packets([("a", 0, 200)])


@in_virtual_time
async def test_resuming_what_plays_changes_nothing() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(viewer)
        await made.until(20)
        made.playout.resume()
        await made.until(96)
        assert_steady(viewer)
        assert made.resumed == 0


@in_virtual_time
async def test_without_a_viewer_the_film_waits_and_goes_on_at_a_chunk_border() -> None:
    async with booth() as made:
        first, second = RecordingViewer(), RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(first)
        await made.until(31)
        made.playout.detach(first)
        await asyncio.sleep(30.0)
        assert made.playout.frame in (31, 32)
        made.playout.attach(second)
        await made.until(96)
        assert second.video[0][1] == frame_bytes("a", 36)
        assert second.video[0][2]
        assert [data for _, data, _ in second.video[:60]] == pictures([("a", 36, 96)])
        assert made.entered == [("a", 0), ("a", 36)]


@in_virtual_time
async def test_a_second_viewer_sees_the_same_frames() -> None:
    async with booth() as made:
        first, second = RecordingViewer(), RecordingViewer()
        made.schedule(("a", 96))
        made.playout.attach(first)
        await made.until(20)
        made.playout.attach(second)
        await made.until(96)
        assert second.video == first.video[-len(second.video) :]
        made.playout.detach(second)
        made.playout.detach(second)
        assert made.playout.viewers == [first]


@in_virtual_time
async def test_the_film_ends_once_at_its_last_frame() -> None:
    async with booth() as made:
        viewer = RecordingViewer()
        made.schedule(("a", 48))
        made.playout.ended = True
        made.playout.attach(viewer)
        await asyncio.sleep(10.0)
        assert made.ended == 1
        assert len(viewer.video) == 48
        assert made.playout.counts.holds == 0


@in_virtual_time
async def test_a_film_goes_on_at_the_frame_that_it_is_given() -> None:
    async with booth(frame=60) as made:
        viewer = RecordingViewer()
        made.take("a", 0, 96)
        made.playout.attach(viewer)
        await made.until(96)
        assert viewer.video[0][1] == frame_bytes("a", 60)
        assert made.playout.position_s(96 + 24) - made.playout.position_s(96) == pytest.approx(1.0)
