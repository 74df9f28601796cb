"""What the local stack is told from outside; the only module here that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """environment: what every part inherits. kafka_bootstrap, ray_address: "" starts one of our own.

    lineup: the engines behind the services; cache: converted models. colour: None means "when it is a terminal".
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    kafka_bootstrap: str = ""
    ray_address: str = ""
    lineup: Path = REPOSITORY / "deploy" / "lineups" / "laptop.yaml"
    cache: Path = REPOSITORY / ".cache"
    colour: bool | None = None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process."""
    default = Settings()
    return Settings(
        environment=dict(environment),
        kafka_bootstrap=environment.get("CINELOOM_KAFKA_BOOTSTRAP", ""),
        ray_address=environment.get("CINELOOM_RAY_ADDRESS", ""),
        lineup=Path(environment.get("CINELOOM_LINEUP", str(default.lineup))).resolve(),
        cache=Path(environment.get("CINELOOM_CACHE", str(default.cache))).resolve(),
        colour=False if environment.get("NO_COLOR") else None,
    )
