"""ICE servers that viewers are told of: STUN as it is, TURN with credentials that end by themselves.

The credentials are those of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IceServers:
    """stun_urls: "stun:host:port". turn_urls: "turn:host:port?transport=udp". secret: shared with the TURN servers."""

    stun_urls: Sequence[str] = ()
    turn_urls: Sequence[str] = ()
    secret: str = ""
    ttl_s: int = 3_600

    def links(self, name: str, now_s: float) -> list[str]:
        """Values of Link headers (RFC 9725, section 4.6); name: whose credentials they are."""
        plain = [f'<{url}>; rel="ice-server"' for url in self.stun_urls]
        username, credential = self.credentials(name, now_s)
        kept = f'username="{username}"; credential="{credential}"; credential-type="password"'
        return plain + [f'<{url}>; rel="ice-server"; {kept}' for url in self.turn_urls]

    def credentials(self, name: str, now_s: float) -> tuple[str, str]:
        """(username, password), good for ttl_s."""
        username = f"{int(now_s) + self.ttl_s}:{name}"
        signed = hmac.new(self.secret.encode(), username.encode(), hashlib.sha1).digest()
        return username, base64.b64encode(signed).decode()
