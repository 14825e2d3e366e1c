"""Runs the `docker` command and puts what it says into words for the user."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import OVERRIDE, Port

#: What compose's labels on its containers begin with.
_LABEL = "com.docker.compose"

#: What is asked of each container, in the order of `_container`.
_COLUMNS = ("{{.ID}}", "{{.Names}}", f'{{{{.Label "{_LABEL}.service"}}}}', "{{.State}}", "{{.Status}}", "{{.Image}}")

#: What is asked of them too: the compose files that they were made from.
_MADE_FROM = f'{{{{.Label "{_LABEL}.project.config_files"}}}}'

#: What is asked of a container that `docker ps` does not tell, in the order of `_details`.
_DETAILS = ("{{.Id}}", "{{json .HostConfig.PortBindings}}", "{{.RestartCount}}", "{{.State.StartedAt}}")

_OTHERWISE = "or run the stack without Docker: --engine native"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The last thing it said about why it failed, without the words that every error begins with."""
        lines = [line.strip() for line in (self.errors or self.output).splitlines() if line.strip()]
        last = lines[-1] if lines else f"it ended with {self.code}"
        return re.sub(r"^(Error response from daemon: |error during connect: |ERROR: )+", "", last)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there of Docker, and what to do about it."""

    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the stack, as the engine lists it."""

    identity: str
    name: str
    service: str
    state: str
    health: str
    #: State and age in words: `Exited (1) 3 minutes ago`.
    words: str
    image: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a container was made with, and how it has fared."""

    #: Where it is published, whatever the variables of this shell say.
    ports: tuple[Port, ...] = ()
    #: How often the engine has started it again, and when it was last started; None: nothing tells.
    restarts: int = 0
    started: datetime | None = None


class DockerCommand:
    """The `docker` command, for the stack of one compose file."""

    def __init__(self, compose_file: Path, environment: Mapping[str, str]) -> None:
        """`environment` has the name of the stack, `COMPOSE_PROJECT_NAME`."""
        self._project = environment["COMPOSE_PROJECT_NAME"]
        self._file = compose_file
        override = compose_file.with_name(OVERRIDE)
        files = [compose_file, *([override] if override.is_file() else [])]
        given = [word for file in files for word in ("--file", str(file))]
        self._compose = ("compose", "--ansi", "never", "--progress", "plain", *given)
        self._environment = dict(environment)

    def require(self) -> None:
        """Raise StackgenError unless there is an engine that answers, and the compose plugin."""
        if (missing := self.missing()) is not None:
            raise StackgenError(f"{missing.what}; {missing.cure}, {_OTHERWISE}")

    def missing(self) -> Missing | None:
        """What keeps a stack from running in Docker; None: nothing does."""
        if shutil.which("docker", path=self._environment.get("PATH")) is None:
            return Missing("there is no docker command on PATH", "install Docker")
        try:
            asked = self.run("version", "--format", "{{.Server.Version}}", seconds=20)
        except StackgenError as error:
            return Missing(f"no Docker engine answers: {error}", "start it anew")
        if asked.code != 0:
            return Missing(f"no Docker engine answers: {asked.reason}", "start it")
        if self.run("compose", "version", "--short", seconds=20).code != 0:
            return Missing("docker has no compose plugin", "install docker-compose-plugin")
        return None

    def run(self, *words: str, seconds: float) -> Answer:
        """Run `docker` with these words; raises StackgenError if it takes longer than `seconds`."""
        try:
            done = subprocess.run(
                ["docker", *words],
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                check=False,
                timeout=seconds,
                env=self._environment,
            )
        except subprocess.TimeoutExpired as error:
            what = " ".join(word for word in words if word not in self._compose[1:])
            raise StackgenError(f"`docker {what}` did not end within {seconds:.0f} s; is the engine well?") from error
        return Answer(done.returncode, done.stdout, done.stderr)

    def compose(self, *words: str, seconds: float) -> Answer:
        """Run `docker compose` on the stack's compose file."""
        return self.run(*self._compose, *words, seconds=seconds)

    def compose_or_fail(self, what: str, *words: str) -> None:
        """Run a quick `docker compose`; raises StackgenError, which says that it cannot `what`, if it fails."""
        answer = self.compose(*words, seconds=60)
        if answer.code != 0:
            raise StackgenError(f"docker compose cannot {what}: {answer.reason}")

    def start_compose(self, *words: str, log: Path) -> subprocess.Popen[bytes]:
        """Start `docker compose` and let it go on; what it says goes to `log`."""
        with log.open("wb") as output:
            return subprocess.Popen(
                ["docker", *self._compose, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
            )

    def services(self) -> Mapping[str, Mapping[str, object]]:
        """The services of the compose file as compose understands them, variables filled in."""
        answer = self.compose("config", "--format", "json", seconds=30)
        if answer.code != 0:
            raise StackgenError(f"docker compose cannot read the compose file: {answer.reason}")
        services: Mapping[str, Mapping[str, object]] = json.loads(answer.output)["services"]
        return services

    def containers(self) -> dict[str, Container]:
        """The stack's containers by service, those that have ended too.

        Not through compose, which takes ten times as long to tell. Raises StackgenError if what goes by the stack's
        name is made from another compose file: it is somebody else's, and compose would end it.
        """
        wanted = (f"{_LABEL}.project={self._project}", f"{_LABEL}.oneoff=False")
        filters = [word for label in wanted for word in ("--filter", f"label={label}")]
        answer = self.run("ps", "--all", *filters, "--format", "\t".join((*_COLUMNS, _MADE_FROM)), seconds=30)
        if answer.code != 0:
            raise StackgenError(f"docker cannot list the stack's containers: {answer.reason}")
        rows = [line.split("\t") for line in answer.output.splitlines() if line]
        self._require_own(dict.fromkeys(made_from for *_, made_from in rows))
        found = (_container(*row) for *row, _ in rows)
        return {container.service: container for container in found}

    def _require_own(self, made_from: Iterable[str]) -> None:
        for files in made_from:
            if files and self._file.resolve() not in (Path(each).resolve() for each in files.split(",")):
                raise StackgenError(
                    f"containers of {files} go by the name {self._project} already, and would be ended; unset "
                    "COMPOSE_PROJECT_NAME, or set it to another name"
                )

    def details(self, containers: Iterable[Container]) -> dict[str, Details]:
        """What the engine knows of containers beside what it lists, by service; without those that have just gone."""
        services = {container.identity: container.service for container in containers}
        if not services:
            return {}
        answer = self.run("inspect", "--type", "container", "--format", "\t".join(_DETAILS), *services, seconds=30)
        rows = [line.split("\t") for line in answer.output.splitlines() if line]
        return {
            service: _details(*rest)
            for identity, service in services.items()
            for whole, *rest in rows
            if whole.startswith(identity)
        }

    def memory(self) -> dict[str, int]:
        """Bytes that each running container takes, by service."""
        running = {each.name: each.service for each in self.containers().values() if each.state == "running"}
        if not running:
            return {}
        answer = self.run("stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}", *running, seconds=30)
        rows = (line.split("\t") for line in answer.output.splitlines() if "\t" in line)
        return {running[name]: _bytes(used.partition(" / ")[0]) for name, used in rows if name in running}

    def logs(self, service: str | None, *, follow: bool, lines: int) -> Iterator[str]:
        """What services log, line by line, each with the service's name before it unless only one is asked for."""
        words = ["logs", "--no-color", "--tail", str(lines)]
        words += ["--follow"] if follow else []
        words += ["--no-log-prefix", service] if service is not None else []
        with subprocess.Popen(
            ["docker", *self._compose, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
        ) as process:
            try:
                yield from (line.rstrip("\n") for line in process.stdout or ())
            finally:
                process.terminate()

    def has_image(self, reference: str) -> bool:
        """Whether the image is on this machine."""
        return self.run("image", "inspect", "--format", "{{.Id}}", reference, seconds=20).code == 0

    def remove_replaced_images(self) -> None:
        """Remove what was built for the stack, has lost its name to a newer build, and is not in use any more.

        It only takes space; that it cannot be removed is no reason to stop.
        """
        own = f"label={_LABEL}.project={self._project}"
        self.run("image", "prune", "--force", "--filter", own, seconds=60)

    def last_lines(self, service: str, count: int = 5) -> Sequence[str]:
        """The last lines that a service logged."""
        answer = self.compose("logs", "--no-color", "--no-log-prefix", "--tail", str(count), service, seconds=20)
        return [line.rstrip() for line in answer.output.splitlines() if line.strip()]

    def last_check(self, container: Container) -> str:
        """The last line of what a container's health check said last; empty: nothing."""
        answer = self.run("inspect", "--format", "{{json .State.Health.Log}}", container.identity, seconds=20)
        checks = (json.loads(answer.output) if answer.code == 0 else None) or [{}]
        lines = [line.strip() for line in checks[-1].get("Output", "").splitlines() if line.strip()]
        return lines[-1] if lines else ""


def _bytes(text: str) -> int:
    """`25.75MiB`, as `docker stats` writes it."""
    found = re.fullmatch(r"([\d.]+)([KMGT]?)i?B", text.strip())
    return 0 if found is None else int(float(found[1]) * 1024 ** " KMGT".index(found[2] or " "))


def _container(identity: str, name: str, service: str, state: str, words: str, image: str) -> Container:
    told = re.search(r"\((?:health: )?(healthy|unhealthy|starting)\)", words)
    return Container(identity, name, service, state, told[1] if told else "", words, image)


def _details(bindings: str, restarts: str, started: str) -> Details:
    return Details(
        ports=tuple(
            Port(int(inside), int(place["HostPort"]), kind == "udp")
            for key, places in (json.loads(bindings) or {}).items()
            for inside, _, kind in [key.partition("/")]
            for place in places or ()
            if place["HostPort"]
        ),
        restarts=int(restarts),
        started=datetime.fromisoformat(started),
    )
