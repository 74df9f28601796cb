"""A gRPC call as a deployment sees it, without a server."""

from __future__ import annotations

import grpc


class Call:
    """Stands in for Ray Serve's gRPC context: keeps what was set on it."""

    def __init__(self) -> None:
        self.code: grpc.StatusCode | None = None
        self.details = ""

    def set_code(self, code: grpc.StatusCode) -> None:
        self.code = code

    def set_details(self, details: str) -> None:
        self.details = details
