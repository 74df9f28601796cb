"""Rewrites Kokoro's quantised graph for the kernels that onnxruntime is fast with; the numbers stay the same.

onnxruntime 1.32 runs ConvInteger with unsigned weights on a slow path, and with signed ones on a slower one. Every tap
of the kernel becomes a stretch of a row, and the whole a product of matrices with signed weights that scales and adds
the bias at once. Adaptive instance normalisation, spelled out by the exporter, becomes one node.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

_UNSIGNED_MIDDLE = 128
_TO_THE_END = 2**60
_CONTRIBUTED = "com.microsoft"


def fit_kernels(graph: Any) -> None:
    """graph: an onnx.GraphProto of Kokoro or of a part of it, changed in place."""
    normalisations_as_one(graph)
    convolutions_as_products(graph)


def convolutions_as_products(graph: Any) -> None:
    """graph: an onnx.GraphProto, changed in place. Convolutions with strides stay as they are."""
    from onnx import numpy_helper

    tensors = {tensor.name: tensor for tensor in graph.initializer}
    links = _Links.of(graph)
    constants: dict[str, Any] = {}
    made: dict[int, list[Any]] = {}
    gone: set[int] = set()
    for node in graph.node:
        weights = tensors.get(node.input[1]) if node.op_type == "ConvInteger" else None
        if weights is None or _attribute(node, "strides", [1]) != [1] or _attribute(node, "group", 1) != 1:
            continue
        scaling = _scaling(links, node)
        zero = int(numpy_helper.to_array(tensors[node.input[3]]).reshape(-1)[0])
        made[id(scaling.nodes[-1])] = _as_product(node, scaling, numpy_helper.to_array(weights), zero, constants)
        gone |= {id(node), *map(id, scaling.nodes)}
    _replace(graph, made, gone, constants)


def normalisations_as_one(graph: Any) -> None:
    """graph: an onnx.GraphProto, changed in place: (x - mean) / sqrt(variance + epsilon) * gain + offset over the last
    axis becomes InstanceNormalization."""
    from onnx import helper, numpy_helper

    tensors = {tensor.name: tensor for tensor in graph.initializer}
    links = _Links.of(graph)
    constants: dict[str, Any] = {"channels": np.array([-1], np.int64)}
    made: dict[int, list[Any]] = {}
    gone: set[int] = set()
    for divided in graph.node:
        steps = _normalisation(links, divided, tensors)
        if steps is None:
            continue
        shifted = steps.nodes[-1]
        gain, offset = f"{divided.name}_gain", f"{divided.name}_offset"
        made[id(shifted)] = [
            helper.make_node("Reshape", [steps.gain, "channels"], [gain]),
            helper.make_node("Reshape", [steps.offset, "channels"], [offset]),
            helper.make_node(
                "InstanceNormalization", [steps.of, gain, offset], list(shifted.output),
                epsilon=float(numpy_helper.to_array(tensors[steps.epsilon]).reshape(-1)[0]),
            ),
        ]  # fmt: skip
        gone |= set(map(id, steps.nodes))
    _replace(graph, made, gone, constants)


def _replace(graph: Any, made: dict[int, list[Any]], gone: set[int], constants: dict[str, Any]) -> None:
    from onnx import numpy_helper

    nodes: list[Any] = []
    for node in graph.node:
        if id(node) not in gone:
            nodes.append(node)
        nodes += made.get(id(node), ())
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())


@dataclass(frozen=True, slots=True)
class _Links:
    """Who makes a tensor, and who reads it."""

    maker: dict[str, Any]
    readers: dict[str, list[Any]]

    @classmethod
    def of(cls, graph: Any) -> _Links:
        readers: dict[str, list[Any]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                readers[name].append(node)
        return cls({name: node for node in graph.node for name in node.output}, readers)

    def only_reader(self, node: Any) -> Any:
        """The node that alone reads what `node` gives; None where there are several or none."""
        readers = self.readers.get(node.output[0], [])
        return readers[0] if len(readers) == 1 else None


@dataclass(frozen=True, slots=True)
class _Scaling:
    """What turns a convolution's integers into its answer: [Add bias], Cast, Mul. scales: of data and of weights."""

    nodes: tuple[Any, ...]
    scales: tuple[str, str]
    bias: str


