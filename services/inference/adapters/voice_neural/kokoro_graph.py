"""Rewrites the quantised convolutions of Kokoro's graph as products of matrices, for which fast kernels exist.

onnxruntime 1.32 runs ConvInteger with unsigned weights on a slow path, and with signed ones on a slower one. Every tap
of the kernel becomes a stretch of a row, and the whole a MatMulInteger with signed weights: same integers, 1.5 times
as fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_UNSIGNED_MIDDLE = 128
_TO_THE_END = 2**60


def convolutions_as_products(graph: Any) -> None:
    """graph: an onnx.GraphProto, changed in place. Convolutions with strides stay as they are."""
    from onnx import numpy_helper

    tensors = {tensor.name: tensor for tensor in graph.initializer}
    constants: dict[str, Any] = {}
    nodes: list[Any] = []
    for node in graph.node:
        weights = tensors.get(node.input[1]) if node.op_type == "ConvInteger" else None
        if weights is None or _attribute(node, "strides", [1]) != [1] or _attribute(node, "group", 1) != 1:
            nodes.append(node)
            continue
        zero = int(numpy_helper.to_array(tensors[node.input[3]]).reshape(-1)[0])
        nodes += _as_product(node, numpy_helper.to_array(weights), zero, constants)
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())


def _as_product(node: Any, weights: Any, zero: int, constants: dict[str, Any]) -> list[Any]:
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
    return [
        *made,
        helper.make_node("Concat", parts, [stretched], axis=2),
        helper.make_node("MatMulInteger", [stretched, table, node.input[2], table_zero], [f"{node.name}_product"]),
        helper.make_node("Transpose", [f"{node.name}_product"], [node.output[0]], perm=[0, 2, 1]),
    ]


def _attribute(node: Any, name: str, default: Any) -> Any:
    from onnx import helper

    return next((helper.get_attribute_value(item) for item in node.attribute if item.name == name), default)
