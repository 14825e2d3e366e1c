"""`stackgen status`: tell what of the project's stack runs, where, and how it is."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stackgen.stack import choose_engine
from stackgen.stack.engine import ServiceStatus

HEALTHY, NOT_WELL, NOTHING_RUNS = 0, 1, 3


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Print a table, also of what ran and has ended, or that nothing runs; the exit code is the verdict."""
    engine = choose_engine(arguments.engine, Path())
    services = engine.status()
    code = verdict(services)
    if code == NOTHING_RUNS and all(service.state == "missing" for service in services):
        say("nothing runs; `stackgen up` starts the stack")
    else:
        say("\n".join(table(services, engine.memory())))
    return code


def verdict(services: Sequence[ServiceStatus]) -> int:
    """Judge a stack: 0 all is well, 1 something is not, 3 nothing runs (as in LSB's init scripts).

    A service that the stack does without, Grafana where there is none, is no reason for concern.
    """
    if not any(service.running for service in services):
        return NOTHING_RUNS
    return HEALTHY if all(service.well or service.left_out for service in services) else NOT_WELL


def table(services: Sequence[ServiceStatus], memory: Mapping[str, int]) -> list[str]:
    """Render services, and the bytes that each takes, as aligned columns below a heading."""
    rows = [("SERVICE", "STATE", "HEALTH", "VERSION", "MEMORY", "URL", "DETAIL")]
    rows += [
        (
            each.name,
            each.state,
            each.health,
            each.version or "-",
            _size(memory.get(each.name)),
            each.url or "-",
            each.detail,
        )
        for each in services
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _size(memory: int | None) -> str:
    return "-" if not memory else f"{memory / 2**20:,.0f} MiB"
