"""One run: read, ask every check about every subject, leave out what comments suppress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from stackgen.checks.catalog import checks
from stackgen.checks.check import Check
from stackgen.checks.context import Context
from stackgen.checks.definition_files import DefinitionFile, read_definitions
from stackgen.checks.definition_suppressions import in_definition
from stackgen.checks.fixing import without_edits_of_generated
from stackgen.checks.known import Knowledge
from stackgen.checks.known.from_definitions import knowledge_of, series_of
from stackgen.checks.reading import Subjects, files_below, read_files
from stackgen.checks.reference_tools import ReferenceTools
from stackgen.checks.rule_files import Rule
from stackgen.checks.suppressions import Suppression, heed, in_board, in_yaml
from stackgen.definition import load, packs
from stackgen.definition.model import Definition
from stackgen.findings import Finding
from stackgen.output import Plan
from stackgen.project import DEFAULT_PACK

#: Told what is being done, and how much of it: (what, done, of).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to check, and with which knowledge."""

    paths: Sequence[str]
    #: Definitions to check, and whose metrics are known.
    definitions: Sequence[str] = ()
    #: Address of a Prometheus that knows the metrics.
    prometheus: str | None = None
    today: date
    root: Path = field(default_factory=Path)
    max_series: int = 10_000
    #: Ids of the checks to ask; empty: all.
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    #: The reference tools that are there.
    tools: ReferenceTools = field(default_factory=ReferenceTools)
    #: What generating would change; None: drift is not asked for.
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found, in the order of files and lines, and how much was looked at."""

    findings: tuple[Finding, ...]
    files: int
    rules: int
    dashboards: int
    sources: Mapping[str, str]
    #: Of the files: how many are nothing that is checked.
    unrecognised: int = 0
    #: What was looked at where that was not files, by what one of it is called: `{"target": 2}`.
    looked_at: Mapping[str, int] | None = None

    @property
    def counted(self) -> Mapping[str, int]:
        """How much was looked at, by what one of it is called."""
        if self.looked_at is not None:
            return self.looked_at
        return {"file": self.files, "rule": self.rules, "dashboard": self.dashboards}


def run(request: Request, progress: Progress = lambda *_: None) -> Report:
    """Check what is asked for. Raises StackgenError for what is not there, and where Prometheus does not answer."""
    files = list(files_below(request.paths))
    count = iter(range(1, len(files) + 1))
    subjects = read_files(files, lambda _: progress("reading", next(count), len(files)))
    definition_files = read_definitions([*request.definitions, *subjects.definitions])
    knowledge = known(definition_files, subjects, request.prometheus)
    return examine(subjects, definition_files, knowledge, request, progress)


def known(files: Sequence[DefinitionFile], subjects: Subjects, prometheus: str | None = None) -> Knowledge:
    """What definitions, packs and a Prometheus know of metrics; raises StackgenError where it does not answer."""
    definitions = [file.definition for file in files if file.definition is not None]
    # Packs of systems that are there know what those expose. The names of the default pack are too common for that: a
    # user's own `cache_errors_total` is not the pack's, nor that of another pack that has the name too.
    anybodys = frozenset(each.name for each in series_of(_pack(DEFAULT_PACK)))
    offline = knowledge_of(definitions, [_pack(name) for name in packs() if name != DEFAULT_PACK], anybodys)
    if prometheus is None:
        return offline
    from stackgen.checks.known.from_prometheus import ask as ask_prometheus  # noqa: PLC0415 (urllib costs 50 ms)

    queries = [each for file in subjects.rule_files for each in file.queries]
    queries += [each for board in subjects.boards for each in board.queries]
    used = {
        selector.name
        for query in queries
        for selector in (query.parsed.selectors if query.parsed else ())
        if selector.name is not None
    }
    return ask_prometheus(prometheus, used, base=offline)


@cache
def _pack(name: str) -> Definition:
    """A shipped definition, which is the same for all runs."""
    return load(name)


def examine(
    subjects: Subjects,
    definition_files: Sequence[DefinitionFile],
    knowledge: Knowledge,
    request: Request,
    progress: Progress = lambda *_: None,
) -> Report:
    """Check what was read, with what is known."""
    context = _context(request, subjects, definition_files, knowledge)
    chosen = _chosen(request)
    found = ask(chosen, _subjects(subjects, definition_files, context, request), context, progress)
    findings = without_edits_of_generated(found)
    suppressions = list(_suppressions(subjects, definition_files))
    left = heed(findings, suppressions, request.today, checks())
    left += ask(chosen, suppressions, context)
    return Report(
        findings=tuple(sorted(dict.fromkeys(left))),
        files=len(subjects.sources) + sum(1 for each in subjects.unread if each.what == "file/unreadable"),
        rules=sum(len(file.rules) for file in subjects.rule_files),
        dashboards=len(subjects.boards),
        unrecognised=len(subjects.unrecognised),
        sources={name: source.text for name, source in subjects.sources.items()},
    )


def ask(
    chosen: Iterable[Check], subjects: Sequence[object], context: Context, progress: Progress = lambda *_: None
) -> list[Finding]:
    """What the checks find in the subjects that are theirs."""
    by_type: dict[type, list[Check]] = {}
    for check in chosen:
        by_type.setdefault(check.meta.on, []).append(check)
    findings: list[Finding] = []
    for index, subject in enumerate(subjects, start=1):
        for check in by_type.get(type(subject), ()):
            findings.extend(check.find(subject, context))
        if index % 64 == 0 or index == len(subjects):
            progress("checking", index, len(subjects))
    return findings


def _chosen(request: Request) -> list[Check]:
    return [
        check
        for id_, check in checks().items()
        if (not request.only or id_ in request.only) and id_ not in request.skip
    ]


def _context(request: Request, subjects: Subjects, files: Sequence[DefinitionFile], knowledge: Knowledge) -> Context:
    definitions = tuple(file.definition for file in files if file.definition is not None)
    return Context(
        today=request.today,
        root=request.root,
        knowledge=knowledge,
        definitions=definitions,
        rule_files=subjects.rule_files,
        boards=subjects.boards,
        alertmanagers=subjects.alertmanagers,
        datasources=subjects.datasources,
        prometheus_configs=subjects.prometheus_configs,
        max_series=request.max_series,
        asked=frozenset(check.meta.id for check in _chosen(request)),
    )


def _subjects(
    subjects: Subjects, definition_files: Sequence[DefinitionFile], context: Context, request: Request
) -> list[object]:
    """All that checks look at."""
    found: list[object] = [*subjects.unread, *definition_files, context]
    for file in subjects.rule_files:
        found += [file, *file.rules, *file.queries]
    for board in subjects.boards:
        found += [board, *board.panels, *board.queries]
    found += [*subjects.alertmanagers, *subjects.prometheus_configs, *subjects.datasources]
    if request.plan is not None:
        found.append(request.plan)
    found.append(request.tools.over(subjects))
    return found


def _suppressions(subjects: Subjects, definition_files: Sequence[DefinitionFile]) -> Iterator[Suppression]:
    rules: dict[str, list[Rule]] = {}
    for file in subjects.rule_files:
        rules.setdefault(file.source.file, []).extend(file.rules)
    boards = {board.source.file for board in subjects.boards}
    for board in subjects.boards:
        yield from in_board(board)
    definitions: set[str] = set()
    for each in definition_files:
        if each.definition is not None and each.source is not None and each.source.file not in definitions:
            definitions.add(each.source.file)
            every = [rule for file in subjects.rule_files for rule in file.rules]
            yield from in_definition(each.definition, each.source, every, subjects.boards)
    for name, source in subjects.sources.items():
        if name not in boards and Path(name).as_posix() not in definitions and not name.endswith(".json"):
            yield from in_yaml(source, rules.get(name, ()))