def _scaling(links: _Links, convolution: Any) -> _Scaling:
    nodes = [links.only_reader(convolution)]
    bias = ""
    if nodes[0].op_type == "Add":
        step = links.maker[nodes[0].input[1]]
        while step.op_type != "Div":
            step = links.maker[step.input[0]]
        bias = step.input[0]
        nodes.append(links.only_reader(nodes[0]))
    nodes.append(links.only_reader(nodes[-1]))
    if [node.op_type for node in nodes[-2:]] != ["Cast", "Mul"]:
        raise ValueError(f"{convolution.name} is not followed by a scaling")
    scales = links.maker[nodes[-1].input[1]]
    return _Scaling(tuple(nodes), (scales.input[0], scales.input[1]), bias)


@dataclass(frozen=True, slots=True)
class _Normalisation:
    nodes: tuple[Any, ...]
    of: str
    epsilon: str
    gain: str
    offset: str


def _normalisation(links: _Links, divided: Any, tensors: dict[str, Any]) -> _Normalisation | None:
    if divided.op_type != "Div":
        return None
    before = [divided]
    for kind, place in (("Sqrt", 1), ("Add", 0), ("ReduceMean", 0), ("Mul", 0), ("Sub", 0), ("ReduceMean", 1)):
        maker = links.maker.get(before[-1].input[place])
        if maker is None or maker.op_type != kind:
            return None
        before.append(maker)
    _, root, varied, mean_square, square, centred, mean = before
    scaled = links.only_reader(divided)
    shifted = links.only_reader(scaled) if scaled is not None and scaled.op_type == "Mul" else None
    if shifted is None or shifted.op_type != "Add" or varied.input[1] not in tensors:
        return None
    gain = next(name for name in scaled.input if name != divided.output[0])
    offset = next(name for name in shifted.input if name != scaled.output[0])
    nodes = (mean, centred, square, mean_square, varied, root, divided, scaled, shifted)
    return _Normalisation(nodes, centred.input[0], varied.input[1], gain, offset)


def _as_product(node: Any, scaling: _Scaling, weights: Any, zero: int, constants: dict[str, Any]) -> list[Any]:
    """node: (1, channels, time) uint8 by weights (out, in, taps) uint8."""
    from onnx import helper

    taps = weights.shape[2]
    dilation, pads = _attribute(node, "dilations", [1])[0], _attribute(node, "pads", [0, 0])
    signed = (weights.astype(np.int16) - _UNSIGNED_MIDDLE).astype(np.int8)
    table, table_zero = f"{node.name}_table", f"{node.name}_table_zero"
    constants[table] = signed.transpose(2, 1, 0).reshape(taps * weights.shape[1], weights.shape[0])
    constants[table_zero] = np.int8(zero - _UNSIGNED_MIDDLE)
    constants["time_axis"] = np.array([1], np.int64)
    constants[f"pads_{pads[0]}_{pads[1]}"] = np.array([0, pads[0], 0, 0, pads[1], 0], np.int64)
    rows, padded, stretched = f"{node.name}_rows", f"{node.name}_padded", f"{node.name}_stretched"
    made = [
        helper.make_node("Transpose", [node.input[0]], [rows], perm=[0, 2, 1]),
        helper.make_node("Pad", [rows, f"pads_{pads[0]}_{pads[1]}", node.input[2]], [padded]),
    ]
    parts = [f"{node.name}_tap_{tap}" for tap in range(taps)]
    for tap, part in enumerate(parts):
        begin, end = tap * dilation, (tap - taps + 1) * dilation
        constants[f"at_{begin}"] = np.array([begin], np.int64)
        constants[f"to_{end}"] = np.array([end if end < 0 else _TO_THE_END], np.int64)
        made.append(helper.make_node("Slice", [padded, f"at_{begin}", f"to_{end}", "time_axis"], [part]))
    product = [stretched, table, *scaling.scales, node.input[2], table_zero, scaling.bias]
    return [
        *made,
        helper.make_node("Concat", parts, [stretched], axis=2),
        helper.make_node("MatMulIntegerToFloat", product, [f"{node.name}_product"], domain=_CONTRIBUTED),
        helper.make_node("Transpose", [f"{node.name}_product"], list(scaling.nodes[-1].output), perm=[0, 2, 1]),
    ]


def _attribute(node: Any, name: str, default: Any) -> Any:
    from onnx import helper

    return next((helper.get_attribute_value(item) for item in node.attribute if item.name == name), default)
