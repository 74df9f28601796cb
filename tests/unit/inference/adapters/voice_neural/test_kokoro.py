"""The Kokoro speakers: their graph's rewriting changes nothing that is heard, pitch and throat go where they are asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy import signal

from services.inference.adapters.voice_neural.engine import NeuralVoice
from services.inference.adapters.voice_neural.kokoro_graph import convolutions_as_products, normalisations_as_one
from services.inference.adapters.voice_neural.speaker_kokoro import KokoroSpeaker
from services.inference.adapters.voice_neural.speakers import Manner, Rendering
from services.inference.adapters.voice_neural.world_vocoder import load_world

SYMBOLS = "wˌi lˈɔst ðə bˈikən, ænd nˈO wˌʌn nˈOz."


MICROSOFT = helper.make_opsetid("com.microsoft", 1)


def model_of(nodes: list[Any], constants: dict[str, Any]) -> Any:
    graph = helper.make_graph(
        nodes,
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, None, None])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20), MICROSOFT], ir_version=9)


def convolution(taps: int, dilation: int, stride: int, biased: bool) -> Any:
    """A convolution as the quantiser writes it: its bias as integers, then its scale."""
    random = np.random.default_rng(taps)
    pad = dilation * (taps - 1) // 2
    constants = {
        "w": random.integers(0, 255, (5, 6, taps)).astype(np.uint8),
        "w_zero": np.uint8(117),
        "w_scale": np.float32(0.013),
    }
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        helper.make_node("Mul", ["scale", "w_scale"], ["both"]),
        helper.make_node(
            "ConvInteger", ["q", "w", "zero", "w_zero"], ["whole"], pads=[pad, pad], dilations=[dilation],
            strides=[stride], name="conv",
        ),
    ]  # fmt: skip
    summed = "whole"
    if biased:
        constants |= {"bias": random.standard_normal(5).astype(np.float32), "shape": np.array([1, -1, 1], np.int64)}
        nodes += [
            helper.make_node("Div", ["bias", "both"], ["bias_steps"]),
            helper.make_node("Floor", ["bias_steps"], ["bias_floor"]),
            helper.make_node("Cast", ["bias_floor"], ["bias_whole"], to=TensorProto.INT32),
            helper.make_node("Reshape", ["bias_whole", "shape"], ["bias_column"]),
            helper.make_node("Add", ["whole", "bias_column"], ["with_bias"]),
        ]
        summed = "with_bias"
    nodes += [
        helper.make_node("Cast", [summed], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["real", "both"], ["y"]),
    ]
    return model_of(nodes, constants)


def run(model: Any) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).standard_normal((1, 6, 40)).astype(np.float32)
    return np.asarray(session.run(None, {"x": x})[0])


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize(("taps", "dilation", "stride"), [(1, 1, 1), (3, 1, 1), (7, 3, 1), (11, 5, 1), (3, 1, 2)])
def test_a_convolution_as_a_product_gives_the_same(taps: int, dilation: int, stride: int, biased: bool) -> None:
    model = convolution(taps, dilation, stride, biased)
    before = run(model)
    convolutions_as_products(model.graph)
    after = run(model)
    # A bias is no longer rounded down to a whole step of the integers.
    np.testing.assert_allclose(after, before, atol=1e-3 if biased else 1e-4)
    kinds = {node.op_type for node in model.graph.node}
    assert ("ConvInteger" in kinds) == (stride > 1)
    assert ("MatMulIntegerToFloat" in kinds) == (stride == 1)


def test_a_normalisation_that_is_spelled_out_becomes_one_node() -> None:
    random = np.random.default_rng(2)
    constants = {
        "axes": np.array([2], np.int64),
        "epsilon": np.array(1e-5, np.float32),
        "gain": random.standard_normal((1, 6, 1)).astype(np.float32),
        "offset": random.standard_normal((1, 6, 1)).astype(np.float32),
    }
    steps = (
        ("ReduceMean", ["x", "axes"], "mean"), ("Sub", ["x", "mean"], "centred"),
        ("Mul", ["centred", "centred"], "square"), ("ReduceMean", ["square", "axes"], "variance"),
        ("Add", ["variance", "epsilon"], "varied"), ("Sqrt", ["varied"], "root"), ("Div", ["centred", "root"], "norm"),
        ("Mul", ["gain", "norm"], "scaled"), ("Add", ["scaled", "offset"], "y"),
    )  # fmt: skip
    model = model_of([helper.make_node(kind, inputs, [name], name=name) for kind, inputs, name in steps], constants)
    before = run(model)
    normalisations_as_one(model.graph)
    np.testing.assert_allclose(run(model), before, atol=1e-5)
    assert [node.op_type for node in model.graph.node] == ["Reshape", "Reshape", "InstanceNormalization"]


@pytest.fixture(scope="module")
def george(engine: NeuralVoice) -> KokoroSpeaker:
    speaker = engine._speakers["george"]
    assert isinstance(speaker, KokoroSpeaker)
    return speaker


def median_f0_hz(pcm: np.ndarray, rate_hz: int) -> float:
    f0_hz, _ = load_world().dio(pcm.astype(np.float64), rate_hz)
    return float(np.median(f0_hz[f0_hz > 0]))


@pytest.mark.parametrize("formant", [0.9, 1.0, 1.12])
def test_pitch_follows_what_is_asked_whatever_the_throat(george: KokoroSpeaker, formant: float) -> None:
    low, high = (george.say(SYMBOLS, Manner(1.0, pitch_hz, 0.6, formant), 1) for pitch_hz in (105.0, 147.0))
    low_hz, high_hz = median_f0_hz(low.pcm, low.rate_hz), median_f0_hz(high.pcm, high.rate_hz)
    assert high_hz / low_hz == pytest.approx(1.4, rel=0.06)
    assert low_hz == pytest.approx(105.0, rel=0.15)


def test_a_longer_throat_lowers_the_spectrum_and_keeps_the_length(george: KokoroSpeaker) -> None:
    small, large = (george.say(SYMBOLS, Manner(1.0, 120.0, 1.0, formant), 1) for formant in (1.12, 0.9))
    assert len(small.pcm) / small.rate_hz == pytest.approx(len(large.pcm) / large.rate_hz, rel=0.12)
    assert _resonances_ratio(small, large) == pytest.approx(1.12 / 0.9, rel=0.06)


def test_breath_adds_noise_up_high_and_same_seed_same_samples(george: KokoroSpeaker) -> None:
    plain = george.say(SYMBOLS, Manner(1.0, 120.0, 1.0, 1.0), 7)
    breathy, again = (george.say(SYMBOLS, Manner(1.0, 120.0, 1.0, 1.0, breath=0.6), 7) for _ in range(2))
    assert np.isfinite(breathy.pcm).all()
    assert np.array_equal(breathy.pcm, again.pcm)
    assert _centroid_hz(breathy.pcm, breathy.rate_hz) > _centroid_hz(plain.pcm, plain.rate_hz)


def test_edges_are_in_order_and_inside(george: KokoroSpeaker) -> None:
    said = george.say(SYMBOLS, Manner(1.3, 120.0, 1.0, 1.0), 1)
    assert len(said.edges) == len(SYMBOLS) + 1
    assert list(said.edges) == sorted(said.edges)
    assert 0 <= said.edges[0] <= said.edges[-1] <= len(said.pcm)


def _resonances_ratio(one: Rendering, other: Rendering) -> float:
    """How much higher the long-term spectrum of one lies: the shift on a log axis at which both are most alike."""
    grid_hz = np.geomspace(500.0, 3_800.0, 200)
    shapes = []
    for said in (one, other):
        frequency, power = signal.welch(said.pcm, said.rate_hz, nperseg=256)
        shapes.append(np.interp(np.log(grid_hz), np.log(frequency[1:]), 10.0 * np.log10(power[1:] + 1e-12)))

    def likeness(shift: int) -> float:
        ahead, behind = shapes[0][max(0, shift) : 200 + min(0, shift)], shapes[1][max(0, -shift) : 200 - max(0, shift)]
        return float(np.corrcoef(ahead, behind)[0, 1])

    return float((grid_hz[1] / grid_hz[0]) ** max(range(-60, 61), key=likeness))


def _centroid_hz(pcm: np.ndarray, rate_hz: int) -> float:
    power = np.abs(np.fft.rfft(pcm)) ** 2
    frequency = np.fft.rfftfreq(len(pcm), 1.0 / rate_hz)
    heard = (frequency > 400.0) & (frequency < 8_000.0)
    return float((power * frequency)[heard].sum() / power[heard].sum())
