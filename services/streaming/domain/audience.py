"""What the viewers of a story taught about its beats: how much each appeals, whoever watches.

Nothing is kept of it: it is worked out from the impressions that lie with each viewer's taste, so that who is erased
teaches nobody any more. Knows no store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from services.streaming.domain.flavour import flavours_of
from services.streaming.domain.story import Story
from services.streaming.domain.taste import Taste, prior_variance

APPEAL_VARIANCE = 0.03
"""How far beats of one story lie apart in what people in general think of them."""
OWN_VARIANCE = 0.06
"""How far a viewer's liking of a beat lies from what their taste and the beat's appeal make of it."""

Appeal = Mapping[str, float]
"""Beat id -> how much it is liked, against the story's average beat."""

NO_APPEAL: Appeal = {}


def appeal_of(story: Story, tastes: Iterable[Taste]) -> Appeal:
    """Each beat's appeal by generalised least squares over the viewers' impressions.

    What a viewer says of a beat is its appeal plus what their own taste makes of it (unknown, with the covariance that
    flavours give it) plus noise. So beats that were chosen for those who would like them get no credit for that.
    """
    numbers = {f"{story.story_id}/{beat.beat_id}": at for at, beat in enumerate(story.beats)}
    flavours = flavours_of(story)
    axes = sorted({axis for flavour in flavours.values() for axis in flavour})
    made_of = np.array([[flavours[beat.beat_id].get(axis, 0.0) for axis in axes] for beat in story.beats])
    unknown = np.array([prior_variance(axis) for axis in axes])
    spread = (made_of * unknown) @ made_of.T + OWN_VARIANCE * np.eye(len(story.beats))
    precision = np.eye(len(story.beats)) / APPEAL_VARIANCE
    pull = np.zeros(len(story.beats))
    for taste in tastes:
        seen = [(numbers[name], told) for name, told in taste.impressions.items() if name in numbers]
        if not seen:
            continue
        rows = np.array([at for at, _ in seen])
        noise = np.array([1.0 / told.weight for _, told in seen])
        weights = np.linalg.inv(spread[np.ix_(rows, rows)] + np.diag(noise))
        precision[np.ix_(rows, rows)] += weights
        pull[rows] += weights @ np.array([told.liking for _, told in seen])
    appeal = np.linalg.solve(precision, pull)
    appeal -= appeal.mean()
    return {beat.beat_id: round(float(appeal[at]), 4) for at, beat in enumerate(story.beats)}
