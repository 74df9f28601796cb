"""What every suite may use: one whole stack for the session, started by whoever asks for it first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.stack import Stack

STACK_TEST_LIMIT_S = 480

# Property tests draw the same examples on every run and have no deadline: a busy machine is no failure.
settings.register_profile(
    "cineloom",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("cineloom")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the stack get time for its start, and those that end it run when nobody needs it any more."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(STACK_TEST_LIMIT_S))
    items.sort(key=lambda item: item.get_closest_marker("ends_the_stack") is not None)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack on ports of its own, with a new store."""
    running = Stack(tmp_path_factory.mktemp("stack") / "run")
    running.start()
    try:
        yield running
    finally:
        running.stop()
