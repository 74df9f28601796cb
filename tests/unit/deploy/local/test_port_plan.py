"""Ports: the defaults, and a shift that keeps them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.port_plan import DEFAULT_BASE, HIGHEST_BASE, PortPlan


def test_default_base_gives_the_ports_that_are_written_down() -> None:
    assert PortPlan.from_base(DEFAULT_BASE) == PortPlan(8080, 8081, 9092, 9000, 9001)


@given(st.integers(1024, HIGHEST_BASE))
def test_every_base_gives_five_different_valid_ports(base: int) -> None:
    ports = list(PortPlan.from_base(base).named().values())
    assert len(set(ports)) == 5
    assert all(0 < port < 65_536 for port in ports)
    assert ports[0] == base


@pytest.mark.parametrize("base", [0, 1023, HIGHEST_BASE + 1])
def test_base_out_of_range_is_refused_by_name(base: int) -> None:
    with pytest.raises(ValueError, match=f"--port-base: {base} "):
        PortPlan.from_base(base)


def test_port_of_a_broker_elsewhere_is_not_ours() -> None:
    assert "broker" in PortPlan().named()
    assert "broker" not in PortPlan().named(broker=False)
