"""The inference service's settings, from the environment; the only module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """lineup: file that names the engine behind every service. serve_config: Ray Serve's. cache: converted models,
    compiled loops, built puppets, painted plates. plates_bytes: how much of it plates may take.
    ray_address: "" starts a Ray of its own. ray_folder: where that one keeps its files. object_store_bytes: what that
    one may share between processes. take_affinity: whether a shot goes to one Animator, whichever node asks and in
    whatever look; a single one needs no routing."""

    lineup: Path = REPOSITORY / "deploy" / "lineups" / "laptop.yaml"
    serve_config: Path = REPOSITORY / "deploy" / "ray" / "serve.yaml"
    cache: Path = REPOSITORY / ".cache"
    plates_bytes: int = 1024 * MEBIBYTE
    grpc_port: int = 9000
    http_port: int = 9001
    ray_address: str = ""
    ray_folder: str = ""
    object_store_bytes: int = 512 * MEBIBYTE
    take_affinity: bool = False


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises ValueError for a number that is none, or out of its range; the message names the variable."""
    default = Settings()
    return Settings(
        lineup=Path(environment.get("CINELOOM_LINEUP", str(default.lineup))).resolve(),
        serve_config=Path(environment.get("CINELOOM_SERVE_CONFIG", str(default.serve_config))).resolve(),
        cache=Path(environment.get("CINELOOM_CACHE", str(default.cache))).resolve(),
        plates_bytes=_number(environment, "CINELOOM_PLATES_BYTES", default.plates_bytes, 0, 2**50),
        grpc_port=_number(environment, "CINELOOM_INFERENCE_GRPC_PORT", default.grpc_port, 1, 65_535),
        http_port=_number(environment, "CINELOOM_INFERENCE_HTTP_PORT", default.http_port, 1, 65_535),
        ray_address=environment.get("CINELOOM_RAY_ADDRESS", default.ray_address),
        ray_folder=environment.get("CINELOOM_RAY_FOLDER", default.ray_folder),
        object_store_bytes=_number(
            environment, "CINELOOM_OBJECT_STORE_BYTES", default.object_store_bytes, 128 * MEBIBYTE, 2**50
        ),
        take_affinity=_number(environment, "CINELOOM_TAKE_AFFINITY", int(default.take_affinity), 0, 1) == 1,
    )


def _number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is no number") from None
    if not least <= number <= most:
        raise ValueError(f"{name}: {number} is not within {least}..{most}")
    return number
