"""What a film may need next and is not planned: another beat, what follows each way to decide, a skip ahead.

Reads the film and says what would be made and how; whether there is room for it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from services.streaming.app.film import Film, ScenePlan
from services.streaming.app.playout import Playout
from services.streaming.app.scene_asks import scene_ask, trunk_of
from services.streaming.app.scenes import SceneAsk, SceneMaker
from services.streaming.app.speculation import SPECULATION, Prospect, Speculation
from services.streaming.app.surroundings import Surroundings
from services.streaming.domain.canon import Canon
from services.streaming.domain.foresight import saved_s
from services.streaming.domain.identity import take_identity
from services.streaming.domain.screenplay import PlannedShot, TakeOrder
from services.streaming.domain.timebase import FRAMES_PER_SECOND

LOOK_EVERY_S = 2.0
MAKING_LIMIT_S = 30.0
SKIPS = 0.05
"""How often a scene is left for the next one, of the scenes that begin."""
CHANGES_OF_MIND = 0.1
"""How often a beat that was chosen gives way to another one before it begins."""
DEFAULT_WAY = 0.5
"""How often a choice goes the way that is taken if nobody decides."""


@dataclass(slots=True)
class Prospects:
    """seed: of the film's choices. `propose()` may be called often; `withdraw()` at the end."""

    film: Film
    playout: Playout
    around: Surroundings
    film_id: str
    seed: int
    _next_look_s: float = 0.0

    def propose(self) -> None:
        """Say what the film may need now."""
        now_s, speculation = self.around.clock.monotonic_s(), self.around.speculation
        if speculation is None or not self.around.policy.guesses or now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_EVERY_S
        watched = bool(self.playout.viewers) and self.playout.playing and not self.film.ended
        speculation.propose(self.film_id, tuple(self._all(speculation)) if watched else ())

    def withdraw(self) -> None:
        """The film needs nothing any more."""
        if self.around.speculation is not None:
            self.around.speculation.withdraw(self.film_id)

    def chosen(self, ask: SceneAsk) -> None:
        """A scene has come that may have been guessed."""
        if self.around.speculation is not None:
            self.around.speculation.used(self.around.scenes.key(ask))

    def _all(self, speculation: Speculation) -> Iterator[Prospect]:
        following = next((plan for plan in self.film.plans if not plan.begun and plan.scene.shots), None)
        if following is not None:
            yield from self._skip_to(following, speculation.cost_s("take"))
        last = self.film.plans[-1] if self.film.plans else None
        if last is not None and last.awaits_choice:
            yield from self._ways(last, speculation.cost_s("scene"))
        elif following is not None and following is last:
            yield from self._instead_of(following, speculation.cost_s("scene"))

    def _skip_to(self, plan: ScenePlan, takes_s: float) -> Iterator[Prospect]:
        """Its first shot, as it would be shown to who skips now."""
        order = self._order(plan.scene.shots[0])
        take_id = take_identity(order, self.around.fingerprint)
        known = self.around.takes.take(take_id)
        if known is not None and known.missing_from(0) is None:
            return
        make = partial(self.around.takes.rendered_on_a_guess, take_id, order, SPECULATION, MAKING_LIMIT_S)
        yield Prospect(take_id, "take", SKIPS, saved_s(takes_s, 0.0), make)

    def _ways(self, plan: ScenePlan, takes_s: float) -> Iterator[Prospect]:
        """The beat that follows each option of an open choice."""
        others = max(1, len(plan.options) - 1)
        default = next((option for option in plan.options if option.default), plan.options[0])
        for option in plan.options:
            probability = DEFAULT_WAY if option is default else (1.0 - DEFAULT_WAY) / others
            canon = self.film.canon.apply(option.effects)
            spared_s = saved_s(takes_s, self.around.policy.choice_margin_s)
            yield from self._beat_after(canon, self.film.plans, probability, spared_s)

    def _instead_of(self, plan: ScenePlan, takes_s: float) -> Iterator[Prospect]:
        """The beat that would come if the one that is planned did not."""
        if self.film.before_last is None:
            return
        told = [before for before in self.film.plans if before is not plan]
        without = (plan.beat.beat_id,)
        spared_s = saved_s(takes_s, self.around.policy.planning_margin_s)
        yield from self._beat_after(self.film.before_last, told, CHANGES_OF_MIND, spared_s, without)

    def _beat_after(
        self,
        canon: Canon,
        told: Sequence[ScenePlan],
        probability: float,
        spared_s: float,
        without: Sequence[str] = (),
    ) -> Iterator[Prospect]:
        film, policy, scenes = self.film, self.around.policy, self.around.scenes
        trunk = trunk_of(film, scenes, canon, told, policy.words_limit_s, policy.shared_bound)
        decision = film.choose_after(canon, self.playout.frame, self.seed, trunk, without)
        if decision is None or decision.beat.beat_id in without:
            return
        ask = scene_ask(film, decision.beat, canon, told, policy.words_limit_s)
        if scenes.share(ask) == 1.0:
            return
        yield Prospect(scenes.key(ask), "scene", probability, spared_s, partial(self._make, ask))

    async def _make(self, ask: SceneAsk) -> None:
        """Words, voices, and what its first shot needs."""
        made = await self.around.scenes.make(ask, SceneMaker(self.around.models, lambda: None))
        if made.scene.shots:
            await self.around.takes.prepared(self._order(made.scene.shots[0]), MAKING_LIMIT_S)

    def _order(self, planned: PlannedShot) -> TakeOrder:
        frame = self.playout.frame + FRAMES_PER_SECOND
        keys = self.film.look.settled(frame).keys(frame, planned.shot.frame_count)
        return TakeOrder(planned.shot, keys, self.around.rendition, self.film.calm)
