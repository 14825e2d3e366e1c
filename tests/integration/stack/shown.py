"""What the dashboards of the cache show in each scenario, against what the workload counted itself.

Nothing waits for this: panels are asked afterwards, for a moment of the scenario at which their rates were recorded.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.integration.pipeline import RunningStack, asking_panels, resolved
from tests.integration.stack.expected import EDGES, MOVED, SIGNALS
from tests.integration.stack.ledger import Ledger, Reading
from tests.integration.stack.window import Scrapes, Span, Window

#: Seconds over which rates are recorded, and over which Grafana takes those that are not: four scrapes.
LENGTH = 8.0
#: Prometheus rounds the times of its scrapes by so much.
_ROUNDED = 0.005

#: The panels of alerts over time, by the refId of what they ask, and the severity that they are about.
_HISTORIES = {"critical_alert": "critical", "warning_alert": "warning", "informational_alert": "info"}
#: What panels show of the groups of an alert.
_WORST: Mapping[str, Callable[[Iterable[float]], float]] = {"min": min, "max": max}
#: What objectives' alerts call these.
_SEVERITIES = {"page": "critical", "ticket": "warning"}

COUNT_OF_HITS = 'cache_operation_duration_seconds_count{cache="sessions", operation="get", result="hit"}'
_COUNT = 'cache_operation_duration_seconds_count{cache="sessions"}'
_RECORDED = f'job_instance_cache_backend:cache_operation_duration_seconds_count:rate{LENGTH:g}s{{cache="sessions"}}'


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel, and the labels that it splits by, without the instance: there is one."""

    board: str
    title: str
    signal: str
    expr: str
    by: tuple[str, ...]
    #: Whether the largest or the least of the groups is shown, which then are split by `by`; None: each of them.
    worst: Callable[[Iterable[float]], float] | None = None

    def __str__(self) -> str:
        return f"{self.board}, {self.title!r}, {self.signal}"


def queries(name: str, board: dict[str, Any]) -> Iterator[Query]:
    """All queries of a dashboard."""
    for panel in asking_panels(board):
        for target in panel["targets"]:
            found = re.search(r"\bby \(([^)]*)\)", target["expr"])
            unsplit = {"instance"} if panel["type"] == "heatmap" else {"instance", "le"}
            by = tuple(label for label in found[1].split(", ") if label not in unsplit) if found else ()
            # Of what is recorded one recording is looked at, which is of so many seconds.
            expr = resolved(target["expr"], f"{LENGTH:g}s", step="1s", milliseconds=LENGTH * 1000)
            # `max (sum by (cache) ...)`: the numbers in the inner parentheses are not shown, but the largest of them.
            outer = re.match(r"(min|max) \(sum by", target["expr"])
            yield Query(name, panel["title"], target["refId"], expr, by, _WORST[outer[1]] if outer else None)


def shown_is_counted(stack: RunningStack, ledger: Ledger, phase: str) -> Mapping[str, list[float]]:
    """Every panel shows what the workload counted, and those that the phase is meant to move have moved.

    Gives what was shown, by signal.
    """
    began, ended = ledger.stretch(phase)
    window = _window(stack, ledger, began, ended)
    # What is rare may not have happened in any one window.
    others = [at for at in (window.at - LENGTH, window.at - 2 * LENGTH) if at - LENGTH > began]
    shown: dict[str, list[float]] = {}
    wrong: list[str] = []
    for name in ("overview", "detail"):
        for query in queries(name, dashboard(stack, name)):
            values = read(stack, query, window.at)
            wrong += [f"{query}: {problem}" for problem in _compared(window, query, values)]
            shown.setdefault(query.signal, []).extend(values.values())
            if query.signal in MOVED[phase]:
                for at in others:
                    shown[query.signal].extend(read(stack, query, at).values())
    for signal, moved in MOVED[phase].items():
        if not any(moved(value) for value in shown[signal]):
            wrong.append(f"{signal} is not what it is meant to be: {shown[signal]}")
    assert not wrong, f"while {phase}:\n" + "\n".join(wrong)
    return shown


def alerts_are_shown(stack: RunningStack) -> None:
    """Whatever alert was delivered was shown while it fired: in the table, and in the history of its severity."""
    delivered = {each["fingerprint"]: each for each in stack.delivered() if each["status"] == "firing"}.values()
    since = min(datetime.fromisoformat(each["startsAt"]).timestamp() for each in delivered)
    shown = {
        query.signal: {
            sample["metric"]["alertname"]
            for sample in stack.query(f"last_over_time(({query.expr})[{time.time() - since:.0f}s:2s])")
        }
        for query in queries("alerts", dashboard(stack, "alerts"))
        if query.signal in ("active_for", *_HISTORIES)
    }
    told: dict[str, set[str]] = {}
    for labels in (each["labels"] for each in delivered):
        severity = _SEVERITIES.get(labels.get("sloth_severity", ""), labels.get("severity"))
        told.setdefault(severity, set()).add(labels["alertname"])
    assert shown["active_for"] >= set().union(*told.values())
    for signal, severity in _HISTORIES.items():
        assert shown[signal] >= told.get(severity, set()), severity


