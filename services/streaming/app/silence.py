"""What a viewer teaches without a word: a scene watched to its end, or gone from in the middle."""

from __future__ import annotations

from services.streaming.app.film import Film, ScenePlan
from services.streaming.domain.lessons import left, watched_through


class Silence:
    """unsaved: whether the film's taste has learned something that is not stored yet."""

    def __init__(self, film: Film, session_id: str) -> None:
        self._film = film
        self._session_id = session_id
        self._watching: ScenePlan | None = None
        self.unsaved = False

    def shown(self, plan: ScenePlan) -> None:
        """A shot of the scene begins; when it is another scene's, the one before was watched through."""
        before, self._watching = self._watching, plan
        if before is None or before.scene.scene_id == plan.scene.scene_id or before.answered:
            return
        film = self._film
        film.taste = watched_through(
            film.taste, before.beat, film.story, self._name("watched", before), film.appeal, film.beats_before(before)
        )
        self.unsaved = True

    def gone(self) -> None:
        """Nobody watches any more."""
        plan, self._watching = self._watching, None
        if plan is None or self._film.ended or plan.answered:
            return
        film = self._film
        film.taste = left(
            film.taste, plan.beat, film.story, self._name("left", plan), film.appeal, film.beats_before(plan)
        )
        self.unsaved = True

    def _name(self, what: str, plan: ScenePlan) -> str:
        return f"{what}:{self._session_id}/{plan.scene.scene_id}"
