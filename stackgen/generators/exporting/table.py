"""The table in a generated module that the engine works from."""

from __future__ import annotations

import hashlib

from stackgen.definition.model import Combine, Event, Label, Metric
from stackgen.generators.exporting import alerts, signals
from stackgen.generators.exporting.recorded import Recorded, Timer
from stackgen.generators.exporting.source import bracketed, laid_out, literal

#: Rows stand in an argument that stands in a call, four columns each, and end with a comma.
_DEPTH = 9


def spec(found: Recorded) -> list[str]:
    """The lines of `_SPEC`."""
    parts = {
        "labels": [_label(label) for label in found.labels],
        "metrics": [_metric(metric) for metric in found.metrics],
        "events": [_event(found, event) for event in found.events],
        "timers": [_timer(timer) for timer in found.timers],
        "signals": signals.rows(found, _DEPTH),
    }
    bound = tuple(label.name for label in found.definition.bound_labels)
    renamed = {la.name: found.parameter(la.name) for la in found.labels if found.parameter(la.name) != la.name}
    digest = hashlib.sha256(repr((found.definition.name, parts, bound, renamed)).encode()).hexdigest()[:16]
    items = [f"name={literal(found.definition.name)}", f'digest="{digest}"']
    # The alerts are not part of the digest: exporters that are watched in different ways record to the same series.
    parts["alerts"] = alerts.rows(found, _DEPTH)
    items += [f"{key}={_rows(rows)}" for key, rows in parts.items() if rows]
    items += [f"bound={literal(bound)}"] if bound else []
    items += [f"parameters={literal(renamed)}"] if renamed else []
    return ["#: What the engine needs to know of the definition.", *bracketed("_SPEC = runtime.Spec(", items, ")")]


def _rows(rows: list[str]) -> str:
    inner = "\n".join(f"    {line}" for row in rows for line in f"{row},".splitlines())
    return f"(\n{inner}\n)"


def _call(name: str, positional: list[object], **named: object) -> str:
    items = [laid_out("", value, room=_DEPTH + 4) for value in positional]
    items += [
        laid_out(f"{key}=", value, room=_DEPTH + 4)
        for key, value in named.items()
        if value not in (None, "", (), {}, 0, "sum")
    ]
    return "\n".join(bracketed(f"runtime.{name}(", items, ")", room=_DEPTH))


def _label(label: Label) -> str:
    exceptions = {value: tuple(names) for value, names in label.exceptions.items()}
    return _call("Label", [label.name], values=label.values, max_values=label.max_values, exceptions=exceptions)


def _metric(metric: Metric) -> str:
    return _call(
        "Metric",
        [metric.key, metric.type.value, metric.exposed, metric.help],
        labels=metric.labels,
        unit=metric.unit,
        buckets=tuple(float(bound) for bound in metric.buckets),
        count_of=metric.count_of,
        combine="" if metric.combine is Combine.SUM else metric.combine.value,
    )


def _event(found: Recorded, event: Event) -> str:
    return _call(
        "Event",
        [event.key],
        observe=event.observe,
        value=found.value_name(event) if event.observe else "",
        counts=dict(event.count),
        sets=dict(event.set),
        labels=dict(event.labels),
        arguments=event.arguments,
        amounts=event.amounts,
    )


def _timer(timer: Timer) -> str:
    return _call(
        "Timer",
        [timer.key, tuple(event.key for event in timer.outcomes)],
        arguments=timer.arguments,
        fills=dict(timer.fills),
        default=timer.default.key if timer.default else None,
        on_exception=timer.on_exception.key if timer.on_exception else None,
    )
