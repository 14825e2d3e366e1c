"""The process behind a native stack: starts the others in order, starts again what ends, and ends with all of them.

`python -m stackgen.stack.supervisor PROJECT` reads the plan, goes into the background once it has told its state, and
runs until it gets SIGTERM; on SIGHUP it reads the plan anew. It has one thread: children are bound to the thread
that started them, and die with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from stackgen.findings import StackgenError
from stackgen.stack.logs import fatal_line, last_line, rotate
from stackgen.stack.plan import Plan, Process, read_plan
from stackgen.stack.plan_changes import starts_anew
from stackgen.stack.processes import Identity, end, marked
from stackgen.stack.state import Layout, ServiceState, State, write_state

#: A process that ends sooner than this many seconds after its start did not really start.
_QUICK = 10.0
#: So many quick ends in a row, and it is given up, unless it has been well before: then there is something that may
#: come right again, as a full disk does.
_ATTEMPTS = 5
#: Seconds before the first restart, doubled with each quick end, and the longest.
_PAUSE, _LONGEST_PAUSE = 0.25, 60.0
#: Seconds that processes have to end by themselves.
GRACE = 10.0
#: Seconds between two looks at a process that is not ready yet, and between two looks at what seldom changes: whether a
#: log is long, whether a disk that was full has room again.
_LOOK = 0.2
_SELDOM = 5.0

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


@dataclass(slots=True)
class _Child:
    """One process of the plan, over all its restarts."""

    process: Process
    state: ServiceState = field(default_factory=ServiceState)
    handle: subprocess.Popen[bytes] | None = None
    #: When it was started, when it may be started again, and where its log stood then.
    started: float = 0.0
    due: float = 0.0
    logged: int = 0
    quick_ends: int = 0
    #: Whether it has ever passed its check.
    was_well: bool = False
    #: Whether it was told to end, to be started anew.
    ending: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing is to be done for it soon unless something happens."""
        long_pause = self.state.state == "restarting" and self.due > time.monotonic() + _SELDOM
        return self.state.ready or self.state.state == "exited" or long_pause


