"""A day of the cache's series on many instances, as Prometheus would have scraped it, in a block of its database."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from stackgen.definition import load
from stackgen.exporters.cache import CacheMetrics
from stackgen.generators import rules
from stackgen.runtime import generate_latest
from stackgen.signals.shown import interval
from tests.benchmarks.tsdb import Labels, Shape, write_block

STEP = 15_000


def write_day(data: Path, *, end: int, hours: float, instances: int, caches: int) -> int:
    """Write the series of `caches` caches on each of `instances` instances until `end` (ms); gives their number."""
    samples = int(hours * 3600_000) // STEP
    start = (end - samples * STEP) // STEP * STEP
    return write_block(data, shapes(samples, instances, caches), start=start, step=STEP)


def shapes(samples: int, instances: int, caches: int) -> Iterator[Shape]:
    """The exporter's series, one shape for each series of a cache; what the rules record; what is always there."""
    places = [(f"10.0.{n // 250}.{n % 250}:8000", f"cache{c}") for n in range(instances) for c in range(caches)]
    for name, own, value in _series_of_a_cache():
        series = tuple(_labels(name, own, instance=instance, cache=cache) for instance, cache in places)
        yield Shape(series, _course(name, value, samples))
    # What dashboards read is recorded less often than the rest.
    shown_every = interval(load("cache")) * 1000 / STEP
    for name, kept, own in _recorded():
        found = {
            tuple(
                part
                for part in _labels(name, own, instance=instance, cache=cache)
                if part[0] in {*kept, "__name__", *own}
            )
            for instance, cache in places
        }
        every = shown_every if name.endswith(":rate1m") else 1
        yield Shape(tuple(sorted(found)), _course("gauge", 0.3, int(samples / every)), every)
    instance_names = sorted({instance for instance, _ in places})
    for name, value in (("up", 1.0), ("process_start_time_seconds", 1.7e9)):
        targets = tuple((("__name__", name), ("instance", each), ("job", "cache")) for each in instance_names)
        yield Shape(targets, [value] * samples)


def _labels(name: str, own: dict[str, str], *, instance: str, cache: str) -> Labels:
    labels = {"__name__": name, "job": "cache", "instance": instance, "cache": cache, "backend": "redis", **own}
    return tuple(sorted(labels.items()))


def _series_of_a_cache() -> Iterator[tuple[str, dict[str, str], float]]:
    """Name, own labels, and a rate or a level of each series that the exporter exposes."""
    registry = CollectorRegistry()
    metrics = CacheMetrics(cache="c", backend="redis", registry=registry)
    metrics.set_size(5e8)
    metrics.set_size_limit(1e9)
    metrics.set_entries(1e5)
    metrics.set_pool_connections(4, "in_use")
    metrics.set_pool_connections(12, "idle")
    metrics.set_pool_limit(16)
    metrics.set_fragmentation(1.2)
    metrics.set_circuit_breaker_state(0)
    metrics.set_health_state(0)
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            if not sample.name.startswith("cache_"):
                continue
            own = {key: each for key, each in sample.labels.items() if key not in ("cache", "backend")}
            # More observations the higher the bound, so that quantiles lie somewhere in between.
            bound = float(own["le"]) if "le" in own else 0.0
            rate = 5 * (1 - math.exp(-bound / 0.002)) if "le" in own and bound < math.inf else 5.0
            yield sample.name, own, sample.value if family.type == "gauge" else max(rate, 0.01)


def _course(name: str, value: float, samples: int) -> list[float]:
    """Counters that grow with a daily rhythm, levels that waver."""
    if re.search(r"_(total|bucket|sum|count)$", name):
        total, course = 0.0, []
        for number in range(samples):
            total += round(value * 15 * (1 + 0.5 * math.sin(number / 900)))
            course.append(total)
        return course
    return [value * (1 + 0.01 * ((number * 7) % 10)) for number in range(samples)]


def _recorded() -> Iterator[tuple[str, tuple[str, ...], dict[str, str]]]:
    """Name, kept labels and fixed labels of what the generated rules record."""
    for text in rules.generate(load("cache")).values():
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                if "record" not in rule:
                    continue
                own = rule.get("labels", {})
                kept = () if own else tuple(_kept(promql_parser.parse(rule["expr"])))
                buckets = load_bounds(rule["expr"]) if "le" in kept else ("",)
                for bound in buckets:
                    yield rule["record"], kept, {**own, **({"le": bound} if bound else {})}


def _kept(node: object) -> list[str]:
    """The labels that an aggregation leaves; of a division those of its left side."""
    match node:
        case promql_parser.AggregateExpr():
            return list(node.modifier.labels) if node.modifier else []
        case promql_parser.BinaryExpr():
            return _kept(node.lhs)
        case promql_parser.ParenExpr():
            return _kept(node.expr)
        case promql_parser.Call():
            return [label for label in _kept(node.args[-1]) if node.func.name != "histogram_quantile" or label != "le"]
    return []


def load_bounds(expr: str) -> tuple[str, ...]:
    """The bounds of the histogram that an expression reads."""
    (name,) = set(re.findall(r"cache_(\w+?)_seconds_bucket", expr))
    bounds = load("cache").metrics[name].buckets
    return (*(str(each) for each in bounds), "+Inf")
