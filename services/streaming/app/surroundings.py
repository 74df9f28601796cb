"""What a node's sessions share and the rules they keep; knows of no single session."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.streaming.app.audiences import Audiences
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.app.speculation import Speculation
from services.streaming.app.takes import TakeLibrary
from services.streaming.domain.screenplay import Rendition
from services.streaming.domain.taste import Taste
from services.streaming.domain.trunk import LIKING_BOUND
from services.streaming.ports import Clock, EventBus, Models, Store


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """horizon_s: how far ahead takes are rendered; prepare_s: painted, spoken and rigged; lookahead_s: written.
    words_limit_s: the most time the Writer gets. planning_margin_s: time kept free for voices, plates and first chunk.
    shared_bound: how much liking may be lost by a scene that exists already, 0 to choose as if nothing did.
    guesses: whether films that play have made in spare time what they may need.
    """

    horizon_s: float = 5.0
    prepare_s: float = 18.0
    lookahead_s: float = 16.0
    words_limit_s: float = 6.0
    planning_margin_s: float = 5.0
    choice_margin_s: float = 7.0
    shared_bound: float = LIKING_BOUND
    guesses: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every session of a node shares. ladder: renditions, the best first; those below it are rendered for
    viewers on narrow lines only. fingerprint: of the Animator's engine. speculation: None where nothing is made on
    a guess."""

    models: Models
    takes: TakeLibrary
    store: Store
    bus: EventBus
    clock: Clock
    scenes: SharedScenes
    policy: SessionPolicy
    ladder: tuple[Rendition, ...]
    fingerprint: str
    speculation: Speculation | None = None
    audiences: Audiences = field(default_factory=Audiences)

    @property
    def rendition(self) -> Rendition:
        """The one that orders name."""
        return self.ladder[0]

    async def keep_taste(self, viewer_id: str, taste: Taste) -> None:
        """Store a taste that changed outside a session's log, and tell others of it."""
        await self.store.keep_taste(viewer_id, taste)
        self.bus.publish_taste(viewer_id, taste, self.clock.epoch_s())
