"""What is known of one viewer's likes: a mean and an uncertainty for each named axis, and which events taught it.

Each axis is a Gaussian belief on [-1, 1], updated by Bayes' rule for a noisy observation (Kalman gain).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

PRIOR_VARIANCE = 0.5
LEAST_VARIANCE = 0.02
DRIFT_VARIANCE_PER_EVENT = 0.004
TAUGHT_BY_LIMIT = 20
CONTRADICTION_SIGMAS = 1.5


@dataclass(frozen=True, slots=True)
class Axis:
    """Belief about one like: mean -1..1, variance, and the ids of the events that taught it, newest last."""

    mean: float = 0.0
    variance: float = PRIOR_VARIANCE
    taught_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taste:
    """Beliefs by axis name: "tension", "humour", "science", "pace", "wonder", "warmth", "darkness", "theme:<name>"."""

    axes: Mapping[str, Axis]

    def axis(self, name: str) -> Axis:
        """The belief, the prior where nothing is known."""
        return self.axes.get(name, Axis())

    def mean(self, name: str) -> float:
        """Expected like, -1..1."""
        return self.axis(name).mean

    def unit(self, name: str) -> float:
        """Expected like, 0..1 with 0.5 for unknown."""
        return (self.axis(name).mean + 1.0) / 2.0

    def observe(self, name: str, value: float, noise_variance: float, event_id: str) -> Taste:
        """Learn that the like seems to be `value`; what contradicts a firm belief lowers certainty first."""
        belief = self.axis(name)
        variance = belief.variance + DRIFT_VARIANCE_PER_EVENT
        surprise = abs(value - belief.mean) / (variance + noise_variance) ** 0.5
        if surprise > CONTRADICTION_SIGMAS:
            variance = min(PRIOR_VARIANCE, variance * surprise / CONTRADICTION_SIGMAS)
        gain = variance / (variance + noise_variance)
        learned = Axis(
            mean=max(-1.0, min(1.0, belief.mean + gain * (value - belief.mean))),
            variance=max(LEAST_VARIANCE, (1.0 - gain) * variance),
            taught_by=(*belief.taught_by, event_id)[-TAUGHT_BY_LIMIT:],
        )
        return replace(self, axes={**self.axes, name: learned})


EMPTY = Taste({})


@dataclass(frozen=True, slots=True)
class Mood:
    """The viewer's feeling now, apart from lasting taste: valence and arousal, each -1..1, fading with time."""

    valence: float = 0.0
    arousal: float = 0.0
    felt_at_frame: int = 0

    def at(self, frame: int, half_life_frames: int = 1_440) -> Mood:
        """The mood that is left at a later frame."""
        left = 0.5 ** (max(0, frame - self.felt_at_frame) / half_life_frames)
        return Mood(self.valence * left, self.arousal * left, frame)

    def felt(self, valence: float, arousal: float, frame: int) -> Mood:
        """The mood after a feeling."""
        now = self.at(frame)
        return Mood(_unit(now.valence + valence), _unit(now.arousal + arousal), frame)


def _unit(value: float) -> float:
    return max(-1.0, min(1.0, value))
