"""The Docker engine: the compose file as `docker compose` runs it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from stackgen.conventions import OPTIONAL_SERVICES
from stackgen.findings import StackgenError
from stackgen.stack.compose_file import ComposeService, read, require_service, secret_names
from stackgen.stack.docker_command import Answer, Container, DockerCommand
from stackgen.stack.docker_configuration import CONFIGURATION, configure, forget, require_open
from stackgen.stack.docker_images import provide_images
from stackgen.stack.engine import Report, ServiceStatus
from stackgen.stack.lock import take
from stackgen.stack.ports import require_free
from stackgen.stack.profiles import chosen, profiles_of
from stackgen.stack.reloads import require_reread
from stackgen.stack.secrets import ensure_secrets, require_given, require_readable
from stackgen.stack.targets import ensure_target_folders
from stackgen.stack.wheels import stage_wheels

#: Seconds between two looks at the containers while the stack comes up.
_LOOK = 0.5

#: Seconds that an image may take to be built.
_BUILD = 600.0

#: How many times a service may be seen to be restarting before it counts as failed.
_RESTARTS = 4

#: How many times a container is told to stand still: on a busy machine a process that begins in it meanwhile, as its
#: health check's, gets in the way, and runc leaves it to others to try again.
_FREEZES = 5

#: Services that read their configuration again on SIGHUP.
_REREAD = ("prometheus", "alertmanager")

#: Services that a browser cannot talk to.
_NO_HTTP = ("redis", "memcached")


class DockerEngine:
    """Runs a project's stack as containers; needs a Docker engine and the compose plugin."""

    name = "docker"

    def __init__(self, project: Path, *, environment: Mapping[str, str] = os.environ, timeout: float = 180.0) -> None:
        """`timeout`: seconds that the stack has to become healthy, pulling and building not counted."""
        self._project = project.resolve()
        self._compose_file = self._project / "compose" / "compose.yaml"
        # Two checkouts of one definition are two stacks; compose by itself would take them for one.
        self._environment = {
            "COMPOSE_PROJECT_NAME": _project_name(self._project),
            **environment,
            # Compose sees the services of all profiles; which of them run is said by their names.
            "COMPOSE_PROFILES": "*",
            "STACKGEN_CONFIGURATION": str(self._project / CONFIGURATION),
        }
        self._timeout = timeout
        self._docker = DockerCommand(self._compose_file, self._environment)
        self._lock = self._project / CONFIGURATION / "lock"
        #: What the services of a stack said that did not come up.
        self._failed = self._project / CONFIGURATION.parent / "up-failed.log"

    def available(self) -> bool:
        """Whether there is an engine that answers, with the compose plugin."""
        try:
            self._docker.require()
        except StackgenError:
            return False
        return True

    def up(self, report: Report, profiles: Collection[str] = ()) -> None:
        """See `Engine.up`."""
        everything = self._services()
        with take(self._lock):
            self._up(everything, report, profiles)

    def _up(self, everything: dict[str, ComposeService], report: Report, profiles: Collection[str]) -> None:
        before = self._docker.containers()
        if held := [name for name, container in before.items() if container.state == "paused"]:
            self._compose_or_fail("let go on", "unpause", *held)
        running = {name for name, container in before.items() if container.state in {"running", "paused"}}
        also = profiles_of(everything[name] for name in running if name in everything)
        services = chosen(everything, {*profiles, *also})
        ports = {name: port.published for name, service in services.items() for port in service.ports[:1]}
        require_free({name: port for name, port in ports.items() if name not in running})
        require_given(self._project, secret_names(services))
        require_readable(self._project, secret_names(services))
        require_open(self._project, services)
        left_out = self._prepare(services, report)
        wanted = [name for name in services if name not in left_out]
        ensure_secrets(self._project, report, secret_names({name: services[name] for name in wanted}))
        ensure_target_folders(services)
        changed = configure(self._project, everything.keys() - set(wanted))
        try:
            self._start(wanted, report)
        except BaseException as error:
            if not running:
                if isinstance(error, StackgenError):
                    self._keep_logs(report)
                report("taking the stack down again")
                self._docker.compose("down", "--remove-orphans", "--timeout", "5", seconds=120)
                forget(self._project)
            raise
        self._failed.unlink(missing_ok=True)
        self._settle(services, before, running.issuperset(wanted), changed, report)

    def down(self, *, volumes: bool = False) -> bool:
        """See `Engine.down`."""
        self._services()
        with take(self._lock):
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
        return tuple(self._status_of(service, containers) for service in shown)

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
            self._compose_or_fail(f"let {service} go on", "unpause", service)

    def _compose_or_fail(self, what: str, *words: str) -> None:
        answer = self._docker.compose(*words, seconds=60)
        if answer.code != 0:
            raise StackgenError(f"docker compose cannot {what}: {answer.reason}")

    # -- starting ---------------------------------------------------------------------------------------------------

    def _services(self) -> dict[str, ComposeService]:
        services = read(self._compose_file, self._environment)
        self._docker.require()
        return services

    def _prepare(self, wanted: Collection[str], report: Report) -> tuple[str, ...]:
        """Have all images on the machine; gives the services that there is none for and that may be missing."""
        configuration = self._docker.configuration()
        services = {name: service for name, service in configuration.services.items() if name in wanted}
        left_out = provide_images(self._docker, services, report)
        if any("build" in service for service in services.values()):
            if stage_wheels(self._compose_file.parent / "workload" / "wheels"):
                report("made the wheels for the receiver and the workload")
            built = self._docker.compose("build", seconds=_BUILD)
            if built.code != 0:
                raise StackgenError(f"the image of the stack's own services cannot be built: {_build_error(built)}")
            self._docker.remove_replaced_images(configuration.project)
        return left_out

    def _start(self, wanted: Sequence[str], report: Report) -> None:
        with tempfile.TemporaryDirectory(prefix="stackgen-") as scratch:
            log = Path(scratch) / "compose.log"
            words = ("up", "--detach", "--no-build", "--remove-orphans", "--wait", *wanted)
            with self._docker.start_compose(*words, log=log) as process:
                try:
                    code = self._watch(process, wanted, report)
                finally:
                    process.terminate()
            if code != 0:
                said = Answer(code, "", log.read_text(encoding="utf-8", errors="replace"))
                raise self._failure(wanted, said.reason)

    def _watch(self, process: subprocess.Popen[bytes], wanted: Sequence[str], report: Report) -> int:
        """Report what becomes healthy until compose is done; gives its exit code."""
        waiting = dict.fromkeys(wanted, 0)
        deadline = time.monotonic() + self._timeout
        while True:
            code = process.poll()
            containers = self._docker.containers()
            for name, seen in list(waiting.items()):
                container = containers.get(name)
                if container is not None and container.state == "restarting":
                    waiting[name] = seen + 1
                if container is not None and container.state == "running" and container.health in ("healthy", ""):
                    del waiting[name]
                    report(f"{name} is {container.health or 'running'}")
            if code is not None:
                return code
            if time.monotonic() > deadline or max(waiting.values(), default=0) >= _RESTARTS:
                raise self._failure(list(waiting), f"not healthy after {self._timeout:.0f} s")
            time.sleep(_LOOK)

    def _failure(self, wanted: Sequence[str], reason: str) -> StackgenError:
        """What went wrong: the first service that does not run as it should, with what it said last."""
        containers = self._docker.containers()
        bad = [containers[name] for name in wanted if name in containers and _is_bad(containers[name])]
        # What has ended or loops is worse than what does not answer, and that than what only has not answered yet.
        bad.sort(key=lambda container: (container.state == "running", container.health == "starting"))
        # One that loops may look well at this moment; compose names it then.
        bad += [container for container in containers.values() if container.name in reason.split()]
        if not bad:
            return StackgenError(f"the stack does not start: {reason}")
        worst = bad[0]
        lines = self._docker.last_lines(worst.service)
        said = "; it said last:\n" + "\n".join(f"  {line}" for line in lines) if lines else "; it said nothing"
        state = "not healthy" if worst.state == "running" else worst.state
        return StackgenError(f"{worst.service} does not start, it is {state}{said}")

    def _keep_logs(self, report: Report) -> None:
        """Write down what all services said before their containers go, and what they said with them."""
        with suppress(StackgenError):  # what went wrong before is what is to be told
            answer = self._docker.compose("logs", "--no-color", "--timestamps", "--tail", "1000", seconds=60)
            self._failed.write_text(answer.output, encoding="utf-8")
            report(f"what the services said is in {self._failed}")

    def _settle(
        self,
        services: Mapping[str, ComposeService],
        before: Mapping[str, Container],
        was_up: bool,
        changed: Collection[str],
        report: Report,
    ) -> None:
        """Have what went on running read its configuration again, which may have been generated anew.

        Raises StackgenError if that is refused.
        """
        after = self._docker.containers()
        same = {name for name, container in before.items() if after.get(name, container).identity == container.identity}
        reread = [name for name in _REREAD if name in same and before[name].state == "running"]
        for name in reread:
            self._have_reread(services[name])
        if "grafana" in changed and "grafana" in same:
            # It reads its datasources when it starts.
            self._compose_or_fail("restart grafana", "restart", "grafana")
        if was_up:
            anew = [name for name in after if name not in same]
            news = f"started anew because they have changed: {', '.join(anew)}" if anew else "nothing has changed"
            report(f"the stack was up already; {news}; configuration read again: {', '.join(reread) or 'none'}")

    def _have_reread(self, service: ComposeService) -> None:
        # From inside, as `docker kill` takes every signal for a stop by hand: what it has sent one to is not restarted
        # any more when it crashes, nor when the engine starts (moby/moby#41302).
        since = time.time()
        self._compose_or_fail(
            f"have {service.name} read its configuration again",
            *("exec", "-T", service.name, "sh", "-c", "kill -HUP 1"),
        )
        port = service.ports[0].published
        require_reread(service.name, port, since, lambda: self._docker.last_lines(service.name))

    # -- telling ----------------------------------------------------------------------------------------------------

    def _status_of(self, service: ComposeService, containers: Mapping[str, Container]) -> ServiceStatus:
        container = containers.get(service.name)
        if container is None:
            return ServiceStatus(service.name, "missing", "-", None, self._why_left_out(service, containers))
        running = container.state == "running"
        health = container.health or "-" if running else "-"
        url = _url(service) if running else None
        detail = container.image if running else container.words
        return ServiceStatus(service.name, container.state, health, url, detail, _version(service))

    def _why_left_out(self, service: ComposeService, containers: Mapping[str, Container]) -> str:
        """Why the stack that runs does without the service; empty where that is not by intent."""
        if not containers or service.name not in OPTIONAL_SERVICES or service.image is None:
            return ""
        return "" if self._docker.has_image(service.image) else f"its image {service.image} is not here"


def _is_bad(container: Container) -> bool:
    return container.state in {"exited", "restarting", "dead"} or container.health in {"unhealthy", "starting"}


def _url(service: ComposeService) -> str | None:
    if not service.ports:
        return None
    address = f"127.0.0.1:{service.ports[0].published}"
    return address if service.name in _NO_HTTP else f"http://{address}"


def _version(service: ComposeService) -> str:
    """What the image is tagged with; what is built here is of this stackgen."""
    if service.image is None:
        return version("stackgen")
    tag = service.image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag[1:] if re.match(r"v\d", tag) else tag


def _project_name(project: Path) -> str:
    """What compose calls the stack of a folder: its name, and a hash of where it is."""
    name = re.sub(r"[^a-z0-9_-]+", "-", project.name.lower()).strip("-_")
    where = hashlib.sha256(str(project).encode()).hexdigest()[:8]
    return f"stackgen-{name}-{where}" if name else f"stackgen-{where}"


def _build_error(answer: Answer) -> str:
    """The line in which a build says what failed: pip's or the builder's."""
    lines = [line.strip() for line in answer.errors.splitlines() if "ERROR" in line]
    return lines[0].partition("ERROR: ")[2] if lines else answer.reason
