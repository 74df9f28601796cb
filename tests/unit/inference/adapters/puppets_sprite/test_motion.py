"""Poses and their timing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from services.inference.adapters.puppets_sprite.acting import Player
from services.inference.adapters.puppets_sprite.design import load
from services.inference.adapters.puppets_sprite.engine import DESIGNS
from services.inference.adapters.puppets_sprite.figure import work_out
from services.inference.adapters.puppets_sprite.motion import (
    HIP_M,
    POSES,
    Attitude,
    machine_attitude,
    seat_lift_m,
    skin_matrices,
    walked_m,
)
from services.inference.domain.talk import SILENCE, Stress, Talk


def player(name: str) -> Player:
    figure = work_out(load(DESIGNS / f"{name}.yaml"))
    return Player(figure.design, figure.skeleton.names, figure.skeleton.rest, figure.skeleton.parents)


ENGINEER = player("engineer")
TALK = Talk(spoken=((0.4, 3.4),), stresses=(Stress(0.9, 1.0, 0.1), Stress(2.2, 0.8, 0.2)))


def at(pose: str, time_s: float, emotion: str = "calm", talk: Talk = SILENCE, motion: str = "biped") -> Attitude:
    if motion != "biped":
        return machine_attitude(pose, emotion, motion, time_s, 4.0, 1.0, talk)
    return ENGINEER.attitude(pose, emotion, time_s, 4.0, 1.0, talk)


def test_a_walk_arrives_and_stops_without_a_jump() -> None:
    ways = np.array([walked_m(t, 8.0)[0] for t in np.arange(0, 8, 1 / 24)])
    steps = np.diff(ways)
    assert (steps >= 0).all()
    assert steps.max() < 0.05
    assert steps[-1] < 1e-3
    assert walked_m(0.0, 8.0)[1] == 1.0
    assert walked_m(8.0, 8.0)[1] < 0.05


def test_legs_swing_against_each_other() -> None:
    turns = [at("walk", t).angles for t in np.arange(0, 2, 1 / 24)]
    left, right = (np.array([turn[f"thigh_{side}"][0] for turn in turns]) for side in "lr")
    assert np.corrcoef(left, right)[0, 1] < -0.9


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("motion", ["wheels", "hover", "still"])
def test_no_machine_jumps_between_frames(pose: str, motion: str) -> None:
    frames = [at(pose, n / 24, "afraid", TALK, motion) for n in range(96)]
    for before, after in itertools.pairwise(frames):
        assert np.abs(np.subtract(after.shift, before.shift)).max() < 0.09
        assert abs(after.yaw - before.yaw) < 15
        for name, turn in after.angles.items():
            if "wheel" not in name:
                assert np.abs(np.subtract(turn, before.angles[name])).max() < 17, name


def test_poses_do_what_they_say() -> None:
    assert at("sit", 1.0).shift[1] < -0.3
    assert at("turn", 0.0).yaw > 90
    assert at("turn", 3.0).yaw == 0
    assert at("recoil", 1.0).shift[2] < -0.1


def test_a_machine_nods_to_what_it_says_and_hears() -> None:
    still = at("stand", 0.9, motion="wheels").angles["head"][0]
    assert at("stand", 0.9, talk=TALK, motion="wheels").angles["head"][0] > still + 4
    listens = Talk(heard=((0.0, 0.75),))
    assert at("stand", 0.9, talk=listens, motion="wheels").angles["head"][0] > still + 5


def test_a_child_bone_follows_its_parent() -> None:
    rest = np.array([(0, 0, 0), (0, 1, 0), (0, 2, 0)], float)
    parents = np.array([-1, 0, 1], np.int32)
    base = np.eye(3, 4)
    still = skin_matrices(rest, parents, np.zeros((3, 3)), base)
    assert np.allclose(still, np.eye(3, 4))
    bent = skin_matrices(rest, parents, np.array([(0, 0, 0), (90, 0, 0), (0, 0, 0)], float), base)
    assert np.allclose(bent[2] @ [0, 2, 0, 1], (0, 1, 1), atol=1e-6)
    assert np.allclose(bent[0], np.eye(3, 4))


def test_a_child_sits_as_high_as_a_grown_up() -> None:
    figures = {name: load(DESIGNS / f"{name}.yaml") for name in ("child", "scientist", "service_robot")}
    sunk = at("sit", 1.0).shift[1]
    hips = {name: HIP_M * figures[name].body.height / 1.7 + sunk + seat_lift_m(figures[name])
            for name in ("child", "scientist")}  # fmt: skip
    assert hips["child"] == pytest.approx(hips["scientist"])
    assert 0.45 < hips["child"] < 0.6
    assert seat_lift_m(figures["service_robot"]) == 0
