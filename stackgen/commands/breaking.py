"""`stackgen break`: start a fault in the project's stack, say which alert to expect, and undo it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.definition.quantities import duration
from stackgen.findings import StackgenError
from stackgen.stack import choose_engine
from stackgen.stack.faults import fault_named, run_fault


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Break something until an alert of it was delivered, for a while, or until interrupted; it is undone always."""
    fault = fault_named(arguments.scenario)
    seconds = None
    if arguments.duration is not None:
        seconds = duration(arguments.duration)
        if seconds is None or seconds <= 0:
            raise StackgenError(f"--for {arguments.duration}: it is no duration; write one such as 90s or 5m")
    run_fault(choose_engine(arguments.engine, Path()), fault, say, seconds=seconds)
    return 0
