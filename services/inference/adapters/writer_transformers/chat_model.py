"""A causal chat model answering batches of conversations until each is complete or time is up; knows no story."""

from __future__ import annotations

import copy
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DynamicCache,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from services.inference.domain.errors import EngineUnavailable

Message = tuple[str, str]
"""(role, content); role is "system", "user" or "assistant"."""

_KEPT_PREFIXES: Final = 4


@dataclass(frozen=True, slots=True)
class Conversation:
    """preamble: messages that many conversations share; its attention state is computed once.
    avoid: text whose word order the answer is pushed away from, by copy_penalty (logits)."""

    preamble: tuple[Message, ...]
    ask: Message
    avoid: str = ""
    copy_penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """finished: tells from an answer's text so far that it is complete."""

    temperature: float
    top_p: float
    max_new_tokens: int
    seed: int
    finished: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """complete: the model ended, or `Sampling.finished` held; else time or length ran out."""

    text: str
    complete: bool


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end_s = clock() + seconds

    def remaining_s(self) -> float:
        return self._end_s - self._clock()


class ChatModel:
    """One loaded model; calls are answered one at a time."""

    def __init__(self, model: Any, tokenizer: Any, device: str, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.generated_tokens = 0
        self.read_tokens = 0
        self.busy_s = 0.0
        self._model = model
        self._tokenizer = tokenizer
        self._device = device
        self._lock = threading.Lock()
        self._prefixes: OrderedDict[str, tuple[torch.Tensor, DynamicCache]] = OrderedDict()
        self._prefill_s_per_token = 0.0

    @classmethod
    def load(cls, name: str, device: str, local_files_only: bool = True) -> ChatModel:
        """name: folder, or name on a hub when local_files_only is false. Safetensors only. Raises EngineUnavailable."""
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise EngineUnavailable("no CUDA device for the writer's model")
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(name, local_files_only=local_files_only, padding_side="left")
            model: Any = AutoModelForCausalLM.from_pretrained(
                name, dtype=torch.bfloat16, local_files_only=local_files_only, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"writer model {name}: {error}") from error
        if tokenizer.chat_template is None:
            raise EngineUnavailable(f"writer model {name}: its tokenizer has no chat template")
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        digest = hashlib.sha256(model.config.to_json_string().encode()).hexdigest()[:12]
        return cls(model.eval().to(device), tokenizer, device, f"{Path(name).name}:{digest}")

    def token_count(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def answer(self, conversations: Sequence[Conversation], sampling: Sampling, deadline: Deadline) -> list[Answer]:
        """One answer for each conversation; they must share one preamble. Same seed, same answers."""
        if not conversations:
            return []
        if len({conversation.preamble for conversation in conversations}) > 1:
            raise ValueError("conversations of one batch must share their preamble")
        with self._lock, torch.inference_mode():
            start_s = time.monotonic()
            answers = self._answer(conversations, sampling, deadline)
            self.busy_s += time.monotonic() - start_s
        return answers

    def naturalness(self, context: str, texts: Sequence[str], deadline: Deadline) -> list[float] | None:
        """Mean log-probability (nats per token) of each text after the context; None when there is no time for it."""
        encoded = [self._tokenizer(context + text, add_special_tokens=False)["input_ids"] for text in texts]
        cost_s = sum(map(len, encoded)) * self._prefill_s_per_token
        if not texts or deadline.remaining_s() <= cost_s:
            return None
        start = self.token_count(context)
        with self._lock, torch.inference_mode():
            start_s = time.monotonic()
            width = max(map(len, encoded))
            pad = self._tokenizer.pad_token_id
            ids = torch.tensor([[*row, *[pad] * (width - len(row))] for row in encoded], device=self._device)
            mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in encoded], device=self._device)
            logits = self._model(input_ids=ids, attention_mask=mask, logits_to_keep=width - start + 1).logits[:, :-1]
            chosen = torch.log_softmax(logits.float(), -1).gather(-1, ids[:, start:, None])[..., 0]
            kept = mask[:, start:]
            means = (chosen * kept).sum(1) / kept.sum(1).clamp(min=1)
            seconds = time.monotonic() - start_s
            self.busy_s += seconds
            self._note_cost(seconds, ids.numel())
        return [float(mean) for mean in means]

    def _note_cost(self, seconds: float, tokens: int) -> None:
        self.read_tokens += tokens
        self._prefill_s_per_token = 0.5 * self._prefill_s_per_token + 0.5 * seconds / tokens

    def _answer(self, conversations: Sequence[Conversation], sampling: Sampling, deadline: Deadline) -> list[Answer]:
        prefix, suffixes = self._render(conversations)
        batch = self._tokenizer(suffixes, padding=True, return_tensors="pt", add_special_tokens=False)
        prefix_size = self.token_count(prefix)
        pending = batch["input_ids"].numel() + (0 if prefix in self._prefixes else prefix_size)
        if deadline.remaining_s() <= pending * self._prefill_s_per_token:
            return [Answer("", complete=False)] * len(conversations)
        prefill_start_s = time.monotonic()
        prefix_ids, cache = self._prefix_state(prefix)
        rows = len(conversations)
        ids = torch.cat([prefix_ids.repeat(rows, 1), batch["input_ids"].to(self._device)], dim=1)
        seen = torch.ones((rows, prefix_ids.shape[1]), dtype=torch.long)
        mask = torch.cat([seen, batch["attention_mask"]], dim=1).to(self._device)
        stop = _StopWhenDone(self._tokenizer, ids.shape[1], sampling.finished, deadline)
        if cache is not None:
            cache = copy.deepcopy(cache)
            cache.batch_repeat_interleave(rows)
        with torch.random.fork_rng(devices=self._cuda_devices()):
            torch.manual_seed(sampling.seed)
            out = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                past_key_values=cache,
                do_sample=True,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_new_tokens=sampling.max_new_tokens,
                pad_token_id=self._tokenizer.pad_token_id,
                logits_processor=LogitsProcessorList([_CopyPenalty(self._tokenizer, conversations, ids.shape[1])]),
                stopping_criteria=StoppingCriteriaList([stop]),
            )
        self._note_cost(stop.first_token_s - prefill_start_s, pending)
        return self._read(out[:, ids.shape[1] :], sampling)

    def _cuda_devices(self) -> list[torch.device]:
        return [torch.device(self._device)] if self._device.startswith("cuda") else []

    def _render(self, conversations: Sequence[Conversation]) -> tuple[str, list[str]]:
        """The text that all share, and what is left of each."""
        texts = [self._chat([*c.preamble, c.ask], ask=True) for c in conversations]
        prefix = self._chat(list(conversations[0].preamble), ask=False) if conversations[0].preamble else ""
        if not all(text.startswith(prefix) for text in texts):
            prefix = ""
        return prefix, [text.removeprefix(prefix) for text in texts]

    def _chat(self, messages: Sequence[Message], ask: bool) -> str:
        turns = [{"role": role, "content": content} for role, content in messages]
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=ask))

    def _prefix_state(self, prefix: str) -> tuple[torch.Tensor, DynamicCache | None]:
        if not prefix:
            return torch.zeros((1, 0), dtype=torch.long, device=self._device), None
        if prefix not in self._prefixes:
            ids = self._tokenizer(prefix, return_tensors="pt", add_special_tokens=False)["input_ids"].to(self._device)
            cache = DynamicCache(config=self._model.config)
            self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            self._prefixes[prefix] = ids, cache
            if len(self._prefixes) > _KEPT_PREFIXES:
                self._prefixes.popitem(last=False)
        self._prefixes.move_to_end(prefix)
        return self._prefixes[prefix]

    def _read(self, rows: torch.Tensor, sampling: Sampling) -> list[Answer]:
        eos = self._model.generation_config.eos_token_id
        ends = set(eos if isinstance(eos, list) else [eos]) | {self._tokenizer.eos_token_id}
        answers: list[Answer] = []
        for row in rows.tolist():
            length = next((i for i, token in enumerate(row) if token in ends), len(row))
            self.generated_tokens += length
            text = self._tokenizer.decode(row[:length], skip_special_tokens=True)
            answers.append(Answer(text, complete=length < len(row) or sampling.finished(text)))
        return answers


