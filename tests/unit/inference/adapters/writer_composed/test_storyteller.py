"""The storyteller: reads real premises with real embeddings, refuses what is none, and lets models help within reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.inference.adapters.embedder_transformers import SentenceEmbedder
from services.inference.adapters.writer_composed import ComposedStoryteller, load_banks
from services.inference.adapters.writer_composed.banks import InvalidBank
from services.inference.domain.errors import InvalidAsk
from services.inference.domain.premise import MadeStory, StoryAsk
from services.inference.domain.story_banks import Banks, Ideas

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def banks() -> Banks:
    return load_banks()


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder.packaged_minilm()


@pytest.fixture(scope="module")
def teller(banks: Banks, embedder: SentenceEmbedder) -> ComposedStoryteller:
    return ComposedStoryteller(banks, embedder)


def made(teller: ComposedStoryteller, premise: str, seed: int = 1, age_band: str = "general") -> MadeStory:
    return teller.write_story(StoryAsk(premise, "made_x", seed, age_band), 10.0)


def said(story: MadeStory) -> str:
    return " ".join(line["say"] for beat in story.document["beats"] for line in beat["lines"]).lower()


@pytest.mark.parametrize(
    ("premise", "sets", "words", "theme"),
    [
        (
            "Create a futuristic Mars survival story involving AI robots and alien technology.",
            {"mars_surface", "airlock"},
            ("the machine", "volcano", "eleven light minutes"),
            "alien_technology",
        ),
        (
            "A deep-sea mystery: why did the crew of an underwater station disappear?",
            {"control_room", "cavern"},
            ("sunlight", "doctor vane", "the surface"),
            "ocean",
        ),
        (
            "A heist against a rogue network",
            {"colony_exterior"},
            ("door three", "the network", "lullabies"),
            "cybersecurity",
        ),
        ("A children's tour of the planets", {"orbit"}, ("jupiter", "saturn", "venus", "grandmother"), "astronomy"),
    ],
)
def test_the_story_is_really_about_its_premise(
    teller: ComposedStoryteller, premise: str, sets: set[str], words: Sequence[str], theme: str
) -> None:
    story = made(teller, premise)
    assert sets <= {place["set"] for place in story.document["places"]}
    assert [word for word in words if word not in said(story)] == []
    assert theme in story.document["themes"]
    assert len(story.document["beats"]) >= 18
    assert sum(beat["purpose"] == "ending" for beat in story.document["beats"]) >= 3
    assert {part.use for part in story.parts} <= {"used", "told_as"}


def test_what_could_not_be_used_is_said_and_is_not_in_the_story(teller: ComposedStoryteller) -> None:
    story = made(teller, "A dragon guards a treasure on the Moon")
    told = {part.text: part.use for part in story.parts}
    assert told["dragon"] == "unused"
    assert told["treasure"] == told["Moon"] == "used"
    assert "dragon" not in said(story)
    assert "casket" in said(story)


def test_names_and_things_of_the_premise_are_in_the_lines(teller: ComposedStoryteller) -> None:
    story = made(teller, "A detective named Ines looks for a missing violin on a space station")
    assert "ines" in said(story)
    assert "the violin" in said(story)
    assert next(sheet for sheet in story.document["cast"] if sheet["id"] == "hero")["name"] == "Ines"


def test_the_same_seed_tells_the_same_story_and_another_tells_another(teller: ComposedStoryteller) -> None:
    premise = "A mystery in the deep sea"
    assert made(teller, premise, seed=4) == made(teller, premise, seed=4)
    assert made(teller, premise, seed=4).document != made(teller, premise, seed=5).document


def test_every_true_thing_cites_and_every_other_figure_is_marked(teller: ComposedStoryteller) -> None:
    document = made(teller, "A children's tour of the planets").document
    sources = {source["id"] for source in document["sources"]}
    lines = [line for beat in document["beats"] for line in beat["lines"]]
    assert {cited for line in lines for cited in line.get("cites", ())} == sources
    assert len(sources) == 12
    assert all(not line.get("made_up") for line in lines if "cites" in line)


def test_children_are_spared_the_dark(teller: ComposedStoryteller) -> None:
    beats = made(teller, "A mystery in the deep sea", age_band="child").document["beats"]
    assert not any("darkness" in beat["tone"] for beat in beats)


@pytest.mark.parametrize(
    ("premise", "field"), [("short", "premise"), ("   a   b   ", "premise"), ("x" * 601, "premise")]
)
def test_what_is_no_premise_is_refused_by_field(teller: ComposedStoryteller, premise: str, field: str) -> None:
    with pytest.raises(InvalidAsk, match=field):
        made(teller, premise)


def test_a_deadline_out_of_range_is_refused(teller: ComposedStoryteller) -> None:
    with pytest.raises(InvalidAsk, match="deadline_s"):
        teller.write_story(StoryAsk("a mystery in the sea", "made_x"), 0.0)


class Judge:
    """Always the last; asked: what it was asked to judge."""

    fingerprint = "judge"

    def __init__(self, answers: bool = True) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._answers = answers

    def most_natural(self, texts: Sequence[str], within_s: float) -> int | None:
        self.asked.append(tuple(texts))
        return len(texts) - 1 if self._answers else None


class Thinker:
    fingerprint = "thinker"

    def ideas(self, premise: str, needed: Sequence[str], seed: int, within_s: float) -> Ideas:
        assert within_s > 0
        assert "truth" in needed
        return Ideas({"thing": "the orchard", "thing_a": "an orchard under the sea"}, "The Orchard")


def test_a_judge_chooses_and_what_it_has_no_time_for_the_seed_does(banks: Banks, embedder: SentenceEmbedder) -> None:
    judge = Judge()
    story = ComposedStoryteller(banks, embedder, judge).write_story(StoryAsk("a mystery in the sea", "made_x", 3), 10.0)
    assert story.document["title"] == judge.asked[0][-1]
    assert story.model_lines == len(judge.asked)
    silent = ComposedStoryteller(banks, embedder, Judge(answers=False))
    assert silent.write_story(StoryAsk("a mystery in the sea", "made_x", 3), 10.0).model_lines == 0


def test_what_a_thinker_thinks_of_is_what_the_story_is_about(banks: Banks, embedder: SentenceEmbedder) -> None:
    story = ComposedStoryteller(banks, embedder, thinker=Thinker()).write_story(
        StoryAsk("a survival story in the deep sea", "made_x", 3), 10.0
    )
    assert story.document["title"] == "The Orchard"
    assert "an orchard under the sea" in said(story)
    assert story.model_lines == 2


def test_a_broken_bank_names_the_line(tmp_path: Path) -> None:
    source = Path(load_banks.__code__.co_filename).parent
    for path in source.rglob("*.yaml"):
        target = tmp_path / path.relative_to(source)
        target.parent.mkdir(exist_ok=True)
        target.write_text(
            path.read_text()
            .replace('"hero urgent >other | Ready? On three."', '"x"')
            .replace("hero >other | Ready", "hero loudly >other | Ready")
        )
    with pytest.raises(InvalidBank, match=r"errand\.first_try.*loudly"):
        load_banks(tmp_path)


def test_who_speaks_can_be_told_from_the_words_alone(teller: ComposedStoryteller) -> None:
    premise = "Create a futuristic Mars survival story involving AI robots and alien technology."
    contracted = {"hero": 0, "machine": 0, "voice": 0}
    lines = dict.fromkeys(contracted, 0)
    for seed in range(6):
        for beat in made(teller, premise, seed).document["beats"]:
            for line in beat["lines"]:
                if line["who"] in contracted and "cites" not in line:
                    lines[line["who"]] += 1
                    contracted[line["who"]] += any(
                        mark in line["say"] for mark in ("n't", "'m", "'re", "it's", "It's", "'ve")
                    )
    assert contracted["machine"] == contracted["voice"] == 0
    assert contracted["hero"] > 0.2 * lines["hero"]


def test_facts_and_echoes_are_said_as_they_are_written(teller: ComposedStoryteller, banks: Banks) -> None:
    known = {fact.say for setting in banks.settings.values() for stop in setting.stops for fact in stop.facts}
    for seed in range(4):
        story = made(teller, "A children's tour of the planets", seed).document
        cited = [line["say"] for beat in story["beats"] for line in beat["lines"] if "cites" in line]
        assert len(cited) >= 10
        assert set(cited) <= known


def test_the_two_leading_people_have_different_work(teller: ComposedStoryteller) -> None:
    story = made(teller, "A deep-sea mystery: a marine biologist investigates why a crew disappeared.").document
    roles = {sheet["id"]: sheet["role"] for sheet in story["cast"]}
    assert roles["hero"] == "biologist"
    assert roles["mate"] == "doctor"
