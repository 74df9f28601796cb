"""What is known of one viewer's likes: a Gaussian belief for each named axis, and which events taught it.

An observation is a liking of something made of several axes; it is shared out by Bayes' rule (a Kalman update whose
covariance is kept diagonal, as in Opper's assumed-density filtering). Knows no event and no beat.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.streaming.domain.sameness import NO_REPEATS, Repeats

PRIOR_VARIANCE = 0.15
_PRIOR_VARIANCES = {"theme": 0.2, "character": 0.1, "film": 0.03} | dict.fromkeys(
    ("tension", "humour", "wonder", "warmth", "darkness"), 0.12
)
"""People differ most in what interests them, less in whom they like, and little in how much they like films."""
LOOSEST_VARIANCE = 0.3
"""What contradictions may raise a belief's variance to: then all that was known is open, and more."""
LEAST_VARIANCE = 0.01
DRIFT_VARIANCE_PER_EVENT = 0.014
TAUGHT_BY_LIMIT = 20
CONTRADICTION_SIGMAS = 1.5
REACTION_SIGMAS = 0.8
"""From how many standard deviations on a reaction is a surprise; it is read out of an act, not said."""
CERTAINTY_LOSS = 1.0
"""How much of the way to "as uncertain as this surprise asks for" one contradiction goes, on a logarithmic scale."""
FORGETTING_S = 120.0 * 86_400.0
"""Time in which a belief fades to 1/e of itself when nothing confirms it."""
TAUGHT_FROM_WEIGHT = 0.12


@dataclass(frozen=True, slots=True)
class Axis:
    """Belief about one like: mean -1..1, variance, and the ids of the events that taught it, newest last."""

    mean: float = 0.0
    variance: float = PRIOR_VARIANCE
    taught_by: tuple[str, ...] = ()


def prior_variance(name: str) -> float:
    """How far people's likes of an axis lie apart; "theme:robotics" is a theme."""
    return _PRIOR_VARIANCES.get(name.partition(":")[0], PRIOR_VARIANCE)


def certainty(name: str, belief: Axis) -> float:
    """0 where no more is known of the axis than of anybody's .. 1 where no more can be."""
    return max(0.0, min(1.0, 1.0 - math.sqrt(belief.variance / prior_variance(name))))


_UNKNOWN = {variance: Axis(variance=variance) for variance in (PRIOR_VARIANCE, *_PRIOR_VARIANCES.values())}


@dataclass(frozen=True, slots=True)
class Impression:
    """What acts said of one beat: liking -1..1, weight: how much that counts (1 / variance of its noise).

    repeats: what the beat repeated when it was seen.
    """

    liking: float
    weight: float
    repeats: Repeats = NO_REPEATS

    def with_another(self, other: Impression) -> Impression:
        """Both together."""
        total = self.weight + other.weight
        mine, its = self.weight / total, other.weight / total
        place, theme, purpose = (mine * own + its * new for own, new in zip(self.repeats, other.repeats, strict=True))
        return Impression(self.liking * mine + other.liking * its, total, (place, theme, purpose))


NO_IMPRESSION = Impression(0.0, 0.0)
IMPRESSIONS_LIMIT = 512
PREFERENCES_LIMIT = 128


