"""`stackgen check`: find what is wrong with definitions, rules, dashboards and configuration."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from stackgen.checks.catalog import checks
from stackgen.checks.check import Meta
from stackgen.checks.explaining import explanation
from stackgen.checks.fixing import fixed_texts, write_texts
from stackgen.checks.reference_tools import ReferenceTools, installed_tools
from stackgen.checks.reports import FORMATS
from stackgen.checks.running import Report, Request
from stackgen.checks.running import run as run_checks
from stackgen.commands.assuming import definitions_of
from stackgen.commands.generate import plan_generation
from stackgen.commands.progress import Progress
from stackgen.definition.words import nearest
from stackgen.findings import DefinitionError, Level, StackgenError
from stackgen.output import Plan
from stackgen.project import DEFAULT_PACK, Project, read_project

OK, FOUND = 0, 1
_ORDER = tuple(Level)
#: The folders of a project that hold what is checked where no path is named.
_GENERATED = ("alerts", "dashboards", "compose")


def run(arguments: Namespace, say: Callable[[str], None]) -> int:
    """Check; exit with 1 where something was found that is as bad as `--fail-on` says, or worse."""
    if arguments.explain is not None:
        say(explanation(_known(arguments.explain)))
        return OK
    request = _request(arguments)
    with Progress(sys.stderr) as progress:
        report = run_checks(request, progress)
        if arguments.fix and (texts := fixed_texts(report.findings, report.sources)):
            write_texts(texts)
            before = len(report.findings)
            report = run_checks(request, progress)
            progress.note(f"put right in {', '.join(texts)}: {before - len(report.findings)}")
    write_report(FORMATS[arguments.format](report), arguments.output, say)
    return FOUND if failing(report, arguments.fail_on) else OK


def _known(id_: str) -> Meta:
    """What a check says of itself; raises StackgenError for one that there is not."""
    if id_ not in checks():
        raise StackgenError(f"there is no check {id_!r}; {nearest(id_, checks())}")
    return checks()[id_].meta


def skipped(project: Project) -> tuple[str, ...]:
    """The checks that a project's settings leave out; raises StackgenError for one that there is not."""
    for id_ in project.skip:
        if id_ not in checks():
            raise StackgenError(
                f"pyproject.toml: tool.stackgen.skip: there is no check {id_!r}; {nearest(id_, checks())}"
            )
    return project.skip


def _request(arguments: Namespace) -> Request:
    project = read_project(Path())
    for id_ in (*arguments.only, *arguments.skip):
        _known(id_)
    skip = (*arguments.skip, *(() if arguments.only else skipped(project)))
    whole = not arguments.paths
    paths = [folder for folder in _GENERATED if Path(folder).is_dir()] if whole else arguments.paths
    definitions = tuple(arguments.definition) or _own_definitions(project, whole=whole)
    request = Request(
        paths=paths,
        definitions=definitions,
        prometheus=arguments.prometheus,
        today=datetime.now(UTC).date(),
        max_series=arguments.max_series,
        only=arguments.only,
        skip=skip,
        tools=ReferenceTools() if arguments.no_tools else installed_tools(),
    )
    return replace(request, plan=_plan(project, request)) if whole and not project.strangers else request


def _own_definitions(project: Project, *, whole: bool) -> tuple[str, ...]:
    """The project's definitions; a pack that stands in for one that there is not knows nothing of a user's files."""
    return definitions_of(project) if whole or project.definitions != (DEFAULT_PACK,) else ()


def _plan(project: Project, request: Request) -> Plan | None:
    """What generating would change; None where that is not asked for, or a definition cannot be used."""
    if "generated/drift" in request.skip or (request.only and "generated/drift" not in request.only):
        return None
    try:
        return plan_generation(project, definitions=request.definitions)
    except DefinitionError:
        return None  # the definition's own findings tell it


def write_report(text: str, output: str | None, say: Callable[[str], None]) -> None:
    """Say a report, or write it to a file; raises StackgenError where that cannot be written."""
    if output is None:
        say(text)
        return
    try:
        Path(output).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StackgenError(f"{output}: cannot be written: {error.strerror}; name another file") from error


def failing(report: Report, fail_on: str) -> bool:
    """Whether something was found that is as bad as `fail_on` says, or worse."""
    if fail_on == "never":
        return False
    worst = _ORDER[: _ORDER.index(Level(fail_on)) + 1]
    return any(finding.level in worst for finding in report.findings)
