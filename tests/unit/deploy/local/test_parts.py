"""Parts: who is told which address, what is left out, and in which order they come."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from deploy.local.parts import Part, Places, parts
from deploy.local.port_plan import PortPlan
from deploy.local.readiness import api_versions_request
from deploy.local.settings import Settings, read_settings
from services.inference.settings import read_settings as inference_settings
from services.player.settings import Settings as PlayerSettings
from services.streaming.settings import read_settings as streaming_settings

PORTS = PortPlan.from_base(18_080)
PLACES = Places(Path("/run-folder"), Path("/tmp/cineloom-x"))


def made(settings: Settings | None = None) -> dict[str, Part]:
    return {part.name: part for part in parts(PORTS, PLACES, settings or Settings(), lambda: "/bin/tansu")}


def test_services_are_told_of_each_other_in_their_own_words() -> None:
    """The variables are read by the services' own settings, so a renamed one is noticed."""
    stack = made()
    inference = inference_settings(stack["inference"].environment)
    streaming = streaming_settings(stack["streaming"].environment)
    player = PlayerSettings.read(stack["player"].environment)
    assert (inference.grpc_port, inference.http_port) == (PORTS.inference_grpc, PORTS.inference_http)
    assert inference.ray_folder == "/tmp/cineloom-x"
    assert (streaming.host, streaming.port) == ("127.0.0.1", PORTS.streaming)
    assert streaming.inference_target == f"127.0.0.1:{PORTS.inference_grpc}"
    assert streaming.kafka_bootstrap == f"127.0.0.1:{PORTS.broker}"
    assert streaming.kafka_own_broker
    assert {part.name for part in stack.values() if part.niceness} == {"inference"}
    assert streaming.store_url == "sqlite:////run-folder/cineloom.db"
    assert streaming.origins == ("http://127.0.0.1:18080", "http://localhost:18080")
    assert (player.port, player.streaming_url) == (PORTS.player, f"http://127.0.0.1:{PORTS.streaming}")


def test_broker_listens_on_loopback_alone_and_keeps_nothing() -> None:
    command = made()["broker"].command
    assert command[0] == "/bin/tansu"
    assert command[command.index("--listener-url") + 1] == f"tcp://127.0.0.1:{PORTS.broker}"
    assert command[command.index("--storage-engine") + 1] == "memory://tansu/"


def test_streaming_waits_for_our_broker() -> None:
    assert list(made()) == ["broker", "inference", "streaming", "player"]
    assert made()["streaming"].needs == ("broker",)


def test_kafka_elsewhere_is_used_and_no_broker_is_started() -> None:
    stack = made(Settings(kafka_bootstrap="kafka.example:9092"))
    assert list(stack) == ["inference", "streaming", "player"]
    assert stack["streaming"].needs == ()
    assert streaming_settings(stack["streaming"].environment).kafka_bootstrap == "kafka.example:9092"


def test_everything_temporary_lies_in_one_folder() -> None:
    assert {part.environment["TMPDIR"] for part in made().values()} == {"/tmp/cineloom-x"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, None), ({"NO_COLOR": "1"}, False)],
)
def test_colours_can_be_turned_off(environment: dict[str, str], expected: bool | None) -> None:
    assert read_settings(environment).colour is expected


def test_parts_inherit_the_environment() -> None:
    settings = read_settings({"CINELOOM_SESSIONS_LIMIT": "3", "CINELOOM_KAFKA_BOOTSTRAP": "k:1"})
    assert settings.environment["CINELOOM_SESSIONS_LIMIT"] == "3"
    assert settings.kafka_bootstrap == "k:1"


def test_api_versions_request_is_framed_as_kafka_wants_it() -> None:
    """KIP-35: int32 length, int16 key 18, int16 version 0, int32 correlation id, nullable string client id."""
    request = api_versions_request()
    (length,) = struct.unpack_from(">i", request)
    assert length == len(request) - 4
    assert struct.unpack_from(">hhih", request, 4) == (18, 0, 1, 8)
    assert request[14:] == b"cineloom"
