"""The GPU lineup's voice: the code that loads, cuts and runs Kokoro, over a network of random weights."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from services.inference.adapters.voice_neural import engine as engine_module
from services.inference.adapters.voice_neural.designs import Designs
from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.model_files import ModelFile, open_session, pinned_files
from services.inference.adapters.voice_neural.speaker_kokoro import DURATIONS, ENERGY, FEATURES, PITCH, KokoroNetwork
from services.inference.domain.errors import EngineUnavailable

LINE = "We lost the beacon."


def tiny_kokoro() -> bytes:
    """The real network's inputs, outputs and inner borders; 1,200 random samples for every symbol."""
    random = np.random.default_rng(0)
    constants = {
        "sounds": (0.3 * random.standard_normal((178, 1_200))).astype(np.float32),
        "none": np.float32(0.0), "two": np.float32(2.0), "one": np.float32(1.0), "many": np.float32(50.0),
        "hertz": np.float32(110.0), "flat": np.array([-1], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("Gather", ["sounds", "tokens"], [FEATURES]),
        helper.make_node("Cast", ["tokens"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "none"], ["zeros"]),
        helper.make_node("Div", ["two", "speed"], ["length"]),
        helper.make_node("Add", ["zeros", "length"], ["lengths"]),
        helper.make_node("Clip", ["lengths", "one", "many"], [DURATIONS]),
        helper.make_node("Add", ["zeros", "hertz"], [PITCH]),
        helper.make_node("Add", ["zeros", "one"], [ENERGY]),
        helper.make_node("ReduceMean", [PITCH], ["mean_pitch"], keepdims=0),
        helper.make_node("ReduceMean", [ENERGY], ["mean_energy"], keepdims=0),
        helper.make_node("ReduceMean", ["style"], ["mean_style"], keepdims=0),
        helper.make_node("Div", ["mean_pitch", "hertz"], ["push"]),
        helper.make_node("Mul", ["push", "mean_energy"], ["pushed"]),
        helper.make_node("Add", ["pushed", "mean_style"], ["colour"]),
        helper.make_node("Mul", [FEATURES, "colour"], ["coloured"]),
        helper.make_node("Tanh", ["coloured"], ["rough"]),
        helper.make_node("Reshape", ["rough", "flat"], ["audio"]),
    ]
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    graph = helper.make_graph(
        nodes, "tiny", inputs, [helper.make_tensor_value_info("audio", TensorProto.FLOAT, [None])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModelFile]:
    """The pinned files, but for the network: that one is tiny, in two pieces of a package of its own."""
    package = tmp_path / "tiny_kokoro_voice"
    package.mkdir()
    (package / "__init__.py").touch()
    content = tiny_kokoro()
    pins = {name: pin for name, pin in pinned_files().items() if not name.startswith("kokoro_part_")}
    for number, piece in enumerate((content[:1_000], content[1_000:]), 1):
        (package / f"{number}.bin").write_bytes(piece)
        digest = hashlib.sha256(piece).hexdigest()
        pins[f"kokoro_part_{number}"] = ModelFile(f"kokoro_part_{number}", "tiny_kokoro_voice", f"{number}.bin", digest)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(engine_module, "pinned_files", lambda: pins)
    return pins


def test_it_speaks_for_every_part_and_that_is_no_replacement(pins: dict[str, ModelFile]) -> None:
    voice = NeuralVoice.load(everyone=True)
    assert voice.fallbacks() == {}
    assert set(voice.known_voices()) == set(Designs.load().voices)
    said = {name: voice.speak(LINE, name, "calm", 1.0) for name in ("engineer", "robot", "narrator")}
    for name, speech in said.items():
        assert speech.voice == name
        assert [word.text for word in speech.words] == LINE.split()
        assert float(np.abs(speech.pcm).max()) > 0.05
        assert speech.visemes[-1].end_sample == len(speech.pcm)
    assert {voice._voices[name].speaker for name in said} <= {"george", "michael", "emma", "bella"}


def test_the_two_halves_meet_where_pitch_is_shaped(pins: dict[str, ModelFile]) -> None:
    parts = [pins["kokoro_part_1"], pins["kokoro_part_2"]]
    network = KokoroNetwork.load(parts, pins["hibari_vocabulary"], 1)
    asked: dict[str, Any] = {
        "tokens": np.array([[0, 43, 44, 0]], np.int64),
        "style": np.zeros((1, 256), np.float32),
        "speed": np.array([0.5], np.float32),
    }
    features, pitch, energy, durations = network.read.run(None, asked)
    assert durations.tolist() == [[4.0] * 4]
    halves = [
        network.sing.run(None, {FEATURES: features, PITCH: pitch * share, ENERGY: energy, "style": asked["style"]})[0]
        for share in (1.0, 1.5)
    ]
    assert np.abs(halves[1]).mean() > 1.2 * np.abs(halves[0]).mean()


def test_a_device_that_is_not_there_is_said_so() -> None:
    with pytest.raises(EngineUnavailable, match="onnxruntime-gpu"):
        open_session(tiny_kokoro(), lambda graph: None, 1, "cuda")
    with pytest.raises(EngineUnavailable, match="tpu"):
        open_session(tiny_kokoro(), lambda graph: None, 1, "tpu")
