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
from tests.integration.packs.system import Finder, Starter, System
from tests.integration.pipeline import panel_queries, resolved

#: What replaces the pack's own times, in seconds: a range of a few scrapes, and one evaluation to wait.
_WINDOW, _FOR, _BASELINE = "5s", "1s", "1m"
#: How long ordinary use goes on at least before alerts must be quiet, and a condition is waited for at most (seconds).
_ORDINARY, _BOUND = 8.0, 120.0
#: Rounds of use are this far apart (seconds), and after so many of them it is looked what came of it.
_PAUSE, _ROUNDS = 0.1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was seen; each list is empty where all is well, and says in words what is not."""

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
        types: dict[str, str] = {}

        def used() -> bool:
            types.update(prometheus.types(pack))
            return time.monotonic() > begun + _ORDINARY and not empty_panels(definition, prometheus)

        begun = time.monotonic()
        _until(used, system.use)
        panels = empty_panels(definition, prometheus)
        _until(lambda: not prometheus.firing(pack), system.use, bound=20)
        noisy = sorted(prometheus.firing(pack))
        silent = []
        for fault in system.faults:
            fault.begin()
            wanted = set(fault.alerts)
            _until(lambda wanted=wanted: wanted <= prometheus.firing(pack), fault.use or system.use)  # type: ignore[misc]
            silent += [f"{fault.name}: {alert}" for alert in sorted(wanted - prometheus.firing(pack))]
            types.update(prometheus.types(pack))
            fault.end()
        broken = prometheus.broken_rules(rule_files)
    made = {alert for fault in system.faults for alert in fault.alerts}
    return Proof(
        metrics=list(wrong_metrics(definition, prometheus, pack, types)),
        panels=panels,
        noisy=noisy,
        silent=silent,
        unproven=sorted(made ^ alerts_of(definition)),
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


def _until(condition: Callable[[], bool], use: Callable[[], None], *, bound: float = _BOUND) -> None:
    """Use the system until a condition holds or the time is up; what is missing then is said by who asked."""
    deadline = time.monotonic() + bound
    while time.monotonic() < deadline and not condition():
        for _ in range(_ROUNDS):
            use()
            time.sleep(_PAUSE)  # between two rounds of use, while a condition is waited for, with a bound


# -- metrics ----------------------------------------------------------------------------------------------------------


def wrong_metrics(definition: Definition, prometheus: PackPrometheus, job: str, types: dict[str, str]) -> Iterator[str]:
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
        yield from _wrong_labels(definition, metric, found)
        if metric.type is MetricType.HISTOGRAM:
            bounds = {float(each["le"]) for each in prometheus.series(f'{metric.exposed}_bucket{{job="{job}"}}')}
            if bounds != {*metric.buckets, float("inf")}:
                yield f"{metric.exposed}: buckets {sorted(bounds)}, not {sorted(metric.buckets)}"


def _wrong_labels(definition: Definition, metric: Metric, found: list[dict[str, str]]) -> Iterator[str]:
    wanted = {"__name__", "job", "instance", *definition.labels_of(metric.key)}
    for series in found:
        if set(series) != wanted:
            yield f"{series['__name__']}: labels {sorted(series)}, not {sorted(wanted)}"
            return
    for name in definition.labels_of(metric.key):
        label = definition.labels[name]
        seen = {series[name] for series in found}
        if label.values is not None and (unknown := seen - set(label.values)):
            yield f"{metric.exposed}: {name} has the undeclared values {sorted(unknown)}"
        elif len(seen) > label.budget:
            yield f"{metric.exposed}: {len(seen)} values of {name}, over its budget of {label.budget}"


# -- panels -----------------------------------------------------------------------------------------------------------


def empty_panels(definition: Definition, prometheus: PackPrometheus) -> list[str]:
    """The panels of which an expression has no sample, or one that is no number."""
    empty = []
    for path, text in dashboards.generate(definition).items():
        (job,) = definition.stack.jobs
        for panel in panel_queries(json.loads(text.replace("$job", job))):
            for expr in map(resolved, panel.expressions):
                values = [float(sample["value"][1]) for sample in prometheus.query(expr)]
                if not values or not all(map(math.isfinite, values)):
                    empty.append(f"{path}: {panel.title}: {expr}: {values}")
    return empty
