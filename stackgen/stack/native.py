"""The engine without Docker: the services of the compose file as processes of this machine, on its loopback interface.

A supervisor in the background starts and watches them (`supervisor`); this module starts it, waits until everything
answers, tells how everything is doing, and clears away whatever is left, also after a supervisor that was killed.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.binaries import locate
from stackgen.stack.compose_file import OVERRIDE, read, require_service, require_set, secret_names
from stackgen.stack.draft import Draft, write_configuration
from stackgen.stack.engine import STARTING, Report, ServiceStatus
from stackgen.stack.lock import take
from stackgen.stack.logs import fatal_line, read_logs
from stackgen.stack.native_starting import ask_again, start_supervisor, wait
from stackgen.stack.native_status import status_of
from stackgen.stack.plain_errors import plain_errors
from stackgen.stack.plan import Plan, default_path, read_plan, write_plan
from stackgen.stack.plan_changes import changes
from stackgen.stack.planning import Locate, left_out_of, make_plan
from stackgen.stack.ports import require_free
from stackgen.stack.processes import Identity, end, marked, supported
from stackgen.stack.profiles import chosen, profiles_of
from stackgen.stack.reloads import have_reread
from stackgen.stack.secrets import ensure_secrets, require_given
from stackgen.stack.state import Layout, State, read_state, remove_unused
from stackgen.stack.supervisor import GRACE
from stackgen.stack.targets import ensure_target_folders

#: Seconds that processes have to end by themselves whose supervisor is gone.
_ORPHANS_GRACE = 3.0


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
        chosen(services, profiles)
        if (override := default_path(self._layout.project).with_name(OVERRIDE)).is_file():
            report(f"{override.relative_to(self._layout.project)} is for containers; processes run without it")
        with plain_errors(), take(self._layout.lock):
            state = read_state(self._layout)
            plan = read_plan(self._layout) if state is not None and self._layout.plan.is_file() else None
            started = [] if plan is None else [*(process.name for process in plan.processes), *plan.left_out]
            profiles = {*profiles, *profiles_of(services[name] for name in started if name in services)}
            if plan is None or state is None or not state.supervised or state.asked is None:
                self._clear(state)
                self._start(self._prepare(report, profiles), report)
            else:
                # Whatever cannot be had is found out before anything is touched.
                self._change(state, plan, self._prepare(report, profiles, plan), report)

    def down(self, *, volumes: bool = False) -> bool:
        """See `Engine.down`."""
        if not self._layout.folder.is_dir():
            return False
        with plain_errors(), take(self._layout.lock):
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
        known = {process.name: status_of(process, state) for process in plan.processes}
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
        require_set(default_path(layout.project), self._environment, run)
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
            start_supervisor(layout)
            wait(layout, plan, report, self._timeout)
        except BaseException:
            self._clear(read_state(layout))
            raise

    def _change(self, state: State, before: Plan, draft: Draft, report: Report) -> None:
        """Have what runs by one plan run by another, and read configuration that has changed."""
        layout, plan = self._layout, draft.plan
        held = draft.lay_out(layout)
        different = changes(before, plan)
        unread = list(different.reread)
        try:
            if plan != before:
                write_plan(layout, plan)
            if plan != before or any(service.process is None for service in state.services.values()):
                ask_again(layout, state)
            wait(layout, plan, report, self._timeout)
            while unread:
                self._have_reread(plan, unread[0])
                del unread[0]
        except BaseException:
            # Whatever comes between: what has not read its configuration has to be known to run with the one before.
            self._put_back(unread, before, draft, held)
            raise
        news = different.in_words()
        report(f"the stack is up already; {news or 'nothing was changed'}")

    def _have_reread(self, plan: Plan, name: str) -> None:
        (process,) = (process for process in plan.processes if process.name == name)
        log = self._layout.log(name)
        have_reread(name, process.check.port, lambda: self._signal(name, signal.SIGHUP), lambda: [fatal_line(log)])

    def _put_back(self, names: Collection[str], before: Plan, draft: Draft, held: Mapping[Path, bytes]) -> None:
        """Give services the configuration again that they go on with, for when they are started next."""
        folders = [self._layout.config / name for name in names]
        was = {process.name: process.configuration for process in before.processes}

        def theirs(path: Path) -> bool:
            return any(path.is_relative_to(folder) for folder in folders)

        kept = {path: content for path, content in draft.files.items() if not theirs(path)}
        write_configuration(self._layout, kept | {path: held[path] for path in held if theirs(path)})
        processes = (
            replace(process, configuration=was[process.name]) if process.name in names else process
            for process in draft.plan.processes
        )
        write_plan(self._layout, replace(draft.plan, processes=tuple(processes)))

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
