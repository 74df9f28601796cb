"""An audience: numbered viewers with hidden tastes, manners and changes of mind; and the stories that ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from loadtests.simulated_viewers.behaviour import Manners, draw_manners
from loadtests.simulated_viewers.felt_story import FeltStory
from loadtests.simulated_viewers.hidden_taste import HiddenTaste, draw_taste, likes_of
from services import streaming
from services.streaming.adapters.stories_yaml import list_stories, load
from services.streaming.domain.story import Story

CHANGING = 0.3
CHANGE_BETWEEN = (0.35, 0.6)
BEAT_S = 47.0


@dataclass(frozen=True, slots=True)
class SimulatedViewer:
    """number: which one of the audience; change_at: the beat before which the mind changes, -1 for never."""

    number: int
    taste: HiddenTaste
    manners: Manners
    change_at: int

    def random(self, purpose: str) -> Random:
        """Draws of this viewer for a purpose; the same each time."""
        return Random(f"{purpose} {self.number}")


def viewer(
    felt: FeltStory, number: int, planned_s: float, changed: Mapping[str, float] | None = None
) -> SimulatedViewer:
    """The viewer of a number before a film of a story: the same likes in each, but for what has `changed` since."""
    random = Random(f"viewer {number} {felt.story.story_id}")
    likes = likes_of(felt, lambda name: Random(f"viewer {number} likes {name}"))
    likes |= {name: like for name, like in (changed or {}).items() if name in likes}
    taste = draw_taste(felt, likes, random)
    change_at = round(random.uniform(*CHANGE_BETWEEN) * planned_s / BEAT_S) if random.random() < CHANGING else -1
    return SimulatedViewer(number, taste, draw_manners(Random(f"manners {number}")), change_at)


def shipped_stories(only: str = "") -> tuple[Story, ...]:
    """Every story that ships, or the one of an id. Raises SystemExit for an id that there is none of."""
    folder = Path(streaming.__file__).parent / "stories"
    stories = tuple(map(load, list_stories(folder)))
    chosen = tuple(story for story in stories if only in ("", story.story_id))
    if not chosen:
        raise SystemExit(f"no story {only!r}; there are {', '.join(story.story_id for story in stories)}")
    return chosen
