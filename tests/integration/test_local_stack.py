"""The whole stack on this machine: it comes up, mends itself, says what is wrong, and leaves nothing behind."""

from __future__ import annotations

import socket
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient

from deploy.local import sessions
from deploy.local.machine import listener
from deploy.local.parts import HOST
from deploy.local.port_plan import PortPlan
from tests.stack import Stack, call, free_port_base

pytestmark = pytest.mark.integration

ANSWER_LIMIT_S = 10.0
BACK_LIMIT_S = 60.0
PREFERENCE_TOPIC = "cineloom.preference.v1"


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=ANSWER_LIMIT_S) as answer:
        return str(answer.read().decode())


def topics(bootstrap: str) -> list[str]:
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        return list(client.list_topics())
    finally:
        client.close()


def test_ready_means_that_every_part_answers(stack: Stack) -> None:
    assert "<title>" in get(stack.player_url)
    assert get(f"{stack.streaming_url}/readyz")
    assert isinstance(topics(stack.kafka_bootstrap), list)
    host, port = stack.inference_target.split(":")
    socket.create_connection((host, int(port)), ANSWER_LIMIT_S).close()
    lines = [line for line in stack.output().splitlines() if "Cineloom is ready" in line]
    assert lines == [f"[cineloom] Cineloom is ready: {stack.player_url}"]


def test_page_is_told_where_this_stack_streams(stack: Stack) -> None:
    assert stack.streaming_url in get(f"{stack.player_url}/config.json")


def test_store_lies_in_the_run_folder(stack: Stack) -> None:
    assert stack.store_path.stat().st_size > 0


def test_status_names_every_part(stack: Stack) -> None:
    said = call("status", run_folder=stack.run_folder)
    assert said.returncode == 0
    for name in ("broker", "inference", "streaming", "player"):
        assert f"pid {stack.pid(name)} " in said.stdout


def test_second_stack_in_the_folder_is_refused(stack: Stack) -> None:
    said = call("up", "--port-base", str(free_port_base()), run_folder=stack.run_folder)
    assert said.returncode == 1
    assert said.stderr.splitlines() == [
        f"cineloom: it is running already: {stack.player_url} (run folder {stack.run_folder})"
    ]
    assert stack.is_ready()


def test_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    base = free_port_base()
    with socket.create_server((HOST, base)):
        said = call("up", "--port-base", str(base), run_folder=tmp_path)
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    assert f"port {base} for player is in use" in line
    assert "--port-base" in line
    assert list((tmp_path / "logs").iterdir()) == []


def test_down_and_status_where_nothing_runs(tmp_path: Path) -> None:
    assert call("status", run_folder=tmp_path).returncode == 3
    said = call("down", run_folder=tmp_path)
    assert (said.returncode, said.stdout) == (0, "nothing is running\n")


@pytest.mark.parametrize("name", ["player", "broker", "streaming"])
def test_killed_part_comes_back(stack: Stack, name: str) -> None:
    before = stack.state.parts[name].restarts
    former = stack.kill(name)
    part = stack.wait_until_back(name, former)
    assert part.restarts == before + 1
    test_ready_means_that_every_part_answers(stack)


def test_streaming_finds_a_broker_that_came_back_with_nothing(stack: Stack) -> None:
    """The broker keeps its records in memory, so the topics are gone too; whoever uses them makes them anew."""
    stack.wait_until_back("broker", stack.kill("broker"))
    deadline_s = time.monotonic() + BACK_LIMIT_S
    while PREFERENCE_TOPIC not in topics(stack.kafka_bootstrap):
        assert time.monotonic() < deadline_s, stack.log("streaming")[-4000:]
        time.sleep(0.5)


@pytest.mark.ends_the_stack
def test_nothing_is_left_after_the_end(stack: Stack) -> None:
    state = stack.state
    led = [part.pid for part in state.parts.values()]
    assert Path(state.temporary).is_dir()
    assert stack.stop() == 0
    assert [pid for leader in led for pid in sessions.members(leader)] == []
    assert not psutil.pid_exists(state.supervisor_pid)
    assert [name for name, port in PortPlan.from_base(stack.port_base).named().items() if listener(port)] == []
    assert not Path(state.temporary).exists()
    assert sorted(path.name for path in stack.run_folder.iterdir()) == ["cineloom.db", "logs", "stack.lock", "takes"]
