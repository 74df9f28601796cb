"""What hands and heads do while somebody speaks or listens: seldom, on the words that carry weight. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.inference.adapters.puppets_sprite.motion import beat, ease
from services.inference.adapters.puppets_sprite.stance import Bearing, Hold
from services.inference.domain.talk import Span, Stress, Talk

RISE_S, STAY_S, FALL_S = 0.6, 0.32, 0.95
BOTH_FROM: Final = 0.62
"""Draws of a stress from which on the other hand goes along."""

GESTURES: Final[dict[str, Hold]] = {
    "beat": Hold((0.215, 1.115, 0.27), "chest", (0.5, -0.8, -0.35), (-0.3, 0.05, 1.0), (-0.8, 0.5, 0.25), 30.0, 16.0),
    "offer": Hold((0.275, 1.1, 0.27), "chest", (0.55, -0.75, -0.3), (0.3, 0.12, 0.95), (-0.25, 1.0, 0.1), 14.0, 6.0),
    "self": Hold((0.03, 1.225, 0.19), "chest", (0.75, -0.7, 0.05), (-0.9, 0.3, -0.15), (-0.1, 0.0, -1.0), 16.0, 10.0),
    "chop": Hold((0.17, 1.16, 0.3), "chest", (0.5, -0.85, -0.2), (-0.15, 0.25, 1.0), (-1.0, -0.1, 0.1), 10.0, 6.0),
    "index": Hold((0.21, 1.2, 0.26), "chest", (0.5, -0.85, -0.2), (-0.1, 0.85, 0.5), (-0.5, -0.3, 0.85), 82.0, 2.0),
    "small": Hold((0.18, 1.05, 0.25), "chest", (0.5, -0.75, -0.45), (-0.4, 0.0, 0.9), (-0.6, 0.7, 0.3), 32.0, 20.0),
    "wide": Hold((0.34, 1.16, 0.22), "chest", (0.6, -0.7, -0.3), (0.55, 0.3, 0.75), (-0.3, 0.9, 0.35), 10.0, 4.0),
}  # fmt: skip
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "calm": ("beat", "offer", "small"),
    "tense": ("small", "chop", "small"),
    "afraid": ("small", "self", "small"),
    "warm": ("offer", "self", "beat"),
    "amused": ("offer", "wide", "beat"),
    "awed": ("wide", "offer", "small"),
    "urgent": ("chop", "index", "beat"),
}


@dataclass(frozen=True, slots=True)
class Raised:
    """A gesture under way: share 0..1 of it that the hand is at, and metres by which the stroke takes it down."""

    hold: Hold
    share: float
    stroke_m: float


def presence(spans: Sequence[Span], time_s: float) -> float:
    """0..1: how much the spans are under way, with a soft start before and a softer end after."""
    amount = 0.0
    for start_s, end_s in spans:
        amount = max(amount, min(ease((time_s - start_s + 0.35) / 0.5), ease((end_s + 0.75 - time_s) / 0.8)))
    return amount


def raised(
    talk: Talk, emotion: str, bearing: Bearing, liveliness: float, time_s: float, acting: bool
) -> tuple[Raised, ...]:
    """What the hand that acts does now, or the other one, which only goes along with some of it."""
    found = []
    for stress in _chosen(talk.stresses, bearing.gestures * liveliness):
        both = stress.draw % 0.25 > 0.25 * BOTH_FROM
        if not acting and not both:
            continue
        begin, end = stress.at_s - RISE_S, stress.at_s + STAY_S
        share = min(ease((time_s - begin) / RISE_S), ease((end + FALL_S - time_s) / FALL_S))
        if share <= 0.0:
            continue
        kinds = KINDS[emotion]
        kind = kinds[int(stress.draw * 97.0) % len(kinds)]
        stroke = 0.045 * (0.5 + 0.5 * stress.strength) * beat(time_s, stress.at_s + 0.04, 0.11)
        size = min(1.0, (0.72 + 0.28 * stress.strength) * bearing.wide)
        found.append(Raised(GESTURES[kind], share * size * (1.0 if acting else 0.85), stroke * share))
    return tuple(found)


def _chosen(stresses: Sequence[Stress], rate: float) -> list[Stress]:
    """The stresses that get a gesture: the first of a line mostly, later ones as the draw falls."""
    return [stress for stress in stresses if stress.draw < rate * (0.6 + 0.4 * stress.strength)]


def nod_degrees(talk: Talk, time_s: float) -> float:
    """How far the head is bowed by what is said (its own words' weight) and heard (now and then, and when it ends)."""
    own = sum(3.4 * stress.strength * beat(time_s, stress.at_s + 0.05, 0.15) for stress in talk.stresses)
    heard = sum(
        5.0 * (beat(time_s, stress.at_s + 0.35, 0.15) + 0.6 * beat(time_s, stress.at_s + 0.8, 0.15))
        for stress in talk.weighed if stress.draw < 0.3
    )  # fmt: skip
    ends = sum(4.5 * beat(time_s, end_s + 0.2, 0.18) for _, end_s in talk.heard)
    return own + heard + ends


def mixed(hold: Hold, gestures: Sequence[Raised]) -> tuple[float, tuple[tuple[Hold, float], ...]]:
    """How much of the arm's rest is left, and each gesture's share of the whole."""
    rest = math.prod(1.0 - gesture.share for gesture in gestures)
    total = sum(gesture.share for gesture in gestures)
    if total <= 0.0:
        return 1.0, ()
    return rest, tuple((gesture.hold, (1.0 - rest) * gesture.share / total) for gesture in gestures)
