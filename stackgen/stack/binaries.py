"""Finds the programs of a stack: on PATH, else unpacked without root from the distribution's packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackgen import conventions
from stackgen.findings import StackgenError
from stackgen.stack.engine import Report
from stackgen.stack.packages import PackageStore

#: The version of Prometheus that a generated stack runs.
PROMETHEUS_VERSION = conventions.IMAGES["prometheus"].rpartition(":v")[2]
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Binary:
    """A program: what it may be called on PATH, best name first, and the packages that may hold it."""

    title: str
    names: tuple[str, ...]
    packages: tuple[str, ...] = ()
    #: The folder under /usr/share that distributions build into it as an absolute path.
    data: str | None = None


#: Every program that a stack, or a check of its files, may need.
BINARIES: Mapping[str, Binary] = {
    "prometheus": Binary("Prometheus", ("prometheus",), ("prometheus",), data="prometheus"),
    "promtool": Binary("promtool", ("promtool",), ("promtool", "prometheus"), data="prometheus"),
    "alertmanager": Binary(
        "Alertmanager", ("alertmanager", "prometheus-alertmanager"), ("prometheus-alertmanager",), data="prometheus"
    ),
    "amtool": Binary("amtool", ("amtool",), ("prometheus-alertmanager",), data="prometheus"),
    "redis-server": Binary("Redis", ("redis-server",), ("redis-server",)),
    "redis-exporter": Binary(
        "redis_exporter", ("redis_exporter", "prometheus-redis-exporter"), ("prometheus-redis-exporter",)
    ),
    "memcached": Binary("memcached", ("memcached",), ("memcached",)),
    "memcached-exporter": Binary(
        "memcached_exporter",
        ("memcached_exporter", "prometheus-memcached-exporter"),
    ),
    "node-exporter": Binary(
        "node_exporter", ("node_exporter", "prometheus-node-exporter"), ("prometheus-node-exporter",)
    ),
    "statsd-exporter": Binary("statsd_exporter", ("statsd_exporter", "prometheus-statsd-exporter")),
    "victoria-metrics": Binary("VictoriaMetrics", ("victoria-metrics", "victoria-metrics-prod"), ("victoria-metrics",)),
    # No Debian release holds Grafana, nor the two exporters above that name no package: they run where installed.
    "grafana": Binary("Grafana", ("grafana", "grafana-server")),
}


@dataclass(frozen=True, slots=True)
class Located:
    """A program that can be run: `environment` and `directory` are what it needs beside its path."""

    path: Path
    #: Variables to run it with, when it brought its own shared libraries.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The working directory from which it finds its data; None: any.
    directory: Path | None = None

    def run(self, *arguments: str, seconds: float = 10.0) -> subprocess.CompletedProcess[str]:
        """Run it to its end with what it needs, and give back what it said."""
        return subprocess.run(
            [str(self.path), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            env={**os.environ, **self.environment},
            cwd=self.directory,
        )

    def version(self) -> str:
        """What `--version` says, `2.42.0`; empty where it says nothing of the kind."""
        try:
            answer = self.run("--version")
        except subprocess.TimeoutExpired:
            return ""
        found = _VERSION.search(answer.stdout + answer.stderr)
        return found[0] if found else ""


def older_than_stack(promtool: Located) -> str:
    """The version of a promtool that is older than a generated stack's Prometheus; empty for any other."""
    version = promtool.version()
    return version if version and _numbers(version) < _numbers(PROMETHEUS_VERSION) else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def on_path(key: str) -> Located | None:
    """The program as the machine's administrator installed it."""
    found = (shutil.which(name) for name in BINARIES[key].names)
    return next((Located(Path(path)) for path in found if path is not None), None)


def locate(key: str, report: Report, store: PackageStore | None = None) -> Located:
    """The program from PATH, else unpacked from a package, which needs the network the first time.

    Raises StackgenError, one line that names the program and what to install, when neither has it.
    """
    if (installed := on_path(key)) is not None:
        return installed
    binary = BINARIES[key]
    names = " or ".join(binary.names)
    missing = f"{binary.title} is missing: there is no {names} on PATH"
    if not binary.packages:
        raise StackgenError(f"{missing}; install {binary.title} and run the command again")
    store = store or PackageStore()
    program = store.find(binary.packages, binary.names)
    if program is None:
        report(f"fetching {binary.title} from the distribution's packages, into {store.folder}")
        try:
            program = store.fetch(binary.packages, binary.names, binary.data)
        except StackgenError as error:
            raise StackgenError(f"{missing}, and {error}; install {binary.title} and run the command again") from error
    return Located(program.path, program.environment, program.tree / "usr" if binary.data is not None else None)
