"""Datasources whose interval is not that of the scrapes."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.configurations import Datasources, fields, text
from stackgen.checks.context import Context
from stackgen.definition.quantities import duration, prometheus_duration
from stackgen.findings import Finding, Level

META = Meta(
    id="stack/time-interval",
    level=Level.ERROR,
    title="the datasource's interval is not the scrape interval",
    why="$__rate_interval is four times it: with the wrong one, rates have gaps or hide what was short.",
    on=Datasources,
)
#: What Grafana takes where nothing is said, in seconds.
_DEFAULT = 15.0


def check(datasources: Datasources, context: Context) -> Iterator[Finding]:
    """`jsonData.timeInterval` against what Prometheus's configuration, or the definition, says."""
    interval = context.scrape_interval
    for index, each in enumerate(datasources.prometheus if interval else ()):
        assert interval is not None
        data = each.child("jsonData")
        written = fields(data).get("timeInterval")
        said = duration(text(written)) if written is not None else _DEFAULT
        if said != interval:
            wanted = prometheus_duration(interval)
            problem = f"timeInterval is {text(written) or 'not set'}, and Prometheus scrapes every {wanted}"
            place = (written or data or each).place
            yield META.finding(place, f"datasources[{index}].jsonData.timeInterval", problem, f"write {wanted}")
