"""A generated exporter that shares a directory and feeds a sink, by what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.integration.packs.system import Fault, Finder, System, application

_MODULE = "tests.integration.packs.applications.watched_exporter"
#: One file lies there from the beginning, since without any the metric is not exposed.
_OVERRIDES = {"alerts": {"ExporterFilesSkipped": {"above": 1}}}


@contextmanager
def system(folder: Path, binary: Finder) -> Iterator[System]:
    """The exporter of the pack `cache`."""
    directory = folder / "shared"
    with application(_MODULE, folder, str(directory)) as running:
        yield System(
            address=running.address,
            use=partial(running.do, "use"),
            overrides=_OVERRIDES,
            faults=(
                Fault(
                    name="unknown values", alerts=("ExporterLabelValuesDropped",),
                    use=partial(running.do, "misname"),
                ),
                Fault(name="nobody listens", alerts=("ExporterSinkLosing",), use=partial(running.do, "lose")),
                Fault(
                    name="files are left behind", alerts=("ExporterFilesSkipped",),
                    begin=partial(running.do, "leave_file"),
                ),
            ),
        )  # fmt: skip
