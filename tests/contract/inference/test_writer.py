"""What every Writer must do; here with a model of random weights, whose lines are never taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inference.adapters.embedder_transformers import SentenceEmbedder
from services.inference.adapters.writer_composed import ComposedStoryteller, load_banks
from services.inference.adapters.writer_transformers.chat_model import ChatModel
from services.inference.adapters.writer_transformers.story_help import ChatThinker, NaturalnessJudge
from services.inference.adapters.writer_transformers.strategies import ChosenVariant, SceneStrategy, WholeSceneJson
from services.inference.adapters.writer_transformers.writer import TransformersWriter
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.premise import StoryAsk
from services.inference.domain.writing import AuthoredLine, Character, SceneBrief
from services.inference.ports import Writer
from tests.unit.inference.adapters.writer_transformers.conftest import chat_folder

pytestmark = pytest.mark.contract

__all__ = ["chat_folder"]

BRIEF = SceneBrief(
    beat_id="leak",
    purpose="warn",
    place="airlock",
    cast=(Character("mira", "Mira", "dry"),),
    lines=(
        AuthoredLine("mira", "I am sealing the inner door now.", "tense", "warn"),
        AuthoredLine("mira", "Mission rule nine.", "calm", may_vary=False),
    ),
    names=("Mira",),
)


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder.packaged_minilm()


@pytest.fixture(params=[ChosenVariant, WholeSceneJson])
def writer(request: pytest.FixtureRequest, chat_folder: Path, embedder: SentenceEmbedder) -> Writer:
    strategy: SceneStrategy = request.param()
    model = ChatModel.load(str(chat_folder), "cpu")
    helps = {"judge": NaturalnessJudge(model)} if request.param is ChosenVariant else {"thinker": ChatThinker(model)}
    storyteller = ComposedStoryteller(load_banks(), embedder, **helps)
    return TransformersWriter(model, strategy, embedder, storyteller)


def test_one_line_for_each_authored_one_in_order(writer: Writer) -> None:
    written = writer.write_scene(BRIEF, 20.0)
    assert [(line.speaker, line.emotion) for line in written] == [(line.speaker, line.emotion) for line in BRIEF.lines]
    for line, authored in zip(written, BRIEF.lines, strict=True):
        assert line.source in ("model", "authored")
        assert line.source == "model" or line.text == authored.text
        assert bool(line.refusal) == (line.source == "authored" and authored.may_vary)


def test_line_that_may_not_vary_stays(writer: Writer) -> None:
    assert writer.write_scene(BRIEF, 20.0)[1].text == "Mission rule nine."


def test_no_time_gives_the_authored_lines(writer: Writer) -> None:
    written = writer.write_scene(BRIEF, 1e-9)
    assert [line.text for line in written] == [line.text for line in BRIEF.lines]


def test_scene_without_lines_has_none(writer: Writer) -> None:
    assert writer.write_scene(SceneBrief("b", "p", "airlock", (), ()), 1.0) == ()


@pytest.mark.parametrize("deadline_s", [0.0, -1.0, 10_000.0])
def test_deadline_out_of_range_is_refused_by_field(writer: Writer, deadline_s: float) -> None:
    with pytest.raises(InvalidAsk, match="deadline_s"):
        writer.write_scene(BRIEF, deadline_s)


def test_a_premise_gives_a_whole_story_even_without_time_for_a_model(writer: Writer) -> None:
    for deadline_s in (20.0, 0.001):
        story = writer.write_story(StoryAsk("A mystery at the bottom of the sea", "made_1", 3), deadline_s)
        assert story.document["story_id"] == "made_1"
        assert len(story.document["beats"]) >= 18
        assert story.lines > 100
        assert 0 <= story.model_lines <= story.lines


@pytest.mark.parametrize("premise", ["", "short", "x" * 601])
def test_what_is_no_premise_is_refused_by_field(writer: Writer, premise: str) -> None:
    with pytest.raises(InvalidAsk, match="premise"):
        writer.write_story(StoryAsk(premise, "made_1"), 5.0)
