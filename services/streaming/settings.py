"""The streaming service's settings, from the environment; the only module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STORIES = Path(__file__).parent / "stories"


@dataclass(frozen=True, slots=True)
class Settings:
    """store_url: SQLAlchemy URL. origins: pages that may call. story_folder: authored stories."""

    host: str = "127.0.0.1"
    port: int = 8081
    inference_target: str = "127.0.0.1:9000"
    kafka_bootstrap: str = "127.0.0.1:9092"
    store_url: str = "sqlite:///.run/cineloom.db"
    origins: tuple[str, ...] = ("*",)
    ice_servers: tuple[str, ...] = ()
    story_folder: Path = STORIES
    sessions_limit: int = 20
    render_streams: int = 2
    take_memory_bytes: int = 256 * 1024 * 1024
    width: int = 640
    height: int = 360
    bitrate_bps: int = 900_000
    horizon_s: float = 6.0
    words_limit_s: float = 6.0
    log_level: str = "INFO"


class InvalidSetting(ValueError):
    """An environment variable that cannot be used; the message names it."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises InvalidSetting."""
    default = Settings()
    return Settings(
        host=environment.get("CINELOOM_STREAMING_HOST", default.host),
        port=_int(environment, "CINELOOM_STREAMING_PORT", default.port, 0, 65_535),
        inference_target=environment.get("CINELOOM_INFERENCE_TARGET", default.inference_target),
        kafka_bootstrap=environment.get("CINELOOM_KAFKA_BOOTSTRAP", default.kafka_bootstrap),
        store_url=environment.get("CINELOOM_STORE_URL", default.store_url),
        origins=_list(environment, "CINELOOM_PLAYER_ORIGINS", default.origins),
        ice_servers=_list(environment, "CINELOOM_ICE_SERVERS", default.ice_servers),
        story_folder=Path(environment.get("CINELOOM_STORIES", str(default.story_folder))),
        sessions_limit=_int(environment, "CINELOOM_SESSIONS_LIMIT", default.sessions_limit, 1, 100_000),
        render_streams=_int(environment, "CINELOOM_RENDER_STREAMS", default.render_streams, 1, 256),
        take_memory_bytes=_int(environment, "CINELOOM_TAKE_MEMORY_MB", 256, 16, 1_000_000) * 1024 * 1024,
        width=_int(environment, "CINELOOM_WIDTH", default.width, 160, 3840),
        height=_int(environment, "CINELOOM_HEIGHT", default.height, 90, 2160),
        bitrate_bps=_int(environment, "CINELOOM_BITRATE_BPS", default.bitrate_bps, 100_000, 50_000_000),
        horizon_s=_float(environment, "CINELOOM_HORIZON_S", default.horizon_s, 1.0, 60.0),
        words_limit_s=_float(environment, "CINELOOM_WORDS_LIMIT_S", default.words_limit_s, 0.0, 60.0),
        log_level=environment.get("CINELOOM_LOG_LEVEL", default.log_level).upper(),
    )


def _list(environment: Mapping[str, str], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    if name not in environment:
        return default
    return tuple(part.strip() for part in environment[name].split(",") if part.strip())


def _int(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    return int(_number(environment, name, default, low, high, int))


def _float(environment: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    return _number(environment, name, default, low, high, float)


def _number(
    environment: Mapping[str, str], name: str, default: float, low: float, high: float, kind: type[int] | type[float]
) -> float:
    text = environment.get(name)
    if text is None:
        return default
    try:
        value = kind(text)
    except ValueError as error:
        raise InvalidSetting(f"{name}: {text!r} is not a number") from error
    if not low <= value <= high:
        raise InvalidSetting(f"{name}: {text} does not lie between {low} and {high}")
    return value
