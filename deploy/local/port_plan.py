"""Which port each part of the stack listens on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_BASE = 8080
HIGHEST_BASE = 64_500


@dataclass(frozen=True, slots=True)
class PortPlan:
    """player and streaming speak HTTP; broker Kafka; inference_grpc and inference_http are Ray Serve's."""

    player: int = 8080
    streaming: int = 8081
    broker: int = 9092
    inference_grpc: int = 9000
    inference_http: int = 9001

    @classmethod
    def from_base(cls, base: int) -> PortPlan:
        """The default ports, all shifted so that the player's is `base`. Raises ValueError outside 1024..64500."""
        if not 1024 <= base <= HIGHEST_BASE:
            raise ValueError(f"--port-base: {base} does not lie between 1024 and {HIGHEST_BASE}")
        shift = base - DEFAULT_BASE
        default = cls()
        return cls(
            player=default.player + shift,
            streaming=default.streaming + shift,
            broker=default.broker + shift,
            inference_grpc=default.inference_grpc + shift,
            inference_http=default.inference_http + shift,
        )

    def named(self, broker: bool = True) -> Mapping[str, int]:
        """Port by what listens on it; `broker` False leaves the broker's out."""
        ports = {
            "player": self.player,
            "streaming": self.streaming,
            "broker": self.broker,
            "inference (gRPC)": self.inference_grpc,
            "inference (HTTP)": self.inference_http,
        }
        return ports if broker else {name: port for name, port in ports.items() if name != "broker"}
