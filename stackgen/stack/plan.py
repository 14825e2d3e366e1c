"""The plan of a native stack: the processes to run, ready to be run, as one process hands it to another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import Port
from stackgen.stack.health import Check, FullDisk
from stackgen.stack.state import Layout, write_whole

#: What processes get of the user's environment: where things are and how text is shown, no settings of programs.
PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of the stack."""

    name: str
    command: tuple[str, ...]
    #: All of its environment; nothing else of the user's reaches it.
    environment: Mapping[str, str]
    directory: str
    check: Check
    #: What it waits for: the other process, and whether that one has to be ready or only to have started.
    after: Mapping[str, bool] = field(default_factory=dict)
    #: Whether it is started again when it ends.
    restart: bool = True
    #: What it is ended and started again for; None: it gets over a full disk by itself, or stores nothing.
    full_disk: FullDisk | None = None
    version: str = ""
    #: A hash of the configuration that it reads when it starts.
    configuration: str = ""
    #: Where it listens, and takes packets.
    ports: tuple[Port, ...] = ()

    @property
    def url(self) -> str | None:
        """Where a person's browser finds it; None: it does not speak HTTP."""
        return f"http://{self.address}" if self.check.kind == "http" else None

    @property
    def address(self) -> str:
        """Where a program finds it."""
        return f"127.0.0.1:{self.check.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All processes in the order of the compose file, and the services that cannot be run here, with the reason."""

    processes: tuple[Process, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


def write_plan(layout: Layout, plan: Plan) -> None:
    """Keep the plan for the supervisor, and for whoever asks what runs."""
    write_whole(layout.plan, json.dumps(asdict(plan), indent=1))


def read_plan(layout: Layout) -> Plan:
    """The plan of the stack that was started; raises StackgenError if it is gone."""
    try:
        data = json.loads(layout.plan.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StackgenError(f"{layout.plan} is missing; `stackgen down` cleans up, `stackgen up` starts anew") from None
    return Plan(
        processes=tuple(map(_process, data["processes"])),
        left_out=data["left_out"],
    )


def _process(data: Mapping[str, Any]) -> Process:
    full_disk = FullDisk(**data["full_disk"]) if data.get("full_disk") else None
    read = {
        "command": tuple(data["command"]),
        "check": Check(**data["check"]),
        "full_disk": full_disk,
        "ports": tuple(Port(**port) for port in data.get("ports", ())),
    }
    return Process(**{**data, **read})


def default_path(project: Path) -> Path:
    """The compose file of a project."""
    return project / "compose" / "compose.yaml"
