"""Where a thing stands is heard: its side, its distance, and what distance takes away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import welch

from services.inference.adapters.animator_stage.hearing import dulled, heard_from
from services.inference.adapters.animator_stage.settings import StageSettings
from services.inference.adapters.animator_stage.shelf import Shelf
from services.inference.adapters.animator_stage.sound import TakeSound
from services.inference.domain.plates import Camera
from services.inference.domain.shot import GradeKey, Shot, SoundCue, View
from tests.fakes.inference import FakeComposer, FakeFoley

CAMERA = Camera((0.0, 1.6, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 60.0)
CUE = SoundCue("door", 0, 1.0, 0.0, "left")
SHOT = Shot(View("colonnade"), 48, sounds=(CUE,))


def bed(shot: Shot, place: tuple[float, float, float]) -> np.ndarray:
    hearing = {"left": heard_from(CAMERA, place)}
    sound = TakeSound(shot, (GradeKey(),), (), FakeComposer(), FakeFoley(), StageSettings(), Shelf(4), hearing)
    quiet = TakeSound(
        replace(shot, sounds=()), (GradeKey(),), (), FakeComposer(), FakeFoley(), StageSettings(), Shelf(4)
    )
    return sound.bed(0) - quiet.bed(0)


def test_side_and_distance_follow_the_camera() -> None:
    left, right = (heard_from(CAMERA, (side, 0.0, 3.0)) for side in (-2.0, 2.0))
    assert left.pan == pytest.approx(-right.pan)
    assert left.pan < -0.3
    assert heard_from(CAMERA, (0.0, 0.0, 5.0)).pan == 0.0
    near, far = (heard_from(CAMERA, (0.0, 0.0, depth)) for depth in (2.0, 30.0))
    assert near.gain > 3.0 * far.gain > 0.0
    assert near.corner_hz > 14_000.0 > far.corner_hz


def test_turning_the_camera_turns_the_sound() -> None:
    turned = replace(CAMERA, right=(0.0, 0.0, -1.0), forward=(1.0, 0.0, 0.0))
    assert heard_from(turned, (3.0, 1.6, 0.0)).pan == 0.0
    assert heard_from(turned, (3.0, 1.6, -3.0)).pan > 0.3


def test_distance_takes_the_highs() -> None:
    noise = np.random.default_rng(1).standard_normal((48_000, 2)).astype(np.float32)
    far = dulled(noise, heard_from(CAMERA, (0.0, 0.0, 30.0)))
    _, before = welch(noise[:, 0], 48_000)
    frequency, after = welch(far[:, 0], 48_000)
    assert (after / before)[frequency > 10_000].mean() < 0.2
    assert (after / before)[frequency < 300].mean() > 0.8
    assert dulled(noise, heard_from(CAMERA, (0.0, 0.0, 2.0))) is noise


def test_a_take_places_its_sounds_and_leaves_those_that_are_nowhere() -> None:
    heard = bed(SHOT, (-3.0, 0.0, 2.0))
    power = np.square(heard).sum(axis=0)
    assert power[0] > 1.5 * power[1] > 0.0
    assert np.square(bed(SHOT, (-10.0, 0.0, 20.0))).sum() < 0.2 * power.sum()
    anywhere = bed(replace(SHOT, sounds=(replace(CUE, position="nowhere"),)), (-3.0, 0.0, 2.0))
    assert np.array_equal(anywhere, bed(replace(SHOT, sounds=(replace(CUE, position=""),)), (-3.0, 0.0, 2.0)))
