"""What metrics are called and measured in where they are scraped: names, namespace, units and scale."""

from __future__ import annotations

import re
from typing import Any

from stackgen.definition.context import Context
from stackgen.definition.model import MetricType

#: Stands in exposed names for the namespace that the user chose; an empty one takes the underscore behind it along.
NAMESPACE = "{namespace}"

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
#: Units that the field's conventions replace by a base unit (Prometheus, "Metric and label naming").
_BASE_UNITS = {
    **dict.fromkeys(("ms", "milliseconds"), ("seconds", 0.001)),
    **dict.fromkeys(("us", "usec", "microseconds"), ("seconds", 0.000001)),
    **dict.fromkeys(("ns", "nanoseconds"), ("seconds", 1e-9)),
    **dict.fromkeys(("minutes", "hours", "s", "sec", "second"), ("seconds", None)),
    **dict.fromkeys(("kb", "mb", "gb", "kilobytes", "megabytes", "gigabytes", "bits", "byte"), ("bytes", None)),
    **dict.fromkeys(("percent", "percentage", "pct"), ("ratio", 0.01)),
}
_SUFFIXES = {
    MetricType.HISTOGRAM: ("_bucket", "_sum", "_count"),
    MetricType.COUNTER: ("",),
    MetricType.GAUGE: ("",),
    MetricType.INFO: ("",),
}


def exposed_name(context: Context, key: str, raw: dict[str, Any], kind: MetricType) -> str:
    """The name of a metric's samples: as given, with the namespace filled in, else as the conventions have it."""
    given: str | None = raw.get("exposed")
    if given is None:
        return _conventional(context.data.get("name", ""), key, raw.get("unit"), kind)
    path = ("metrics", key, "exposed")
    namespace: str | None = context.data.get("namespace")
    if NAMESPACE in given and namespace is None and not context.damaged(("namespace",)):
        context.report(path, "no namespace is given", "add `namespace`, at the top of the file; it may be empty")
    name = given.replace(f"{NAMESPACE}_", f"{namespace}_" if namespace else "").replace(NAMESPACE, namespace or "")
    if not _NAME.fullmatch(name):
        problem = f"{name!r} is no name that a metric can have"
        context.report(path, problem, f"use letters, digits, _ and {NAMESPACE}")
    return name


def check_namespace(context: Context) -> None:
    """A namespace that no name begins with would change nothing."""
    if "namespace" not in context.data:
        return
    if not any(NAMESPACE in raw.get("exposed", "") for _, raw in context.section("metrics")):
        cure = f"write it into a name, `exposed: '{NAMESPACE}_...'`, or remove it; `name` is the prefix of all others"
        context.report(("namespace",), "no exposed name has it", cure, at_key=True)


def _conventional(prefix: str, key: str, unit: str | None, kind: MetricType) -> str:
    """`<name>_<metric>_<unit>[_total]` (OpenMetrics: unit last, then the type's suffix)."""
    name = f"{prefix}_{key}_{unit}" if unit else f"{prefix}_{key}"
    if kind is MetricType.COUNTER:
        return f"{name.removesuffix('_total')}_total"
    if kind is MetricType.INFO:
        return f"{name.removesuffix('_info')}_info"
    return name


def unit(context: Context, key: str, raw: dict[str, Any]) -> str | None:
    """The unit of a metric, which has to be a base unit."""
    given: str | None = raw.get("unit")
    if given is None:
        return None
    if given in _BASE_UNITS:
        base, scale = _BASE_UNITS[given]
        cure = f"measure in {base!r}"
        if "exposed" in raw:
            cure = f"write {base!r}, and as `scale` how much of it an exposed value of 1 is"
            cure += f", {scale:.9f}".rstrip("0") if scale else ""
        context.report(("metrics", key, "unit"), f"{given!r} is not a base unit", cure)
    elif "exposed" not in raw and (key == given or key.endswith(f"_{given}")):
        problem = f"the unit {given!r} would stand twice in the exposed name"
        context.report(("metrics", key), problem, "leave it out of the key", at_key=True)
    return given


def scale(context: Context, key: str, raw: dict[str, Any]) -> float:
    """What an exposed value of 1 is, in the metric's unit."""
    given = raw.get("scale")
    if given is None:
        return 1.0
    path = ("metrics", key, "scale")
    if "unit" not in raw:
        context.report(path, "a scale without a unit", "add the `unit` that it leads to", at_key=True)
    elif "exposed" not in raw:
        cure = "measure in the unit itself; a scale is for a system that exists already, named with `exposed`"
        context.report(path, "the name would say one unit and the values be in another", cure, at_key=True)
    elif not 1e-12 <= given <= 1e12:
        context.report(path, f"{given:g} is no scale", "use a number such as 0.001 or 1024")
        return 1.0
    return float(given)


def check_scales(context: Context) -> None:
    """An exporter exposes what it is given, so what it records cannot be scaled."""
    if not context.data.get("events"):
        return
    for key, metric in context.metrics.items():
        if metric.scale != 1:
            cure = "describe the other system in a definition of its own, and include that"
            context.report(("metrics", key, "scale"), "the exporter of these events knows no scale", cure, at_key=True)


def check_collisions(context: Context) -> None:
    """No two metrics may expose a series of one name; what an exporter exposes may share no family's name either.

    A system that exists already may: Go's runtime has the gauge `go_memstats_alloc_bytes` and a counter of that and
    `_total`.
    """
    owner: dict[str, str] = {}
    recorded = bool(context.data.get("events"))
    for key, metric in context.metrics.items():
        names = [metric.exposed + suffix for suffix in _SUFFIXES[metric.type]]
        for name in {*names, metric.exposed, metric.family} if recorded else set(names):
            if owner.setdefault(name, key) != key:
                problem = f"{name!r} is exposed by metric {owner[name]!r} too"
                context.report(("metrics", key), problem, "rename one of them", at_key=True)
                break
