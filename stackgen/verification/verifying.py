"""One run of `stackgen verify`: read the targets, ask the checks, count what was seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stackgen.checks.catalog import checks
from stackgen.checks.context import Context
from stackgen.checks.reports import FORMATS
from stackgen.checks.running import Report, ask
from stackgen.findings import StackgenError
from stackgen.scrape import prometheus
from stackgen.scrape.fetching import Access
from stackgen.scrape.targets import Target, read
from stackgen.verification.coverage import Coverage, as_data, coverage_of, lines
from stackgen.verification.observing import Observation

AREA = "exposition/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found, and how much was seen."""

    report: Report
    coverage: tuple[Coverage, ...]


def observe(observation: Observation, targets: Sequence[Target], by: Access) -> None:
    """Read every target once; one that cannot be read is a finding, unless none can: then it is an error."""
    problems = []
    for target in targets:
        try:
            observation.take(read(target, by))
        except StackgenError as error:
            observation.fail(target.place, str(error))
            problems.append(str(error))
    if len(problems) == len(targets) and not observation.targets:
        raise StackgenError("\n".join(problems))


def observe_range(observation: Observation, targets: Sequence[Target], by: Access, window: str) -> None:
    """Ask the Prometheis among the targets what moved in the window that has just ended."""
    for target in targets:
        at = observation.targets.get(target.place)
        if target.job is None or target.url is None or at is None:
            continue
        exposed = {metric.exposed for each in observation.declared for metric in each.definition.metrics.values()}
        known = {sample.name for family in at.reading.families.values() for sample in family.samples}
        names = {name for each in exposed for name in (each, f"{each}_count") if name in known}
        moved = prometheus.moved(prometheus.Api(target.url, by), target.job, sorted(names), window)
        observation.take_moved(target.place, moved)


def verify(observation: Observation, today: date, *, only: Sequence[str] = (), skip: Sequence[str] = ()) -> Verified:
    """Ask the checks about what was seen so far."""
    definitions = tuple(each.definition for each in observation.declared)
    chosen = [
        check
        for id_, check in checks().items()
        if id_.startswith(AREA) and (not only or id_ in only) and id_ not in skip
    ]
    context = Context(today=today, definitions=definitions, asked=frozenset(check.meta.id for check in chosen))
    findings = ask(chosen, observation.subjects(), context)
    covered = [(each, observation.metrics(each)) for each in observation.declared]
    coverage = tuple(
        coverage_of(each.definition.name, metrics, observation.labels(each)) for each, metrics in covered if metrics
    )
    report = Report(
        findings=tuple(sorted(dict.fromkeys(findings))),
        files=0,
        rules=0,
        dashboards=0,
        sources={},
        looked_at={
            "target": len(observation.targets) + len(observation.unread.keys() - observation.targets.keys()),
            "metric": sum(len(metrics) for _, metrics in covered),
            "series": sum(at.reading.series for at in observation.targets.values()),
        },
    )
    return Verified(report=report, coverage=coverage)


def written(verified: Verified, form: str) -> str:
    """A report in one of the formats of `stackgen check`; people and scripts are told the coverage too."""
    text = FORMATS[form](verified.report)
    if form == "json":
        return json.dumps({**json.loads(text), "coverage": [as_data(each) for each in verified.coverage]}, indent=2)
    if form == "text":
        return "\n".join([*[line for each in verified.coverage for line in lines(each)], text])
    return text
