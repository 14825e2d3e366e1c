"""What a native stack keeps on disk: where everything is, and what its supervisor knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stackgen.stack.processes import Identity


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one project's native stack, all under `.stackgen/native`."""

    project: Path

    @property
    def folder(self) -> Path:
        """All of it."""
        return self.project / ".stackgen" / "native"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops the stack."""
        return self.folder / "lock"

    @property
    def plan(self) -> Path:
        """What the supervisor is to run."""
        return self.folder / "plan.json"

    @property
    def state(self) -> Path:
        """What the supervisor says it runs."""
        return self.folder / "state.json"

    @property
    def config(self) -> Path:
        """Configuration files with local paths and addresses."""
        return self.folder / "config"

    @property
    def run(self) -> Path:
        """What a container would forget: working directories and memory file systems."""
        return self.folder / "run"

    @property
    def data(self) -> Path:
        """Named volumes."""
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        """One log for each service, and the supervisor's."""
        return self.folder / "logs"

    def log(self, service: str) -> Path:
        """What a service says."""
        return self.logs / f"{service}.log"

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor says, which is nothing unless something is wrong with it."""
        return self.logs / ".supervisor.log"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the supervisor knows of one service."""

    #: `waiting` for others, `running`, `restarting` after a pause, or `exited` for good.
    state: str = "waiting"
    #: Its process, while it runs.
    process: Identity | None = None
    #: Whether it has passed its check since it was started last.
    ready: bool = False
    restarts: int = 0
    #: Whether it has ended so often, each time soon after its start, that it is not expected to come up.
    failing: bool = False
    #: Why it ended last.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor knows."""

    supervisor: Identity
    services: Mapping[str, ServiceState] = field(default_factory=dict)
    #: How often it was asked to read the plan anew; None: it is of a stackgen that does not know how to.
    asked: int | None = 0

    @property
    def supervised(self) -> bool:
        """Whether the supervisor lives."""
        return self.supervisor.alive


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that readers see the old content or the new one, and nobody else sees either."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(content if isinstance(content, bytes) else content.encode())
    fresh.replace(path)


def keep_out_of_git(folder: Path) -> None:
    """Say that what is in the folder is no part of the project."""
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def remove_unused(folder: Path) -> None:
    """Remove the folder where nothing is left in it but that it is no part of the project."""
    if folder.is_dir() and [file.name for file in folder.iterdir()] == [".gitignore"]:
        (folder / ".gitignore").unlink()
        try:
            folder.rmdir()
        except OSError:
            keep_out_of_git(folder)  # somebody has just begun to use it


def write_state(layout: Layout, state: State) -> None:
    """Make the state known to other processes."""
    write_whole(layout.state, json.dumps(asdict(state), indent=1))


def read_state(layout: Layout) -> State | None:
    """The state as it was written last; None if the stack was never started or was taken down.

    A state of another version of stackgen counts as none: what runs is found by its mark all the same.
    """
    try:
        data = json.loads(layout.state.read_text(encoding="utf-8"))
        services = {
            name: ServiceState(**service | {"process": _identity(service["process"])})
            for name, service in data["services"].items()
        }
        return State(Identity(**data["supervisor"]), services, data.get("asked"))
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _identity(data: Mapping[str, int | str] | None) -> Identity | None:
    return None if data is None else Identity(int(data["pid"]), int(data["started"]), str(data["boot"]))
