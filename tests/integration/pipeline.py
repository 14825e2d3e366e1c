"""A stack of a test's own, started through the command line as a user starts it, and the questions put to it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from stackgen import conventions
from tests.integration.ports import free_ports
from tests.waiting import wait_for

_SERVICES = ("receiver", "alertmanager", "prometheus", "grafana", "redis", "redis-exporter", "workload")

#: Requests a second of a test's workload, half of what it is by default: several stacks run side by side.
_RATE = 100

#: How long Alertmanager waits, instead of seconds and minutes. It repeats itself soon, because the end of an alert that
#: another one inhibits is never told, and an alert whose end was not told is not new when it comes again.
_HASTE = {"group_wait": "1s", "group_interval": "2s", "repeat_interval": "20s"}


def get_json(url: str) -> Any:
    """What an address answers, as JSON; raises HTTPError with the answer in its words, and its connection closed."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read().decode(errors="replace")
        raise urllib.error.HTTPError(url, error.code, f"{error.reason}: {said}", error.headers, None) from None


class RunningStack(ABC):
    """A stack that is up, whatever runs it."""

    engine: ClassVar[str]

    def __init__(self, project: Path, ports: dict[str, int], environment: dict[str, str]) -> None:
        self.project = project
        self.ports = ports
        self.environment = environment

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
            if error.code >= 500:  # it is just starting or ending
                raise
            raise AssertionError(f"{expr}: {error.reason}") from None
        return samples

    def value(self, expr: str, at: float | None = None) -> float:
        """The value of an expression that has one series."""
        (sample,) = self.query(expr, at)
        return float(sample["value"][1])

    def scenario(self, name: str) -> None:
        """Switch what the workload does."""
        request = urllib.request.Request(self.url("workload", f"/scenario/{name}"), method="POST")
        urllib.request.urlopen(request, timeout=30).close()

    def targets(self) -> dict[str, str]:
        """The health of all targets of Prometheus, by job."""
        targets = get_json(self.url("prometheus", "/api/v1/targets"))["data"]["activeTargets"]
        return {target["labels"]["job"]: target["health"] for target in targets}

    def rules(self) -> list[dict[str, Any]]:
        """All rules of Prometheus, with what became of them."""
        groups = get_json(self.url("prometheus", "/api/v1/rules"))["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def active_alerts(self) -> set[str]:
        """Names of the alerts that are pending or firing."""
        return {
            alert["labels"]["alertname"]
            for alert in get_json(self.url("prometheus", "/api/v1/alerts"))["data"]["alerts"]
        }

    def delivered(self) -> list[dict[str, Any]]:
        """All alerts in all notifications that the receiver has kept."""
        messages = get_json(self.url("receiver", "/alerts"))["messages"]
        return [alert for message in messages for alert in message["alerts"]]

    def stored(self, at: float) -> dict[str, list[list[Any]]]:
        """The samples of every scraped series in the ten seconds before a time, as they are stored."""
        found = wait_for("the samples are read", lambda: self.query('{job=~".+"}[10s]', at))
        return {json.dumps(series["metric"], sort_keys=True): series["values"] for series in found}

    @abstractmethod
    def held(self, service: str) -> AbstractContextManager[None]:
        """In the body the service takes connections and answers nothing."""

    @abstractmethod
    def cut_off(self, service: str) -> AbstractContextManager[None]:
        """In the body nothing that the service says reaches Prometheus."""


class NativeStack(RunningStack):
    """A stack of processes."""

    engine = "native"

    @contextmanager
    def held(self, service: str) -> Iterator[None]:
        """See `RunningStack`; the process is stopped, for a supervisor would start an ended one again."""
        state = json.loads((self.project / ".stackgen" / "native" / "state.json").read_text(encoding="utf-8"))
        pid = state["services"][service]["process"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def cut_off(self, service: str) -> AbstractContextManager[None]:
        """See `RunningStack`; on the loopback interface there is no network to cut."""
        return self.held(service)


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


def prepared(project: Path, definition: str, rate: int | None = _RATE) -> tuple[dict[str, int], dict[str, str]]:
    """Generate a definition into a folder; gives free ports by service, and the environment that names them.

    What Alertmanager waits for is shortened, and the workload makes `rate` requests a second; nothing else differs from
    what was generated.
    """
    ports = dict(zip(_SERVICES, free_ports(len(_SERVICES)), strict=True))
    environment = dict(os.environ)
    for service, port in ports.items():
        environment[conventions.environment_name("PORT", service)] = str(port)
    if rate is not None:
        environment["STACKGEN_WORKLOAD_RATE"] = str(rate)
    environment["COMPOSE_PROJECT_NAME"] = f"stackgen-test-{uuid.uuid4().hex[:10]}"
    (project / "stackgen.yaml").write_text(definition, encoding="utf-8")
    run_stackgen(project, environment, "generate")
    routing = project / "compose" / "alertmanager" / "alertmanager.yml"
    waits = rf"({'|'.join(_HASTE)}): \w+"
    routing.write_text(re.sub(waits, lambda found: f"{found[1]}: {_HASTE[found[1]]}", routing.read_text()))
    return ports, environment


@contextmanager
def native_stack(project: Path, definition: str, rate: int | None = _RATE) -> Iterator[NativeStack]:
    """Start the stack of a definition as processes, through the command line, and take it down again."""
    stack = NativeStack(project, *prepared(project, definition, rate))
    try:
        stack.stackgen("up", "--engine", "native", "--profile", "demo")
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
    for panel in asking_panels(dashboard):
        yield PanelQueries(panel["title"], tuple(resolved(target["expr"]) for target in panel["targets"]))


def asking_panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same, as they stand in the file."""
    for panel in dashboard["panels"]:
        yield from asking_panels({"panels": panel.get("panels", [])})
        if panel.get("targets"):
            yield panel


def resolved(expr: str, interval: str = "20s", *, step: str = "1m", milliseconds: float = 60_000) -> str:
    """An expression with Grafana's variables filled in, as Grafana does with All chosen; rates are over `interval`.

    What is recorded is averaged over a `step` of the graph, which is so many `milliseconds` long; no panel's is shorter
    than a minute.
    """
    expr = expr.replace("$__interval_ms", f"{milliseconds:g}").replace("$__interval", step)
    expr = re.sub(r"\$__(rate_interval|range)|\$\{__(rate_interval|range)\}", interval, expr)
    return re.sub(r"\$\{?(\w+)(:\w+)?\}?", ".+", expr)