class _StopWhenDone(StoppingCriteria):
    """Ends a row when its answer is finished, and every row when the deadline has passed."""

    def __init__(self, tokenizer: Any, start: int, finished: Callable[[str], bool], deadline: Deadline) -> None:
        self.first_token_s = 0.0
        self._tokenizer = tokenizer
        self._start = start
        self._finished = finished
        self._deadline = deadline

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        self.first_token_s = self.first_token_s or time.monotonic()
        if self._deadline.remaining_s() <= 0:
            done = [True] * len(input_ids)
        else:
            texts = self._tokenizer.batch_decode(input_ids[:, self._start :], skip_special_tokens=True)
            done = [self._finished(text) for text in texts]
        return torch.tensor(done, dtype=torch.bool, device=input_ids.device)


class _CopyPenalty(LogitsProcessor):
    """Makes the third and later tokens of a run copied out of `Conversation.avoid` less likely."""

    def __init__(self, tokenizer: Any, conversations: Sequence[Conversation], start: int) -> None:
        self._start = start
        self._rows = [
            (conversation.copy_penalty, _continuations(tokenizer, conversation.avoid)) for conversation in conversations
        ]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        for row, (penalty, following) in enumerate(self._rows):
            written = input_ids[row, self._start :].tolist()
            for token in following.get(tuple(written[-2:]), ()) if penalty else ():
                scores[row, token] -= penalty
        return scores


def _continuations(tokenizer: Any, text: str) -> dict[tuple[int, ...], set[int]]:
    """Pair of tokens -> tokens that follow it in `text`, with the text's start as the pair of nothing."""
    following: dict[tuple[int, ...], set[int]] = {}
    for form in (text, f" {text}") if text else ():
        ids = tokenizer(form, add_special_tokens=False)["input_ids"]
        following.setdefault((), set()).add(ids[0])
        for first, second, third in zip(ids, ids[1:], ids[2:], strict=False):
            following.setdefault((first, second), set()).add(third)
    return following
