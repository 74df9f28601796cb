"""What happens when a speaker's files are missing or changed: another one speaks, and the engine says so."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.inference.adapters.voice_neural import engine as engine_module
from services.inference.adapters.voice_neural.designs import Designs
from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.model_files import ModelFile, pinned_files
from services.inference.domain.errors import EngineUnavailable


def test_every_pinned_file_is_the_installed_one() -> None:
    assert all(pin.read() for pin in pinned_files().values())


def test_a_changed_file_is_not_given_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "tampered_voice"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.onnx").write_bytes(b"not what was tried")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EngineUnavailable, match="pinned is 000000"):
        ModelFile("tampered", "tampered_voice", "model.onnx", "0" * 64).read()


def test_a_missing_package_is_named() -> None:
    with pytest.raises(EngineUnavailable, match="no_such_voice_package"):
        ModelFile("absent", "no_such_voice_package", "model.onnx", "0" * 64).read()


@pytest.mark.parametrize(
    ("broken", "lost", "stand_ins"),
    [
        ("hibari_model", ("hibari",), {"emma"}),
        ("joe_model", ("joe",), {"george"}),
        ("kokoro_part_3", ("george", "michael", "emma", "bella"), {"joe", "hibari"}),
    ],
)
def test_a_damaged_speaker_is_replaced_by_the_nearest_and_said_so(
    broken: str,
    lost: tuple[str, ...],
    stand_ins: set[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pins = pinned_files()
    pins[broken] = replace(pins[broken], sha256="0" * 64)
    monkeypatch.setattr(engine_module, "pinned_files", lambda: pins)
    with caplog.at_level(logging.WARNING):
        engine = NeuralVoice.load()
    designed = {name for name, design in Designs.load().voices.items() if design.speaker in lost}
    assert set(engine.fallbacks()) == designed
    assert {sentence.split("spoken by ")[1].split()[0] for sentence in engine.fallbacks().values()} == stand_ins
    assert "cannot be loaded" in caplog.text
    voice = sorted(designed)[0]
    speech = engine.speak("Still here.", voice, "calm", 1.0)
    assert float(np.abs(speech.pcm).max()) > 0.1
    assert speech.voice.removeprefix(f"{voice}@") in stand_ins


def test_a_speaker_that_fails_at_a_line_is_replaced_for_it(
    engine: NeuralVoice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(symbols: str, manner: object, seed: int) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._speakers["george"], "say", fail)
    with caplog.at_level(logging.WARNING):
        speech = engine.speak("Still here.", "narrator", "calm", 1.0)
    assert speech.voice == "narrator@joe"
    assert "out of memory" in caplog.text
    assert float(np.abs(speech.pcm).max()) > 0.1


def test_without_any_speaker_there_is_no_engine(engine: NeuralVoice) -> None:
    with pytest.raises(EngineUnavailable, match="no speaker"):
        NeuralVoice(Designs.load(), engine._lexicon, engine._phones, engine._phonemiser, {})


def test_importing_loads_no_model() -> None:
    heavy = "{'onnx', 'onnxruntime', 'pyworld', 'hibari'} & set(sys.modules)"
    code = f"import sys, services.inference.adapters.voice_neural; print(sorted({heavy}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
