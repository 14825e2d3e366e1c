"""Tells how the processes of a native stack are doing."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from stackgen.stack.engine import ServiceStatus
from stackgen.stack.plan import Process
from stackgen.stack.reloads import RUNS_OLDER, runs_older
from stackgen.stack.state import ServiceState, State


def status_of(process: Process, state: State) -> ServiceStatus:
    """How one service is doing."""
    service = state.services.get(process.name, ServiceState())
    alive = service.process is not None and service.process.alive
    if not state.supervised and not alive:
        gone = "the stack's supervisor was killed; `stackgen up` starts it anew"
        return ServiceStatus(process.name, "exited", "-", None, gone)
    if service.process is None or not alive:
        words = {"waiting": "created", "running": "restarting"}.get(service.state, service.state)
        return ServiceStatus(process.name, words, "-", None, service.detail)
    health = "healthy" if process.check.passes() else "unhealthy" if service.ready else "starting"
    detail = [
        f"pid {service.process.pid}",
        " ".join(filter(None, (Path(process.command[0]).name, process.version))),
    ]
    if service.restarts:
        times = "once" if service.restarts == 1 else f"{service.restarts} times, at last"
        detail.append(f"restarted {times} because {service.detail}")
    if health == "healthy" and process.full_disk is not None and process.full_disk.was_full():
        health = "unhealthy"
        detail.append("its disk was full; it is started anew once there is room, until then nothing is safe")
    if health == "healthy" and runs_older(process.name, process.check.port):
        detail.append(RUNS_OLDER)
    url = process.url or process.address
    release = process.version or (version("stackgen") if process.command[0] == sys.executable else "")
    return ServiceStatus(process.name, "running", health, url, ", ".join(detail), release)
