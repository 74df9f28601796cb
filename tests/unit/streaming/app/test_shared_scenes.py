"""Scenes written once: one making for all who wait, handed over when who began it goes, held against each film's canon."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.streaming.app.scenes import MadeScene, SceneAsk, SceneMaker
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.domain.canon import Canon
from services.streaming.domain.cutting import Manner
from services.streaming.domain.taste import EMPTY
from services.streaming.domain.trunk import WORDS_SHARE
from tests.fakes.streaming import FakeModels, away
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.streaming.app.studio import evening

pytestmark = pytest.mark.unit

STORY = evening()


def ask(**changes: object) -> SceneAsk:
    """The scene after the opening."""
    canon = Canon.of(STORY).after(STORY.beat("start"))
    asked = SceneAsk("s1", STORY, STORY.beat("gate"), canon, EMPTY, Manner(), 5, False, False, None, (), words_by_s=6.0)
    return replace(asked, **changes)  # type: ignore[arg-type]


class Company:
    """Sessions that ask for scenes."""

    def __init__(self, models: FakeModels | None = None) -> None:
        self.models = models or FakeModels()
        self.models.writer.takes_s = 2.0
        self.models.writer.rewrite = lambda text: text.replace("waiting", "longing")
        self.scenes = SharedScenes()

    def asks(self, wanted: SceneAsk) -> tuple[asyncio.Task[MadeScene], SceneMaker]:
        maker = SceneMaker(self.models.all(), lambda: None)
        return asyncio.create_task(self.scenes.make(wanted, maker)), maker

    @property
    def written(self) -> int:
        return len(self.models.writer.briefs)


def words_of(made: MadeScene) -> list[str]:
    return [line.text for line in made.written]


@in_virtual_time
async def test_many_who_ask_at_once_and_later_share_one_making() -> None:
    company = Company()
    first, _ = company.asks(ask())
    second, _ = company.asks(ask(scene_id="s7", said=("Ann: Something else.",)))
    made = await asyncio.gather(first, second)
    later = await company.asks(ask(scene_id="s9"))[0]
    assert company.written == 1
    assert words_of(made[0]) == words_of(made[1]) == words_of(later)
    assert [shot.shot for shot in made[0].scene.shots] == [shot.shot for shot in later.scene.shots]
    assert later.scene.shots[0].shot_id == "s9.0"
    assert (company.scenes.counts.asked, company.scenes.counts.shared) == (3, 2)


@in_virtual_time
async def test_a_making_is_handed_over_when_who_began_it_goes() -> None:
    company = Company()
    first, _ = company.asks(ask())
    await asyncio.sleep(0.5)
    second, _ = company.asks(ask())
    await asyncio.sleep(0.5)
    first.cancel()
    made = await second
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)
    assert company.written == 1
    assert any("longing" in text for text in words_of(made))
    assert company.scenes.counts.handed_over == 1


@in_virtual_time
async def test_a_making_that_nobody_waits_for_any_more_is_given_up_and_begun_anew() -> None:
    company = Company()
    first, _ = company.asks(ask())
    await asyncio.sleep(0.5)
    first.cancel()
    await asyncio.sleep(0)
    again, _ = company.asks(ask())
    assert any("longing" in text for text in words_of(await again))
    assert company.written == 2
    assert company.scenes.counts.handed_over == 0


@in_virtual_time
async def test_who_cannot_wait_takes_authored_words_and_the_others_get_the_written_ones() -> None:
    company = Company()
    first, _ = company.asks(ask())
    hurried, maker = company.asks(ask())
    await asyncio.sleep(0.2)
    maker.hurry.set()
    soon = await hurried
    assert asyncio.get_running_loop().time() < 1.0
    assert not any("longing" in text for text in words_of(soon))
    assert any("longing" in text for text in words_of(await first))


@in_virtual_time
async def test_the_last_who_waits_and_cannot_any_longer_ends_the_writing() -> None:
    company = Company()
    alone, maker = company.asks(ask())
    await asyncio.sleep(0.2)
    maker.hurry.set()
    assert not any("longing" in text for text in words_of(await alone))
    assert asyncio.get_running_loop().time() < 1.0
    # words that came of a hurry are nobody else's
    assert any("longing" in text for text in words_of(await company.asks(ask())[0]))


@in_virtual_time
async def test_who_has_no_time_for_the_writer_gets_what_it_wrote_for_others() -> None:
    company = Company()
    await company.asks(ask())[0]
    made = await company.asks(ask(words_by_s=0.0))[0]
    assert any("longing" in text for text in words_of(made))
    assert company.written == 1


@in_virtual_time
async def test_words_that_were_said_already_are_written_anew() -> None:
    company = Company()
    made = await company.asks(ask())[0]
    await company.asks(ask(said=(f"Ann: {words_of(made)[0]}",)))[0]
    assert company.written == 2


@in_virtual_time
async def test_words_that_contradict_what_holds_elsewhere_are_not_shared() -> None:
    company = Company()
    company.models.writer.rewrite = lambda text: f"{text} Bob, are you here?"
    made = await company.asks(ask())[0]
    assert any(line.source == "model" for line in made.written)
    here = ask()
    gone = replace(here.canon, dead=frozenset({"bob"}))
    assert not company.scenes.known(ask(canon=gone))
    assert company.scenes.known(here)


@in_virtual_time
async def test_what_a_silent_model_left_undone_is_not_kept() -> None:
    models = FakeModels()
    company = Company(models)
    models.writer.failure = away()
    await company.asks(ask())[0]
    models.writer.failure = None
    assert any("longing" in text for text in words_of(await company.asks(ask())[0]))


@in_virtual_time
async def test_a_making_that_fails_fails_for_all_who_wait_and_not_for_who_comes_later() -> None:
    models = FakeModels()
    company = Company(models)
    models.writer.failure = ValueError("broken")
    waiting = [company.asks(ask())[0] for _ in range(2)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["broken", "broken"]
    models.writer.failure = None
    assert words_of(await company.asks(ask())[0])


@in_virtual_time
async def test_another_pace_keeps_the_words_and_has_them_spoken_anew() -> None:
    company = Company()
    made = await company.asks(ask())[0]
    faster = await company.asks(ask(manner=Manner(pace=1.0)))[0]
    assert words_of(faster) == words_of(made)
    assert company.written == 1
    assert faster.scene.frame_count < made.scene.frame_count


@in_virtual_time
async def test_how_much_of_a_scene_exists() -> None:
    company = Company()
    assert company.scenes.share(ask()) == 0.0
    await company.asks(ask())[0]
    assert company.scenes.share(ask(scene_id="s9", said=("Ann: Something else.",))) == 1.0
    assert company.scenes.share(ask(new_place=True)) == WORDS_SHARE
    assert company.scenes.share(ask(manner=Manner(tension=1.0))) == WORDS_SHARE
