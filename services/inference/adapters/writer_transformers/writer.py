"""The Writer engine: asks a model for lines, checks each, and speaks the authored one where a proposal falls short."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.inference.adapters.embedder_transformers import SentenceEmbedder
from services.inference.adapters.writer_composed import ComposedStoryteller, load_banks
from services.inference.adapters.writer_transformers.chat_model import ChatModel, Deadline
from services.inference.adapters.writer_transformers.conversion import SMOLLM2_FOLDER, convert_smollm2
from services.inference.adapters.writer_transformers.story_help import ChatThinker, NaturalnessJudge
from services.inference.adapters.writer_transformers.strategies import ChosenVariant, SceneStrategy, WholeSceneJson
from services.inference.domain.errors import EngineUnavailable, InvalidAsk
from services.inference.domain.line_check import Refusal, check_meaning, check_wording
from services.inference.domain.premise import MadeStory, StoryAsk
from services.inference.domain.writing import SceneBrief, WrittenLine
from services.inference.ports import Storyteller


class Similarity(Protocol):
    """Cosine of sentence embeddings for pairs of texts."""

    fingerprint: str

    def similarities(self, pairs: list[tuple[str, str]]) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class WriterStats:
    """Counted since the engine was built. refusals: reason -> lines whose last proposal was refused for it."""

    accepted: int
    refusals: Mapping[str, int]
    generated_tokens: int
    read_tokens: int
    busy_s: float


class TransformersWriter:
    """Same brief, seed and model: same lines, as long as the deadline is not met. storyteller: makes whole stories."""

    def __init__(
        self,
        model: ChatModel,
        strategy: SceneStrategy,
        similarity: Similarity,
        storyteller: Storyteller | None = None,
    ) -> None:
        self.fingerprint = f"writer-transformers/1:{strategy.name}:{model.fingerprint}:{similarity.fingerprint}"
        self._storyteller = storyteller
        self._model = model
        self._strategy = strategy
        self._similarity = similarity
        self._counts: Counter[str] = Counter()
        self._counts_lock = threading.Lock()

    @classmethod
    def on_laptop(cls, cache_dir: Path) -> TransformersWriter:
        """The packaged SmolLM2 on the CPU, converted into cache_dir when it is not there. Raises EngineUnavailable."""
        model = ChatModel.load(str(convert_smollm2(cache_dir)), "cpu")
        model.fingerprint = SMOLLM2_FOLDER
        embedder = SentenceEmbedder.packaged_minilm()
        storyteller = ComposedStoryteller(load_banks(), embedder, judge=NaturalnessJudge(model))
        return cls(model, ChosenVariant(), embedder, storyteller)

    @classmethod
    def on_gpu(cls, name: str, device: str = "cuda", local_files_only: bool = False) -> TransformersWriter:
        """Any chat model by folder or name, asked for whole scenes. Raises EngineUnavailable."""
        model = ChatModel.load(name, device, local_files_only)
        embedder = SentenceEmbedder.packaged_minilm()
        storyteller = ComposedStoryteller(load_banks(), embedder, thinker=ChatThinker(model))
        return cls(model, WholeSceneJson(), embedder, storyteller)

    def write_scene(self, brief: SceneBrief, deadline_s: float) -> tuple[WrittenLine, ...]:
        """One line for each authored one, in order; within deadline_s seconds from now. Raises InvalidAsk."""
        if not 0 < deadline_s <= 600:
            raise InvalidAsk("deadline_s", "must be above 0 and at most 600 seconds")
        deadline = Deadline(deadline_s)
        accepted: dict[int, str] = {}
        asked = [index for index, line in enumerate(brief.lines) if line.may_vary]
        refused: dict[int, Refusal] = dict.fromkeys(asked, Refusal.DEADLINE)
        for round_index in range(self._strategy.rounds):
            if not refused or deadline.remaining_s() <= 0:
                break
            proposals = self._strategy.propose(self._model, brief, sorted(refused), round_index, deadline)
            refused.update({index: found for index, found in proposals.items() if isinstance(found, Refusal)})
            texts = {index: found for index, found in proposals.items() if not isinstance(found, Refusal)}
            self._sort_out(brief, texts, accepted, refused)
        self._count(len(accepted), refused.values())
        return tuple(self._written(brief, index, accepted, refused) for index in range(len(brief.lines)))

    def write_story(self, ask: StoryAsk, deadline_s: float) -> MadeStory:
        """A story of a premise. Raises InvalidAsk, EngineUnavailable where this writer has no storyteller."""
        if self._storyteller is None:
            raise EngineUnavailable("this writer makes no stories")
        return self._storyteller.write_story(ask, deadline_s)

    def _sort_out(
        self, brief: SceneBrief, proposals: Mapping[int, str], accepted: dict[int, str], refused: dict[int, Refusal]
    ) -> None:
        """Move proposals that pass every check from `refused` to `accepted`; later lines must not echo earlier ones."""
        indices = sorted(proposals)
        cosines = self._similarity.similarities([(proposals[i], brief.lines[i].text) for i in indices])
        for index, cosine in zip(indices, cosines, strict=True):
            others = [accepted.get(i, line.text) for i, line in enumerate(brief.lines) if i != index]
            fault = check_wording(proposals[index], brief.lines[index], brief, others, self._strategy.rules)
            fault = fault or check_meaning(cosine, self._strategy.rules)
            if fault:
                refused[index] = fault
            else:
                accepted[index] = proposals[index]
                del refused[index]

    def _written(
        self, brief: SceneBrief, index: int, accepted: Mapping[int, str], refused: Mapping[int, Refusal]
    ) -> WrittenLine:
        line = brief.lines[index]
        if index in accepted:
            return WrittenLine(line.speaker, accepted[index], line.emotion, "model")
        return WrittenLine(line.speaker, line.text, line.emotion, "authored", str(refused.get(index, "")))

    def _count(self, accepted: int, refusals: Iterable[Refusal]) -> None:
        with self._counts_lock:
            self._counts["accepted"] += accepted
            self._counts.update(f"refused:{refusal}" for refusal in refusals)

    def stats(self) -> WriterStats:
        with self._counts_lock:
            counts = dict(self._counts)
        accepted = counts.pop("accepted", 0)
        refusals = {name.removeprefix("refused:"): count for name, count in counts.items()}
        return WriterStats(
            accepted, refusals, self._model.generated_tokens, self._model.read_tokens, self._model.busy_s
        )
