"""The embeddings engine with the packaged MiniLM, alone and after the rules, over the labelled sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.adapters.embedder_transformers import SentenceEmbedder
from services.inference.adapters.guard_chained import ChainedGuard
from services.inference.adapters.guard_embeddings.guard import EmbeddingsGuard
from services.inference.adapters.guard_rules.guard import POLICIES, RulesGuard
from services.inference.domain.errors import EngineUnavailable, InvalidAsk

LABELLED: dict[str, list[tuple[str, str]]] = yaml.safe_load(
    (Path(__file__).parent.parent / "guard_rules" / "labelled.yaml").read_text(encoding="utf-8")
)
UNSEEN = LABELLED["unseen"]


@pytest.fixture(scope="module")
def embeddings() -> EmbeddingsGuard:
    return EmbeddingsGuard(SentenceEmbedder.packaged_minilm())


def test_chained_it_finds_more_than_the_rules_and_refuses_hardly_any_story_talk(embeddings: EmbeddingsGuard) -> None:
    rules = RulesGuard()
    chained = ChainedGuard(rules, embeddings)
    bad = [text for text, label in UNSEEN if label]
    ordinary = [text for text, label in UNSEEN if not label]
    found = sum(not chained.judge_text(text, "general").allowed for text in bad)
    found_by_rules = sum(not rules.judge_text(text, "general").allowed for text in bad)
    refused = [text for text in ordinary if not chained.judge_text(text, "general").allowed]
    assert found >= 0.8 * len(bad)
    assert found > found_by_rules
    assert len(refused) <= 0.05 * len(ordinary)


def test_what_no_rule_words_is_found_by_its_meaning(embeddings: EmbeddingsGuard) -> None:
    text = "Arabs are all bombers, keep them off the ship"
    assert RulesGuard().judge_text(text, "general").allowed
    verdict = embeddings.judge_text(text, "general")
    assert verdict.category == "hate"
    assert verdict.reasons


def test_with_the_rules_it_judges_nearly_all_known_sentences_right(embeddings: EmbeddingsGuard) -> None:
    chained = ChainedGuard(RulesGuard(), embeddings)
    known = [row for name, rows in LABELLED.items() if name != "unseen" for row in rows]
    wrong = [text for text, label in known if chained.judge_text(text, "general").category != label]
    assert len(wrong) <= 0.05 * len(known)
    assert not any(label == "" and text in wrong for text, label in known)


def test_stricter_policies_refuse_no_less(embeddings: EmbeddingsGuard) -> None:
    for text, _ in UNSEEN[::3]:
        allowed = [embeddings.judge_text(text, policy).allowed for policy in POLICIES]
        assert allowed == sorted(allowed, reverse=True)


def test_the_first_guard_that_refuses_decides(embeddings: EmbeddingsGuard) -> None:
    verdict = ChainedGuard(RulesGuard(), embeddings).judge_text("www.example.org", "general")
    assert verdict.category == "link"


def test_an_unknown_policy_is_named(embeddings: EmbeddingsGuard) -> None:
    with pytest.raises(InvalidAsk, match="policy"):
        embeddings.judge_text("hello", "lenient")


def test_changed_weights_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.inference.adapters.embedder_transformers.MINILM_SHA256", "0" * 64)
    with pytest.raises(EngineUnavailable, match="pinned"):
        SentenceEmbedder.packaged_minilm()


def test_a_package_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.inference.adapters.embedder_transformers.MINILM_PACKAGE", "no_such_package")
    with pytest.raises(EngineUnavailable, match="no_such_package"):
        SentenceEmbedder.packaged_minilm()


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=120))
def test_no_text_makes_it_raise(text: str, embeddings: EmbeddingsGuard) -> None:
    verdict = embeddings.judge_text(text, "general")
    assert verdict.allowed == (not verdict.category)
