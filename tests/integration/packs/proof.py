"""The proof of one pack: its system is used, looked at, broken and looked at again, under a real Prometheus."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stackgen import conventions
from stackgen.definition import load
from stackgen.definition.model import Absent, Definition, Drop, Growth, Metric, MetricType, RunsOut
from stackgen.generators import dashboards, rules
from tests.integration.packs.prometheus import PackPrometheus
from tests.integration.packs.system import Fault, Finder, Starter, System
from tests.integration.pipeline import panel_queries, resolved

#: What replaces the pack's own times, in seconds: a range of a few scrapes, and one evaluation to wait.
_WINDOW, _FOR, _BASELINE = "5s", "1s", "1m"
#: How long ordinary use goes on at least, what is waited for then at most, and alerts that began with it (seconds).
_ORDINARY, _BOUND, _CALM = 8.0, 120.0, 30.0
#: The series that Prometheus makes of alerts.
_ALERTS = "ALERTS{"
#: Rounds of use are this far apart (seconds), and after so many of them it is looked what came of it.
_PAUSE, _ROUNDS = 0.1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was seen; each list is empty where all is well, and says in words what is not."""

    #: Types of the system's metric families, by name.
    types: Mapping[str, str]
    metrics: list[str]
    panels: list[str]
    #: Alerts that fired while nothing was wrong.
    noisy: list[str]
    #: Alerts that did not fire in the fault made for them.
    silent: list[str]
    #: Alerts for which no fault is made, or that the pack does not have.
    unproven: list[str]
    rules: list[str]


def prove(pack: str, starter: Starter, prometheus: PackPrometheus, folder: Path, binary: Finder) -> Proof:
    """Bring the system of a pack up and see everything that the pack says of it."""
    with starter(folder, binary) as system:
        definition = shortened(pack, system, folder)
        rule_files = rules.generate(definition)
        prometheus.join(pack, system.address, system.path, rule_files)
        alerts = alerts_of(definition)
        types: dict[str, str] = {}

        def firing() -> set[str]:
            return prometheus.firing(pack) & alerts

        of_alerts, ordinary = panels_of(definition)

        def seen_firing() -> set[str]:
            nonlocal of_alerts
            names = firing()
            of_alerts = empty(of_alerts, prometheus)
            return names

        def used() -> bool:
            nonlocal ordinary
            types.update(prometheus.types(pack))
            # Each once: on a busy machine some scrape is always late, and not all panels have data at one instant.
            ordinary = empty(ordinary, prometheus)
            return time.monotonic() > begun + _ORDINARY and not ordinary

        begun = time.monotonic()
        _until(used, system.use)
        noisy = [] if _until(lambda: not firing(), system.use, bound=_CALM) else sorted(firing())
        silent = []
        for fault in system.faults:
            fault.begin()
            silent += [f"{fault.name}: {alert}" for alert in _silent(fault, seen_firing, system.use)]
            types.update(prometheus.types(pack))
            fault.end()
        broken = prometheus.broken_rules(rule_files)
    made = {alert for fault in system.faults for alert in fault.alerts}
    return Proof(
        types=types,
        metrics=list(wrong_metrics(definition, prometheus, pack, types, system)),
        panels=[*ordinary, *of_alerts],
        noisy=noisy,
        silent=silent,
        unproven=sorted(made ^ alerts),
        rules=broken,
    )


def shortened(pack: str, system: System, folder: Path) -> Definition:
    """The pack's definition with every `for`, window and baseline short enough to be waited for."""
    alerts: dict[str, dict[str, Any]] = {}
    for alert in load(pack).alerts.values():
        alerts[alert.name] = {"for": _FOR, "window": _WINDOW}
        if alert.keep_firing_for:
            alerts[alert.name]["keep_firing_for"] = _FOR
        match alert.condition:
            case Drop():
                alerts[alert.name]["drop"] = {"baseline": _BASELINE}
            case Growth():
                alerts[alert.name]["growth"] = {"baseline": _BASELINE}
            case RunsOut() | Absent():
                pass
    document: dict[str, Any] = {
        "stackgen": 1, "extends": pack, "alerts": alerts, "stack": {"scrape_interval": "1s", "jobs": [pack]},
    }  # fmt: skip
    file = folder / f"{pack}-short.yaml"
    file.write_text(yaml.safe_dump(_merged(document, system.overrides)), encoding="utf-8")
    return load(file)


