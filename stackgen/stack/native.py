"""The engine without Docker: the services of the compose file as processes of this machine, on its loopback interface.

A supervisor in the background starts and watches them (`supervisor`); this module starts it, waits until everything
answers, tells how everything is doing, and clears away whatever is left, also after a supervisor that was killed.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.binaries import locate
from stackgen.stack.compose_file import read, require_service, secret_names
from stackgen.stack.draft import Draft
from stackgen.stack.engine import STARTING, Report, ServiceStatus
from stackgen.stack.lock import take
from stackgen.stack.logs import last_line, read_logs
from stackgen.stack.plan import Plan, Process, default_path, read_plan, write_plan
from stackgen.stack.planning import Locate, left_out_of, make_plan
from stackgen.stack.ports import require_free
from stackgen.stack.processes import MARK, Identity, end, marked, supported
from stackgen.stack.profiles import chosen, profiles_of
from stackgen.stack.secrets import ensure_secrets, require_given
from stackgen.stack.state import Layout, ServiceState, State, read_state, remove_unused
from stackgen.stack.supervisor import GRACE
from stackgen.stack.targets import ensure_target_folders

#: Seconds that processes have to end by themselves whose supervisor is gone.
_ORPHANS_GRACE = 3.0

#: Seconds that the supervisor may take to answer.
_ANSWER = 15.0

#: How often the state is read while the stack comes up.
_LOOK = 0.1


class NativeEngine:
    """Runs a project's stack as native processes; needs Linux."""

    name = "native"

    def __init__(
        self,
        project: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        timeout: float = STARTING,
        find: Locate = locate,
    ) -> None:
        """`timeout`: seconds that the stack has to become healthy, the fetching of programs not counted."""
        self._layout = Layout(project.resolve())
        self._environment = environment
        self._timeout = timeout
        self._find = find

    def up(self, report: Report, profiles: Collection[str] = ()) -> None:
        """See `Engine.up`."""
        if not supported():
            raise StackgenError("the native engine needs Linux; start the stack with `--engine docker`")
        services = read(default_path(self._layout.project), self._environment)
        wanted = chosen(services, profiles)
        with _plain_errors(), take(self._layout.lock):
            state = read_state(self._layout)
            plan = read_plan(self._layout) if state is not None and self._layout.plan.is_file() else None
            started = [] if plan is None else [*(process.name for process in plan.processes), *plan.left_out]
            profiles = {*profiles, *profiles_of(services[name] for name in started if name in services)}
            if state is None or not state.supervised:
                self._clear(state)
                self._start(self._prepare(report, profiles), report)
            else:
                plan = read_plan(self._layout)
                if set(started).issuperset(wanted):
                    self._retry(state)
                    self._wait(plan, report)
                    report("the stack is up already; nothing was changed")
                    if self._outdated():
                        report("it was generated anew since; `stackgen down`, then `stackgen up`, takes that over")
                    return
                more = [name for name in wanted if name not in started]
                # Whatever cannot be had is found out while everything still runs.
                draft = self._prepare(report, profiles, plan)
                report(f"starting the stack anew, with {', '.join(more)}")
                self._clear(state)
                self._start(draft, report)

    def _outdated(self) -> bool:
        """Whether a file that the stack was started from has changed since."""
        compose, alerts = self._layout.project / "compose", self._layout.project / "alerts"
        files = (*compose.rglob("*.y*ml"), *alerts.glob("*.y*ml"))
        started = self._layout.plan.stat().st_mtime_ns
        return any(file.stat().st_mtime_ns > started for file in files)

    def down(self, *, volumes: bool = False) -> bool:
        """See `Engine.down`."""
        if not self._layout.folder.is_dir():
            return False
        with _plain_errors(), take(self._layout.lock):
            layout = self._layout
            found = self._clear(read_state(layout)) or (volumes and layout.data.is_dir())
            kept = {layout.lock} if volumes else {layout.lock, layout.data}
            for path in set(layout.folder.iterdir()) - kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            # From here on somebody else may start the stack, and what is not empty stays.
            layout.lock.unlink()
            with suppress(OSError):
                layout.folder.rmdir()
                remove_unused(layout.folder.parent)
            return found

    def status(self) -> tuple[ServiceStatus, ...]:
        """See `Engine.status`."""
        services = read(default_path(self._layout.project), self._environment)
        state = read_state(self._layout)
        always = [name for name, service in services.items() if not service.profiles]
        if state is None or not self._layout.plan.is_file():
            return tuple(ServiceStatus(name, "missing", "-", None) for name in always)
        plan = read_plan(self._layout)
        known = {process.name: self._service_status(process, state) for process in plan.processes}
        known |= {name: ServiceStatus(name, "missing", "-", None, why) for name, why in plan.left_out.items()}
        # The compose file may have been generated anew since the stack was started.
        shown = [name for name in services if name in known or name in always]
        return tuple(known.get(name) or ServiceStatus(name, "missing", "-", None) for name in shown)

    def memory(self) -> Mapping[str, int]:
        """See `Engine.memory`."""
        state = read_state(self._layout)
        processes = {} if state is None else {name: service.process for name, service in state.services.items()}
        return {name: process.memory for name, process in processes.items() if process is not None and process.alive}

    def logs(self, service: str | None, *, follow: bool, lines: int) -> Iterator[str]:
        """See `Engine.logs`."""
        services = read(default_path(self._layout.project), self._environment)
        if service is not None:
            require_service(service, services)
        chosen_logs = {name: self._layout.log(name) for name in services if service in (None, name)}
        yield from read_logs(chosen_logs, follow=follow, lines=lines)

    def hold(self, service: str) -> None:
        """See `Engine.hold`."""
        self._signal(service, signal.SIGSTOP)

    def release(self, service: str) -> None:
        """See `Engine.release`."""
        self._signal(service, signal.SIGCONT)

    def _signal(self, service: str, number: signal.Signals) -> None:
        state = read_state(self._layout)
        known = None if state is None else state.services.get(service)
        if known is None or known.process is None:
            raise StackgenError(f"{service} does not run")
        known.process.send(number)

    # -- starting ---------------------------------------------------------------------------------------------------

    def _prepare(self, report: Report, profiles: Collection[str], runs: Plan | None = None) -> Draft:
        """Find everything that the stack needs, `runs` being what does already.

        Raises StackgenError for what is not to be had; nothing that runs has been touched then.
        """
        layout = self._layout
        services = chosen(read(default_path(layout.project), self._environment), profiles)
        require_given(layout.project, secret_names(services))
        run = {name: services[name] for name in services.keys() - left_out_of(services).keys()}
        ensure_secrets(layout.project, report, secret_names(run))
        ensure_target_folders(services)
        draft = make_plan(layout, self._environment, report, self._find, profiles)
        had = {process.name: process.ports for process in (() if runs is None else runs.processes)}
        require_free({process.name: process.ports for process in draft.plan.processes}, had)
        for name, reason in draft.plan.left_out.items():
            report(f"{name} is left out: {reason}")
        return draft

    def _start(self, draft: Draft, report: Report) -> None:
        layout, plan = self._layout, draft.plan
        for folder in (layout.data, layout.logs, layout.run, layout.config):
            folder.mkdir(parents=True, exist_ok=True)
        draft.lay_out(layout)
        write_plan(layout, plan)
        try:
            self._start_supervisor()
            self._wait(plan, report)
        except BaseException:
            self._clear(read_state(layout))
            raise

    def _start_supervisor(self) -> None:
        with self._layout.supervisor_log.open("wb") as log:
            started = subprocess.run(
                [sys.executable, "-P", "-m", "stackgen.stack.supervisor", str(self._layout.project)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
                cwd=self._layout.folder,
                env={**os.environ, MARK: str(self._layout.folder)},
            )
        if started.returncode != 0:
            raise self._supervisor_died()

    def _retry(self, state: State) -> None:
        """Have the supervisor start at once what has ended, and return when it has seen to that."""
        if all(service.process is not None for service in state.services.values()):
            return
        state.supervisor.send(signal.SIGHUP)
        deadline = time.monotonic() + _ANSWER
        while (now := read_state(self._layout)) is not None and now.supervised and now.asked == state.asked:
            if time.monotonic() > deadline:
                return  # as where it cannot write down its answer
            time.sleep(_LOOK)

    def _wait(self, plan: Plan, report: Report) -> None:
        """Return when all processes are ready; raise StackgenError as soon as it is clear that they will not be."""
        waiting = {process.name: process for process in plan.processes}
        deadline = time.monotonic() + self._timeout
        while True:
            state = read_state(self._layout)
            if state is None or not state.supervised:
                raise self._supervisor_died()
            for name, process in list(waiting.items()):
                service = state.services[name]
                if service.ready:
                    del waiting[name]
                    report(
                        " ".join(
                            filter(None, (f"{name} is healthy", _bracketed(process), process.url or process.address))
                        )
                    )
                elif service.state == "exited" or service.failing:
                    again = "" if service.state == "exited" else "; it is tried again each minute"
                    raise StackgenError(
                        f"{name} does not run: {service.detail}; its log is {self._layout.log(name)}{again}"
                    )
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise self._too_slow(waiting, state)
            time.sleep(_LOOK)

    def _too_slow(self, waiting: Mapping[str, Process], state: State) -> StackgenError:
        # The first of them is what the others wait for.
        name = next(iter(name for name in waiting if state.services[name].state != "waiting"), next(iter(waiting)))
        said = state.services[name].detail or last_line(self._layout.log(name)) or "it says nothing"
        return StackgenError(
            f"{name} is not healthy after {self._timeout:.0f} s: {said}; its log is {self._layout.log(name)}"
        )

    def _supervisor_died(self) -> StackgenError:
        log = self._layout.supervisor_log
        return StackgenError(f"the stack's supervisor has ended: {last_line(log) or 'it was killed'}; its log is {log}")

    # -- telling ----------------------------------------------------------------------------------------------------

    def _service_status(self, process: Process, state: State) -> ServiceStatus:
        service = state.services.get(process.name, ServiceState())
        alive = service.process is not None and service.process.alive
        if not state.supervised and not alive:
            gone = "the stack's supervisor was killed; `stackgen down`, then `stackgen up`, starts it anew"
            return ServiceStatus(process.name, "exited", "-", None, gone)
        if service.process is None or not alive:
            words = {"waiting": "created", "running": "restarting"}.get(service.state, service.state)
            return ServiceStatus(process.name, words, "-", None, service.detail)
        health = "healthy" if process.check.passes() else "unhealthy" if service.ready else "starting"
        detail = [
            f"pid {service.process.pid}",
            " ".join(filter(None, (Path(process.command[0]).name, process.version))),
        ]
        if service.restarts:
            times = "once" if service.restarts == 1 else f"{service.restarts} times, at last"
            detail.append(f"restarted {times} because {service.detail}")
        if health == "healthy" and process.full_disk is not None and process.full_disk.was_full():
            health = "unhealthy"
            detail.append("its disk was full; it is started anew once there is room, until then nothing is safe")
        url = process.url or process.address
        release = process.version or (version("stackgen") if process.command[0] == sys.executable else "")
        return ServiceStatus(process.name, "running", health, url, ", ".join(detail), release)

    # -- ending -----------------------------------------------------------------------------------------------------

    def _clear(self, state: State | None) -> bool:
        """End everything that belongs to the stack and forget it; True if anything was there."""
        layout = self._layout
        found = state is not None
        if state is not None:
            # It ends its children, so it has longer than they have.
            end([state.supervisor], GRACE + 5.0)
        left: list[Identity] = [s.process for s in state.services.values() if s.process is not None] if state else []
        left = [identity for identity in (*left, *marked(layout.folder)) if identity.alive]
        end(left, _ORPHANS_GRACE)
        for file in (layout.state, layout.plan):
            file.unlink(missing_ok=True)
        for folder in (layout.config, layout.run):
            shutil.rmtree(folder, ignore_errors=True)
        return found or bool(left)


def _bracketed(process: Process) -> str:
    return f"({process.version})" if process.version else ""


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What the system refuses, in one line for the user."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StackgenError(
                f"there is no space left on the disk{_at(error)}; make some and run the command again"
            ) from error
        raise StackgenError(f"{error.strerror or error}{_at(error)}") from error


def _at(error: OSError) -> str:
    return f": {error.filename}" if error.filename else ""
