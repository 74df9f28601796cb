"""Five kinds of taste: who is of one kind likes nearly the same, and mostly decides alike."""

from __future__ import annotations

from random import Random

import numpy as np

from loadtests.simulated_viewers.audience import SimulatedViewer
from loadtests.simulated_viewers.behaviour import draw_manners
from loadtests.simulated_viewers.felt_story import FeltStory
from loadtests.simulated_viewers.hidden_taste import WHIM_SPREAD, HiddenTaste, draw_taste, likes_of

KINDS = 5
OWN_SPREAD = 0.12
"""How far one viewer's likes lie from those of their kind; the kinds' own likes spread by 0.3 to 0.6."""
DECIDES_AS_KIND = 0.8
WARMTH = 0.25
"""Who watches a film has chosen it: by so much it is liked whatever happens in it."""


def viewer_of_kind(felt: FeltStory, number: int) -> SimulatedViewer:
    """The viewer of a number: the same taste and manners each time."""
    name = f"kind {number % KINDS}"
    kind = draw_taste(felt, likes_of(felt, lambda liked: Random(f"{name} likes {liked}")), Random(name))
    random = Random(f"viewer of kind {number}")
    taste = HiddenTaste(
        felt,
        kind.weights + np.array([random.gauss(0.0, OWN_SPREAD) for _ in kind.weights]),
        kind.pairs,
        np.array([random.gauss(0.0, WHIM_SPREAD) for _ in felt.story.beats]),
        WARMTH,
    )
    return SimulatedViewer(number, taste, draw_manners(random), -1)


def option_of(viewer: SimulatedViewer, beat_id: str, options: tuple[str, ...], random: Random) -> str:
    """How the viewer decides: as their kind, or as they please."""
    if random.random() < DECIDES_AS_KIND:
        return Random(f"kind {viewer.number % KINDS} decides {beat_id}").choice(options)
    return random.choice(options)
