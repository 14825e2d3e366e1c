"""A stack of a test's own, started through the command line as a user starts it, and the questions put to it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stackgen import conventions
from tests.integration.ports import free_ports

Result = TypeVar("Result")

_SERVICES = ("receiver", "alertmanager", "prometheus", "grafana", "redis", "redis-exporter", "workload")


def wait_for(what: str, ask: Callable[[], Result | None], *, seconds: float = 60, every: float = 0.25) -> Result:
    """The first answer that is neither None nor False; fails with the last error when there is none in time."""
    deadline = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            answer = ask()
        except (OSError, KeyError, ValueError) as error:
            last = error
        else:
            if answer is not None and answer is not False:
                return answer
        time.sleep(every)  # between two looks at a condition that is waited for, with a bound
    raise AssertionError(f"not within {seconds:g} s: {what}" + (f" (last: {last})" if last else ""))


def get_json(url: str) -> Any:
    """What an address answers, as JSON."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


@dataclass(slots=True)
class RunningStack:
    """A stack that is up."""

    project: Path
    engine: str
    ports: dict[str, int]
    environment: dict[str, str] = field(repr=False)

    def url(self, service: str, path: str = "") -> str:
        """An address of one of its services."""
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def stackgen(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command line in the project."""
        return run_stackgen(self.project, self.environment, *arguments, check=check)

    def query(self, expr: str, at: float | None = None) -> list[dict[str, Any]]:
        """The samples of an instant query; fails if Prometheus refuses it."""
        parameters = {"query": expr} | ({"time": repr(at)} if at is not None else {})
        url = self.url("prometheus", f"/api/v1/query?{urllib.parse.urlencode(parameters)}")
        try:
            samples: list[dict[str, Any]] = get_json(url)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expr}: {error.read().decode()}") from None
        return samples

    def value(self, expr: str, at: float | None = None) -> float:
        """The value of an expression that has one series."""
        (sample,) = self.query(expr, at)
        return float(sample["value"][1])

    def scenario(self, name: str) -> None:
        """Switch what the workload does."""
        request = urllib.request.Request(self.url("workload", f"/scenario/{name}"), method="POST")
        urllib.request.urlopen(request, timeout=10).close()


def run_stackgen(
    project: Path, environment: dict[str, str], *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a project; `check` fails the test, with what was printed, if the command fails."""
    done = subprocess.run(
        [sys.executable, "-m", "stackgen", *arguments],
        cwd=project, env=environment, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"stackgen {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done


@contextmanager
def running_stack(project: Path, engine: str, definition: str) -> Iterator[RunningStack]:
    """Generate a definition into a folder, start its stack on free ports, and take it down again."""
    ports = dict(zip(_SERVICES, free_ports(len(_SERVICES)), strict=True))
    environment = dict(os.environ)
    for service, port in ports.items():
        environment[conventions.environment_name("PORT", service)] = str(port)
    environment["COMPOSE_PROJECT_NAME"] = f"stackgen-test-{os.getpid()}-{engine}"
    (project / "stackgen.yaml").write_text(definition, encoding="utf-8")
    stack = RunningStack(project, engine, ports, environment)
    stack.stackgen("generate")
    try:
        stack.stackgen("up", "--engine", engine)
        yield stack
    finally:
        stack.stackgen("down", "--volumes", check=False)


# -- what was generated -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PanelQueries:
    """A panel and its expressions."""

    title: str
    expressions: tuple[str, ...]


def panel_queries(dashboard: dict[str, Any]) -> Iterator[PanelQueries]:
    """All panels of a dashboard that ask something, those in collapsed rows too."""
    for panel in dashboard["panels"]:
        yield from panel_queries({"panels": panel.get("panels", [])})
        if targets := panel.get("targets"):
            yield PanelQueries(panel["title"], tuple(resolved(target["expr"]) for target in targets))


def resolved(expr: str) -> str:
    """An expression with Grafana's variables filled in, as Grafana does with All chosen."""
    expr = re.sub(r"\$__(rate_interval|interval|range)|\$\{__(rate_interval|interval|range)\}", "20s", expr)
    return re.sub(r"\$\{?(\w+)(:\w+)?\}?", ".+", expr)


# -- faults -----------------------------------------------------------------------------------------------------------


@contextmanager
def redis_stopped(stack: RunningStack) -> Iterator[None]:
    """Redis does not answer in the body: its container is stopped, its process held (a supervisor would restart it)."""
    if stack.engine == "docker":
        compose = ["docker", "compose", "-f", str(stack.project / "compose" / "compose.yaml")]
        subprocess.run([*compose, "stop", "redis"], env=stack.environment, check=True, capture_output=True, timeout=60)
        try:
            yield
        finally:
            subprocess.run(
                [*compose, "start", "redis"], env=stack.environment, check=True, capture_output=True, timeout=60
            )
        return
    state = json.loads((stack.project / ".stackgen" / "native" / "state.json").read_text(encoding="utf-8"))
    pid = state["services"]["redis"]["process"]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
