"""Sessions when models fail, scenes cannot be made, and others come to watch."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.streaming.domain import timeline_messages as page
from services.streaming.domain.events import Depth, Emoji, Outcome, Skip
from services.streaming.domain.journal import SceneWritten, SessionSpec, VoiceReplaced
from services.streaming.domain.screenplay import TakeOrder
from services.streaming.domain.story import ShotHint
from services.streaming.domain.timebase import FRAMES_PER_SECOND
from services.streaming.ports import ModelRefused
from tests.fakes.streaming import FakeAnimator, FakeModels, FakeVoice, FakeWriter, RecordingViewer, away
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import evening, studio, talking, until_frame
from tests.unit.streaming.app.test_choices import choice_offered
from tests.unit.streaming.app.test_session import receipt_of, to_the_end
from tests.unit.streaming.domain.small_story import small_story

pytestmark = pytest.mark.unit


@in_virtual_time
async def test_models_that_are_away_cost_words_and_never_the_film() -> None:
    models = FakeModels(voice=FakeVoice(failure=away()), writer=FakeWriter(failure=away()))
    async with studio(models) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        assert session.playout.counts.holds == 0
        assert session.counts.estimated_lines > 0
        assert session.counts.model_lines == 0


@in_virtual_time
async def test_the_writers_words_are_said_where_canon_allows_them() -> None:
    models = FakeModels(writer=FakeWriter(rewrite=lambda text: f"Well, {text}"))
    async with studio(models) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        assert session.counts.model_lines == 0
    models = FakeModels(writer=FakeWriter(rewrite=lambda text: f"Listen! {text}"))
    async with studio(models) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        assert session.counts.model_lines > 0
        heard = [line.text for p in session.film.plans[1].scene.shots for line in p.shot.lines]
        assert all(text.startswith("Listen! ") for text in heard)


@in_virtual_time
async def test_a_voice_that_was_replaced_is_noted_in_the_session_log_once_a_scene() -> None:
    async with studio(FakeModels(voice=FakeVoice(used="engineer@emma"))) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        log = [stored.entry for stored in await made.store.log(session.session_id)]
        noted = [entry for entry in log if isinstance(entry, VoiceReplaced)]
        assert {entry.used for entry in noted} == {"engineer@emma"}
        assert {entry.asked for entry in noted} <= {voice for _, voice in made.models.voice.asked}
        assert 0 < len(noted) <= 2 * sum(isinstance(entry, SceneWritten) for entry in log)


@in_virtual_time
async def test_what_canon_forbids_to_show_is_left_out_and_the_session_log_says_why() -> None:
    plain = evening()
    hints = (ShotHint("establishing", place="cellar"),)
    story = replace(plain, beats=tuple(replace(beat, shots=hints) for beat in plain.beats))
    async with studio(stories={"small": story}) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        log = [stored.entry for stored in await made.store.log(session.session_id)]
        first = next(entry.scene for entry in log if isinstance(entry, SceneWritten))
        assert first.repairs == ("shot 1: the cellar is closed, so the house is seen instead",)
        assert {planned.shot.view.set_name for planned in first.shots} == {"corridor"}


@in_virtual_time
async def test_who_asks_for_it_is_told_what_is_seen_and_shares_that_with_the_others_who_do() -> None:
    async with studio() as made:
        described = [
            (await made.sessions.create(SessionSpec("small", f"viewer-{n}", seed=7, described=True))).session
            for n in range(2)
        ]
        plain, viewer, _ = await made.watch()
        watching = RecordingViewer()
        described[0].attach(watching)
        described[1].attach(RecordingViewer())
        await to_the_end(described[0])
        takes = [[take.take_id for take in one.film.timeline.takes] for one in (*described, plain)]
        assert takes[0][:3] == takes[1][:3]
        assert not set(takes[0]) & set(takes[2])
        told = [cue for cue in watching.told_of(page.CaptionCue) if cue.speaker == "Description"]
        assert told
        assert not [cue for cue in viewer.told_of(page.CaptionCue) if cue.speaker == "Description"]
        for plan in described[0].film.plans:
            layout = plan.brief.layout if plan.brief is not None else None
            if layout is None or layout.description is None:
                continue
            assert all(line.start_frame >= layout.description.end_frame for line in layout.lines)
        assert not any("Description" in said for said in described[0].film.said)


@in_virtual_time
async def test_a_hold_is_drawn_only_where_what_follows_is_late() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        await asyncio.sleep(10.0)
        assert made.models.animator.held == []
        playing = session.film.timeline.at(session.playout.frame)
        assert playing is not None
        made.models.animator.fail_next.extend([away()] * 40)
        async with asyncio.timeout(60.0):
            while not session.playout.counts.holds:
                await asyncio.sleep(0.1)
        await asyncio.sleep(2.0)
        [held] = made.models.animator.held
        assert f"{held}~hold/v0".encode() in [data for _, data, _ in viewer.video]


@in_virtual_time
async def test_a_shot_that_cannot_be_rendered_is_left_out() -> None:
    def refuses(wanted: TakeOrder) -> Exception | None:
        return ModelRefused("no close shots today") if wanted.shot.view.framing == "medium" else None

    async with studio(FakeModels(animator=FakeAnimator(refuses=refuses))) as made:
        session, viewer, _ = await made.watch()
        await to_the_end(session)
        assert session.counts.shots_left_out > 0
        assert viewer.told_of(page.Ended)


@in_virtual_time
async def test_a_choice_whose_pictures_cannot_be_rendered_does_not_stop_the_film() -> None:
    story = evening()
    odd = replace(story.beat("gate"), place="cellar")
    story = replace(story, beats=tuple(odd if beat.beat_id == "gate" else beat for beat in story.beats))
    story = replace(story, places=tuple(replace(place, closed_when=()) for place in story.places))

    def refuses(wanted: TakeOrder) -> Exception | None:
        return ModelRefused("no caverns today") if wanted.shot.view.set_name == "cavern" else None

    async with studio(FakeModels(animator=FakeAnimator(refuses=refuses)), {"small": story}) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        assert session.film.canon.played[:2] == ("start", "gate")
        assert session.film.canon.facts["lit"] is True


@in_virtual_time
async def test_a_scene_that_cannot_be_made_is_dropped_and_chosen_again() -> None:
    class BrokenOnce(FakeVoice):
        async def times(self, text: str, voice: str, emotion: str, pace: float):  # type: ignore[no-untyped-def]
            if text.startswith("Gate") and not self.broken:
                self.broken = True
                raise RuntimeError("a bug in an engine")
            return await super().times(text, voice, emotion, pace)

        broken = False

    async with studio(FakeModels(voice=BrokenOnce())) as made:
        session, _, _ = await made.watch()
        await to_the_end(session)
        played = session.film.canon.played
        assert played[:2] == ("start", "gate")
        assert played[-1] == "end"
        assert tuple(plan.beat.beat_id for plan in session.film.plans) == played


@in_virtual_time
async def test_a_story_that_cannot_go_on_does_not_spin() -> None:
    stuck = small_story(replace(talking("start", "Start"), purpose="opening"))
    async with studio(stories={"small": stuck}) as made:
        session, viewer, _ = await made.watch()
        await asyncio.sleep(120.0)
        assert not session.film.ended
        assert len(made.models.voice.asked) == 4
        assert session.playout.counts.held_chunks > 0
        receipt = await receipt_of(viewer, await made.act(session, Skip()), patience_s=60.0)
        assert receipt.outcome is Outcome.DEFERRED
        assert not session.failed


@in_virtual_time
async def test_a_broker_that_is_away_and_replicas_that_die_cost_no_picture_and_no_event() -> None:
    models = FakeModels(animator=FakeAnimator(chunk_s=0.1))
    async with studio(models) as made:
        session, viewer, _ = await made.watch()
        acted: list[str] = []

        async def react() -> None:
            for number in range(35):
                await asyncio.sleep(2.0)
                acted.append(await made.act(session, Emoji(("love", "tense", "wow", "sad")[number % 4])))

        async def break_things() -> None:
            for second in range(0, 80, 20):
                await asyncio.sleep(20.0)
                models.animator.fail_next.extend([away()] * 2)
                made.bus.available = second not in (0, 20)
                made.bus.loses = second == 60

        await asyncio.gather(react(), break_things())
        made.bus.loses = False
        async with asyncio.timeout(10.0):
            while len(viewer.receipts) < len(acted):
                await asyncio.sleep(0.1)
        assert sorted(receipt.event_id for receipt in viewer.receipts) == sorted(acted)
        gaps = [after - before for before, after in zip(viewer.sent_at_s, viewer.sent_at_s[1:], strict=False)]
        assert max(gaps) < 2 / FRAMES_PER_SECOND
        assert not session.failed


@in_virtual_time
async def test_two_sessions_that_begin_alike_share_scene_and_takes() -> None:
    async with studio() as made:
        first, _, _ = await made.watch(seed=1, viewer_id="viewer-1")
        second, _, _ = await made.watch(seed=2, viewer_id="viewer-2")
        await asyncio.sleep(20.0)
        asked = [take_id for take_id, _ in made.models.animator.asked]
        assert len(asked) == len(set(asked))
        assert first.film.plans[0].scene == second.film.plans[0].scene


@in_virtual_time
async def test_a_late_viewer_is_told_where_the_film_is_and_what_is_open() -> None:
    async with studio() as made:
        session, viewer, _ = await made.watch()
        offered = await choice_offered(viewer)
        late = RecordingViewer()
        session.attach(late)
        hello, open_choice = late.told[:2]
        assert isinstance(hello, page.Hello)
        assert hello.frame_index == session.playout.frame
        assert open_choice == offered


@in_virtual_time
async def test_a_skip_does_not_wait_for_a_slow_writer() -> None:
    models = FakeModels(writer=FakeWriter(takes_s=5.5))
    async with studio(models) as made:
        session, viewer, _ = await made.watch()
        await asyncio.sleep(1.0)
        assert len(models.writer.briefs) == 1
        began_s = asyncio.get_running_loop().time()
        await receipt_of(viewer, await made.act(session, Skip()))
        assert asyncio.get_running_loop().time() - began_s < 2.0
        assert session.counts.model_lines == 0


@in_virtual_time
async def test_what_a_fork_replaces_is_not_rendered_to_its_end() -> None:
    animator = FakeAnimator(chunk_s=0.4)
    async with studio(FakeModels(animator=animator), streams=4) as made:
        session, viewer, _ = await made.watch()
        await asyncio.sleep(2.0)
        before = {take.take_id for take in session.film.timeline.takes if made.takes.rendering(take.take_id)}
        receipt = await receipt_of(viewer, await made.act(session, Emoji("love")))
        assert receipt.depth is Depth.GRADE
        await until_frame(session, (receipt.first_frame_index or 0) + 1)
        wanted = {take.take_id for take in session.film.timeline.takes if take.end_frame > session.playout.frame}
        assert before - wanted
        assert not any(made.takes.rendering(take_id) for take_id in before - wanted)


@in_virtual_time
async def test_a_fork_that_is_late_is_entered_as_soon_as_it_is_drawn_so_far() -> None:
    animator = FakeAnimator()
    async with studio(FakeModels(animator=animator)) as made:
        session, viewer, _ = await made.watch()
        await asyncio.sleep(2.0)
        animator.first_s, animator.chunk_s = 0.9, 0.1
        receipt = await receipt_of(viewer, await made.act(session, Emoji("love")))
        assert receipt.outcome is Outcome.APPLIED
        assert receipt.depth is Depth.GRADE
        assert receipt.first_frame_index is not None
        assert receipt.rendered_at_s - receipt.consumed_at_s < 1.2
        assert session.playout.counts.holds == 0
