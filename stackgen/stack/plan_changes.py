"""What has to be done for a native stack that runs by one plan to run by another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackgen.stack.plan import PASSED_ON, Plan, Process
from stackgen.stack.reloads import REREAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Services by what becomes of them; those of which nothing has changed are left out."""

    added: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    #: Those that are ended and started again.
    anew: tuple[str, ...] = ()
    #: Those that go on, and read their configuration again.
    reread: tuple[str, ...] = ()

    def in_words(self) -> str:
        """What has changed, for a person; empty: nothing."""
        said = {
            "started": self.added,
            "ended": self.ended,
            "started anew because they have changed": self.anew,
            "configuration read again": self.reread,
        }
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in said.items() if names)


def changes(before: Plan, after: Plan) -> Changes:
    """What is different in a plan."""
    old = {process.name: process for process in before.processes}
    new = {process.name: process for process in after.processes}
    both = [(old[name], new[name]) for name in new if name in old]
    anew = tuple(process.name for was, process in both if starts_anew(was, process))
    return Changes(
        added=tuple(name for name in new if name not in old),
        ended=tuple(name for name in old if name not in new),
        anew=anew,
        reread=tuple(
            process.name
            for was, process in both
            if process.name not in anew and process.configuration != was.configuration
        ),
    )


def starts_anew(before: Process, after: Process) -> bool:
    """Whether a process has to be ended and started again to be what it is to be."""
    return _what_counts(before) != _what_counts(after)


def _what_counts(process: Process) -> Process:
    """A process without what it can take over as it runs, and what differs from one shell to the next."""
    own = {name: value for name, value in process.environment.items() if name not in PASSED_ON}
    configuration = "" if process.name in REREAD else process.configuration
    return replace(process, environment=own, configuration=configuration, version="")
