"""The inference service's settings, from the environment; the only module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """lineup: file that names the engine behind every service. serve_config: Ray Serve's. cache: converted models,
    compiled loops, built puppets. ray_address: "" starts a Ray of its own. ray_folder: where that one keeps its files."""

    lineup: Path = REPOSITORY / "deploy" / "lineups" / "laptop.yaml"
    serve_config: Path = REPOSITORY / "deploy" / "ray" / "serve.yaml"
    cache: Path = REPOSITORY / ".cache"
    grpc_port: int = 9000
    http_port: int = 9001
    ray_address: str = ""
    ray_folder: str = ""
    object_store_bytes: int = 512 * 1024 * 1024


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises ValueError for a port that is no number."""
    default = Settings()
    return Settings(
        lineup=Path(environment.get("CINELOOM_LINEUP", str(default.lineup))).resolve(),
        serve_config=Path(environment.get("CINELOOM_SERVE_CONFIG", str(default.serve_config))).resolve(),
        cache=Path(environment.get("CINELOOM_CACHE", str(default.cache))).resolve(),
        grpc_port=int(environment.get("CINELOOM_INFERENCE_GRPC_PORT", default.grpc_port)),
        http_port=int(environment.get("CINELOOM_INFERENCE_HTTP_PORT", default.http_port)),
        ray_address=environment.get("CINELOOM_RAY_ADDRESS", default.ray_address),
        ray_folder=environment.get("CINELOOM_RAY_FOLDER", default.ray_folder),
        object_store_bytes=int(environment.get("CINELOOM_OBJECT_STORE_BYTES", default.object_store_bytes)),
    )
