"""The chat model over random weights: batching, seeds, shared preambles, stopping and loading."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from services.inference.adapters.writer_transformers.chat_model import ChatModel, Conversation, Deadline, Sampling
from services.inference.domain.errors import EngineUnavailable

PREAMBLE = (("system", "You say lines."), ("user", "One."), ("assistant", "Two."))


def never(text: str) -> bool:
    return False


def sampling(seed: int = 1, tokens: int = 12, temperature: float = 0.7) -> Sampling:
    return Sampling(temperature, 0.9, tokens, seed, never)


@pytest.fixture(scope="module")
def model(chat_folder: Path) -> ChatModel:
    return ChatModel.load(str(chat_folder), "cpu")


def ask(text: str) -> Conversation:
    return Conversation(PREAMBLE, ("user", text))


def test_same_seed_same_answers_and_another_seed_other_ones(model: ChatModel) -> None:
    asked = [ask("Say it."), ask("Say something much longer than that.")]
    first = model.answer(asked, sampling(), Deadline(60))
    assert model.answer(asked, sampling(), Deadline(60)) == first
    assert model.answer(asked, sampling(seed=2), Deadline(60)) != first


def test_the_shared_preamble_changes_the_cost_and_not_the_answer(chat_folder: Path) -> None:
    """Greedy in effect: the temperature is so low that the likeliest token is always drawn."""
    cold = sampling(temperature=1e-3)
    model = ChatModel.load(str(chat_folder), "cpu")
    shared = model.answer([ask("Go."), ask("Wait for me.")], cold, Deadline(60))
    tokenizer, network = model._tokenizer, model._model
    for text, answer in zip(("Go.", "Wait for me."), shared, strict=True):
        turns = [{"role": role, "content": content} for role, content in (*PREAMBLE, ("user", text))]
        whole = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(whole, return_tensors="pt")["input_ids"]
        out = network.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12, pad_token_id=1
        )
        assert tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True) == answer.text


def test_an_answer_ends_when_it_is_finished(model: ChatModel) -> None:
    short = Sampling(0.7, 0.9, 40, 1, lambda text: len(text) >= 3)
    answer = model.answer([ask("Say it.")], short, Deadline(60))[0]
    assert answer.complete
    assert len(answer.text) <= 6


def test_no_time_no_answer(model: ChatModel) -> None:
    model.answer([ask("Say it.")], sampling(), Deadline(60))
    ticking = iter(range(1000))
    answer = model.answer([ask("Say it.")], sampling(tokens=200), Deadline(3.5, lambda: float(next(ticking))))[0]
    assert not answer.complete
    assert len(answer.text) < 50


def test_conversations_of_a_batch_share_their_preamble(model: ChatModel) -> None:
    with pytest.raises(ValueError, match="preamble"):
        model.answer([ask("a"), Conversation((), ("user", "b"))], sampling(), Deadline(60))


def test_a_penalty_keeps_the_answer_from_copying(model: ChatModel) -> None:
    cold = sampling(temperature=1e-3, tokens=30)
    free = model.answer([ask("Go.")], cold, Deadline(60))[0].text
    pushed = model.answer([Conversation(PREAMBLE, ("user", "Go."), free, 50.0)], cold, Deadline(60))[0].text
    assert pushed != free


def test_naturalness_is_the_mean_log_probability(model: ChatModel) -> None:
    scores = model.naturalness("ab\n", ["cde.", "fghijk."], Deadline(60))
    tokenizer, network = model._tokenizer, model._model
    assert scores is not None
    for text, score in zip(["cde.", "fghijk."], scores, strict=True):
        ids = tokenizer("ab\n" + text, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            logits = network(ids).logits[0, 2:-1].float()
        expected = torch.log_softmax(logits, -1).gather(-1, ids[0, 3:, None]).mean()
        assert score == pytest.approx(float(expected), abs=0.03)
    assert model.naturalness("ab\n", ["cde."], Deadline(-1)) is None


def test_missing_weights_device_or_template_make_the_engine_unavailable(
    chat_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineUnavailable):
        ChatModel.load(str(tmp_path / "none"), "cpu")
    for file in chat_folder.iterdir():
        if file.suffix != ".jinja":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(EngineUnavailable, match="chat template"):
        ChatModel.load(str(tmp_path), "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EngineUnavailable, match="CUDA"):
        ChatModel.load(str(chat_folder), "cuda")
