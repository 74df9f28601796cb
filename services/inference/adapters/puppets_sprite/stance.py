"""How a person stands and holds the arms, and what an emotion does to the whole body. Plain measures; knows no time.

Places are metres of a body 1.7 m tall with the plain measures of `design.Body`, for the left side: x outwards from the
middle, y above the floor, z forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Hold:
    """Where a hand rests. frame: the bone it moves with; wrist: its place; elbow: which way the elbow points; fingers,
    palm: which way those face; curl, index: degrees that fingers and forefinger are bent."""

    wrist: Vector
    frame: str = "chest"
    elbow: Vector = (0.5, -0.4, -0.75)
    fingers: Vector = (0.0, -1.0, 0.15)
    palm: Vector = (-1.0, 0.0, -0.25)
    curl: float = 22.0
    index: float = 14.0


HOLDS: Final[dict[str, Hold]] = {
    "hang": Hold((0.226, 0.872, 0.05)),
    "loose": Hold((0.236, 0.885, 0.085), fingers=(-0.05, -1.0, 0.3), curl=30.0),
    "fist": Hold((0.224, 0.905, 0.115), fingers=(-0.1, -1.0, 0.35), palm=(-1.0, 0.0, -0.15), curl=74.0, index=66.0),
    "hip": Hold(
        (0.198, 1.03, -0.015), "pelvis", (1.0, 0.05, -0.45), (-0.3, -0.62, 0.72), (-1.0, 0.05, -0.2), 12.0, 8.0
    ),
    "hip_back": Hold(
        (0.185, 1.05, -0.07), "pelvis", (1.0, 0.05, -0.6), (-0.55, -0.55, -0.6), (-0.75, 0.0, 0.6), 16.0, 12.0
    ),
    "belt": Hold(
        (0.17, 1.005, 0.1), "pelvis", (1.0, -0.1, -0.5), (-0.75, -0.6, 0.25), (-0.35, 0.0, -1.0), 34.0, 30.0
    ),
    "pocket": Hold(
        (0.156, 0.995, 0.05), "pelvis", (0.85, -0.1, -0.75), (-0.42, -0.9, 0.12), (-1.0, 0.1, 0.0), 26.0, 20.0
    ),
    "behind": Hold(
        (0.045, 0.985, -0.172), "pelvis", (0.85, 0.0, -0.55), (-0.75, -0.65, -0.1), (0.0, 0.0, -1.0), 40.0, 34.0
    ),
    "over": Hold(
        (-0.085, 1.185, 0.235), "chest", (0.85, -0.55, 0.25), (-0.93, 0.24, -0.35), (-0.3, -0.1, -1.0), 24.0, 16.0
    ),
    "under": Hold(
        (-0.06, 1.135, 0.185), "chest", (0.85, -0.6, 0.15), (-0.95, 0.1, -0.3), (-0.2, 0.1, -1.0), 18.0, 12.0
    ),
    "cradle": Hold(
        (-0.075, 1.1, 0.185), "chest", (0.8, -0.65, 0.1), (-0.9, 0.25, 0.05), (-0.1, 1.0, -0.5), 40.0, 30.0
    ),
    "chin": Hold(
        (0.03, 1.352, 0.2), "chest", (0.55, -0.85, 0.3), (-0.22, 0.8, -0.42), (-0.1, 0.3, -1.0), 58.0, 22.0
    ),
    "clasped": Hold(
        (0.06, 0.985, 0.2), "pelvis", (0.85, -0.3, -0.45), (-0.78, -0.5, 0.3), (-0.25, 0.2, -1.0), 40.0, 34.0
    ),
    "elbow": Hold(
        (-0.105, 1.06, 0.135), "chest", (0.85, -0.5, 0.05), (-0.95, -0.05, -0.3), (-0.15, 0.15, -1.0), 44.0, 36.0
    ),
    "open": Hold((0.262, 0.965, 0.2), "chest", (0.6, -0.6, -0.6), (0.2, -0.55, 0.8), (-0.55, 0.75, 0.35), 18.0, 10.0),
    "guard": Hold(
        (0.085, 1.17, 0.205), "chest", (0.5, -0.85, -0.1), (-0.35, 0.85, 0.25), (-0.6, 0.1, -0.8), 46.0, 36.0
    ),
    "lifted": Hold(
        (0.275, 1.0, 0.19), "chest", (0.7, -0.5, -0.5), (0.15, -0.1, 1.0), (-0.5, -0.75, 0.4), 14.0, 6.0
    ),
    "ready": Hold((0.23, 1.05, 0.245), "chest", (0.6, -0.5, -0.6), (-0.2, -0.05, 1.0), (-0.95, -0.2, 0.1), 48.0, 24.0),
    "tablet": Hold(
        (0.1, 1.09, 0.23), "chest", (0.65, -0.75, -0.1), (-0.75, 0.1, 0.65), (0.1, 0.85, -0.5), 20.0, 16.0
    ),
    "reading": Hold(
        (0.12, 1.11, 0.28), "chest", (0.6, -0.75, -0.1), (-0.8, 0.25, 0.5), (-0.1, -0.6, -0.7), 34.0, 8.0
    ),
    "strap": Hold(
        (0.125, 1.21, 0.2), "chest", (0.75, -0.65, 0.0), (-0.7, 0.7, -0.1), (-0.2, 0.0, -1.0), 62.0, 56.0
    ),
    "lap": Hold((0.115, 1.035, 0.29), "pelvis", (0.85, -0.3, -0.4), (-0.25, -0.1, 1.0), (-0.2, -1.0, 0.0), 16.0, 10.0),
    "slate": Hold(
        (0.11, 1.1, 0.235), "chest", (0.65, -0.75, -0.1), (-0.85, 0.2, 0.5), (0.05, 0.68, -0.73), 20.0, 16.0
    ),
    "tap": Hold(
        (0.1, 1.235, 0.2), "chest", (0.8, -0.5, -0.1), (-0.72, -0.5, 0.48), (-0.3, -0.7, 0.55), 62.0, 6.0
    ),
    "ward": Hold(
        (0.21, 1.27, 0.315), "chest", (0.7, -0.7, -0.1), (0.05, 0.95, 0.3), (-0.25, -0.1, 1.0), 12.0, 6.0
    ),
    "point": Hold(
        (0.135, 1.36, 0.52), "chest", (0.5, -0.8, -0.2), (-0.05, 0.03, 1.0), (-0.6, -0.8, 0.0), 78.0, -4.0
    ),
}  # fmt: skip
"""Arms at rest, by name. `over` and `under` are the two arms of a fold; `chin` is held up by `cradle`."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A character's own way to stand, whatever is felt.

    weight: leg that carries it; hand: the one that acts; hip: degrees by which that side of the hips stands higher;
    feet: metres between the heels, turnout: degrees; chest, head: turns in degrees about x, then y and z for the head;
    liveliness: factor on gestures; holds: emotion -> hold of the left and the right hand.
    """

    weight: str = "left"
    hand: str = "right"
    hip: float = 4.0
    feet: float = 0.2
    turnout: float = 12.0
    chest: float = 0.0
    head: Vector = (0.0, 0.0, 0.0)
    liveliness: float = 1.0
    holds: tuple[tuple[str, tuple[str, str]], ...] = ()

    def holds_in(self, emotion: str) -> tuple[str, str]:
        """Left and right; an emotion that the character has no habit for holds the arms as anybody does."""
        own = dict(self.holds)
        if emotion in own:
            return own[emotion]
        felt = BEARINGS[emotion].holds
        return felt if felt is not None else own.get("calm", ("hang", "hang"))


ANYBODY: Final = Stance()


@dataclass(frozen=True, slots=True)
class Bearing:
    """What an emotion does to the body. Degrees, positive bows forward: spine, chest, neck, head; roll: the head to the
    figure's left; raised, rounded: shoulders up and forward. ahead_m: how far the weight goes forward; sunk_m: knees;
    stride_m: how far the free foot is before the other; quick: factor on idle motion. gestures: share of stressed words
    with one; wide: factor on their size."""

    spine: float = 0.0
    chest: float = 0.0
    neck: float = 0.0
    head: float = 0.0
    roll: float = 0.0
    raised: float = 0.0
    rounded: float = 0.0
    ahead_m: float = 0.0
    sunk_m: float = 0.0
    stride_m: float = 0.05
    quick: float = 1.0
    gestures: float = 0.55
    wide: float = 1.0
    holds: tuple[str, str] | None = None


BEARINGS: Final[dict[str, Bearing]] = {
    "calm": Bearing(),
    "tense": Bearing(3.0, 4.0, 6.0, -6.0, 0.0, 10.0, 11.0, 0.0, 0.008, 0.03, 1.3, 0.4, 0.75, ("fist", "fist")),
    "afraid": Bearing(
        -8.0, 9.0, 4.0, -7.0, 3.0, 14.0, 12.0, -0.05, 0.022, 0.12, 1.9, 0.3, 0.6, ("guard", "guard")
    ),
    "warm": Bearing(3.5, -5.0, 2.0, 1.0, 6.0, -2.0, -6.0, 0.025, 0.0, 0.09, 1.0, 0.75, 1.15, ("open", "open")),
    "amused": Bearing(-4.0, -3.0, 0.0, -3.0, -7.0, 3.0, -2.0, -0.01, 0.0, 0.06, 1.0, 0.7, 1.1),
    "awed": Bearing(
        -3.0, -8.0, -4.0, -7.0, 0.0, -2.0, -10.0, -0.015, 0.0, 0.02, 0.8, 0.3, 1.0, ("lifted", "loose")
    ),
    "urgent": Bearing(10.0, 3.0, 6.0, -15.0, 0.0, 4.0, 3.0, 0.05, 0.022, -0.17, 1.6, 0.9, 1.2, ("ready", "ready")),
}  # fmt: skip
EMOTIONS: Final = tuple(BEARINGS)
