"""TURN credentials as coturn checks them, and headers as clients read them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from services.streaming.adapters.ice_servers import IceServers


def test_credentials_are_signed_and_end() -> None:
    username, password = IceServers(turn_urls=["turn:t"], secret="north", ttl_s=600).credentials("s1", 1_000.7)
    assert username == "1600:s1"
    assert base64.b64decode(password) == hmac.new(b"north", b"1600:s1", hashlib.sha1).digest()


def test_each_server_gets_a_link() -> None:
    links = IceServers(["stun:a:1"], ["turn:b:2?transport=udp", "turns:b:3"], "north").links("s1", 0.0)
    assert links[0] == '<stun:a:1>; rel="ice-server"'
    assert [link.split(">")[0] for link in links[1:]] == ["<turn:b:2?transport=udp", "<turns:b:3"]
    assert all('username="3600:s1"; credential="' in link for link in links[1:])
    assert all(link.endswith('credential-type="password"') for link in links[1:])


def test_without_servers_there_is_nothing_to_tell() -> None:
    assert IceServers().links("s1", 0.0) == []
