"""The words that stories may use are the words that the laptop lineup's engines know."""

from __future__ import annotations

import pytest

from services.inference.adapters.animator_stage import checks
from services.inference.adapters.composer_score.moods import MOODS as SCORE_MOODS
from services.inference.adapters.foley_synthesis import SynthesisedFoley
from services.inference.adapters.painter_raymarch import framing, looks
from services.inference.adapters.painter_raymarch.design import MARKS
from services.inference.adapters.painter_raymarch.engine import SETS_FOLDER
from services.inference.adapters.painter_raymarch.loading import load_sets
from services.inference.adapters.puppets_sprite import motion, stance
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.adapters.voice_neural import NeuralVoice
from services.inference.domain.shot import View
from services.streaming.domain import picture_words

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def voice() -> NeuralVoice:
    return NeuralVoice.load()


def test_sets_and_their_stage_positions() -> None:
    sets = load_sets(SETS_FOLDER)
    assert set(sets) == set(picture_words.SETS)
    lacking = {name: set(picture_words.STAGES) - set(design.stages) for name, design in sets.items()}
    assert {name: stages for name, stages in lacking.items() if stages} == {}


def test_puppets() -> None:
    assert set(SpritePuppets().known_puppets()) == set(picture_words.PUPPETS)


def test_eyes_are_where_the_camera_looks_for_them() -> None:
    puppets = SpritePuppets()
    assert set(picture_words.EYE_HEIGHTS_M) == set(picture_words.PUPPETS)
    for name, eyes_m in picture_words.EYE_HEIGHTS_M.items():
        assert eyes_m == pytest.approx(puppets.eye_height_m(name), abs=0.06), name


def test_who_sits_has_a_seat() -> None:
    seats = {
        name: {stage for stage, position in design.stages.items() if position.seat}
        for name, design in load_sets(SETS_FOLDER).items()
    }
    assert {name: set(stages) for name, stages in picture_words.SEATS.items()} == {n: s for n, s in seats.items() if s}


def test_voices_and_the_ways_they_are_carried(voice: NeuralVoice) -> None:
    assert {*picture_words.VOICES, *picture_words.TREATMENTS} == set(voice.known_voices())
    spoken = [voice.speak("Go.", f"engineer+{way}", "calm", 1.0).pcm for way in picture_words.TREATMENTS]
    assert all(len(pcm) for pcm in spoken)


def test_sounds() -> None:
    assert set(SynthesisedFoley().known_sounds()) == set(picture_words.SOUNDS)


def test_emotions_are_spoken_and_shown(voice: NeuralVoice) -> None:
    assert set(voice.known_emotions()) == set(stance.EMOTIONS) == set(picture_words.EMOTIONS)


def test_poses_are_known_to_whoever_checks_and_whoever_draws_them() -> None:
    assert set(motion.POSES) == set(checks.POSES) == set(picture_words.POSES)


def test_moods_are_painted_and_played() -> None:
    assert set(looks.MOODS) == set(SCORE_MOODS) == set(picture_words.MOODS)


def test_looks_of_a_view() -> None:
    assert set(looks.PALETTES) - {""} == set(picture_words.PALETTES)
    assert set(looks.WEATHERS) == set(picture_words.WEATHERS)
    assert set(framing.FRAMINGS) == set(picture_words.FRAMINGS)
    assert set(MARKS) == set(picture_words.MARKS)
    for time_of_day in picture_words.TIMES_OF_DAY:
        looks.check_look(View("corridor", time_of_day=time_of_day))


def test_camera_moves_and_effects() -> None:
    assert set(checks.CAMERA_MOVES) == set(picture_words.CAMERA_MOVES)
    assert set(picture_words.EFFECTS) <= set(checks.EFFECTS)
