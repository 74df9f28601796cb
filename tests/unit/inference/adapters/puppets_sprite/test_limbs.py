"""Joints that are solved reach what they can, bend the way they should, and lay a hand as it is wished."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inference.adapters.puppets_sprite.limbs import ARM, LEG, bend, degrees_of, frame_of, held, turn_of

ROOT, HINGE, END = np.zeros(3), np.array((0.1, -0.25, 0.0)), np.array((0.15, -0.5, 0.02))
DOWN, AHEAD = np.array((0.0, -1.0, 0.0)), np.array((0.0, 0.0, 1.0))
places = st.tuples(*(st.floats(-0.6, 0.6) for _ in range(3)))


def solved(target: np.ndarray, way: float = ARM) -> tuple[np.ndarray, np.ndarray]:
    upper, fore = bend(ROOT, HINGE, END, target, np.array((0.4, -0.3, -0.8)) * way, way)
    elbow = upper @ HINGE
    return elbow, elbow + upper @ fore @ (END - HINGE)


@given(places)
def test_what_is_within_reach_is_reached_and_bones_keep_their_length(place: tuple[float, float, float]) -> None:
    target = np.array(place)
    distance = np.linalg.norm(target)
    elbow, wrist = solved(target)
    assert np.linalg.norm(elbow) == pytest.approx(np.linalg.norm(HINGE), abs=1e-6)
    assert np.linalg.norm(wrist - elbow) == pytest.approx(np.linalg.norm(END - HINGE), abs=1e-6)
    if 0.06 < distance < 0.5:
        assert wrist == pytest.approx(target, abs=1e-6)
    elif distance > 0.6:
        assert wrist / np.linalg.norm(wrist) == pytest.approx(target / distance, abs=1e-6)


@pytest.mark.parametrize(("way", "sign"), [(ARM, 1.0), (LEG, -1.0)])
def test_elbows_bend_forward_and_knees_backward(way: float, sign: float) -> None:
    _, fore = bend(ROOT, HINGE, END, np.array((0.1, -0.4, 0.0)), -sign * AHEAD, way)
    moved = fore @ DOWN
    assert sign * moved[2] > 0.2


@given(st.tuples(st.floats(-80, 80), st.floats(-170, 170), st.floats(-170, 170)))
def test_turns_read_back(degrees: tuple[float, float, float]) -> None:
    turn = turn_of(np.array(degrees))
    assert turn_of(degrees_of(turn)) == pytest.approx(turn, abs=1e-9)


def test_a_hand_lies_as_wished_and_the_forearm_shares_the_twist() -> None:
    tip, palm = DOWN, np.array((-1.0, 0.0, 0.0))
    wished = frame_of(DOWN, np.array((0.0, 0.0, -1.0)))
    twist, hand = held(np.eye(3), DOWN, tip, palm, wished)
    assert twist @ hand @ tip == pytest.approx(DOWN, abs=1e-6)
    assert twist @ hand @ palm == pytest.approx((0.0, 0.0, -1.0), abs=1e-6)
    assert abs(degrees_of(twist)[1]) == pytest.approx(45.0, abs=0.1)
    assert twist @ DOWN == pytest.approx(DOWN, abs=1e-6)