@dataclass(frozen=True, slots=True)
class Preference:
    """An option that was taken: the beats of a story that only it opened, and those that only the others did."""

    story_id: str
    taken: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taste:
    """Beliefs by axis name; known_at_s: epoch seconds up to which time has been let to fade them, 0 for never.

    impressions: "<story>/<beat>" -> what was said of that beat, oldest first: not what is liked, but what taught it.
    preferences: what was chosen over what, oldest first.

    Axes: "tension" "humour" "wonder" "warmth" "darkness" (tone), "pace", "science", "theme:<name>",
    "character:<story>/<id>", "style:<name>", and "film": how much they like what they see whatever it is made of.
    """

    axes: Mapping[str, Axis]
    known_at_s: float = 0.0
    impressions: Mapping[str, Impression] = field(default_factory=dict)
    preferences: tuple[Preference, ...] = ()

    def axis(self, name: str) -> Axis:
        """The belief, the prior where nothing is known."""
        known = self.axes.get(name)
        return known if known is not None else _UNKNOWN[prior_variance(name)]

    def mean(self, name: str) -> float:
        """Expected like, -1..1."""
        return self.axis(name).mean

    def unit(self, name: str) -> float:
        """Expected like, 0..1 with 0.5 for unknown."""
        return (self.axis(name).mean + 1.0) / 2.0

    def liking(self, flavour: Mapping[str, float]) -> float:
        """Expected liking of something made of these axes, by weight."""
        return sum(self.axes[name].mean * weight for name, weight in flavour.items() if name in self.axes)

    def doubt(self, flavour: Mapping[str, float]) -> float:
        """Standard deviation of that liking."""
        return math.sqrt(sum(self.axis(name).variance * weight * weight for name, weight in flavour.items()))

    def observe(self, name: str, value: float, noise_variance: float, event_id: str) -> Taste:
        """Learn that the like of one axis seems to be `value`."""
        return self.observe_mix({name: 1.0}, value, noise_variance, event_id, CONTRADICTION_SIGMAS)

    def observe_mix(
        self,
        flavour: Mapping[str, float],
        value: float,
        noise_variance: float,
        event_id: str,
        sigmas: float = REACTION_SIGMAS,
    ) -> Taste:
        """Learn that something made of these axes seems to be liked by `value`, -1..1.

        What surprises moves the beliefs little and makes them less certain; if it goes on, they follow the more easily.
        """
        beliefs = {name: self.axis(name) for name, weight in flavour.items() if weight}
        open_variance = {name: axis.variance + DRIFT_VARIANCE_PER_EVENT for name, axis in beliefs.items()}
        own = sum(open_variance[name] * flavour[name] ** 2 for name in beliefs)
        residual = value - sum(axis.mean * flavour[name] for name, axis in beliefs.items())
        surprise = abs(residual) / math.sqrt(own + noise_variance)
        excess = max(1.0, surprise / sigmas)
        total = own + noise_variance * excess * excess
        loosened = _loosened(residual, own, noise_variance, sigmas) if excess > 1.0 else 1.0
        axes = dict(self.axes)
        for name, belief in beliefs.items():
            variance, weight = open_variance[name], flavour[name]
            gain = variance * weight / total
            left = variance * (1.0 - gain * weight)
            heard = abs(weight) >= TAUGHT_FROM_WEIGHT
            axes[name] = Axis(
                mean=_unit(belief.mean + gain * residual),
                variance=min(LOOSEST_VARIANCE, max(LEAST_VARIANCE, left * loosened)),
                taught_by=_with(belief.taught_by, event_id) if heard else belief.taught_by,
            )
        return replace(self, axes=axes)

    def impressed(self, name: str, impression: Impression) -> Taste:
        """Remember what an act said of a beat; the oldest impressions go beyond IMPRESSIONS_LIMIT."""
        kept = dict(self.impressions)
        kept[name] = kept.pop(name, NO_IMPRESSION).with_another(impression)
        while len(kept) > IMPRESSIONS_LIMIT:
            del kept[next(iter(kept))]
        return replace(self, impressions=kept)

    def preferred(self, preference: Preference) -> Taste:
        """Remember what was chosen; the oldest go beyond PREFERENCES_LIMIT."""
        return replace(self, preferences=(*self.preferences, preference)[-PREFERENCES_LIMIT:])

    def at(self, now_s: float) -> Taste:
        """The taste that is left at a later time: beliefs drift back to knowing nothing (Ornstein-Uhlenbeck)."""
        if not self.known_at_s or now_s <= self.known_at_s:
            return replace(self, known_at_s=max(self.known_at_s, now_s))
        left = math.exp(-(now_s - self.known_at_s) / FORGETTING_S)
        axes = {
            name: replace(
                axis,
                mean=axis.mean * left,
                variance=prior_variance(name) - (prior_variance(name) - axis.variance) * left * left,
            )
            for name, axis in self.axes.items()
        }
        return replace(self, axes=axes, known_at_s=now_s)

    def corrected(self, name: str, value: float, event_id: str) -> Taste:
        """The viewer says what the like is: it is believed almost for certain, and older teachers count no more."""
        return replace(self, axes={**self.axes, name: Axis(_unit(value), LEAST_VARIANCE, (event_id,))})

    def without(self, name: str) -> Taste:
        """Nothing is known of the axis any more."""
        return replace(self, axes={known: axis for known, axis in self.axes.items() if known != name})


EMPTY = Taste({})


def _loosened(residual: float, own: float, noise_variance: float, sigmas: float) -> float:
    """By what the variances grow: part of the way to those under which the residual would be no contradiction."""
    asked = residual * residual / (sigmas * sigmas) - noise_variance
    return math.pow(max(1.0, asked / max(own, 1e-9)), CERTAINTY_LOSS)


def _with(taught_by: tuple[str, ...], event_id: str) -> tuple[str, ...]:
    return (*(known for known in taught_by if known != event_id), event_id)[-TAUGHT_BY_LIMIT:]


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
