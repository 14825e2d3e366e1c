"""What every way of running a stack offers: start it, stop it, say what runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

#: Seconds that a stack has to become healthy.
STARTING = 180.0

#: Given one line of progress at a time, for a person to read.
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How one service of the stack is doing."""

    name: str
    #: `running`, `restarting`, `exited`, `created`, `paused`; `missing`: it was never started or is gone.
    state: str
    #: `healthy`, `unhealthy`, `starting`; `-`: it does not run, or has no check.
    health: str
    #: Where a person reaches it, `http://127.0.0.1:9090`; None: it is not published.
    url: str | None
    #: What else is worth knowing in a few words: the image or binary, why it ended.
    detail: str = ""
    #: `3.5.3`; empty where nothing tells.
    version: str = ""

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self.state in {"running", "restarting", "paused"}

    @property
    def well(self) -> bool:
        """Whether it runs and, where that can be asked, answers."""
        return self.state == "running" and self.health in {"healthy", "-"}

    @property
    def left_out(self) -> bool:
        """Whether the stack does without it because the machine lacks something, which `detail` says."""
        return self.state == "missing" and bool(self.detail)


class Engine(Protocol):
    """One way of running the stack of a project: the directory that holds `compose/`, `dashboards/` and `alerts/`.

    An engine keeps nothing in memory: `status` and `down` work from another process than the one that called `up`.
    All of them raise `StackgenError`, with one line for the user.
    """

    @property
    def name(self) -> str:
        """`docker` or `native`."""

    def up(self, report: Report, profiles: Collection[str] = ()) -> None:
        """Start everything and return once it is healthy; a stack that does not become so is taken down again.

        What ran before is never taken down: whatever is lacking is found out before anything is touched.

        Of the services that have a profile those are started whose profile is given; what runs beside them goes on. Of
        a stack that is up already what has changed is changed, and what became of it is said.
        """

    def down(self, *, volumes: bool = False) -> bool:
        """Stop everything, with `volumes` remove its data too; True if there was anything to stop."""

    def status(self) -> tuple[ServiceStatus, ...]:
        """The services of the project's stack, in the order of its compose file; of profiles only what was started."""

    def memory(self) -> Mapping[str, int]:
        """Bytes of memory that each running service takes."""

    def logs(self, service: str | None, *, follow: bool, lines: int) -> Iterator[str]:
        """The last `lines` that a service said, or all services did; with `follow` also what they go on to say."""

    def hold(self, service: str) -> None:
        """Have a service stand still: its port stays open, and nothing answers."""

    def release(self, service: str) -> None:
        """Let a held service go on; nothing happens to one that is not held."""
