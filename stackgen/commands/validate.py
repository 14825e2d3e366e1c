"""`stackgen validate`: read definitions and print every problem of all of them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from stackgen.commands.assuming import definitions_of
from stackgen.definition import load
from stackgen.findings import DefinitionError, Finding
from stackgen.project import read_project


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Print a line for each definition that is right; raises DefinitionError with the problems of all others."""
    findings: list[Finding] = []
    for source in _sources(arguments.definitions):
        try:
            definition = load(source)
        except DefinitionError as error:
            findings.extend(error.findings)
            continue
        say(
            f"{source}: valid; {len(definition.metrics)} metrics, {len(definition.signals)} signals, "
            f"{len(definition.alerts)} alerts"
        )
    if findings:
        raise DefinitionError(findings)
    return 0


def _sources(named: Sequence[str]) -> dict[str, None]:
    return dict.fromkeys(named or definitions_of(read_project(Path())))
