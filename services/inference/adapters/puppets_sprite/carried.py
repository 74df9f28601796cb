"""What people hold while they operate something: a slate in the hand that does not act, which the other one taps."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.inference.adapters.puppets_sprite.design import FormDesign, Material, PartDesign, linear
from services.inference.adapters.puppets_sprite.figure import Figure, mirrored, work_out

BODY, SCREEN = "carried slate", "carried screen"
MATERIALS: Final = {
    BODY: Material(colour=linear("#1d2126"), gloss=0.55, wear=0.15),
    SCREEN: Material(colour=linear("#8fdcff"), second=linear("#0c2a38"), gloss=0.6, glow=0.7),
}
_LEFT: Final = (
    PartDesign(
        BODY, (FormDesign("box", (-0.034, -0.075, 0.02), (0.006, 0.115, 0.08, 0.005)),),
        frame="hand_l", bone="hand_l", cell=0.008,
    ),
    PartDesign(
        SCREEN, (FormDesign("box", (-0.04, -0.075, 0.02), (0.003, 0.1, 0.068, 0.002)),),
        frame="hand_l", bone="hand_l", cell=0.009,
    ),
)  # fmt: skip


def with_slate(figure: Figure) -> Figure:
    """The figure with a slate, whose two parts come last; as it is when it is no person, or always carries one."""
    design = figure.design
    if design.figure != "person" or "slate" in design.materials:
        return figure
    parts = _LEFT if design.stance.hand == "right" else tuple(map(mirrored, _LEFT))
    return work_out(replace(design, materials={**design.materials, **MATERIALS}, parts=(*design.parts, *parts)))


def slate_of(figure: Figure) -> Figure:
    """The slate alone, on the bones of a figure that `with_slate` gave."""
    return replace(figure, parts=figure.parts[-len(_LEFT) :])
