"""Answers a browser: the page's files, where the streaming service is, and whether this process is well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from aiohttp import web

from services.player.assets import Asset
from services.player.settings import Settings, origin_of

_READ = ("GET", "HEAD")


def content_security_policy(connect_origins: Iterable[str]) -> str:
    """CSP Level 3 for the page: its own files only, and the streaming service to connect to."""
    sources = " ".join(["'self'", *dict.fromkeys(connect_origins)])
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self' blob:",
            "manifest-src 'self'",
            f"connect-src {sources}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


class Player:
    """The whole site. One handler, so that every answer, errors too, carries the same security headers."""

    def __init__(self, settings: Settings, assets: Mapping[str, Asset]) -> None:
        self._assets = assets
        self._config = json.dumps({"streaming_url": settings.streaming_url}).encode()
        self._headers = {
            "Content-Security-Policy": content_security_policy(
                (origin_of(settings.streaming_url), *settings.connect_origins)
            ),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    def application(self) -> web.Application:
        """The aiohttp application, not yet bound to a socket."""
        application = web.Application(client_max_size=1024)
        application.router.add_route("*", "/{path:.*}", self.answer)
        return application

    async def answer(self, request: web.Request) -> web.Response:
        """One request; a path is looked up, never joined to a folder."""
        if request.method not in _READ:
            return self._plain(405, "Only GET and HEAD are answered here.", {"Allow": ", ".join(_READ)})
        if request.path == "/healthz":
            return self._plain(200, "ok")
        if request.path == "/config.json":
            return self._respond(200, self._config, "application/json; charset=utf-8", {"Cache-Control": "no-store"})
        asset = self._assets.get(request.path)
        if asset is None:
            return self._plain(404, "There is no such page.")
        return self._asset(request, asset)

    def _asset(self, request: web.Request, asset: Asset) -> web.Response:
        caching = {"Cache-Control": "no-cache", "ETag": asset.entity_tag, "Vary": "Accept-Encoding"}
        if _matches(request.headers.get("If-None-Match", ""), asset.entity_tag):
            return web.Response(status=304, headers={**self._headers, **caching})
        if "gzip" in request.headers.get("Accept-Encoding", "") and len(asset.compressed) < len(asset.body):
            caching["Content-Encoding"] = "gzip"
            caching["ETag"] = f"W/{asset.entity_tag}"
            return self._respond(200, asset.compressed, asset.content_type, caching)
        return self._respond(200, asset.body, asset.content_type, caching)

    def _plain(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
        caching = {"Cache-Control": "no-store", **(headers or {})}
        return self._respond(status, f"{text}\n".encode(), "text/plain; charset=utf-8", caching)

    def _respond(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str]) -> web.Response:
        return web.Response(
            status=status, body=body, headers={**self._headers, "Content-Type": content_type, **headers}
        )


def _matches(if_none_match: str, entity_tag: str) -> bool:
    """RFC 9110 section 13.1.2: weak comparison with each listed tag, or the star."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or entity_tag in tags
