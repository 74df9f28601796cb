"""The parts of the stack: how each is started, how it says that it is ready, how it is stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.port_plan import PortPlan
from deploy.local.settings import Settings

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SaysLine:
    """Ready when it prints a line that begins with `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswersHttp:
    """Ready when GET `url` is answered with 200."""

    url: str


@dataclass(frozen=True, slots=True)
class AnswersKafka:
    """Ready when it answers ApiVersions."""

    port: int


MODELS_NICENESS = 5
"""The models can use every core there is for longer than a browser can wait for one to show the next picture."""

Readiness = SaysLine | AnswersHttp | AnswersKafka


@dataclass(frozen=True, slots=True)
class Part:
    """needs: parts that must be ready before this one starts. ready_limit_s, stop_limit_s: its patience. niceness: of
    its session as a whole, against the others on the machine."""

    name: str
    command: tuple[str, ...]
    readiness: Readiness
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    ready_limit_s: float = 60.0
    stop_limit_s: float = 6.0
    stop_signal: int = signal.SIGTERM
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class Places:
    """run_folder: what stays between runs. temporary: a short path of this run alone, for Ray's sockets."""

    run_folder: Path
    temporary: Path


def parts(ports: PortPlan, places: Places, settings: Settings, broker_binary: Callable[[], str]) -> tuple[Part, ...]:
    """Every part, in the order of starting; they are stopped in the reverse order."""
    shared = {"PYTHONUNBUFFERED": "1", "TMPDIR": str(places.temporary)}
    brokers = () if settings.kafka_bootstrap else (_broker(ports, shared, broker_binary()),)
    after_broker = tuple(part.name for part in brokers)
    bootstrap = settings.kafka_bootstrap or f"{HOST}:{ports.broker}"
    return (
        *brokers,
        _inference(ports, places, shared),
        _streaming(ports, places, shared, bootstrap, after_broker),
        _player(ports, shared),
    )


def player_url(ports: PortPlan) -> str:
    """Where a viewer begins."""
    return f"http://{HOST}:{ports.player}"


def streaming_url(ports: PortPlan) -> str:
    """Where the page finds its films."""
    return f"http://{HOST}:{ports.streaming}"


def _broker(ports: PortPlan, shared: Mapping[str, str], binary: str) -> Part:
    address = f"tcp://{HOST}:{ports.broker}"
    return Part(
        name="broker",
        command=(
            binary, "broker", "--silent", "--storage-engine", "memory://tansu/",
            "--listener-url", address, "--advertised-listener-url", address,
        ),
        readiness=AnswersKafka(ports.broker),
        environment={**shared, "RUST_LOG": "warn"},
        ready_limit_s=20.0,
        stop_limit_s=2.0,
    )  # fmt: skip


def _inference(ports: PortPlan, places: Places, shared: Mapping[str, str]) -> Part:
    return Part(
        name="inference",
        command=(sys.executable, "-m", "services.inference"),
        readiness=SaysLine("inference ready"),
        environment={
            **shared,
            "CINELOOM_INFERENCE_GRPC_PORT": str(ports.inference_grpc),
            "CINELOOM_INFERENCE_HTTP_PORT": str(ports.inference_http),
            "CINELOOM_RAY_FOLDER": str(places.temporary),
        },
        ready_limit_s=240.0,
        stop_limit_s=20.0,
        # Ray answers SIGTERM itself, with a stack trace, before the service can.
        stop_signal=signal.SIGINT,
        niceness=MODELS_NICENESS,
    )


def _streaming(
    ports: PortPlan, places: Places, shared: Mapping[str, str], bootstrap: str, needs: tuple[str, ...]
) -> Part:
    return Part(
        name="streaming",
        command=(sys.executable, "-m", "services.streaming"),
        readiness=AnswersHttp(f"{streaming_url(ports)}/readyz"),
        environment={
            **shared,
            "CINELOOM_STREAMING_HOST": HOST,
            "CINELOOM_STREAMING_PORT": str(ports.streaming),
            "CINELOOM_INFERENCE_TARGET": f"{HOST}:{ports.inference_grpc}",
            "CINELOOM_KAFKA_BOOTSTRAP": bootstrap,
            "CINELOOM_KAFKA_OWN_BROKER": str(int("broker" in needs)),
            "CINELOOM_STORE_URL": f"sqlite:///{places.run_folder / 'cineloom.db'}",
            "CINELOOM_TAKE_FOLDER": str(places.run_folder / "takes"),
            "CINELOOM_PLAYER_ORIGINS": f"{player_url(ports)},http://localhost:{ports.player}",
        },
        needs=needs,
        ready_limit_s=300.0,
        stop_limit_s=8.0,
    )


def _player(ports: PortPlan, shared: Mapping[str, str]) -> Part:
    return Part(
        name="player",
        command=(sys.executable, "-m", "services.player"),
        readiness=AnswersHttp(f"{player_url(ports)}/healthz"),
        environment={
            **shared,
            "CINELOOM_PLAYER_HOST": HOST,
            "CINELOOM_PLAYER_PORT": str(ports.player),
            "CINELOOM_STREAMING_PUBLIC_URL": streaming_url(ports),
        },
        ready_limit_s=60.0,
    )