def dashboard(stack: RunningStack, name: str) -> dict[str, Any]:
    """A dashboard of the cache, as it was generated for the stack."""
    path = stack.project / "dashboards" / "cache" / f"{name}.json"
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def read(stack: RunningStack, query: Query, at: float) -> dict[tuple[str, ...], float]:
    """What a query gives, by the values of the labels that it splits by."""
    samples = stack.query(query.expr, at)
    labels = [
        {**each["metric"], "le": f"{float(each['metric']['le']):g}"} if "le" in query.by else each["metric"]
        for each in samples
    ]
    shown = () if query.worst else query.by
    return {
        tuple(metric.get(label, "") for label in shown): float(sample["value"][1])
        for metric, sample in zip(labels, samples, strict=True)
    }


def _compared(window: Window, query: Query, values: Mapping[tuple[str, ...], float]) -> Iterator[str]:
    """What is wrong with what a query gave."""
    if query.worst is not None:
        yield from _worst_compared(window, query, query.worst, values)
        return
    for key in dict.fromkeys([*values, *_counted(window, query.by)]):
        labels = dict(zip(query.by, key, strict=True))
        span = SIGNALS[query.signal](window, labels)
        if key not in values:
            if span is not None and span.low > 0:
                yield f"shows nothing for {labels}, counted were {span.low:g} to {span.high:g}"
        elif span is not None and not span.holds(values[key]):
            yield f"shows {values[key]:g} for {labels}, counted were {span.low:g} to {span.high:g}"


def _worst_compared(
    window: Window,
    query: Query,
    worst: Callable[[Iterable[float]], float],
    values: Mapping[tuple[str, ...], float],
) -> Iterator[str]:
    """The same of a query that gives the largest or the least of its groups."""
    groups = (dict(zip(query.by, key, strict=True)) for key in dict.fromkeys(_counted(window, query.by)))
    # Of a group that has no value, or none that is known for certain, nothing is said: it may be the worst.
    unknown = Span(-math.inf, math.inf)
    spans = [SIGNALS[query.signal](window, labels) or unknown for labels in groups]
    if not spans:
        return
    span = Span(worst(each.low for each in spans), worst(each.high for each in spans))
    (value,) = values.values() or (None,)
    if value is None:
        if span.low > 0:
            yield f"shows nothing, the worst is {span.low:g} to {span.high:g}"
    elif not span.holds(value):
        yield f"shows {value:g}, the worst is {span.low:g} to {span.high:g}"


def _counted(window: Window, by: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The values of some labels that the workload has counted anything for."""
    if by == ("le",):
        return [(edge,) for edge in EDGES]
    known = [dict(labels) for _, labels in window.series]
    return [tuple(labels[label] for label in by) for labels in known if labels.keys() >= set(by)]


# -- the moment that is looked at --------------------------------------------------------------------------------------


def _window(stack: RunningStack, ledger: Ledger, began: float, ended: float) -> Window:
    """Of the last moments at which rates were recorded one whose window is most within some time, and well known."""
    (recorded,) = stack.query(f"{_RECORDED}[10m]", ended + LENGTH)
    moments = [float(at) for at, _ in recorded["values"]]
    within = {at: min(at, ended) - max(at - LENGTH, began) for at in moments if began < at < ended + LENGTH}
    known: list[Window] = []
    best = sorted(within, key=lambda moment: (-within[moment], -moment))
    # What a phase is meant to bring about is there at its end.
    for moments in ([at for at in best if at > ended - 2 * LENGTH], best):
        for at in moments:
            scrapes = _scrapes(stack, ledger, at)
            if scrapes is not None:
                known.append(Window(at, LENGTH, scrapes))
                if known[-1].close:
                    return known[-1]
        if known:
            return known[0]  # the machine stalls, so bounds are wide
    raise AssertionError(f"no moment from {began:.1f} to {ended:.1f} is known, of {within}")


def _scrapes(stack: RunningStack, ledger: Ledger, at: float) -> list[Scrapes] | None:
    """The scrapes of the window that ends then, and what the workload had counted; None where too little is known."""
    if stack.value(f'min_over_time(up{{job="cache"}}[{LENGTH:g}s])', at) < 1:
        return None  # a scrape took too long, and gauges are gone until the next
    found = stack.query(f"{COUNT_OF_HITS}[{LENGTH:g}s]", at)
    times = [float(each) for series in found for each, _ in series["values"]]
    if len(times) < 3:
        return None
    try:
        known = {each: around(stack, ledger, each) for each in (times[0], times[-2], times[-1])}
    except LookupError:
        return None
    held = Scrapes(times, known[times[0]], known[times[-1]])
    again = stack.value(f"sum(rate({_COUNT}[{LENGTH:g}s]))", at)
    if stack.value(f"sum({_RECORDED})", at) == pytest.approx(again, rel=1e-9):
        return [held]
    # The last scrape was under way when rates were recorded.
    return [held, Scrapes(times[:-1], known[times[0]], known[times[-2]])]


def around(stack: RunningStack, ledger: Ledger, scraped_at: float) -> tuple[Reading, Reading]:
    """What the workload had counted before and after a scrape."""
    took = stack.value('scrape_duration_seconds{job="cache"}', scraped_at + _ROUNDED)
    return ledger.around(scraped_at - _ROUNDED, scraped_at + took + _ROUNDED)
