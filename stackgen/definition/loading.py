"""From a pack's name or a path to a definition that is known to be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stackgen.definition.context import Context
from stackgen.definition.meaning import build_signals
from stackgen.definition.model import Definition, Stack
from stackgen.definition.recording import build_events, build_labels, build_metrics
from stackgen.definition.running import build_stack
from stackgen.definition.showing import build_dashboards
from stackgen.definition.sources import Reading, Source, locate, packs, read
from stackgen.definition.structure import check_structure
from stackgen.definition.watching import build_alerts, build_slos
from stackgen.definition.windows import check_windows
from stackgen.findings import DefinitionError, Finding, Place


def load(source: str | Path) -> Definition:
    """The definition that `source` names: a pack (`"cache"`) or the path of a YAML file.

    Raises DefinitionError with every problem of the file, and of the files that it extends and includes.
    """
    reference = str(source)
    return _load(locate(reference, Place(reference)), reference, ())


def _load(source: Source, reference: str, chain: tuple[Path, ...]) -> Definition:
    reading = read(source)
    # Packs ship well-formed, which the tests see to.
    shipped = set(packs().values())
    structure = check_structure(reading.tree, trusted=all(each.path in shipped for each in reading.sources.values()))
    context = Context(reading.tree, structure.data, frozenset(structure.broken))
    build_labels(context)
    build_metrics(context)
    events = build_events(context)
    build_signals(context)
    build_alerts(context)
    slos = build_slos(context)
    dashboards = build_dashboards(context)
    stack = build_stack(context)
    check_windows(context, stack)
    findings = [*reading.findings, *structure.findings, *context.findings]
    includes = _includes(context, reading, source, (*chain, source.path.resolve()), findings)
    if findings:
        raise DefinitionError(findings)
    return Definition(
        name=structure.data["name"],
        title=structure.data["title"],
        description=structure.data.get("description", ""),
        source=_shown(reference),
        namespace=structure.data.get("namespace"),
        labels=context.labels,
        metrics=context.metrics,
        events=events,
        signals=context.signals,
        alerts=context.alerts,
        slos=slos,
        dashboards=dashboards,
        stack=stack,
        includes=tuple(_along(stack, included) for included in includes),
    )


def _includes(
    context: Context, reading: Reading, source: Source, chain: tuple[Path, ...], findings: list[Finding]
) -> list[Definition]:
    """The included definitions; what is wrong with them goes to `findings`."""
    included = []
    for index, reference in enumerate(context.data.get("includes") or ()):
        if reference is None:
            continue  # not a text, which has been reported
        place = reading.tree.at(("includes", index)).place
        beside = reading.sources.get(place.file, source).path
        try:
            found = locate(reference, place, beside)
            if found.path.resolve() in chain:
                context.report(("includes", index), f"a circle: {reference!r} includes this file", "leave it out")
                findings.append(context.findings[-1])
                continue
            included.append(_load(found, reference, chain))
        except DefinitionError as error:
            findings.extend(error.findings)
    return included


def _along(stack: Stack, included: Definition) -> Definition:
    """An included definition, whose runbooks and dashboards are found where those of what includes it are."""
    return replace(
        included,
        stack=replace(included.stack, runbooks=stack.runbooks, grafana=stack.grafana),
        includes=tuple(_along(stack, each) for each in included.includes),
    )


def _shown(reference: str) -> str:
    """A reference as it is written into generated files, the same on every machine."""
    path = Path(reference)
    return path.name if path.is_absolute() else path.as_posix()