def _merged(base: Any, over: Any) -> Any:
    """`over` on top of `base`, as `extends` merges."""
    if not isinstance(base, dict) or not isinstance(over, Mapping):
        return over
    return base | {key: _merged(base[key], value) if key in base else value for key, value in over.items()}


def alerts_of(definition: Definition) -> set[str]:
    """The names of all alerts, those of the objectives too."""
    return {*definition.alerts, *(conventions.slo_alert_name(definition, key) for key in definition.slos)}


def _silent(fault: Fault, firing: Callable[[], set[str]], ordinary: Callable[[], None]) -> list[str]:
    """The alerts of a fault that do not fire while it lasts."""
    missing = set(fault.alerts)

    def all_fired() -> bool:
        missing.difference_update(firing())
        return not missing

    _until(all_fired, fault.use or ordinary)
    return sorted(missing)


def _until(condition: Callable[[], bool], use: Callable[[], None], *, bound: float = _BOUND) -> bool:
    """Use the system until a condition holds; whether it came to that before the time was up."""
    deadline = time.monotonic() + bound
    while not condition():
        if time.monotonic() > deadline:
            return False
        for _ in range(_ROUNDS):
            use()
            time.sleep(_PAUSE)  # between two rounds of use, while a condition is waited for, with a bound
    return True


# -- metrics ----------------------------------------------------------------------------------------------------------


def wrong_metrics(
    definition: Definition, prometheus: PackPrometheus, job: str, types: dict[str, str], system: System
) -> Iterator[str]:
    """What the system exposes otherwise than the pack says."""
    for metric in definition.metrics.values():
        exposed = f"{metric.exposed}_count" if metric.type is MetricType.HISTOGRAM else metric.exposed
        found = prometheus.series(f'{exposed}{{job="{job}"}}')
        if not found:
            yield f"{exposed}: not exposed"
            continue
        kind = types.get(metric.exposed, types.get(metric.family, "without metadata"))
        if kind != ("gauge" if metric.type is MetricType.INFO else metric.type):
            yield f"{exposed}: a {kind}, not a {metric.type}"
        yield from _wrong_labels(definition, metric, found, system)
        if metric.type is MetricType.HISTOGRAM:
            bounds = {float(each["le"]) for each in prometheus.series(f'{metric.exposed}_bucket{{job="{job}"}}')}
            wanted = {*metric.buckets, float("inf")}
            if bounds != wanted and not (metric.exposed in system.sparse and bounds < wanted):
                yield f"{metric.exposed}: buckets {sorted(bounds)}, not {sorted(metric.buckets)}"


def _wrong_labels(definition: Definition, metric: Metric, found: list[dict[str, str]], system: System) -> Iterator[str]:
    wanted = {"__name__", "job", "instance", *definition.labels_of(metric.key)}
    for series in found:
        if not wanted - {*system.optional, *system.later} <= set(series) <= wanted:
            yield f"{series['__name__']}: labels {sorted(series)}, not {sorted(wanted)}"
            return
    for name in definition.labels_of(metric.key):
        label = definition.labels[name]
        seen = {series[name] for series in found if name in series}
        if not seen and name not in system.later:
            yield f"{metric.exposed}: no series has the label {name}"
        if label.values is not None and (unknown := seen - set(label.values)):
            yield f"{metric.exposed}: {name} has the undeclared values {sorted(unknown)}"
        elif len(seen) > label.budget:
            yield f"{metric.exposed}: {len(seen)} values of {name}, over its budget of {label.budget}"


# -- panels -----------------------------------------------------------------------------------------------------------


def panels_of(definition: Definition) -> tuple[list[str], list[str]]:
    """The expressions of all panels: those that show alerts, which are empty while all is well, and the others."""
    (job,) = definition.stack.jobs
    expressions = [
        resolved(expr)
        for text in dashboards.generate(definition).values()
        for panel in panel_queries(json.loads(text.replace("$job", job)))
        for expr in panel.expressions
    ]
    alerts = [expr for expr in expressions if _ALERTS in expr]
    return alerts, [expr for expr in expressions if _ALERTS not in expr]


def empty(expressions: list[str], prometheus: PackPrometheus) -> list[str]:
    """The expressions that have no sample, or one that is no number."""
    found = []
    for expr in expressions:
        values = [float(sample["value"][1]) for sample in prometheus.query(expr)]
        if not values or not all(map(math.isfinite, values)):
            found.append(expr)
    return found
