"""Tells how the containers of a stack are doing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from stackgen.conventions import OPTIONAL_SERVICES
from stackgen.stack.compose_file import ComposeService
from stackgen.stack.docker_command import Container, Details, DockerCommand
from stackgen.stack.engine import ServiceStatus
from stackgen.stack.reloads import RUNS_OLDER, runs_older

#: A container that was started again so often, and last within so many seconds (the engine waits for a minute at
#: most), does not stay up.
_LOOPS, _YOUNG = 3, 75.0

#: Services that a browser cannot talk to.
_NO_HTTP = ("redis", "memcached")


def status_of(
    docker: DockerCommand,
    service: ComposeService,
    containers: Mapping[str, Container],
    details: Mapping[str, Details],
) -> ServiceStatus:
    """How one service is doing; `containers` are those of the stack, by service, with their `details`.

    Where it is and what it is made of is the container's, which may have been started with other variables.
    """
    container = containers.get(service.name)
    if container is None:
        return ServiceStatus(service.name, "missing", "-", None, _why_left_out(docker, service, containers))
    running = container.state == "running"
    health = container.health or "-" if running else "-"
    known = details.get(service.name, Details())
    url = _url(service.name, known) if running else None
    detail = container.image if running else container.words
    if health == "unhealthy" and (said := docker.last_check(container)):
        detail = f"{detail}, {said}"
    if health == "healthy" and known.ports and runs_older(service.name, known.ports[0].published):
        detail = f"{detail}, {RUNS_OLDER}"
    if known.restarts:
        detail = f"{detail}, restarted {'once' if known.restarts == 1 else f'{known.restarts} times'}"
    if running and loops(known, datetime.now(UTC)):
        health, detail = "unhealthy", f"{detail} and again a moment ago: it does not stay up"
    return ServiceStatus(service.name, container.state, health, url, detail, _version(service, container))


def loops(details: Details, now: datetime) -> bool:
    """Whether a container that runs at this moment is one that ends and is started again and again."""
    young = details.started is not None and (now - details.started).total_seconds() < _YOUNG
    return young and details.restarts >= _LOOPS


def _why_left_out(docker: DockerCommand, service: ComposeService, containers: Mapping[str, Container]) -> str:
    """Why the stack that runs does without the service; empty where that is not by intent."""
    if not containers or service.name not in OPTIONAL_SERVICES or service.image is None:
        return ""
    return "" if docker.has_image(service.image) else f"its image {service.image} is not here"


def _url(name: str, details: Details) -> str | None:
    published = [port.published for port in details.ports if not port.udp]
    if not published:
        return None
    address = f"127.0.0.1:{published[0]}"
    return address if name in _NO_HTTP else f"http://{address}"


def _version(service: ComposeService, container: Container) -> str:
    """What the image is tagged with; what is built here is of this stackgen."""
    if service.image is None:
        return version("stackgen")
    tag = container.image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag[1:] if re.match(r"v\d", tag) else tag
