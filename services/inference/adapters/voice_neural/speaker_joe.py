"""The joe speaker: a 22.05 kHz American man (Piper VITS), driven with our phonemes and repeatable noise."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from services.inference.adapters.voice_neural.model_files import ModelFile, open_session
from services.inference.adapters.voice_neural.phones import PhoneTable
from services.inference.adapters.voice_neural.speakers import Manner, Rendering
from services.inference.adapters.voice_neural.world_vocoder import load_world, revoice

HOP_SAMPLES = 256
# Measured on fricatives: the sound leads the predicted durations by three frames.
LEAD_SAMPLES = 3 * HOP_SAMPLES
DURATIONS_TENSOR = "/Ceil_output_0"
NOISE_WIDTHS = {"/dp/RandomNormalLike": 2, "/RandomNormalLike": 192}
FRAMES_PER_ID_BOUND = 24
START, PAD, END = "^", "_", "$"


class JoeSpeaker:
    """Symbol times are the network's own durations (`Ceil` of its duration predictor), in steps of 11.6 ms."""

    name = "joe"
    formant_scale = 0.87

    def __init__(
        self, session: Any, world: Any, settings: dict[str, Any], phones: PhoneTable, fingerprint: str
    ) -> None:
        self._session = session
        self._world = world
        self._ids = {symbol: ids[0] for symbol, ids in settings["phoneme_id_map"].items()}
        self._rate_hz = int(settings["audio"]["sample_rate"])
        inference = settings["inference"]
        self._noise_scale, self._noise_width = float(inference["noise_scale"]), float(inference["noise_w"])
        self._phones = phones
        self.fingerprint = fingerprint

    @classmethod
    def load(cls, model: ModelFile, settings: ModelFile, phones: PhoneTable, threads: int) -> JoeSpeaker:
        """Raises EngineUnavailable when a file is not the pinned one or WORLD is missing."""
        session = open_session(model.read(), _make_repeatable, threads)
        return cls(session, load_world(), json.loads(settings.read()), phones, f"joe:{model.sha256[:12]}")

    def say(self, symbols: str, manner: Manner, seed: int) -> Rendering:
        ids, owners = self._piper_ids(symbols)
        audio, frames = self._session.run(None, self._feed(ids, manner.pace, seed))
        pcm = revoice(self._world, audio.ravel(), self._rate_hz, manner, seed)
        widths = np.bincount(owners, weights=frames.ravel() * HOP_SAMPLES, minlength=len(symbols) + 2)
        edges = np.maximum(np.cumsum(widths)[:-1] - LEAD_SAMPLES, 0)
        return Rendering(pcm, self._rate_hz, tuple(int(edge) for edge in edges))

    def _piper_ids(self, symbols: str) -> tuple[list[int], list[int]]:
        """(ids, owner of each id): owner 0 is the start, i + 1 is symbol i, and the last is the end."""
        ids, owners = [self._ids[START], self._ids[PAD]], [0, 0]
        for index, written in enumerate(self._phones.espeak_line(symbols)):
            for piper_symbol in written:
                ids += [self._ids[piper_symbol], self._ids[PAD]]
                owners += [index + 1, index + 1]
        return [*ids, self._ids[END]], [*owners, len(symbols) + 1]

    def _feed(self, ids: list[int], pace: float, seed: int) -> dict[str, Any]:
        random = np.random.default_rng(seed)
        count = len(ids)
        frame_bound = int(count * FRAMES_PER_ID_BOUND / pace)
        return {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([count], np.int64),
            "scales": np.array([self._noise_scale, 1.0 / pace, self._noise_width], np.float32),
            _noise_input("/dp/RandomNormalLike"): random.standard_normal((1, 2, count), np.float32),
            _noise_input("/RandomNormalLike"): random.standard_normal((1, 192, frame_bound), np.float32),
        }


def _noise_input(node_name: str) -> str:
    return node_name.strip("/").replace("/", "_") + "_noise"


def _make_repeatable(graph: Any) -> None:
    """Feed the graph's random draws from outside, cut to the length each needs, and give out the durations."""
    from onnx import TensorProto, helper

    nodes = [node for node in graph.node if node.op_type == "RandomNormalLike"]
    constants = {"cut_zero": 0, "cut_two": 2, "cut_three": 3}
    graph.initializer.extend(
        helper.make_tensor(name, TensorProto.INT64, [1], [value]) for name, value in constants.items()
    )
    for node in nodes:
        noise = _noise_input(node.name)
        shape: list[str | int | None] = [1, NOISE_WIDTHS[node.name], f"{noise}_frames"]
        graph.input.append(helper.make_tensor_value_info(noise, TensorProto.FLOAT, shape))
        steps = [
            helper.make_node("Shape", [node.input[0]], [f"{noise}_shape"]),
            helper.make_node("Slice", [f"{noise}_shape", "cut_two", "cut_three"], [f"{noise}_length"]),
            helper.make_node("Slice", [noise, "cut_zero", f"{noise}_length", "cut_two"], [node.output[0]]),
        ]
        place = list(graph.node).index(node)
        graph.node.remove(node)
        for offset, step in enumerate(steps):
            graph.node.insert(place + offset, step)
    graph.output.append(helper.make_tensor_value_info(DURATIONS_TENSOR, TensorProto.FLOAT, None))
