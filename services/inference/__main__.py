"""Runs Ray and the model services: `python -m services.inference`. Ends, with all it started, on SIGINT or SIGTERM."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

import yaml

from services.inference.lineup import read_lineup
from services.inference.settings import MEBIBYTE, REPOSITORY, Settings, read_settings

READY_TIMEOUT_S = 200.0


def main() -> int:
    """Exit code 1 and one line where the services do not come up."""
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        settings = read_settings()
        _start(settings)
        failure = _wait_until_running(stopped)
    except Exception as error:  # Ray raises bare ones
        failure = f"{error}" or type(error).__name__
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
    _prepare_environment(settings)
    import ray
    from ray import serve
    from ray.serve.schema import ServeDeploySchema

    from services.inference.bootstrap import check_lineup

    check_lineup(settings)
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
    targets = [_target(application) for application in config.applications]
    serve.run_many(targets, wait_for_ingress_deployment_creation=False, wait_for_applications_running=False)


def _prepare_environment(settings: Settings) -> None:
    """What Ray reads while it is imported, and what replicas inherit from this process."""
    wanted = {
        "CINELOOM_LINEUP": str(settings.lineup),
        "CINELOOM_CACHE": str(settings.cache),
        "NUMBA_CACHE_DIR": str(settings.cache / "numba"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        # Without these glibc keeps an arena for each pair of threads, and what large pictures leave behind in them.
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": str(4 * MEBIBYTE),
        "RAY_USAGE_STATS_ENABLED": "0",
        # On a machine that is busy with other things Ray's parts find each other later than its own half minute.
        "RAY_raylet_start_wait_time_s": "120",
        # Ray gives its workers niceness 15: a browser beside them would take the time that frames are drawn in. They
        # stay a little below playout: what is drawn ahead can wait, what is sent now cannot.
        "RAY_worker_niceness": "5",
    }
    if not read_lineup(settings.lineup).may_download:
        wanted["HF_HUB_OFFLINE"] = "1"
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def _target(application: Any) -> Any:
    """An application of the configuration, built here: Serve would start a process to build each one in."""
    from ray.serve import RunTarget

    module, _, builder = application.import_path.partition(":")
    (deployment,) = application.deployments
    options = deployment.model_dump(exclude_unset=True)
    bound = getattr(importlib.import_module(module), builder)({**application.args, **options})
    return RunTarget(bound, application.name, application.route_prefix)


def _start_own_ray(settings: Settings) -> None:
    import ray

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
        serve.shutdown()  # type: ignore[no-untyped-call]
        ray.shutdown()


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(main())
