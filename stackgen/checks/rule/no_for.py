"""Alerts that one odd sample sets off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.tree import Call, Node, Selector, Subquery
from stackgen.checks.rule_files import Rule
from stackgen.definition.quantities import duration, prometheus_duration
from stackgen.findings import Finding, Level

META = Meta(
    id="rule/no-for",
    level=Level.WARNING,
    title="an alert on the moment without `for`",
    why="One odd sample or one failed scrape sets it off and the next clears it; people learn to ignore such alerts.",
    on=Rule,
)
#: From this reach on, an expression is steady by itself (seconds).
_STEADY = 300.0
#: The window that a recording's name says it is over: `slo:sli_error:ratio_rate5m`, `job:up:avg_over_time1h`.
_WINDOW = re.compile(r":\w*(?:rate|increase|over_time)_?(\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)$")


def check(rule: Rule, context: Context) -> Iterator[Finding]:
    """Alerts without `for` of which some series is read as it is now, or over less than five minutes."""
    parsed = rule.query.parsed if rule.query else None
    if not rule.alert or rule.waits or parsed is None or _is_absence(parsed.root):
        return
    reaches = [_reach(each, context) for each in parsed.selectors if each.name not in ("ALERTS", "ALERTS_FOR_STATE")]
    if reaches and min(reaches) < _STEADY:
        shown = f"the last {prometheus_duration(min(reaches))}" if min(reaches) else "the latest sample"
        yield rule.finding(META, "alert", f"fires on {shown} alone, without `for`", "add for: 5m, or what suits it")


def _is_absence(root: Node) -> bool:
    return any(isinstance(each, Call) and each.name in ("absent", "absent_over_time") for each in root.walk())


def _reach(selector: Selector, context: Context) -> float:
    """How far back a selector's value goes, through subqueries and recordings; of one elsewhere its name may tell."""
    subqueries = sum(outer.range or 0.0 for outer in selector.ancestors() if isinstance(outer, Subquery))
    recordings = context.recordings(selector)
    recorded = max((context.reach_of_rule(rule) for rule in recordings), default=0.0)
    if not recordings and (window := _WINDOW.search(selector.name or "")) is not None:
        recorded = duration(window[1]) or 0.0
    return max(selector.range or 0.0, recorded) + subqueries
