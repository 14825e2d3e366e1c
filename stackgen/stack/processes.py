"""Processes that are ours: known by more than a number, so that a recycled one is never taken for ours or ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: Set in the environment of everything that a stack starts, to the folder of its state.
MARK = "STACKGEN_NATIVE"

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Identity:
    """A process for as long as the machine runs: the kernel gives out numbers again, but not with the same start."""

    pid: int
    #: When it started, in clock ticks since `boot`.
    started: int
    #: The kernel's name for the time since it was booted.
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The identity of a process that lives; None if there is none, or only what is left of it (a zombie)."""
        try:
            # The second field is the program's name in parentheses, which may hold anything.
            fields = (
                (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            )
        except OSError:
            return None
        state, started = fields[0], int(fields[19])
        return None if state in "ZXx" else cls(pid, started, _boot())

    @property
    def memory(self) -> int:
        """Bytes of memory that it holds; 0 if it is gone."""
        try:
            resident = int((_PROC / str(self.pid) / "statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return 0
        return resident * os.sysconf("SC_PAGESIZE")

    @property
    def alive(self) -> bool:
        """Whether this very process still lives."""
        return Identity.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this very process; nothing happens if it is gone."""
        with contextlib.suppress(ProcessLookupError):
            # The handle is bound to a process, not to its number: what is checked is what gets the signal.
            handle = os.pidfd_open(self.pid)
            try:
                if self.alive:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def supported() -> bool:
    """Whether this system has what is needed to tell processes apart: Linux has."""
    return (_PROC / "self/stat").exists() and hasattr(os, "pidfd_open")


def marked(folder: Path) -> tuple[Identity, ...]:
    """Every living process of ours that carries the mark of the stack whose state is in `folder`."""
    return tuple(_marked(f"{MARK}={folder}".encode()))


def _marked(mark: bytes) -> Iterator[Identity]:
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        # Processes end while they are looked at, and those of other users do not show their environment.
        with contextlib.suppress(OSError):
            identity = Identity.of(int(entry.name))
            if identity is not None and mark in (entry / "environ").read_bytes().split(b"\0"):
                yield identity


def end(identities: Iterable[Identity], grace: float) -> None:
    """Ask the processes to end, wait up to `grace` seconds for all, and kill those that are left."""
    living = [identity for identity in identities if identity.alive]
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        for identity in living:
            identity.send(number)
        living = _wait(living, seconds)
        if not living:
            return


def _wait(identities: list[Identity], seconds: float) -> list[Identity]:
    """Those that still live when all have ended or the time is over."""
    deadline = time.monotonic() + seconds
    while (living := [identity for identity in identities if identity.alive]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return living
