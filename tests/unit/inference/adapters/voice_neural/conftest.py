"""One loaded engine for the folder: the real speakers, from the installed packages."""

from __future__ import annotations

import pytest

from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.phones import PhoneTable
from services.inference.adapters.voice_neural.spoken_form import Lexicon


@pytest.fixture(scope="session")
def engine() -> NeuralVoice:
    return NeuralVoice.load()


@pytest.fixture(scope="session")
def phones() -> PhoneTable:
    return PhoneTable.load()


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon.load()
