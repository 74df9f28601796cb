"""What this machine must have before the stack is started; pure: the machine is asked in machine.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

MEMORY_NEEDED_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Needs:
    """ports: port by who listens on it. modules: Python package by import name. libraries, files: what gives them by
    shared library, by path pattern."""

    ports: Mapping[str, int]
    modules: Mapping[str, str]
    libraries: Mapping[str, str]
    files: Mapping[str, str]
    memory_bytes: int = MEMORY_NEEDED_BYTES


@dataclass(frozen=True, slots=True)
class Machine:
    """The questions: who listens on a port ("" when it is free), whether a thing is there, what memory is left."""

    listener: Callable[[int], str]
    has_module: Callable[[str], bool]
    has_library: Callable[[str], bool]
    has_file: Callable[[str], bool]
    available_bytes: Callable[[], int]


def complaints(needs: Needs, machine: Machine) -> list[str]:
    """One line for each thing that is missing, each saying what to do; empty when the stack can start."""
    found = []
    for name, port in needs.ports.items():
        if listener := machine.listener(port):
            found.append(f"port {port} for {name} is in use by {listener}: stop it, or shift all ports (--port-base)")
    available = machine.available_bytes()
    if available < needs.memory_bytes:
        found.append(
            f"{available / 1024**3:.1f} GB of memory are available, {needs.memory_bytes / 1024**3:.0f} GB are needed"
        )
    found += [
        f"Python package {package} is missing: make setup"
        for name, package in needs.modules.items()
        if not machine.has_module(name)
    ]
    found += [
        f"system library {name} is missing: apt-get install {package}"
        for name, package in needs.libraries.items()
        if not machine.has_library(name)
    ]
    found += [f"{path} is missing: {remedy}" for path, remedy in needs.files.items() if not machine.has_file(path)]
    return found
