"""Faces: emotions, mouth shapes, blinks."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.adapters.puppets_sprite.design import Face
from services.inference.adapters.puppets_sprite.expression import (
    MOODS,
    MOUTHS,
    eye_schedule,
    features,
    jaw_degrees,
    mouth_level,
)
from services.inference.adapters.puppets_sprite.features import INDEX
from services.inference.adapters.puppets_sprite.stance import EMOTIONS
from services.inference.domain.speech import VISEMES


def value(name: str, emotion: str = "calm", viseme: str = "rest", blink: float = 0.0) -> float:
    return float(features(Face(), emotion, viseme, blink, (0.0, 0.0), 0.001)[INDEX[name]])


def test_every_emotion_and_every_viseme_has_its_own_face() -> None:
    assert set(MOODS) == set(EMOTIONS)
    assert set(MOUTHS) == set(VISEMES)
    assert len({features(Face(), e, "rest", 0, (0, 0), 0.001).tobytes() for e in EMOTIONS}) == len(EMOTIONS)
    assert len({features(Face(), "calm", v, 0, (0, 0), 0.001).tobytes() for v in VISEMES}) == len(VISEMES)


def test_mouths_open_as_their_names_say() -> None:
    opening = {v: value("open_top", viseme=v) + value("open_bottom", viseme=v) for v in VISEMES}
    assert opening["mbp"] == opening["rest"] == 0
    assert max(opening, key=lambda v: opening[v]) == "ai"
    assert value("mouth_width", viseme="wq") < 0.6 * value("mouth_width", viseme="e")
    assert jaw_degrees("ai", "calm") > jaw_degrees("u", "calm") > jaw_degrees("mbp", "calm") == 0
    assert mouth_level("ai") > mouth_level("etc") > mouth_level("rest") == 0


def test_emotions_move_brows_lids_and_corners() -> None:
    assert value("corners", "warm") > value("corners", "calm") > value("corners", "afraid")
    assert value("brow_in", "afraid") > value("brow_in", "calm") > value("brow_in", "tense")
    assert value("upper_lid", "awed") < value("upper_lid", "amused")
    assert value("skew", "amused") != 0


def test_a_blink_closes_the_lid() -> None:
    assert value("upper_lid", blink=1.0) == pytest.approx(1.0)


def test_blinks_and_glances_come_from_the_seed() -> None:
    blinks, glances = eye_schedule(192, 5, "calm")
    again, _ = eye_schedule(192, 5, "calm")
    other, _ = eye_schedule(192, 6, "calm")
    assert (blinks == again).all()
    assert (blinks != other).any()
    assert blinks.max() == 1.0
    assert (blinks == 0).mean() > 0.7
    assert np.abs(glances).max() <= 1.0
    assert np.abs(np.diff(glances, axis=0)).max() > 0.01
