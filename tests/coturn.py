"""Debian's coturn for a test: a TURN server that shares a secret, relaying on this machine's own address."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aioice.ice import get_host_addresses

STOP_LIMIT_S = 10.0


@contextmanager
def coturn(folder: Path, secret: str) -> Iterator[str]:
    """Its URL."""
    program = shutil.which("turnserver")
    assert program, "the suite needs Debian's package coturn"
    address = next(one for one in get_host_addresses(use_ipv4=True, use_ipv6=False))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            program, "-n", "--listening-ip", address, "--relay-ip", address, "--listening-port", str(port),
            "--use-auth-secret", "--static-auth-secret", secret, "--realm", "cineloom.test", "--no-tls", "--no-dtls",
            "--no-cli", "--min-port", "24100", "--max-port", "24160", "--pidfile", str(folder / "pid"),
            "--log-file", str(folder / "turn.log"), "--simple-log", "--userdb", str(folder / "turndb"),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"turn:{address}:{port}?transport=udp"
    finally:
        process.terminate()
        process.wait(STOP_LIMIT_S)
