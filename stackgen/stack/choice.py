"""Which engine runs a project's stack."""

from __future__ import annotations

from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.engine import STARTING, Engine, Report

# The engines are imported once they are wanted: the receiver, which is part of this package, runs where neither they
# nor the YAML library that they need are installed.


def choose_engine(
    name: str, project: Path, *, timeout: float = STARTING, report: Report = lambda _line: None
) -> Engine:
    """The engine `docker` or `native`; for `auto` the one that already runs the project's stack, else the better one.

    That is Docker where an engine with the compose plugin answers, and native processes everywhere else. `timeout`:
    seconds that a stack has to become healthy; `report` is told what `auto` is, and why.
    Raises StackgenError for any other name, and where a stack that Docker runs cannot be asked after.
    """
    from stackgen.stack.docker import DockerEngine  # noqa: PLC0415
    from stackgen.stack.native import NativeEngine  # noqa: PLC0415

    docker, native = DockerEngine(project, timeout=timeout), NativeEngine(project, timeout=timeout)
    match name:
        case "docker":
            return docker
        case "native":
            return native
        case "auto":
            if _runs_natively(project):
                report("the stack runs without Docker, as it was started")
                return native
            missing = docker.missing()
            if missing is None:
                report("the stack runs in Docker")
                return docker
            if docker.started():
                raise StackgenError(
                    f"the stack was started in Docker, and {missing.what}; {missing.cure}, or name the engine that is "
                    "meant: --engine native"
                )
            report(f"the stack runs without Docker: {missing.what}")
            return native
        case _:
            raise StackgenError(f"there is no engine '{name}'; there are auto, docker and native")


def _runs_natively(project: Path) -> bool:
    from stackgen.stack.state import Layout, read_state  # noqa: PLC0415

    # Also after its supervisor was killed: what that left behind has to be cleared away by the same engine.
    return read_state(Layout(project.resolve())) is not None
