"""A generated project whose stack the Docker engine runs, under a name and on ports that nobody else has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from stackgen.conventions import IMAGES, OPTIONAL_SERVICES, SERVICE_PORTS, environment_name
from stackgen.definition import load
from stackgen.generators import compose, dashboards, rules, runbooks
from stackgen.stack.docker import DockerEngine
from stackgen.stack.engine import ServiceStatus
from tests.conftest import docker_answers, require
from tests.integration.pipeline import get_json
from tests.integration.ports import free_ports
from tests.waiting import wait_for


def require_images(*others: str) -> None:
    """All images that a stack and its profiles cannot do without, and others, pulled if need be."""
    require(docker_answers(), "no Docker engine answers; install docker.io and start dockerd")
    for reference in (*(IMAGES[name] for name in IMAGES if name not in OPTIONAL_SERVICES), *others):
        if docker("image", "inspect", reference).returncode != 0:
            pulled = docker("pull", "--quiet", reference)
            require(pulled.returncode == 0, f"image {reference} is not here and cannot be pulled; run `make images`")


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], capture_output=True, text=True, timeout=300, check=False)


def kill_from_outside(container: str) -> None:
    """SIGKILL a container's process as the kernel does when memory runs out, and wait for the restart.

    Not through the engine: what Docker itself is told to kill it does not start again.
    """
    before = _restarts(container)
    pid = docker("inspect", "--format", "{{.State.Pid}}", container).stdout.strip()
    killing = ("sh", IMAGES["redis"], "-c", f"kill -KILL {pid}")
    done = docker("run", "--rm", "--pid", "host", "--user", "0", "--network", "none", "--entrypoint", *killing)
    assert done.returncode == 0, done.stderr
    wait_for(f"{container} is started again", lambda: _restarts(container) > before)


def _restarts(container: str) -> int:
    """How often it was started anew; what does not run counts as never."""
    state = docker("inspect", "--format", "{{.State.Running}} {{.RestartCount}}", container).stdout.split()
    return int(state[1]) if state[:1] == ["true"] else 0


class DockerProject:
    def __init__(
        self,
        folder: Path,
        *,
        services: dict[str, object] | None = None,
        stack: Mapping[str, object] | None = None,
        wheels: Path | None = None,
    ) -> None:
        """`services` beside those of the demonstration, or all of the `stack`.

        `wheels`: those to build images from; without them `up` makes them, which takes a while.
        """
        self.folder = folder
        self.name = f"stackgen-test-{uuid.uuid4().hex[:10]}"
        names = (*SERVICE_PORTS, "statsd")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.environment = {
            **os.environ,
            **{environment_name("PORT", service): str(port) for service, port in self.ports.items()},
            "COMPOSE_PROJECT_NAME": self.name,
        }
        self.reported: list[str] = []
        wanted: dict[str, object] = {"scrape_interval": "1s", "evaluation_interval": "1s", **(stack or {})}
        if services is not None:
            wanted["services"] = dict.fromkeys(("redis", "redis-exporter", "workload")) | services
        source = folder / "stackgen.yaml"
        source.write_text(yaml.safe_dump({"stackgen": 1, "extends": "cache", "stack": wanted}))
        definition = load(str(source))
        rooms = (("compose", compose), ("dashboards", dashboards), ("alerts", rules), ("alerts", runbooks))
        for room, generator in rooms:
            for path, text in generator.generate(definition).items():
                file = folder / room / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        if wheels is not None:
            shutil.copytree(wheels, folder / "compose" / "workload" / "wheels")

    def engine(self, *, timeout: float = 180.0, **environment: str) -> DockerEngine:
        return DockerEngine(self.folder, environment=self.environment | environment, timeout=timeout)

    def up(self, engine: DockerEngine | None = None, *, profiles: Sequence[str] = ()) -> None:
        (engine or self.engine()).up(self.reported.append, profiles)

    def status(self) -> dict[str, ServiceStatus]:
        return {service.name: service for service in self.engine().status()}

    def url(self, service: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", "compose", "--file", str(self.folder / "compose" / "compose.yaml"), *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=self.environment,
        )

    def inspect(self) -> dict[str, dict[str, Any]]:
        """What Docker knows of each running container, by service."""
        identities = self.compose("ps", "--quiet").stdout.split()
        found = json.loads(docker("inspect", *identities).stdout)
        return {data["Config"]["Labels"]["com.docker.compose.service"]: data for data in found}

    def samples(self, at: float | None = None) -> list[object]:
        """What Prometheus knows of its targets, now or at a time."""
        moment = "" if at is None else f"&time={at}"
        answer = get_json(self.url("prometheus", f"/api/v1/query?query=up{moment}"))
        found: list[object] = answer["data"]["result"]
        return found

    def left_behind(self) -> dict[str, list[str]]:
        """What Docker still has of the project, by kind."""
        mine = ("--filter", f"label=com.docker.compose.project={self.name}", "--quiet")
        kinds: dict[str, tuple[str, ...]] = {
            "containers": ("ps", "--all"),
            "networks": ("network", "ls"),
            "volumes": ("volume", "ls"),
            "images": ("image", "ls"),
        }
        return {kind: docker(*words, *mine).stdout.split() for kind, words in kinds.items()}

    def remove(self) -> None:
        """Leave nothing: containers of all profiles, volumes and the images that were built for it."""
        words = ("down", "--volumes", "--remove-orphans", "--timeout", "2", "--rmi", "local")
        done = self.compose("--profile", "*", *words)
        assert done.returncode == 0, done.stderr
        assert not any(self.left_behind().values()), self.left_behind()
