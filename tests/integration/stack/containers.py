"""A stack as containers: testcontainers runs the compose file as it was generated, and the engine does the harm."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import docker
import yaml
from docker.errors import ImageNotFound
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from stackgen.conventions import IMAGES, environment_name
from stackgen.generators.compose_files.grafana import PASSWORD
from stackgen.stack.docker_configuration import CONFIGURATION, configure
from stackgen.stack.secrets import ensure_secrets
from tests.integration.docker_project import kill_from_outside
from tests.integration.pipeline import RunningStack, prepared
from tests.waiting import wait_for

ROOT = Path(__file__).parents[3]

#: References of the generation before, by service; tests/images/build makes stand-ins of them too.
OLDER: Mapping[str, str] = dict(
    line.split()
    for line in (ROOT / "tests" / "images" / "older").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)


class ContainerStack(RunningStack):
    """A stack whose services are containers."""

    engine = "docker"

    def __init__(
        self, project: Path, ports: dict[str, int], environment: dict[str, str], overrides: Mapping[str, Any]
    ) -> None:
        super().__init__(project, ports, environment)
        self.client = docker.from_env()
        folder = project / "compose"
        everything = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))["services"]
        services = [name for name in everything if self._is_wanted(name, everything[name])]
        # As `stackgen up` does it: what mentions services that do not run is left out of the copies that are mounted.
        configure(project, everything.keys() - set(services))
        environment["STACKGEN_CONFIGURATION"] = str(project / CONFIGURATION)
        files = ["compose.yaml"]
        if overrides:
            files.append("overrides.yaml")
            (folder / "overrides.yaml").write_text(yaml.safe_dump(dict(overrides)), encoding="utf-8")
            services += overrides["services"].keys() - {*services}
        variables = {
            name: value for name, value in environment.items() if name.startswith(("STACKGEN_", "COMPOSE_PROJECT_NAME"))
        }
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        self.compose = DockerCompose(
            folder, files, build=True, env_file=str(folder / ".env"), services=services, profiles=["demo"]
        )

    def _is_wanted(self, name: str, service: Mapping[str, Any]) -> bool:
        """Whether it is of the core or the demonstration, and there is an image; there is no stand-in for Grafana."""
        return service.get("profiles", ["demo"]) == ["demo"] and (name != "grafana" or self.has_grafana())

    def start(self) -> None:
        """Start it, and wait until all is healthy.

        Compose gives up as soon as one service counts as unhealthy. On an overloaded machine a slow one does: it gets a
        second chance, from the beginning, as what has started half stays so: a container whose ports were not
        published is healthy inside.
        """
        with suppress(CalledProcessError):
            self.compose.start()
            return
        self.compose.stop()
        self.compose.start()

    def has_grafana(self) -> bool:
        """Whether there is an image of Grafana on the machine."""
        try:
            self.client.images.get(IMAGES["grafana"])
        except ImageNotFound:
            return False
        return True

    def container(self, service: str) -> Container:
        """What Docker knows of a service's container now, running or not."""
        (found,) = self._listed(f"com.docker.compose.service={service}", all=True)
        return found

    def containers(self) -> dict[str, Container]:
        """All running containers by service."""
        return {each.labels["com.docker.compose.service"]: each for each in self._listed()}

    def _listed(self, *labels: str, **others: bool) -> list[Container]:
        """The stack's containers that have these labels; compose itself takes ten times as long to tell."""
        own = f"com.docker.compose.project={self.environment['COMPOSE_PROJECT_NAME']}"
        found: list[Container] = self.client.containers.list(filters={"label": [own, *labels]}, **others)
        return found

    @contextmanager
    def held(self, service: str) -> Iterator[None]:
        """See `RunningStack`; the container is paused."""
        container = self.container(service)
        # More than once if need be: it is refused while a process begins in the container, as its health check's does.
        wait_for(f"{service} stands still", lambda: container.pause() or True, seconds=30)
        try:
            yield
        finally:
            container.unpause()

    @contextmanager
    def cut_off(self, service: str) -> Iterator[None]:
        """See `RunningStack`; the container is taken off the networks that it shares with Prometheus."""
        container = self.container(service)
        joined = container.attrs["NetworkSettings"]["Networks"]
        shared = joined.keys() & self.container("prometheus").attrs["NetworkSettings"]["Networks"].keys()
        assert shared, f"{service} and prometheus have no network in common"
        networks = [(self.client.networks.get(name), joined[name]["Aliases"]) for name in sorted(shared)]
        for network, _ in networks:
            network.disconnect(container)
        try:
            yield
        finally:
            for network, aliases in networks:
                network.connect(container, aliases=aliases)

    def kill(self, service: str) -> None:
        """SIGKILL, and wait for the restart."""
        kill_from_outside(str(self.container(service).id))


@contextmanager
def container_stack(
    project: Path,
    definition: str,
    wheels: Path,
    *,
    images: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Iterator[ContainerStack]:
    """Start the stack of a definition as containers, and leave nothing of it.

    `wheels`: the project's own, which the workload's image is built from. `images` replace those of services, as a user
    replaces them; `overrides` is a second compose file.
    """
    ports, environment = prepared(project, definition)
    environment |= {environment_name("IMAGE", service): reference for service, reference in (images or {}).items()}
    shutil.copytree(wheels, project / "compose" / "workload" / "wheels")
    ensure_secrets(project, print, (PASSWORD,))
    stack = ContainerStack(project, ports, environment, overrides or {})
    try:
        stack.start()
        yield stack
    finally:
        stack.compose.stop()
        project_label = f"com.docker.compose.project={environment['COMPOSE_PROJECT_NAME']}"
        for built in stack.client.images.list(filters={"label": project_label}):
            stack.client.images.remove(built.id, force=True)
        stack.client.close()
