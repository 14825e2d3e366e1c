"""A Python process that serves prometheus_client's default registry, and works, grows, leaks and ends on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.packs.system import Application, Fault, Finder, System, application

_MODULE = "tests.integration.packs.applications.python_process"
_OVERRIDES = {
    "alerts": {
        "PythonCpuHigh": {"above": 0.05},
        "PythonMemoryGrowing": {"when": {"signal": "memory", "above": "1MiB"}},
        # A process cannot be started anew three times in the seconds of a test.
        "PythonRestarting": {"above": 0},
    }
}


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """prometheus_client as it is installed."""
    with application(_MODULE, folder) as process:
        yield System(
            address=process.address,
            use=_doing(process, "use"),
            overrides=_OVERRIDES,
            faults=(
                Fault(name="it toils", alerts=("PythonCpuHigh",), use=_doing(process, "toil")),
                Fault(name="it leaks", alerts=("PythonUncollectableObjects",), use=_doing(process, "leak")),
                Fault(name="it grows", alerts=("PythonMemoryGrowing",), begin=_doing(process, "grow")),
                Fault(
                    name="it opens files and closes none", alerts=("PythonFileDescriptorsNearLimit",),
                    begin=_doing(process, "open"),
                ),
                Fault(name="it is started anew", alerts=("PythonRestarting",), begin=process.restart),
                Fault(
                    name="it ends", alerts=("PythonTargetDown", "PythonMetricsMissing"),
                    begin=process.kill, use=_wait,
                ),
            ),
        )  # fmt: skip


def _doing(process: Application, name: str) -> Callable[[], None]:
    def do() -> None:
        process.do(name)

    return do


def _wait() -> None:
    """Nobody can use it any more."""
