"""What a scene of a film is asked for with, and how much of the scenes that could come exists already.

Reads the film; changes nothing and asks no model.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.streaming.app.film import Film, ScenePlan
from services.streaming.app.scenes import SceneAsk
from services.streaming.app.shared_scenes import SharedScenes
from services.streaming.domain.canon import Canon
from services.streaming.domain.draw import draw_int
from services.streaming.domain.planner import score_after
from services.streaming.domain.story import Beat
from services.streaming.domain.trunk import Trunk


def scene_ask(film: Film, beat: Beat, before: Canon, told: Sequence[ScenePlan], words_by_s: float) -> SceneAsk:
    """For a beat's scene after the scenes that are told before it. before: the canon after them."""
    return SceneAsk(
        scene_id=f"s{film.scene_count}",
        story=film.story,
        beat=beat,
        canon=before,
        taste=film.taste,
        manner=film.manner,
        seed=draw_int(0, film.story.story_id, beat.beat_id) >> 33,
        first=not told,
        new_place=not told or told[-1].beat.place != beat.place,
        previous=next((score_after(plan.scene) for plan in reversed(told) if plan.scene.shots), None),
        said=tuple(film.said),
        words_by_s=0.0 if not told else words_by_s,
        described=film.spec.described,
    )


def trunk_of(
    film: Film, scenes: SharedScenes, before: Canon, told: Sequence[ScenePlan], words_by_s: float, bound: float
) -> Trunk:
    """What exists of the scenes that could come after those that are told."""
    return Trunk(lambda beat: scenes.share(scene_ask(film, beat, before, told, words_by_s)), bound)
