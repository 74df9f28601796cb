"""The page's files, read once: what is not in this table cannot be asked for, whatever the path says."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent. entity_tag: strong, quoted (RFC 9110 section 8.8.3), of the uncompressed body."""

    body: bytes
    compressed: bytes
    content_type: str
    entity_tag: str


def load_assets(folder: Path) -> Mapping[str, Asset]:
    """URL path -> asset for every file of a known kind under `folder`; "/" is index.html.

    Links that lead out of the folder are not followed. Raises FileNotFoundError without an index.html.
    """
    root = folder.resolve(strict=True)
    assets = {
        f"/{path.relative_to(folder).as_posix()}": _asset(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in CONTENT_TYPES and path.is_file() and path.resolve().is_relative_to(root)
    }
    if "/index.html" not in assets:
        raise FileNotFoundError(folder / "index.html")
    return {**assets, "/": assets["/index.html"]}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(
        body=body,
        compressed=gzip.compress(body, mtime=0),
        content_type=CONTENT_TYPES[path.suffix],
        entity_tag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )
