"""Stories made from premises that viewers type: asked of the Writer, read and checked as shipped ones are, kept.

A made story is known by an id that nobody can guess and is in no list; whoever has the id may play it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from services.streaming.app.rehearsal import rehearse
from services.streaming.app.surroundings import Surroundings
from services.streaming.domain.draw import draw_int
from services.streaming.domain.story import Story
from services.streaming.domain.story_check import check
from services.streaming.ports import (
    ModelUnavailable,
    PremisePart,
    StoredStory,
    StoryReader,
    UnreadableStory,
    WrittenStory,
)

logger = logging.getLogger(__name__)

MADE_PREFIX = "made_"
PREMISE_LEAST, PREMISE_MOST = 8, 600
WRITING_LIMIT_S = 8.0
TRIES = 3
CHECK_WALKS = 16
KEPT = 200
WAITING_LIMIT = 4


class InvalidPremise(ValueError):
    """A premise that says too little or too much."""


class PremiseRefused(Exception):
    """A premise that may not become a film; reasons are sentences for the viewer."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons) or "This premise cannot become a film here.")
        self.reasons = reasons


class WritersBusy(Exception):
    """More premises wait than may."""


class NoSoundStory(Exception):
    """Every try gave a story with faults; the last ones are in the message."""


@dataclass(frozen=True, slots=True)
class Commission:
    """A story that can be played, and what became of its premise."""

    story: Story
    premise: str
    parts: tuple[PremisePart, ...]


@dataclass(slots=True)
class CommissionCounts:
    """lines, model_lines: of all stories that were made."""

    made: int = 0
    lines: int = 0
    model_lines: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Commissions:
    """stories: the node's stories, to which made ones are added. `restore()` first, `close()` at the end.

    apart: runs a function where it does not hold up the films that play.
    """

    def __init__(
        self,
        stories: MutableMapping[str, Story],
        around: Surroundings,
        read: StoryReader,
        apart: Callable[..., Awaitable[Any]] = asyncio.to_thread,
    ) -> None:
        self._apart = apart
        self._stories = stories
        self._around = around
        self._read = read
        self._commissions: dict[str, Commission] = {}
        self._writing = asyncio.Lock()
        self._waiting = 0
        self._rehearsals: set[asyncio.Task[None]] = set()
        self.counts = CommissionCounts()

    async def restore(self) -> None:
        """Bring back the stories of an earlier run; one that cannot be read any more is left out."""
        for stored in reversed(await self._around.store.made_stories(KEPT)):
            await self._bring_back(stored)

    async def fetch(self, story_id: str) -> Story | None:
        """A made story that this node does not hold, because another node made it or it had to make room."""
        stored = await self._around.store.made_story(story_id) if story_id.startswith(MADE_PREFIX) else None
        return None if stored is None else await self._bring_back(stored)

    async def _bring_back(self, stored: StoredStory) -> Story | None:
        try:
            story: Story = await self._apart(self._read, stored.text, stored.story_id)
        except UnreadableStory as error:
            logger.warning("the made story %s is not played any more: %s", stored.story_id, error)
            return None
        self._add(Commission(story, stored.premise, stored.parts))
        return story

    async def close(self) -> None:
        """End the rehearsals that are under way."""
        for task in self._rehearsals:
            task.cancel()
        await asyncio.gather(*self._rehearsals, return_exceptions=True)

    def found(self, story_id: str) -> Commission | None:
        """What was made under an id."""
        return self._commissions.get(story_id)

    async def make(self, premise: str, age_band: str, viewer_id: str) -> Commission:
        """Raises InvalidPremise, PremiseRefused, WritersBusy, NoSoundStory, ModelUnavailable, ModelRefused."""
        text = " ".join(premise.split())
        if not PREMISE_LEAST <= len(text) <= PREMISE_MOST:
            self.counts.refused["length"] += 1
            raise InvalidPremise(f"must have {PREMISE_LEAST} to {PREMISE_MOST} characters")
        verdict = await self._around.models.guard.judge_text(text, age_band)
        if not verdict.allowed:
            self.counts.refused["guard"] += 1
            raise PremiseRefused(verdict.reasons)
        if self._waiting >= WAITING_LIMIT:
            self.counts.refused["busy"] += 1
            raise WritersBusy("other stories are being made; try again in a moment")
        self._waiting += 1
        try:
            async with self._writing:
                commission, written = await self._sound(text, age_band)
        finally:
            self._waiting -= 1
        await self._keep(commission, written, viewer_id)
        return commission

    async def forget(self, viewer_id: str) -> None:
        """Erase what was made from a viewer's premises; films of them that play go on to their end."""
        for story_id in await self._around.store.forget_stories(viewer_id):
            self._commissions.pop(story_id, None)
            self._stories.pop(story_id, None)

    async def _sound(self, premise: str, age_band: str) -> tuple[Commission, WrittenStory]:
        story_id = f"{MADE_PREFIX}{secrets.token_hex(8)}"
        trouble = ""
        for number in range(TRIES):
            seed = draw_int(number, story_id, premise) >> 33
            written = await self._around.models.writer.write_story(premise, story_id, seed, age_band, WRITING_LIMIT_S)
            try:
                story, faults = await self._apart(self._checked, written.text, story_id)
            except UnreadableStory as error:
                trouble = str(error)
            else:
                if not faults:
                    return Commission(story, premise, written.parts), written
                trouble = "; ".join(faults)
            logger.warning("a story of a premise has faults and is made again: %s", trouble)
        self.counts.refused["unsound"] += 1
        raise NoSoundStory(trouble)

    def _checked(self, text: str, story_id: str) -> tuple[Story, list[str]]:
        story = self._read(text, story_id)
        if story.story_id != story_id:
            raise UnreadableStory(f"calls itself {story.story_id!r} and not {story_id!r}")
        findings = check(story, walks=CHECK_WALKS)
        return story, [str(finding) for finding in findings if finding.severity == "error"]

    async def _keep(self, commission: Commission, written: WrittenStory, viewer_id: str) -> None:
        story = commission.story
        now_s = self._around.clock.epoch_s()
        await self._around.store.keep_story(
            StoredStory(story.story_id, viewer_id, commission.premise, written.text, commission.parts, now_s)
        )
        self._add(commission)
        self.counts.made += 1
        self.counts.lines += written.lines
        self.counts.model_lines += written.model_lines
        task = asyncio.create_task(self._rehearse(story), name=f"rehearse {story.story_id}")
        self._rehearsals.add(task)
        task.add_done_callback(self._rehearsals.discard)

    def _add(self, commission: Commission) -> None:
        """The oldest one makes room; a session of it that plays holds its story itself."""
        self._commissions[commission.story.story_id] = commission
        self._stories[commission.story.story_id] = commission.story
        while len(self._commissions) > KEPT:
            oldest = next(iter(self._commissions))
            del self._commissions[oldest], self._stories[oldest]

    async def _rehearse(self, story: Story) -> None:
        """While the viewer reads what was made of the premise, its first picture is rendered."""
        try:
            await rehearse((story,), self._around)
        except ModelUnavailable as error:
            logger.warning("the opening of %s could not be rehearsed: %s", story.story_id, error)
