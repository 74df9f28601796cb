"""Runs Ray and the model services: `python -m services.inference`. Ends, with all it started, on SIGINT or SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

import yaml

from services.inference.settings import REPOSITORY, Settings, read_settings

READY_TIMEOUT_S = 150.0


def main() -> int:
    """Exit code 1 and one line where the services do not come up."""
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    settings = read_settings()
    try:
        _start(settings)
        failure = _wait_until_running(stopped)
    except (OSError, RuntimeError, ValueError, ConnectionError) as error:
        failure = str(error)
    if failure:
        print(f"inference: {failure}", file=sys.stderr)
        _shut_down()
        return 1
    if not stopped.is_set():
        print(f"inference ready on 127.0.0.1:{settings.grpc_port}", flush=True)
    stopped.wait()
    _shut_down()
    return 0


def _start(settings: Settings) -> None:
    import ray
    from ray import serve
    from ray.serve.schema import ServeDeploySchema

    with settings.serve_config.open(encoding="utf-8") as file:
        document: dict[str, Any] = yaml.safe_load(file)
    document["grpc_options"]["port"] = settings.grpc_port
    document["http_options"]["port"] = settings.http_port
    config = ServeDeploySchema.model_validate(document)
    if settings.ray_address:
        ray.init(address=settings.ray_address, log_to_driver=False)
    else:
        _start_own_ray(settings)
    serve.start(
        proxy_location=config.proxy_location,
        http_options=config.http_options.model_dump(),
        grpc_options=config.grpc_options.model_dump(),
    )
    from ray.serve.context import _get_global_client

    # The only way to hand Serve a whole configuration from Python is the one that `serve run` itself takes.
    client = _get_global_client()
    if client is None:
        raise RuntimeError("Ray Serve did not start")
    client.deploy_apps(config)


def _start_own_ray(settings: Settings) -> None:
    import ray

    # Replicas inherit this process's environment.
    os.environ.setdefault("CINELOOM_LINEUP", str(settings.lineup))
    os.environ.setdefault("CINELOOM_CACHE", str(settings.cache))
    os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.cache / "numba"))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "HF_HUB_OFFLINE"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(
        address="local",
        num_cpus=max(4, os.cpu_count() or 1),
        include_dashboard=False,
        object_store_memory=settings.object_store_bytes,
        log_to_driver=False,
        _temp_dir=settings.ray_folder or None,
    )


def _wait_until_running(stopped: threading.Event) -> str:
    """Wait for every application; the text of what failed, "" when all run."""
    from ray import serve

    deadline_s = time.monotonic() + READY_TIMEOUT_S
    while not stopped.is_set():
        applications = serve.status().applications
        failed = [f"{name}: {app.message}" for name, app in applications.items() if app.status == "DEPLOY_FAILED"]
        if failed:
            return "; ".join(failed)
        if applications and all(app.status == "RUNNING" for app in applications.values()):
            return ""
        if time.monotonic() > deadline_s:
            waiting = [f"{name} is {app.status}" for name, app in applications.items() if app.status != "RUNNING"]
            return f"not running after {READY_TIMEOUT_S:.0f} s: {', '.join(waiting)}"
        stopped.wait(0.3)
    return ""


def _shut_down() -> None:
    import ray
    from ray import serve

    if ray.is_initialized():
        serve.shutdown()
        ray.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(main())
