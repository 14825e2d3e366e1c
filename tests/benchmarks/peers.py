"""One way to record a hit per recorder: setting it up, and the statement that is timed.

cachier counts hits and times in its repository alone: no release has it (4.2.0 is the newest), so it is not among them.
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry

from tests.unit.runtime.exporters import exporter_class

DEFINITION = Path(__file__).with_name("definition.yaml")
BUCKETS = [0.0001 * 2**index for index in range(12)]

#: Names that a statement uses, and the statement; `v` is the observed number of seconds.
Peer = tuple[dict[str, Any], str]


def ours(**options: Any) -> Peer:
    metrics: Any = exporter_class(DEFINITION)(registry=CollectorRegistry(), **options)
    return {"metrics": metrics.labels("sessions")}, "metrics.record_hit(v)"


def _prometheus() -> tuple[Any, Any]:
    registry = CollectorRegistry()
    counter = prometheus_client.Counter("operations", "x", ["key", "result"], registry=registry)
    histogram = prometheus_client.Histogram("seconds", "x", ["key", "result"], buckets=BUCKETS, registry=registry)
    return counter, histogram


def prometheus_bound() -> Peer:
    counter, histogram = (metric.labels("sessions", "hit") for metric in _prometheus())
    return {"counter": counter, "histogram": histogram}, "counter.inc(); histogram.observe(v)"


def prometheus_naive() -> Peer:
    counter, histogram = _prometheus()
    statement = 'counter.labels("sessions", "hit").inc(); histogram.labels("sessions", "hit").observe(v)'
    return {"counter": counter, "histogram": histogram}, statement


def prometheus_timer() -> Peer:
    _, histogram = _prometheus()
    return {"histogram": histogram.labels("sessions", "hit")}, "with histogram.time(): pass"


def aioprometheus() -> Peer:
    library: Any = importlib.import_module("aioprometheus")
    registry = library.Registry()
    given = {
        "counter": library.Counter("operations", "x", registry=registry),
        "histogram": library.Histogram("seconds", "x", buckets=[*BUCKETS, float("inf")], registry=registry),
        "labels": {"key": "sessions", "result": "hit"},
    }
    return given, "counter.inc(labels); histogram.observe(labels, v)"


def opentelemetry() -> Peer:
    sdk: Any = importlib.import_module("opentelemetry.sdk.metrics")
    reader: Any = importlib.import_module("opentelemetry.sdk.metrics.export").InMemoryMetricReader()
    views: Any = importlib.import_module("opentelemetry.sdk.metrics.view")
    view = views.View(instrument_name="seconds", aggregation=views.ExplicitBucketHistogramAggregation(BUCKETS))
    meter = sdk.MeterProvider([reader], views=[view], shutdown_on_exit=False).get_meter("bench")
    given = {
        "counter": meter.create_counter("operations"),
        "histogram": meter.create_histogram("seconds"),
        "labels": {"key": "sessions", "result": "hit"},
    }
    return given, "counter.add(1, labels); histogram.record(v, labels)"


def statsd() -> Peer:
    library: Any = importlib.import_module("statsd")
    # Somebody has to take the datagrams, or the kernel answers each with an error.
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    client = library.StatsClient("127.0.0.1", receiver.getsockname()[1])
    given = {"client": client, "receiver": receiver}
    return given, 'client.incr("operations.sessions.hit"); client.timing("seconds.sessions.hit", v * 1000)'


def loop(peer: Peer) -> Callable[[int], None]:
    """A function that runs the statement ten times a round, so that the loop itself weighs little."""
    given, statement = peer
    space = dict(given)
    body = "\n".join(f"        {statement}" for _ in range(10))
    exec(f"def run(rounds, v=0.00031):\n    for _ in range(rounds):\n{body}\n", space)
    run: Callable[[int], None] = space["run"]
    return run
