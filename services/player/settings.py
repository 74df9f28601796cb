"""What the player may be told from outside; the only module of the service that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

STREAMING_URL = "CINELOOM_STREAMING_PUBLIC_URL"
CONNECT_ORIGINS = "CINELOOM_PLAYER_CONNECT_ORIGINS"
HOST = "CINELOOM_PLAYER_HOST"
PORT = "CINELOOM_PLAYER_PORT"


class InvalidSetting(ValueError):
    """A setting cannot be used; `name` is its environment variable."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Settings:
    """streaming_url: how browsers reach the streaming service, without a trailing slash.

    connect_origins: further origins a browser may be sent to by a redirect (streaming nodes with their own names).
    """

    streaming_url: str = "http://127.0.0.1:8081"
    connect_origins: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8080

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from `environment` (the process's own when None). Raises InvalidSetting."""
        source = os.environ if environment is None else environment
        origins = (part.strip() for part in source.get(CONNECT_ORIGINS, "").split(","))
        return cls(
            streaming_url=_web_address(STREAMING_URL, source.get(STREAMING_URL) or cls().streaming_url),
            connect_origins=tuple(origin_of(_web_address(CONNECT_ORIGINS, part)) for part in origins if part),
            host=source.get(HOST) or cls().host,
            port=_port(source.get(PORT) or str(cls().port)),
        )


def origin_of(url: str) -> str:
    """Scheme, host and port of `url` (RFC 6454), as a Content-Security-Policy names a source."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _web_address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSetting(name, f"{value!r} is not an http or https address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidSetting(name, "credentials, a query or a fragment do not belong in it")
    if any(character in value for character in " ;,'\"\r\n"):
        raise InvalidSetting(name, f"{value!r} holds a character that has no place in an address")
    return value.rstrip("/")


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 <= int(value) <= 65535:
        raise InvalidSetting(PORT, f"{value!r} is not a port (0..65535)")
    return int(value)
