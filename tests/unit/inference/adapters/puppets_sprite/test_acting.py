"""People stand on their feet, each in an own way, rest their hands where a body has them, and act on what is said."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from services.inference.adapters.puppets_sprite.acting import Player
from services.inference.adapters.puppets_sprite.design import load
from services.inference.adapters.puppets_sprite.engine import DESIGNS
from services.inference.adapters.puppets_sprite.figure import Figure, work_out
from services.inference.adapters.puppets_sprite.motion import Attitude, skin_matrices, turns
from services.inference.adapters.puppets_sprite.stance import EMOTIONS
from services.inference.domain.talk import SILENCE, Stress, Talk

PEOPLE = ("engineer", "scientist", "child", "colonist_man", "colonist_woman", "engineer_suit", "scientist_suit")
STANDING = ("stand", "point", "operate", "recoil", "turn")
TALK = Talk(
    spoken=((1.0, 4.0),), stresses=(Stress(1.4, 1.0, 0.05), Stress(2.6, 0.9, 0.12), Stress(3.5, 0.7, 0.99))
)  # fmt: skip
Joints = dict[str, NDArray[np.float64]]


@cache
def figure(name: str) -> Figure:
    return work_out(load(DESIGNS / f"{name}.yaml"))


@cache
def player(name: str) -> Player:
    skeleton = figure(name).skeleton
    return Player(figure(name).design, skeleton.names, skeleton.rest, skeleton.parents)


def acted(name: str, pose: str = "stand", emotion: str = "calm", time_s: float = 1.5, talk: Talk = SILENCE) -> Attitude:
    return player(name).attitude(pose, emotion, time_s, 5.0, 1.0, talk)


def joints(name: str, attitude: Attitude) -> Joints:
    """Where each bone's joint is, in metres of a body 1.7 m tall, its feet's middle at the origin."""
    skeleton = figure(name).skeleton
    base = np.eye(3, 4)
    base[:, 3] = attitude.shift
    skin = skin_matrices(skeleton.rest, skeleton.parents, turns(attitude.angles, skeleton.names), base)
    k = figure(name).design.body.height / 1.7
    return {bone: skin[n] @ np.append(skeleton.rest[n], 1.0) / k for n, bone in enumerate(skeleton.names)}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_feet_stay_flat_on_the_floor_in_every_standing_pose(name: str, emotion: str) -> None:
    for pose in STANDING:
        places = []
        for time_s in (1.2, 2.0, 3.1):
            attitude = acted(name, pose, emotion, time_s, TALK)
            found = joints(name, attitude)
            for side in "lr":
                assert found[f"foot_{side}"][1] == pytest.approx(0.095, abs=0.004), (pose, side)
                assert abs(attitude.angles[f"shin_{side}"][0]) < 75
            places.append([found[f"foot_{side}"][[0, 2]] for side in "lr"])
        if pose != "recoil":
            assert np.ptp(np.array(places), axis=0).max() < 0.004


@pytest.mark.parametrize("name", PEOPLE)
def test_the_hips_are_over_the_leg_that_carries_and_the_shoulders_tilt_against_them(name: str) -> None:
    found = joints(name, acted(name))
    stance = figure(name).design.stance
    sign, carries, free = (1.0, "l", "r") if stance.weight == "left" else (-1.0, "r", "l")
    assert sign * found["pelvis"][0] > 0.01
    assert found[f"thigh_{carries}"][1] > found[f"thigh_{free}"][1] + 0.002
    assert found[f"upper_arm_{carries}"][1] < found[f"upper_arm_{free}"][1] - 0.003
    angles = acted(name).angles
    assert angles[f"shin_{free}"][0] > angles[f"shin_{carries}"][0] + 2


def test_everybody_stands_in_an_own_way() -> None:
    """What a viewer sees of a stand: where hands, elbows, knees, feet and head are."""
    seen = ("hand", "forearm", "shin", "foot")
    stands = {}
    for name in PEOPLE:
        found = joints(name, acted(name))
        stands[name] = np.array([found[f"{bone}_{side}"] for bone in seen for side in "lr"] + [found["head"]])
    for one, other in itertools.combinations(PEOPLE, 2):
        assert np.linalg.norm(stands[one] - stands[other], axis=1).max() > 0.07, (one, other)


@pytest.mark.parametrize("name", PEOPLE)
def test_every_emotion_changes_the_whole_body(name: str) -> None:
    bones = ("head", "upper_arm_l", "upper_arm_r", "hand_l", "hand_r", "pelvis")
    looks = {e: np.array([joints(name, acted(name, emotion=e))[bone] for bone in bones]) for e in EMOTIONS}
    for one, other in itertools.combinations(EMOTIONS, 2):
        apart = np.linalg.norm(looks[one] - looks[other], axis=1)
        assert apart.max() > 0.04, (one, other)
        assert apart.sum() > 0.06, (one, other)


def test_fear_draws_back_urgency_leans_in_tension_lifts_the_shoulders_and_awe_the_chin() -> None:
    found = {e: joints("engineer", acted("engineer", emotion=e)) for e in EMOTIONS}
    assert found["afraid"]["head"][2] < found["calm"]["head"][2] - 0.03
    assert found["urgent"]["head"][2] > found["calm"]["head"][2] + 0.1
    lifts = {e: found[e]["upper_arm_l"][1] - found[e]["neck"][1] for e in ("calm", "tense", "afraid")}
    assert lifts["tense"] > lifts["calm"] + 0.01
    assert lifts["afraid"] > lifts["calm"] + 0.015
    bow = {e: sum(acted("engineer", emotion=e).angles[b][0] for b in ("spine", "chest", "neck", "head"))
           for e in ("calm", "awed")}  # fmt: skip
    assert bow["awed"] < bow["calm"] - 20


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_wrists_are_never_inside_the_trunk(name: str, emotion: str) -> None:
    body = figure(name).design.body
    for time_s in np.arange(0.0, 5.0, 0.125):
        attitude = acted(name, emotion=emotion, time_s=float(time_s), talk=TALK)
        skeleton = figure(name).skeleton
        base = np.eye(3, 4)
        base[:, 3] = attitude.shift
        skin = skin_matrices(skeleton.rest, skeleton.parents, turns(attitude.angles, skeleton.names), base)
        k = body.height / 1.7
        for side in "lr":
            wrist = skin[skeleton.index(f"hand_{side}")] @ np.append(skeleton.rest[skeleton.index(f"hand_{side}")], 1.0)
            for bone, centre, size in (
                ("chest", (0, 1.27, -0.012), (body.chest / 2, 0.155, body.depth)),
                ("spine", (0, 1.09, -0.005), (body.waist / 2, 0.13, body.depth * 0.86)),
                ("pelvis", (0, 0.955, -0.008), (body.hips / 2, 0.115, body.depth * 0.98)),
            ):
                at = skin[skeleton.index(bone)].astype(float)
                local = at[:, :3].T @ (wrist - at[:, 3]) / k
                assert np.linalg.norm((local - centre) / size) > 1.0, (side, bone, time_s)


@pytest.mark.parametrize("name", PEOPLE)
def test_joints_stay_within_what_a_body_can(name: str) -> None:
    for emotion, pose in itertools.product(EMOTIONS, (*STANDING, "walk", "sit")):
        for time_s in np.arange(0.0, 5.0, 0.25):
            found = joints(name, acted(name, pose, emotion, float(time_s), TALK))
            for side in "lr":
                upper = found[f"forearm_{side}"] - found[f"upper_arm_{side}"]
                fore = found[f"hand_{side}"] - found[f"forearm_{side}"]
                hand = found[f"fingers_{side}"] - found[f"hand_{side}"]
                assert _angle(upper, fore) < 150, (emotion, pose)
                assert _angle(fore, hand) < 85, (emotion, pose, side)


def _angle(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    cosine = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


@pytest.mark.parametrize("name", ["engineer", "scientist", "child"])
def test_hands_act_while_something_is_said_and_rest_before_and_after(name: str) -> None:
    hand = {"left": "hand_l", "right": "hand_r"}[figure(name).design.stance.hand]

    def way(talk: Talk, begin: float, end: float) -> float:
        path = np.array([joints(name, acted(name, emotion="urgent", time_s=t, talk=talk))[hand]
                         for t in np.arange(begin, end, 1 / 24)])  # fmt: skip
        return float(np.ptp(path, axis=0).max())

    assert way(TALK, 1.0, 4.0) > 0.09
    assert way(SILENCE, 1.0, 4.0) < 0.04
    assert way(TALK, 0.0, 0.6) < 0.04
    assert acted(name, time_s=9.0, talk=TALK).angles == acted(name, time_s=9.0).angles


def test_the_hand_that_acts_is_the_same_in_every_shot() -> None:
    """The engineer is left-handed, whichever leg of a story she is seen in."""
    for shift_s in (0.0, -0.7, -1.9):
        talk = Talk(((1.0 + shift_s, 4.0 + shift_s),), (Stress(1.6 + shift_s, 1.0, 0.05),))
        moves = {}
        for side in "lr":
            path = [joints("engineer", acted("engineer", emotion="warm", time_s=1.6 + shift_s + d, talk=talk))
                    [f"hand_{side}"] for d in np.arange(-0.5, 1.2, 0.1)]  # fmt: skip
            moves[side] = float(np.ptp(np.array(path), axis=0).max())
        assert moves["l"] > 1.5 * moves["r"]


def test_a_line_that_runs_over_a_cut_goes_on_in_the_next_shot() -> None:
    later = Talk(((-1.0, 2.0),), tuple(Stress(s.at_s - 2.0, s.strength, s.draw) for s in TALK.stresses))
    before = joints("scientist", acted("scientist", emotion="warm", time_s=2.55, talk=TALK))
    after = joints("scientist", acted("scientist", emotion="warm", time_s=0.55, talk=later))
    assert np.linalg.norm(before["hand_r"] - after["hand_r"]) < 0.03


def test_listeners_nod_when_a_line_ends_and_say_nothing_with_their_hands() -> None:
    listens = Talk(heard=((0.0, 2.0),))
    quiet, nods = (acted("scientist", time_s=2.2, talk=talk).angles["head"][0] for talk in (SILENCE, listens))
    assert nods > quiet + 3
    hands = [joints("scientist", acted("scientist", time_s=t, talk=listens))["hand_r"] for t in np.arange(0, 3, 0.1)]
    assert np.ptp(np.array(hands), axis=0).max() < 0.04


@pytest.mark.parametrize("name", PEOPLE)
def test_nothing_pops_between_frames(name: str) -> None:
    for pose, emotion in itertools.product((*STANDING, "walk", "sit"), ("calm", "tense", "urgent")):
        places = np.array([list(joints(name, acted(name, pose, emotion, n / 24, TALK)).values()) for n in range(120)])
        steps = np.linalg.norm(np.diff(places, axis=0), axis=2)
        assert steps.max() < (0.2 if pose == "recoil" else 0.14), (pose, emotion)


def test_a_pointing_hand_points_ahead_and_who_operates_taps_on_what_the_other_hand_holds() -> None:
    found = joints("engineer", acted("engineer", "point", time_s=2.0))
    assert found["hand_l"][2] > 0.4
    assert found["hand_r"][2] < 0.2
    for name, holding, tapping in (("scientist", "hand_l", "hand_r"), ("engineer", "hand_r", "hand_l")):
        found = joints(name, acted(name, "operate", time_s=2.0))
        assert min(found["hand_l"][2], found["hand_r"][2]) > 0.15
        assert found[tapping][1] > found[holding][1] + 0.05
        assert np.linalg.norm(found[tapping] - found[holding]) < 0.3
