"""The Docker engine: the compose file as `docker compose` runs it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import ComposeService, Port, read, require_service, require_set, secret_names
from stackgen.stack.docker_command import Answer, Container, DockerCommand, Missing
from stackgen.stack.docker_configuration import (
    CONFIGURATION,
    configure,
    copies,
    forget,
    is_configured,
    put_back,
    require_open,
)
from stackgen.stack.docker_images import provide_images
from stackgen.stack.docker_starting import keep_logs, settle, start
from stackgen.stack.docker_status import status_of
from stackgen.stack.engine import STARTING, Report, ServiceStatus
from stackgen.stack.lock import take
from stackgen.stack.plain_errors import plain_errors
from stackgen.stack.ports import require_free
from stackgen.stack.profiles import chosen, profiles_of
from stackgen.stack.secrets import ensure_secrets, require_given, require_readable
from stackgen.stack.targets import ensure_target_folders
from stackgen.stack.wheels import stage_wheels

#: Seconds that an image may take to be built.
_BUILD = 600.0

#: How many times a container is told to stand still: on a busy machine a process that begins in it meanwhile, as its
#: health check's, gets in the way, and runc leaves it to others to try again.
_FREEZES = 5


class DockerEngine:
    """Runs a project's stack as containers; needs a Docker engine and the compose plugin."""

    name = "docker"

    def __init__(
        self, project: Path, *, environment: Mapping[str, str] = os.environ, timeout: float = STARTING
    ) -> None:
        """`timeout`: seconds that the stack has to become healthy, pulling and building not counted."""
        self._project = project.resolve()
        self._compose_file = self._project / "compose" / "compose.yaml"
        # Two checkouts of one definition are two stacks; compose by itself would take them for one.
        self._environment = {
            **environment,
            "COMPOSE_PROJECT_NAME": environment.get("COMPOSE_PROJECT_NAME") or _project_name(self._project),
            # Compose sees the services of all profiles; which of them run is said by their names.
            "COMPOSE_PROFILES": "*",
            "STACKGEN_CONFIGURATION": str(self._project / CONFIGURATION),
        }
        self._timeout = timeout
        self._docker = DockerCommand(self._compose_file, self._environment)
        self._lock = self._project / CONFIGURATION / "lock"
        #: What the services of a stack said that did not come up.
        self._failed = self._project / CONFIGURATION.parent / "up-failed.log"

    def missing(self) -> Missing | None:
        """What keeps the stack from running in Docker; None: an engine answers, and there is the compose plugin."""
        return self._docker.missing()

    def started(self) -> bool:
        """Whether the project's stack was started in Docker and not ended since; the engine is not asked."""
        return is_configured(self._project)

    def up(self, report: Report, profiles: Collection[str] = ()) -> None:
        """See `Engine.up`."""
        everything = self._services()
        with plain_errors(), take(self._lock):
            self._up(everything, report, profiles)

    def _up(self, everything: dict[str, ComposeService], report: Report, profiles: Collection[str]) -> None:
        before = self._docker.containers()
        if held := [name for name, container in before.items() if container.state == "paused"]:
            self._docker.compose_or_fail("let go on", "unpause", *held)
        running = {name for name, container in before.items() if container.state in {"running", "paused", "restarting"}}
        also = profiles_of(everything[name] for name in running if name in everything)
        services = chosen(everything, {*profiles, *also})
        require_set(self._compose_file, self._environment, services)
        require_free({name: service.ports for name, service in services.items()}, self._published(before, running))
        require_given(self._project, secret_names(services))
        require_readable(self._project, secret_names(services))
        require_open(self._project, services)
        left_out = self._prepare(services, report)
        wanted = [name for name in services if name not in left_out]
        ensure_secrets(self._project, report, secret_names({name: services[name] for name in wanted}))
        ensure_target_folders(services)
        mounted = copies(self._project)
        try:
            changed = configure(self._project, everything.keys() - set(wanted))
            start(self._docker, wanted, report, self._timeout)
        except BaseException as error:
            if not running:
                if isinstance(error, StackgenError):
                    keep_logs(self._docker, self._failed, report)
                report("taking the stack down again")
                self._docker.compose("down", "--remove-orphans", "--timeout", "5", seconds=120)
                forget(self._project)
            else:
                put_back(self._project, mounted)
            raise
        self._failed.unlink(missing_ok=True)
        settle(
            self._docker,
            services,
            before,
            changed,
            report,
            was_up=running.issuperset(wanted),
            refused=lambda service: put_back(self._project, mounted, service),
        )

    def down(self, *, volumes: bool = False) -> bool:
        """See `Engine.down`."""
        self._services()
        with plain_errors(), take(self._lock):
            return self._down(volumes=volumes)

    def _down(self, *, volumes: bool) -> bool:
        found = bool(self._docker.containers())
        # With the data goes what was built for the stack; pulled images stay.
        words = ["--volumes", "--rmi", "local"] if volumes else []
        answer = self._docker.compose("down", "--remove-orphans", "--timeout", "20", *words, seconds=180)
        if answer.code != 0:
            raise StackgenError(f"docker compose cannot stop the stack: {answer.reason}")
        self._failed.unlink(missing_ok=True)
        forget(self._project)
        return found or "Removed" in answer.errors

    def status(self) -> tuple[ServiceStatus, ...]:
        """See `Engine.status`."""
        services = self._services()
        containers = self._docker.containers()
        shown = [service for service in services.values() if not service.profiles or service.name in containers]
        details = self._docker.details(containers.values())
        return tuple(status_of(self._docker, service, containers, details) for service in shown)

    def memory(self) -> Mapping[str, int]:
        """See `Engine.memory`."""
        return self._docker.memory()

    def logs(self, service: str | None, *, follow: bool, lines: int) -> Iterator[str]:
        """See `Engine.logs`."""
        services = self._services()
        if service is not None:
            require_service(service, services)
        yield from self._docker.logs(service, follow=follow, lines=lines)

    def hold(self, service: str) -> None:
        """See `Engine.hold`."""
        for _ in range(_FREEZES):
            answer = self._docker.compose("pause", service, seconds=60)
            if answer.code == 0:
                return
            if "unable to freeze" not in answer.errors:
                break
        raise StackgenError(f"docker compose cannot hold {service}: {answer.reason}")

    def release(self, service: str) -> None:
        """See `Engine.release`."""
        container = self._docker.containers().get(service)
        if container is not None and container.state == "paused":
            self._docker.compose_or_fail(f"let {service} go on", "unpause", service)

    def _published(self, containers: Mapping[str, Container], running: Collection[str]) -> dict[str, tuple[Port, ...]]:
        """Where those that run are published, which may have been said by variables that are not there any more."""
        details = self._docker.details(containers[name] for name in running)
        return {name: each.ports for name, each in details.items()}

    def _services(self) -> dict[str, ComposeService]:
        services = read(self._compose_file, self._environment)
        self._docker.require()
        return services

    def _prepare(self, wanted: Collection[str], report: Report) -> tuple[str, ...]:
        """Have all images on the machine; gives the services that there is none for and that may be missing."""
        services = {name: service for name, service in self._docker.services().items() if name in wanted}
        left_out = provide_images(self._docker, services, report)
        if any("build" in service for service in services.values()):
            if stage_wheels(self._compose_file.parent / "workload" / "wheels"):
                report("made the wheels for the receiver and the workload")
            built = self._docker.compose("build", seconds=_BUILD)
            if built.code != 0:
                raise StackgenError(f"the image of the stack's own services cannot be built: {_build_error(built)}")
            self._docker.remove_replaced_images()
        return left_out


def _project_name(project: Path) -> str:
    """What compose calls the stack of a folder: its name, and a hash of where it is."""
    name = re.sub(r"[^a-z0-9_-]+", "-", project.name.lower()).strip("-_")
    where = hashlib.sha256(str(project).encode()).hexdigest()[:8]
    return f"stackgen-{name}-{where}" if name else f"stackgen-{where}"


def _build_error(answer: Answer) -> str:
    """The line in which a build says what failed: pip's or the builder's."""
    lines = [line.strip() for line in answer.errors.splitlines() if "ERROR" in line]
    return lines[0].partition("ERROR: ")[2] if lines else answer.reason
