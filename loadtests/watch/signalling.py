"""The streaming service's HTTP: sessions, and WHEP. Raises Refused or Unreachable, never a client's own error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp

REQUEST_TIMEOUT_S = 10.0


class Unreachable(Exception):
    """The service did not answer, or is overloaded; worth another try."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """The service said no; another try would be answered the same."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Grant:
    """What POST /v1/sessions gives."""

    session_id: str
    viewer_id: str
    token: str
    whep_url: str


class Signalling:
    """url: of a streaming service. An asynchronous context manager."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/"
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def new_session(self, story_id: str) -> Grant:
        """POST /v1/sessions."""
        body = await self._json("POST", "v1/sessions", "", {"storyId": story_id, "captions": True})
        return Grant(body["sessionId"], body["viewerId"], body["token"], body["whepUrl"])

    async def offer(self, grant: Grant, sdp: str) -> tuple[str, str]:
        """POST /whep/{session}: (the SDP answer, the connection's URL)."""
        url = urljoin(self._url, f"whep/{grant.session_id}")
        headers = {"Content-Type": "application/sdp", **_bearer(grant.token)}
        _, answer, location = await self._call("POST", url, headers, sdp.encode())
        return answer, urljoin(url, location)

    async def hang_up(self, connection_url: str, grant: Grant) -> None:
        """DELETE the connection."""
        await self._call("DELETE", connection_url, _bearer(grant.token), b"")

    async def log(self, grant: Grant) -> list[dict[str, Any]]:
        """The session's log, oldest first."""
        body = await self._json("GET", f"v1/sessions/{grant.session_id}/log", grant.token, None)
        return list(body["entries"])

    async def _json(self, method: str, path: str, token: str, body: dict[str, Any] | None) -> dict[str, Any]:
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(_bearer(token) if token else {})}
        _, text, _ = await self._call(method, urljoin(self._url, path), headers, data)
        value = json.loads(text)
        return value if isinstance(value, dict) else {}

    async def _call(self, method: str, url: str, headers: dict[str, str], data: bytes) -> tuple[int, str, str]:
        if self._http is None:
            raise RuntimeError("Signalling is used outside its context")
        try:
            async with self._http.request(method, url, headers=headers, data=data) as answer:
                text = await answer.text()
                status, location = answer.status, answer.headers.get("Location", "")
                retry_after_s = answer.headers.get("Retry-After", "0")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{method} {url}: {type(error).__name__}: {error}") from error
        if status == 429 or status >= 500:
            raise Unreachable(f"{method} {url}: {status}: {text[:200]}", float(retry_after_s or 0))
        if status >= 400:
            raise Refused(status, f"{method} {url}: {text[:200]}")
        return status, text, location


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
