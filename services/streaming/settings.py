"""The streaming service's settings, from the environment; the only module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STORIES = Path(__file__).parent / "stories"


@dataclass(frozen=True, slots=True)
class Settings:
    """kafka_own_broker: the broker serves this node alone and deletes no records; to erase a viewer its topics are made
    anew. store_url: SQLAlchemy URL. origins: pages that may call. story_folder: authored stories.

    renditions_limit: rungs of the ladder; each that is watched costs a render. public_url: how pages reach this node,
    "" for its address. turn_secret: shared with the TURN servers. take_folder: for takes that memory has no room for,
    None to forget them. speculation: what spare time goes into: 0 nothing, 1 openings of
    stories while nobody watches, 2 also what films that play may need, where there are more than two cores.
    """

    host: str = "127.0.0.1"
    port: int = 8081
    inference_target: str = "127.0.0.1:9000"
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_own_broker: bool = False
    store_url: str = "sqlite:///.run/cineloom.db"
    origins: tuple[str, ...] = ("*",)
    public_url: str = ""
    ice_servers: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    turn_ttl_s: int = 3_600
    viewers_limit: int = 200
    viewers_per_session: int = 8
    egress_limit_bps: int = 0
    story_folder: Path = STORIES
    sessions_limit: int = 20
    render_streams: int = 2
    take_memory_bytes: int = 256 * 1024 * 1024
    take_folder: Path | None = None
    take_folder_bytes: int = 1024 * 1024 * 1024
    speculation: int = 1
    width: int = 640
    height: int = 360
    bitrate_bps: int = 900_000
    renditions_limit: int = 1
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
        kafka_own_broker=_int(environment, "CINELOOM_KAFKA_OWN_BROKER", int(default.kafka_own_broker), 0, 1) == 1,
        store_url=environment.get("CINELOOM_STORE_URL", default.store_url),
        origins=_list(environment, "CINELOOM_PLAYER_ORIGINS", default.origins),
        public_url=environment.get("CINELOOM_PUBLIC_URL", default.public_url).rstrip("/"),
        ice_servers=_list(environment, "CINELOOM_ICE_SERVERS", default.ice_servers),
        turn_urls=_list(environment, "CINELOOM_TURN_URLS", default.turn_urls),
        turn_secret=_secret(environment, "CINELOOM_TURN_SECRET", bool(environment.get("CINELOOM_TURN_URLS"))),
        turn_ttl_s=_int(environment, "CINELOOM_TURN_TTL_S", default.turn_ttl_s, 60, 86_400),
        viewers_limit=_int(environment, "CINELOOM_VIEWERS_LIMIT", default.viewers_limit, 1, 100_000),
        viewers_per_session=_int(environment, "CINELOOM_VIEWERS_PER_SESSION", default.viewers_per_session, 1, 10_000),
        egress_limit_bps=_int(environment, "CINELOOM_EGRESS_LIMIT_BPS", 0, 0, 1_000_000_000_000),
        story_folder=Path(environment.get("CINELOOM_STORIES", str(default.story_folder))),
        sessions_limit=_int(environment, "CINELOOM_SESSIONS_LIMIT", default.sessions_limit, 1, 100_000),
        render_streams=_int(environment, "CINELOOM_RENDER_STREAMS", default.render_streams, 1, 256),
        take_memory_bytes=_int(environment, "CINELOOM_TAKE_MEMORY_MB", 256, 16, 1_000_000) * 1024 * 1024,
        take_folder=_folder(environment, "CINELOOM_TAKE_FOLDER"),
        take_folder_bytes=_int(environment, "CINELOOM_TAKE_FOLDER_MB", 1024, 16, 10_000_000) * 1024 * 1024,
        speculation=_int(environment, "CINELOOM_SPECULATION", default.speculation, 0, 2),
        width=_int(environment, "CINELOOM_WIDTH", default.width, 160, 3840),
        height=_int(environment, "CINELOOM_HEIGHT", default.height, 90, 2160),
        bitrate_bps=_int(environment, "CINELOOM_BITRATE_BPS", default.bitrate_bps, 100_000, 50_000_000),
        renditions_limit=_int(environment, "CINELOOM_RENDITIONS_LIMIT", default.renditions_limit, 1, 3),
        horizon_s=_float(environment, "CINELOOM_HORIZON_S", default.horizon_s, 1.0, 60.0),
        words_limit_s=_float(environment, "CINELOOM_WORDS_LIMIT_S", default.words_limit_s, 0.0, 60.0),
        log_level=environment.get("CINELOOM_LOG_LEVEL", default.log_level).upper(),
    )


def _secret(environment: Mapping[str, str], name: str, needed: bool) -> str:
    """From the variable, or from the file that NAME_FILE names."""
    path = environment.get(f"{name}_FILE")
    try:
        value = environment.get(name) or (Path(path).read_text(encoding="utf-8").strip() if path else "")
    except OSError as error:
        raise InvalidSetting(f"{name}_FILE: {error}") from error
    if needed and not value:
        raise InvalidSetting(f"{name}: TURN servers are named, but not the secret that they share")
    return value


def _folder(environment: Mapping[str, str], name: str) -> Path | None:
    """None where the variable is not set or empty."""
    path = environment.get(name, "")
    return Path(path) if path else None


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
