"""Finds model files inside installed packages, checks their SHA-256 and opens them as repeatable ONNX sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from services.inference.domain.errors import EngineUnavailable

PINS_FILE = "models.yaml"
PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """package: import name of the package that holds `path`. sha256: what the file must hash to."""

    name: str
    package: str
    path: str
    sha256: str

    def read(self) -> bytes:
        """The checked content. Raises EngineUnavailable when it is missing or is not the pinned file."""
        try:
            content = resources.files(self.package).joinpath(self.path).read_bytes()
        except (ModuleNotFoundError, OSError) as error:
            raise EngineUnavailable(
                f"{self.name}: cannot read {self.path} of package {self.package}: {error}"
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise EngineUnavailable(f"{self.name}: {self.path} hashes to {found[:12]}, pinned is {self.sha256[:12]}")
        return content


def pinned_files() -> dict[str, ModelFile]:
    """Every file of `models.yaml` by its name."""
    table = yaml.safe_load(resources.files(__package__).joinpath(PINS_FILE).read_text(encoding="utf-8"))
    return {name: ModelFile(name=name, **row) for name, row in table.items()}


def cut_model(model: bytes, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> bytes:
    """The part of a model that leads from some of its tensors to others, as a model of its own."""
    import onnx
    from onnx.utils import Extractor

    proto = onnx.load_from_string(model)
    # What the exporter did not name is floating point of unknown shape.
    known = {value.name for value in (*proto.graph.input, *proto.graph.output, *proto.graph.value_info)}
    proto.graph.value_info.extend(
        onnx.helper.make_tensor_value_info(name, kind, None)
        for name, kind in ((name, onnx.TensorProto.FLOAT) for name in (*inputs, *outputs))
        if name not in known
    )
    cut: bytes = Extractor(proto).extract_model(list(inputs), list(outputs)).SerializeToString()
    return cut


def open_session(model: bytes, edit: Callable[[Any], None], threads: int, device: str = "cpu") -> Any:
    """An onnxruntime session over `model` after `edit` changed its graph (an onnx.GraphProto) in place.

    device: "cpu" or "cuda". Raises EngineUnavailable where onnxruntime was built without CUDA.
    """
    import onnx
    import onnxruntime

    providers = PROVIDERS.get(device)
    if providers is None:
        raise EngineUnavailable(f"voice: unknown device {device!r}; known: {', '.join(PROVIDERS)}")
    if providers[0] not in onnxruntime.get_available_providers():
        raise EngineUnavailable(f"voice: this onnxruntime has no {providers[0]} (onnxruntime-gpu has)")
    proto = onnx.load_from_string(model)
    edit(proto.graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=providers)