class Supervisor:
    """Runs a plan; call `step` again and again, `stop` at the end."""

    def __init__(self, layout: Layout, plan: Plan, identity: Identity) -> None:
        self._layout = layout
        self._identity = identity
        self._children = {process.name: _Child(process) for process in plan.processes}
        self._told: State | None = None
        self._asked = 0
        self._looked = time.monotonic()

    def run(self) -> None:
        """Supervise until told to end; whatever happens, no child is left behind."""
        try:
            while True:
                self.step()
                settled = all(child.settled for child in self._children.values())
                got = signal.sigtimedwait(_SIGNALS, _SELDOM if settled else _LOOK)
                if got is not None and got.si_signo == signal.SIGHUP:
                    self._replan()
                elif got is not None and got.si_signo != signal.SIGCHLD:
                    return
        finally:
            self.stop()

    def step(self) -> None:
        """Note what has ended, start what is due, look at what is not ready, and tell the state if it changed."""
        for child in self._children.values():
            self._collect(child)
        _reap_adopted({child.handle.pid for child in self._children.values() if child.handle is not None})
        for child in self._children.values():
            if child.state.state in {"waiting", "restarting"} and self._may_start(child):
                self._start(child)
            if child.state.state == "running" and not child.state.ready and child.process.check.passes(1.0):
                child.state = replace(child.state, ready=True)
                child.was_well = True
        if time.monotonic() - self._looked > _SELDOM:
            self._looked = time.monotonic()
            for child in self._children.values():
                self._rotate(self._layout.log(child.process.name))
                self._mend(child)
        self._tell()

    def stop(self) -> None:
        """End all children, those first that others do not need, and what they left behind."""
        children = reversed(self._children.values())
        end([child.state.process for child in children if child.state.process is not None], GRACE)
        end([identity for identity in marked(self._layout.folder) if identity != self._identity], 1.0)

    def _may_start(self, child: _Child) -> bool:
        others = ((self._children[name].state, ready) for name, ready in child.process.after.items())
        return time.monotonic() >= child.due and all(
            other.ready or (not ready and other.state == "running") for other, ready in others
        )

    def _start(self, child: _Child) -> None:
        process = child.process
        log = self._layout.log(process.name)
        parent = os.getpid()

        def bind_to_supervisor() -> None:
            """Between fork and exec: let no child outlive the supervisor, not even one that is killed."""
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())

        child.started = time.monotonic()
        try:
            with log.open("ab") as output:
                child.logged = output.tell()
                child.handle = subprocess.Popen(
                    process.command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(process.environment),
                    cwd=process.directory,
                    process_group=0,
                    preexec_fn=bind_to_supervisor,  # noqa: PLW1509 - this process has one thread
                )
        except OSError as error:
            self._ended(child, f"cannot be started: {error.strerror}: {error.filename}")
            return
        child.state = replace(
            child.state, state="running", process=Identity.of(child.handle.pid), ready=False, failing=False
        )

    def _collect(self, child: _Child) -> None:
        if child.handle is None or not _has_ended(child.handle.pid):
            return
        # As long as it is not waited for, its number is nobody else's: what it left behind ends with it.
        status = _wait_for(child.handle)
        reason = f"killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        quote = last_line if status < 0 else fatal_line
        said = quote(self._layout.log(child.process.name), child.logged)
        child.handle = None
        self._ended(child, f"{reason}: {said}" if said else reason)

    def _ended(self, child: _Child, detail: str) -> None:
        quick = time.monotonic() - child.started < _QUICK and not child.ending
        child.ending = False
        child.quick_ends = child.quick_ends + 1 if quick else 0
        failing = child.quick_ends >= _ATTEMPTS
        again = child.process.restart and (child.was_well or not failing)
        child.due = time.monotonic() + _pause(child.quick_ends)
        child.state = ServiceState(
            state="restarting" if again else "exited",
            restarts=child.state.restarts + (1 if again else 0),
            failing=failing,
            detail=detail,
        )

    def _replan(self) -> None:
        try:
            plan = read_plan(self._layout)
        except (StackgenError, ValueError, TypeError, KeyError) as error:
            # What runs goes on, whoever wrote that.
            _complain(f"cannot use the plan: {error}")
        else:
            self.take_over(plan)

    def take_over(self, plan: Plan) -> None:
        """Run another plan: end what is not in it or has changed, start what is new, and try again what has ended."""
        wanted = {process.name: process for process in plan.processes}
        stale = [
            child
            for name, child in self._children.items()
            if name not in wanted or starts_anew(child.process, wanted[name])
        ]
        end([child.state.process for child in reversed(stale) if child.state.process is not None], GRACE)
        for child in stale:
            _forget(self._children.pop(child.process.name))
        kept = self._children
        self._children = {name: kept.get(name) or _Child(process) for name, process in wanted.items()}
        for child in self._children.values():
            child.process = wanted[child.process.name]
        self._retry()

    def _retry(self) -> None:
        """Start what has ended without waiting any longer, as if for the first time."""
        self._asked += 1
        for child in self._children.values():
            if child.state.state in {"exited", "restarting"}:
                child.quick_ends, child.due = 0, 0.0
                child.state = replace(child.state, state="waiting", failing=False)

    def _rotate(self, log: Path) -> None:
        try:
            rotate(log)
        except OSError as error:
            _complain(f"cannot keep the older part of {log}: {error.strerror}")

    def _mend(self, child: _Child) -> None:
        """End what has to be started anew after a full disk; `step` does that when it has ended."""
        full_disk = child.process.full_disk
        process = child.state.process
        if child.ending or process is None or full_disk is None or not child.process.restart:
            return
        if full_disk.was_full(1.0) and full_disk.has_room():
            _complain(f"{child.process.name} is started anew: its disk was full, and has room again")
            child.ending = True
            # Not through its handle, which would take note of its end before `_collect` does.
            process.send(signal.SIGTERM)

    def _tell(self) -> None:
        state = State(self._identity, {name: child.state for name, child in self._children.items()}, self._asked)
        if state == self._told:
            return
        try:
            write_state(self._layout, state)
        except OSError as error:
            # A full disk is no reason to end what runs; the state is told as soon as it can be.
            _complain(f"cannot write {self._layout.state}: {error.strerror}")
        else:
            self._told = state


def _forget(child: _Child) -> None:
    """Let a child go that was ended to make room."""
    if child.handle is not None:
        _wait_for(child.handle)
        child.handle = None


def _wait_for(handle: subprocess.Popen[bytes]) -> int:
    """The status of a process that has ended, and the end of what it left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(handle.pid, signal.SIGKILL)
    return handle.wait()


def _complain(problem: str) -> None:
    """Write to the supervisor's own log; with a full disk, that too may be impossible."""
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), f"{problem}\n".encode())


def _pause(quick_ends: int) -> float:
    """Seconds until what has ended so often at once is started again: longer each time, up to the longest."""
    doublings = min(max(0, quick_ends - 1), math.ceil(math.log2(_LONGEST_PAUSE / _PAUSE)))
    return min(_LONGEST_PAUSE, math.ldexp(_PAUSE, doublings))


def _has_ended(pid: int) -> bool:
    """Whether a child has ended; it is left to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _reap_adopted(own: set[int]) -> None:
    """Let processes go that our children left behind and that have ended since."""
    while True:
        try:
            # Only look, so that the children's own status is left to those who wait for it.
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return
        os.waitpid(ended.si_pid, 0)


def main(project: Path) -> int:
    """Go into the background and supervise; the first process ends when the state is told."""
    layout = Layout(project)
    plan = read_plan(layout)
    told, tell = os.pipe()
    if os.fork() > 0:
        os.close(tell)
        return 0 if os.read(told, 1) else 1
    os.close(told)
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    identity = Identity.of(os.getpid())
    if identity is None:
        return 1
    write_state(layout, State(identity, {process.name: ServiceState() for process in plan.processes}))
    os.write(tell, b"1")
    os.close(tell)
    Supervisor(layout, plan, identity).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
