"""What the Writer composes is what the streaming service plays: the same schema, the same lint, whatever the premise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle
from random import Random

import pytest

from services.inference.adapters.writer_composed import load_banks
from services.inference.domain.premise import StoryAsk
from services.inference.domain.premise_reading import Reading
from services.inference.domain.story_banks import Ideas
from services.inference.domain.story_composing import compose
from services.streaming.adapters.stories_yaml import load_text
from services.streaming.domain.simulated_film import simulate
from services.streaming.domain.story import Story
from services.streaming.domain.story_check import check
from services.streaming.domain.story_walk import random_walk
from services.streaming.domain.taste import EMPTY

pytestmark = pytest.mark.contract

BANKS = load_banks()


def _pairs() -> Iterator[tuple[str, str, str]]:
    subjects = cycle(BANKS.subjects)
    for structure in BANKS.structures:
        for setting in BANKS.settings:
            yield structure, setting, next(subjects)


def made(structure: str, setting: str, subject: str, seed: int = 1) -> Story:
    reading = Reading(
        structure, setting, subject, "", "", None, "", ("humour",), (), "mend a very old clock", "the very old clock"
    )
    ask = StoryAsk("A premise, in the viewer's own words: with a colon.", "made_0123", seed, "general")
    document, _ = compose(ask, reading, BANKS, Ideas(), lambda texts: seed % len(texts))
    return load_text(json.dumps(document, ensure_ascii=False), "made")


@pytest.mark.parametrize(("structure", "setting", "subject"), list(_pairs()))
def test_every_kind_of_story_in_every_place_lints_clean(structure: str, setting: str, subject: str) -> None:
    story = made(structure, setting, subject, seed=len(structure + setting))
    assert [str(finding) for finding in check(story, walks=6)] == []
    assert len(story.beats) >= 18
    assert len(story.endings) >= 3
    assert story.sources
    assert story.fiction


@pytest.mark.parametrize("subject", BANKS.subjects)
def test_every_subject_can_be_spoken_of(subject: str) -> None:
    story = made("survival", "station", subject, seed=7)
    assert [str(finding) for finding in check(story, walks=4)] == []


@pytest.mark.parametrize("structure", BANKS.structures)
def test_every_way_through_it_ends_and_every_ending_is_reached(structure: str) -> None:
    story = made(structure, "deep_sea", "signal", seed=3)
    walks = [random_walk(story, Random(seed)) for seed in range(120)]
    assert not any(walk.stuck for walk in walks)
    assert {walk.beat_ids[-1] for walk in walks} == {beat.beat_id for beat in story.endings}


@pytest.mark.parametrize("structure", BANKS.structures)
def test_it_keeps_to_its_planned_length(structure: str) -> None:
    story = made(structure, "deep_sea", "signal", seed=3)
    film = simulate(story, EMPTY, seed=5)
    assert film.ended
    assert 0.7 <= film.beats[-1].end_s / (60 * story.planned_minutes.default) <= 1.3
