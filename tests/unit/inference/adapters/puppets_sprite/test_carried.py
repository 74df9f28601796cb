"""What people hold while they operate something."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.puppets_sprite import SpritePuppets, engine
from services.inference.adapters.puppets_sprite.carried import slate_of, with_slate
from services.inference.adapters.puppets_sprite.design import load
from services.inference.adapters.puppets_sprite.figure import Figure, build, work_out
from services.inference.domain.shot import Staging
from tests.unit.inference.adapters.puppets_sprite.studio import PLAIN, WEIGHTS, studio


def figure(name: str) -> Figure:
    return work_out(load(engine.DESIGNS / f"{name}.yaml"))


@pytest.mark.parametrize(("name", "hand"), [("engineer", "hand_r"), ("scientist", "hand_l"), ("child", "hand_l")])
def test_a_slate_lies_in_the_hand_that_does_not_act(name: str, hand: str) -> None:
    held = with_slate(figure(name))
    mesh = build(slate_of(held), 1.0)
    wrist = held.skeleton.index(hand)
    assert (mesh.bones[mesh.weights > 0.5] == wrist).all()
    size = np.ptp(mesh.positions, axis=0)
    assert size.max() == pytest.approx(0.23 * held.design.body.height / 1.7, rel=0.06)
    assert np.abs(mesh.positions - held.skeleton.rest[wrist]).max() < 0.25
    assert set(mesh.parts) == {len(held.materials) - 2, len(held.materials) - 1}


@pytest.mark.parametrize("name", ["drone", "service_robot", "colonist_woman"])
def test_machines_hold_none_and_who_always_carries_one_gets_no_second(name: str) -> None:
    plain = figure(name)
    assert with_slate(plain) is plain


def test_it_is_drawn_while_its_bearer_operates_something_and_at_no_other_time(
    cast: SpritePuppets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "with_slate", lambda plain: plain)
    empty_handed = SpritePuppets()

    def drawn(puppets: SpritePuppets, pose: str) -> bytes:
        track = puppets.prepare(Staging("engineer", "centre", 1, pose), studio(), 48, 3)
        return track.draw(5, WEIGHTS, "rest", PLAIN)[0].tobytes()

    assert drawn(cast, "operate") != drawn(empty_handed, "operate")
    assert drawn(cast, "stand") == drawn(empty_handed, "stand")
