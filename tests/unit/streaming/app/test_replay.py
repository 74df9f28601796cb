"""A film is played live and then again from its log: the same pictures, the same sound, the same identities."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from services.streaming.app.replay import Cut, Replay
from services.streaming.app.session import Session
from services.streaming.domain.events import Dial, Emoji, Skip
from services.streaming.domain.screenplay import Caption
from services.streaming.ports import VideoFrame
from tests.fakes.streaming import FakeAnimator, FakeModels, RecordingViewer
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import Studio, studio, until_frame

pytestmark = pytest.mark.unit


@dataclass
class KeptFilm:
    """app.replay.FilmFile that keeps everything."""

    pictures: dict[int, bytes] = field(default_factory=dict)
    sounds: dict[int, bytes] = field(default_factory=dict)
    captions: list[Caption] = field(default_factory=list)

    def picture(self, frame: VideoFrame, frame_index: int) -> None:
        assert frame_index not in self.pictures
        self.pictures[frame_index] = frame.data

    def sound(self, packet: bytes, number: int) -> None:
        assert number not in self.sounds
        self.sounds[number] = packet

    def caption(self, caption: Caption) -> None:
        assert not self.pictures
        self.captions.append(caption)


async def cut_of(made: Studio, session: Session) -> Cut:
    await session.flush()
    log = await made.store.log(session.session_id)
    return Cut.of(session.film.story, session.record.spec, ((kept.sequence, kept.entry) for kept in log))


async def replayed(made: Studio, cut: Cut, fingerprint: str = "fake-animator") -> tuple[KeptFilm, Replay]:
    film = KeptFilm()
    replay = Replay(FakeAnimator(), fingerprint, lambda done, whole: None)
    await replay.play(cut, film)
    return film, replay


def shown(viewer: RecordingViewer) -> list[bytes]:
    return [data for _, data, _ in viewer.video]


@in_virtual_time
async def test_a_film_that_was_bent_is_the_same_again() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 60)
        await made.act(session, Emoji("tense"))
        await until_frame(session, 200)
        await made.act(session, Dial("tension", 1.0))
        await until_frame(session, 300)
        await made.act(session, Skip())
        await until_frame(session, 600)
        session.detach(viewer)
        cut = await cut_of(made, session)
        film, replay = await replayed(made, cut)
        live = shown(viewer)
        assert len(live) >= 600
        assert cut.frame_count == session.playout.frame
        assert [film.pictures[frame] for frame in range(len(live))] == live
        sounds = [packet for _, packet in viewer.audio]
        assert [film.sounds[number] for number in range(len(sounds))] == sounds
        assert replay.counts.equal == replay.counts.takes > 4
        assert {take.split(b"/")[0] for take in live} == {t.take_id.encode() for t in cut.takes}


@in_virtual_time
async def test_a_hold_is_as_long_as_it_was() -> None:
    models = FakeModels(animator=FakeAnimator(chunk_s=0.7))
    async with studio(models) as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 300)
        session.detach(viewer)
        assert session.playout.counts.holds > 0
        film, replay = await replayed(made, await cut_of(made, session))
        assert sorted(film.pictures) == list(range(session.playout.frame))
        assert replay.counts.held_frames >= 12 * session.playout.counts.held_chunks - 12


@in_virtual_time
async def test_captions_stand_where_they_were_told() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 500)
        session.detach(viewer)
        cut = await cut_of(made, session)
        from services.streaming.domain.timeline_messages import CaptionCue

        told = {(cue.cue_id, cue.start_frame) for cue in viewer.told_of(CaptionCue) if isinstance(cue, CaptionCue)}
        kept = {(cue.cue_id, cue.start_frame) for cue in cut.captions}
        assert kept
        assert kept <= told
        assert all(cue.start_frame < cue.end_frame <= cut.frame_count for cue in cut.captions)
        assert [cue.start_frame for cue in cut.captions] == sorted(cue.start_frame for cue in cut.captions)


@in_virtual_time
async def test_another_engine_is_noticed() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await until_frame(session, 100)
        session.detach(viewer)
        cut = await cut_of(made, session)
        _, replay = await replayed(made, cut, "another-animator")
        assert replay.counts.equal == 0
        assert replay.counts.different == [take.take_id for take in cut.takes]


@in_virtual_time
async def test_what_was_scheduled_but_never_reached_is_left_out() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        session.detach(viewer)
        await asyncio.sleep(0.5)
        assert session.film.timeline.takes
        cut = await cut_of(made, session)
        assert (cut.takes, cut.frame_count) == ((), session.playout.frame)
