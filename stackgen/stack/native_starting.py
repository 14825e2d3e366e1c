"""Starts the supervisor of a native stack, and waits until everything answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from stackgen.findings import StackgenError
from stackgen.stack.engine import Report
from stackgen.stack.logs import last_line
from stackgen.stack.plan import Plan, Process
from stackgen.stack.processes import MARK
from stackgen.stack.state import Layout, State, read_state

#: How often the state is read while the stack comes up.
_LOOK = 0.1

#: Seconds that the supervisor may take to end what has to be started anew, and to say so.
_ANSWER = 30.0


def start_supervisor(layout: Layout) -> None:
    """Start the process behind the stack; raises StackgenError if it does not live."""
    with layout.supervisor_log.open("wb") as log:
        started = subprocess.run(
            [sys.executable, "-P", "-m", "stackgen.stack.supervisor", str(layout.project)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            cwd=layout.folder,
            env={**os.environ, MARK: str(layout.folder)},
        )
    if started.returncode != 0:
        raise _supervisor_died(layout)


def ask_again(layout: Layout, state: State) -> None:
    """Have the supervisor read the plan anew, and try again what has ended; raises StackgenError if it does not."""
    state.supervisor.send(signal.SIGHUP)
    deadline = time.monotonic() + _ANSWER
    while (now := read_state(layout)) is None or now.asked == state.asked:
        if now is None or not now.supervised:
            raise _supervisor_died(layout)
        if time.monotonic() > deadline:
            said = last_line(layout.supervisor_log) or "it says nothing"
            raise StackgenError(f"the stack's supervisor does not answer: {said}; its log is {layout.supervisor_log}")
        time.sleep(_LOOK)


def wait(layout: Layout, plan: Plan, report: Report, timeout: float) -> None:
    """Return when all processes are ready; raise StackgenError as soon as it is clear that they will not be."""
    waiting = {process.name: process for process in plan.processes}
    deadline = time.monotonic() + timeout
    while True:
        state = read_state(layout)
        if state is None or not state.supervised:
            raise _supervisor_died(layout)
        for name, process in list(waiting.items()):
            service = state.services[name]
            if service.ready:
                del waiting[name]
                report(
                    " ".join(filter(None, (f"{name} is healthy", _bracketed(process), process.url or process.address)))
                )
            elif service.state == "exited" or service.failing:
                again = "" if service.state == "exited" else "; it is tried again each minute"
                raise StackgenError(f"{name} does not run: {service.detail}; its log is {layout.log(name)}{again}")
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise _too_slow(layout, waiting, state, timeout)
        time.sleep(_LOOK)


def _too_slow(layout: Layout, waiting: Mapping[str, Process], state: State, timeout: float) -> StackgenError:
    # The first of them is what the others wait for.
    name = next(iter(name for name in waiting if state.services[name].state != "waiting"), next(iter(waiting)))
    said = state.services[name].detail or last_line(layout.log(name)) or "it says nothing"
    return StackgenError(f"{name} is not healthy after {timeout:.0f} s: {said}; its log is {layout.log(name)}")


def _supervisor_died(layout: Layout) -> StackgenError:
    log = layout.supervisor_log
    return StackgenError(f"the stack's supervisor has ended: {last_line(log) or 'it was killed'}; its log is {log}")


def _bracketed(process: Process) -> str:
    return f"({process.version})" if process.version else ""
