"""Starts the containers of a stack, waits until they are well, and says what keeps them from it."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.compose_file import ComposeService
from stackgen.stack.docker_command import Answer, Container, DockerCommand
from stackgen.stack.engine import Report
from stackgen.stack.reloads import REREAD, have_reread

#: Seconds between two looks at the containers while the stack comes up.
_LOOK = 0.5

#: How many times a service may be seen to be restarting before it counts as failed.
_RESTARTS = 4

#: Folders of configuration that a service reads when it starts, and that service: datasources, the mapping of packets.
_READ_AT_START = {"grafana": "grafana", "statsd": "statsd-exporter"}


def start(docker: DockerCommand, wanted: Sequence[str], report: Report, timeout: float) -> None:
    """Have these services run and be well; raises StackgenError if they are not after `timeout` seconds."""
    with tempfile.TemporaryDirectory(prefix="stackgen-") as scratch:
        log = Path(scratch) / "compose.log"
        words = ("up", "--detach", "--no-build", "--remove-orphans", "--wait", *wanted)
        with docker.start_compose(*words, log=log) as process:
            try:
                code = _watch(docker, process, wanted, report, timeout)
            finally:
                process.terminate()
        if code != 0:
            said = Answer(code, "", log.read_text(encoding="utf-8", errors="replace"))
            raise _failure(docker, wanted, said.reason)


def keep_logs(docker: DockerCommand, file: Path, report: Report) -> None:
    """Write down what all services said before their containers go, and what they said with them."""
    with suppress(StackgenError):  # what went wrong before is what is to be told
        answer = docker.compose("logs", "--no-color", "--timestamps", "--tail", "1000", seconds=60)
        file.write_text(answer.output, encoding="utf-8")
        report(f"what the services said is in {file}")


def settle(
    docker: DockerCommand,
    services: Mapping[str, ComposeService],
    before: Mapping[str, Container],
    changed: Collection[str],
    report: Report,
    *,
    was_up: bool,
    refused: Callable[[str], None],
) -> None:
    """Have what went on running read its configuration again, which may have been generated anew.

    `changed` are the folders of configuration that have; of a stack that `was_up` it is reported what became of it.
    `refused` is told of a service that goes on with the configuration before, so that it finds it when it starts next.
    Raises StackgenError if a configuration is refused.
    """
    after = docker.containers()
    same = {name for name, container in before.items() if after.get(name, container).identity == container.identity}
    for folder, name in _READ_AT_START.items():
        if folder in changed and name in same and name in services:
            docker.compose_or_fail(f"restart {name}", "restart", name)
    reread = [name for name in REREAD if name in same and before[name].state in ("running", "paused")]
    for name in reread:
        try:
            _have_reread(docker, services[name])
        except StackgenError:
            refused(name)
            raise
    if was_up:
        anew = [name for name in after if name not in same]
        news = f"started anew because they have changed: {', '.join(anew)}" if anew else "nothing has changed"
        report(f"the stack was up already; {news}; configuration read again: {', '.join(reread) or 'none'}")


def _watch(
    docker: DockerCommand, process: subprocess.Popen[bytes], wanted: Sequence[str], report: Report, timeout: float
) -> int:
    """Report what becomes healthy until compose is done; gives its exit code."""
    waiting = dict.fromkeys(wanted, 0)
    deadline = time.monotonic() + timeout
    while True:
        code = process.poll()
        containers = docker.containers()
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
            raise _failure(docker, list(waiting), f"not healthy after {timeout:.0f} s")
        time.sleep(_LOOK)


def _failure(docker: DockerCommand, wanted: Sequence[str], reason: str) -> StackgenError:
    """What went wrong: the first service that does not run as it should, with what it said last."""
    containers = docker.containers()
    bad = [containers[name] for name in wanted if name in containers and _is_bad(containers[name])]
    # What has ended or loops is worse than what does not answer, and that than what only has not answered yet.
    bad.sort(key=lambda container: (container.state == "running", container.health == "starting"))
    # One that loops may look well at this moment; compose names it then.
    bad += [container for container in containers.values() if container.name in reason.split()]
    if not bad:
        return StackgenError(f"the stack does not start: {reason}")
    worst = bad[0]
    lines = docker.last_lines(worst.service)
    said = "; it said last:\n" + "\n".join(f"  {line}" for line in lines) if lines else "; it said nothing"
    if worst.state == "created" and not lines:
        said = f": {reason}"  # it is the engine that could not start it
    state = "not healthy" if worst.state == "running" else worst.state
    return StackgenError(f"{worst.service} does not start, it is {state}{said}")


def _have_reread(docker: DockerCommand, service: ComposeService) -> None:
    # From inside, as `docker kill` takes every signal for a stop by hand: what it has sent one to is not restarted
    # any more when it crashes, nor when the engine starts (moby/moby#41302).
    words = ("exec", "-T", service.name, "sh", "-c", "kill -HUP 1")
    have_reread(
        service.name,
        service.ports[0].published,
        lambda: docker.compose_or_fail(f"have {service.name} read its configuration again", *words),
        lambda: docker.last_lines(service.name),
    )


def _is_bad(container: Container) -> bool:
    return container.state in {"exited", "restarting", "dead"} or container.health in {"unhealthy", "starting"}
