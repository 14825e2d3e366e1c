# The exporter of Cache.
# Made by stackgen from stackgen/packs/cache.yaml; changes made here are lost. Change the definition, then run:
#   stackgen generate stackgen/packs/cache.yaml
# ruff: noqa: D205, E501

"""The golden signals of a cache, as its callers see them.

Build it once, where the application starts:

    metrics = CacheMetrics(cache="...", backend="...")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

from stackgen import runtime

#: What holds the entries.
Backend = Literal["redis", "memcached", "django", "local", "file", "database", "other"]
#: What the caller asked for; other is what a server can do beside caching, scripts and counters for example.
Operation = Literal["get", "set", "delete", "invalidate", "other"]
#: How it ended; hit, miss and stale for lookups, ok for the rest, error for all.
Result = Literal["hit", "miss", "stale", "ok", "error"]
#: What kind of error it was.
Kind = Literal["connection", "timeout", "serialization", "other"]
#: What a connection of the pool is doing.
State = Literal["in_use", "idle"]
#: What a snapshot can cover.
Window = Literal["1m", "5m", "1h"]

#: What the engine needs to know of the definition.
_SPEC = runtime.Spec(
    name="cache",
    digest="e63b44a95c851e80",
    labels=(
        runtime.Label("cache", max_values=50),
        runtime.Label("backend", values=("redis", "memcached", "django", "local", "file", "database", "other")),
        runtime.Label("operation", values=("get", "set", "delete", "invalidate", "other")),
        runtime.Label("result", values=("hit", "miss", "stale", "ok", "error")),
        runtime.Label(
            "kind",
            values=("connection", "timeout", "serialization", "other"),
            exceptions={
                "connection": (
                    "ConnectionError",
                    "MaxConnectionsError",
                    "ConnectionInterrupted",
                    "OSError",
                    "MemcacheUnexpectedCloseError",
                    "HostLookupError",
                    "NoServers",
                    "ServerDead",
                    "ServerDown",
                    "SocketCreateError",
                    "ReadError",
                    "WriteError",
                    "UnknownReadFailure",
                ),
                "timeout": ("TimeoutError", "CancelledError", "Timeout"),
                "serialization": ("PicklingError", "UnpicklingError", "JSONDecodeError", "UnicodeError", "DataError"),
            },
        ),
        runtime.Label("state", values=("in_use", "idle")),
    ),
    metrics=(
        runtime.Metric(
            "operation_duration",
            "histogram",
            "cache_operation_duration_seconds",
            "Time that one operation took, as its caller saw it.",
            labels=("operation", "result"),
            unit="seconds",
            buckets=(
                5e-05,
                0.0001,
                0.00025,
                0.0005,
                0.001,
                0.0025,
                0.005,
                0.01,
                0.025,
                0.05,
                0.1,
                0.25,
                0.5,
                1.0,
                2.5,
                5.0,
            ),
        ),
        runtime.Metric(
            "operations",
            "counter",
            "cache_operations_total",
            "Operations that ended, by how they ended.",
            labels=("operation", "result"),
            count_of="operation_duration",
        ),
        runtime.Metric(
            "errors",
            "counter",
            "cache_errors_total",
            "Operations that failed, by kind of error.",
            labels=("operation", "kind"),
        ),
        runtime.Metric(
            "load_duration",
            "histogram",
            "cache_load_duration_seconds",
            "Time to load a value from its source after a miss.",
            labels=("result",),
            unit="seconds",
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
        ),
        runtime.Metric("evictions", "counter", "cache_evictions_total", "Entries that were removed to make room."),
        runtime.Metric(
            "retries",
            "counter",
            "cache_retries_total",
            "Attempts that were made again after a failed one.",
        ),
        runtime.Metric(
            "recalculations",
            "counter",
            "cache_recalculations_total",
            "Values that were computed again although an entry was there.",
        ),
        runtime.Metric(
            "wait_timeouts",
            "counter",
            "cache_wait_timeouts_total",
            "Callers that gave up waiting for another one to load the same value.",
        ),
        runtime.Metric(
            "size_limit_rejections",
            "counter",
            "cache_size_limit_rejections_total",
            "Values that were not stored because they are larger than the cache allows.",
        ),
        runtime.Metric("entries", "gauge", "cache_entries", "Entries in the cache.", combine="max"),
        runtime.Metric(
            "size",
            "gauge",
            "cache_size_bytes",
            "Memory that the entries take.",
            unit="bytes",
            combine="max",
        ),
        runtime.Metric(
            "size_limit",
            "gauge",
            "cache_size_limit_bytes",
            "Memory that the cache may take; 0 where there is no limit.",
            unit="bytes",
            combine="max",
        ),
        runtime.Metric(
            "pool_connections",
            "gauge",
            "cache_pool_connections",
            "Connections of the pool, by what they are doing.",
            labels=("state",),
        ),
        runtime.Metric(
            "pool_limit",
            "gauge",
            "cache_pool_limit",
            "Connections that the pool may open; 0 where there is no limit.",
        ),
        runtime.Metric(
            "pool_wait_duration",
            "histogram",
            "cache_pool_wait_duration_seconds",
            "Time that callers waited because every connection of the pool was in use.",
            unit="seconds",
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
        ),
        runtime.Metric(
            "fragmentation",
            "gauge",
            "cache_fragmentation_ratio",
            "Memory that the server takes from its machine, over the memory that it uses.",
            unit="ratio",
            combine="max",
        ),
        runtime.Metric(
            "circuit_breaker_state",
            "gauge",
            "cache_circuit_breaker_state",
            "State of the circuit breaker (0 closed, 1 half open, 2 open).",
            combine="max",
        ),
        runtime.Metric(
            "health_state",
            "gauge",
            "cache_health_state",
            "What the last health check found (0 healthy, 1 degraded, 2 unhealthy).",
            combine="max",
        ),
        runtime.Metric(
            "probe_duration",
            "histogram",
            "cache_probe_duration_seconds",
            "Time that the cache took to answer a health check, or until that was given up.",
            labels=("result",),
            unit="seconds",
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
        ),
    ),
    events=(
        runtime.Event(
            "hit",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "get", "result": "hit"},
        ),
        runtime.Event(
            "miss",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "get", "result": "miss"},
        ),
        runtime.Event(
            "stale",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "get", "result": "stale"},
        ),
        runtime.Event(
            "set",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "set", "result": "ok"},
        ),
        runtime.Event(
            "delete",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "delete", "result": "ok"},
        ),
        runtime.Event(
            "invalidate",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "invalidate", "result": "ok"},
        ),
        runtime.Event(
            "other",
            observe="operation_duration",
            value="seconds",
            labels={"operation": "other", "result": "ok"},
        ),
        runtime.Event(
            "error",
            observe="operation_duration",
            value="seconds",
            counts={"errors": 1.0},
            labels={"result": "error"},
            arguments=("operation", "kind"),
        ),
        runtime.Event("load", observe="load_duration", value="seconds", labels={"result": "ok"}),
        runtime.Event("load_error", observe="load_duration", value="seconds", labels={"result": "error"}),
        runtime.Event("retry", counts={"retries": 1.0}),
        runtime.Event("pool_wait", observe="pool_wait_duration", value="seconds"),
        runtime.Event("eviction", counts={"evictions": "entries"}, amounts=("entries",)),
        runtime.Event("recalculation", counts={"recalculations": 1.0}),
        runtime.Event("wait_timeout", counts={"wait_timeouts": 1.0}),
        runtime.Event("size_limit_rejection", counts={"size_limit_rejections": 1.0}),
        runtime.Event("probe", observe="probe_duration", value="seconds", labels={"result": "ok"}),
        runtime.Event("probe_error", observe="probe_duration", value="seconds", labels={"result": "error"}),
    ),
    timers=(
        runtime.Timer("get", ("hit", "miss", "stale", "error"), fills={"operation": "get"}, on_exception="error"),
        runtime.Timer("set", ("set", "error"), fills={"operation": "set"}, default="set", on_exception="error"),
        runtime.Timer(
            "delete",
            ("delete", "error"),
            fills={"operation": "delete"},
            default="delete",
            on_exception="error",
        ),
        runtime.Timer(
            "invalidate",
            ("invalidate", "error"),
            fills={"operation": "invalidate"},
            default="invalidate",
            on_exception="error",
        ),
        runtime.Timer("other", ("other", "error"), fills={"operation": "other"}, default="other", on_exception="error"),
        runtime.Timer("load", ("load", "load_error"), default="load", on_exception="load_error"),
        runtime.Timer("pool_wait", ("pool_wait",), default="pool_wait"),
        runtime.Timer("probe", ("probe", "probe_error"), default="probe", on_exception="probe_error"),
    ),
    signals=(
        runtime.Signal(
            "hit_ratio",
            "ratio",
            (runtime.Selector("operations", where={"operation": ("get",), "result": ("hit", "stale")}),),
            whole=(runtime.Selector("operations", where={"operation": ("get",), "result": ("hit", "stale", "miss")}),),
        ),
        runtime.Signal(
            "lookups",
            "rate",
            (runtime.Selector("operations", where={"operation": ("get",), "result": ("hit", "stale", "miss")}),),
            by=("result",),
        ),
        runtime.Signal("throughput", "rate", (runtime.Selector("operations"),), by=("operation",)),
        runtime.Signal("latency_p50", "quantile", (runtime.Selector("operation_duration"),), q=0.5),
        runtime.Signal("latency_p90", "quantile", (runtime.Selector("operation_duration"),), q=0.9),
        runtime.Signal("latency_p99", "quantile", (runtime.Selector("operation_duration"),), q=0.99),
        runtime.Signal("latency_mean", "mean", (runtime.Selector("operation_duration"),)),
        runtime.Signal(
            "hit_latency_p99",
            "quantile",
            (runtime.Selector("operation_duration", where={"operation": ("get",), "result": ("hit",)}),),
            q=0.99,
        ),
        runtime.Signal(
            "miss_latency_p99",
            "quantile",
            (runtime.Selector("operation_duration", where={"operation": ("get",), "result": ("miss",)}),),
            q=0.99,
        ),
        runtime.Signal(
            "error_ratio",
            "ratio",
            (runtime.Selector("operations", where={"result": ("error",)}),),
            whole=(runtime.Selector("operations"),),
        ),
        runtime.Signal("errors", "rate", (runtime.Selector("errors"),), by=("kind",)),
        runtime.Signal("retries", "rate", (runtime.Selector("retries"),)),
        runtime.Signal(
            "serialization_errors",
            "rate",
            (runtime.Selector("errors", where={"kind": ("serialization",)}),),
        ),
        runtime.Signal("unreachable", "rate", (runtime.Selector("errors", where={"kind": ("connection", "timeout")}),)),
        runtime.Signal(
            "stale_ratio",
            "ratio",
            (runtime.Selector("operations", where={"operation": ("get",), "result": ("stale",)}),),
            whole=(runtime.Selector("operations", where={"operation": ("get",), "result": ("hit", "stale", "miss")}),),
        ),
        runtime.Signal("loads", "rate", (runtime.Selector("load_duration"),), by=("result",)),
        runtime.Signal("load_p50", "quantile", (runtime.Selector("load_duration"),), q=0.5),
        runtime.Signal("load_p99", "quantile", (runtime.Selector("load_duration"),), q=0.99),
        runtime.Signal("evictions", "rate", (runtime.Selector("evictions"),)),
        runtime.Signal("recalculations", "rate", (runtime.Selector("recalculations"),)),
        runtime.Signal("wait_timeouts", "rate", (runtime.Selector("wait_timeouts"),)),
        runtime.Signal("size_limit_rejections", "rate", (runtime.Selector("size_limit_rejections"),)),
        runtime.Signal("entries", "level", (runtime.Selector("entries"),), aggregate="max"),
        runtime.Signal("size", "level", (runtime.Selector("size"),), aggregate="max"),
        runtime.Signal("size_limit", "level", (runtime.Selector("size_limit"),), aggregate="max"),
        runtime.Signal("memory_share", "ratio", (runtime.Selector("size"),), whole=(runtime.Selector("size_limit"),)),
        runtime.Signal("pool_connections", "level", (runtime.Selector("pool_connections"),), by=("state",)),
        runtime.Signal("pool_in_use", "level", (runtime.Selector("pool_connections", where={"state": ("in_use",)}),)),
        runtime.Signal("pool_limit", "level", (runtime.Selector("pool_limit"),)),
        runtime.Signal(
            "pool_share",
            "ratio",
            (runtime.Selector("pool_connections", where={"state": ("in_use",)}),),
            whole=(runtime.Selector("pool_limit"),),
        ),
        runtime.Signal("pool_waits", "rate", (runtime.Selector("pool_wait_duration"),)),
        runtime.Signal("pool_wait_p99", "quantile", (runtime.Selector("pool_wait_duration"),), q=0.99),
        runtime.Signal("fragmentation", "level", (runtime.Selector("fragmentation"),), aggregate="max"),
        runtime.Signal("circuit_breaker", "level", (runtime.Selector("circuit_breaker_state"),), aggregate="max"),
        runtime.Signal("health", "level", (runtime.Selector("health_state"),), aggregate="max"),
        runtime.Signal("probe_p99", "quantile", (runtime.Selector("probe_duration"),), q=0.99),
    ),
    alerts=(
        runtime.Alert(
            "CacheHitRatioLow",
            runtime.Condition("hit_ratio", "below", 0.3),
            300.0,
            "{cache}: only {value} of lookups are hits",
            unit="ratio",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheHitRatioLow",
            wait=300.0,
            keep=300.0,
            when=runtime.Condition("lookups", "above", 1.0),
        ),
        runtime.Alert(
            "CacheErrorRatioHigh",
            runtime.Condition("error_ratio", "above", 0.05),
            300.0,
            "{cache}: {value} of operations fail",
            unit="ratio",
            severity="critical",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheErrorRatioHigh",
            wait=120.0,
            when=runtime.Condition("throughput", "above", 0.1),
        ),
        runtime.Alert(
            "CacheUnreachable",
            runtime.Condition("unreachable", "above", 0.1),
            300.0,
            "{cache}: {value} operations find it unreachable",
            unit="per_second",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheUnreachable",
            wait=120.0,
        ),
        runtime.Alert(
            "CacheSerializationErrors",
            runtime.Condition("serialization_errors", "above", 0.016666666666666666),
            300.0,
            "{cache}: {value} values cannot be read or written",
            unit="per_second",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheSerializationErrors",
            wait=300.0,
        ),
        runtime.Alert(
            "CacheLatencyHigh",
            runtime.Condition("latency_p99", "above", 0.1),
            300.0,
            "{cache}: p99 latency is {value}",
            unit="seconds",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheLatencyHigh",
            wait=300.0,
            keep=300.0,
            when=runtime.Condition("throughput", "above", 1.0),
        ),
        runtime.Alert(
            "CacheMemoryHigh",
            runtime.Condition("memory_share", "above", 0.8),
            300.0,
            "{cache}: {value} of its memory is used",
            unit="ratio",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheMemoryHigh",
            wait=600.0,
        ),
        runtime.Alert(
            "CachePoolNearlyExhausted",
            runtime.Condition("pool_share", "above", 0.9),
            300.0,
            "{cache}: {value} of the connection pool is in use",
            unit="ratio",
            runbook="http://127.0.0.1:9095/runbooks/cache/CachePoolNearlyExhausted",
            wait=300.0,
            keep=300.0,
        ),
        runtime.Alert(
            "CacheEvicting",
            runtime.Condition("evictions", "above", 0.016666666666666666),
            300.0,
            "{cache}: entries are evicted at {value}",
            unit="per_second",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheEvicting",
            wait=600.0,
        ),
        runtime.Alert(
            "CachePoolExhausted",
            runtime.Condition("pool_in_use", "at_least", "pool_limit"),
            300.0,
            "{cache}: all {value} connections of the pool are in use",
            unit="count",
            severity="critical",
            runbook="http://127.0.0.1:9095/runbooks/cache/CachePoolExhausted",
            wait=300.0,
            when=runtime.Condition("pool_limit", "above", 0.0),
        ),
        runtime.Alert(
            "CacheMemoryRunsOut",
            runtime.Condition("size", "runs_out", "size_limit", span=14400.0),
            3600.0,
            "{cache}: at this rate its memory is full within four hours",
            unit="bytes",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheMemoryRunsOut",
            wait=900.0,
        ),
        runtime.Alert(
            "CacheMemoryGrowing",
            runtime.Condition("size", "growth", 0.5, span=86400.0),
            300.0,
            "{cache}: takes {value}, 50% more than the day before",
            unit="bytes",
            severity="info",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheMemoryGrowing",
            wait=3600.0,
            when=runtime.Condition("size", "above", 67108864.0),
        ),
        runtime.Alert(
            "CacheEntriesGrowing",
            runtime.Condition("entries", "growth", 0.5, span=86400.0),
            300.0,
            "{cache}: holds {value} entries, 50% more than the day before",
            unit="count",
            severity="info",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheEntriesGrowing",
            wait=3600.0,
            when=runtime.Condition("entries", "above", 10000.0),
        ),
        runtime.Alert(
            "CacheThroughputDropped",
            runtime.Condition("throughput", "drop", 0.2, span=86400.0),
            300.0,
            "{cache}: only {value} operations, 20% fewer than the day before",
            unit="per_second",
            severity="info",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheThroughputDropped",
            wait=1800.0,
            when=runtime.Condition("throughput", "above", 1.0),
        ),
        runtime.Alert(
            "CacheCircuitOpen",
            runtime.Condition("circuit_breaker", "above", 1.0),
            300.0,
            "{cache}: the circuit breaker is open",
            unit="count",
            severity="critical",
            runbook="http://127.0.0.1:9095/runbooks/cache/CacheCircuitOpen",
            wait=60.0,
        ),
    ),
    bound=("cache", "backend"),
)


class Timer(Protocol):
    """Times its body, with `with` or `async with`; what the body awaits is part of it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class GetTimer(Timer, Protocol):
    """Times one get; the body says how it ended, and the last word counts."""

    def hit(self, *, trace_id: str | None = None) -> None:
        """A lookup found a fresh value."""

    def miss(self, *, trace_id: str | None = None) -> None:
        """A lookup found nothing."""

    def stale(self, *, trace_id: str | None = None) -> None:
        """A lookup found a value past its time and served it."""

    def error(self, kind: Kind, *, trace_id: str | None = None) -> None:
        """An operation failed."""


class SetTimer(Timer, Protocol):
    """Times one set; the body says how it ended, and the last word counts."""

    def set(self, *, trace_id: str | None = None) -> None:
        """A value was stored."""

    def error(self, kind: Kind, *, trace_id: str | None = None) -> None:
        """An operation failed."""


class DeleteTimer(Timer, Protocol):
    """Times one delete; the body says how it ended, and the last word counts."""

    def delete(self, *, trace_id: str | None = None) -> None:
        """A value was removed by its key."""

    def error(self, kind: Kind, *, trace_id: str | None = None) -> None:
        """An operation failed."""


class InvalidateTimer(Timer, Protocol):
    """Times one invalidate; the body says how it ended, and the last word counts."""

    def invalidate(self, *, trace_id: str | None = None) -> None:
        """Values were removed by pattern, tag or all at once."""

    def error(self, kind: Kind, *, trace_id: str | None = None) -> None:
        """An operation failed."""


class OtherTimer(Timer, Protocol):
    """Times one other; the body says how it ended, and the last word counts."""

    def other(self, *, trace_id: str | None = None) -> None:
        """Something else was done on the server."""

    def error(self, kind: Kind, *, trace_id: str | None = None) -> None:
        """An operation failed."""


class LoadTimer(Timer, Protocol):
    """Times one load; the body says how it ended, and the last word counts."""

    def load(self, *, trace_id: str | None = None) -> None:
        """A value was loaded from its source after a miss."""

    def load_error(self, *, trace_id: str | None = None) -> None:
        """Loading a value from its source failed."""


class PoolWaitTimer(Timer, Protocol):
    """Times one pool wait; the body says how it ended, and the last word counts."""

    def pool_wait(self, *, trace_id: str | None = None) -> None:
        """A caller waited for a connection, or gave up waiting for it."""


class ProbeTimer(Timer, Protocol):
    """Times one probe; the body says how it ended, and the last word counts."""

    def probe(self, *, trace_id: str | None = None) -> None:
        """A health check asked the cache, and it answered."""

    def probe_error(self, *, trace_id: str | None = None) -> None:
        """A health check asked the cache in vain."""


class CacheSnapshot(NamedTuple):
    """The signals of Cache in this process, for the labels of one exporter.

    None where a signal has no value: no traffic, nothing observed, nothing set. Signals with labels of their own are
    maps by the labels' values.
    """

    #: The seconds that it covers.
    covered: float
    #: Share of lookups that found a value; stale ones count as found, failed ones are left out (ratio).
    hit_ratio: float | None
    #: Lookups per second that ended in a hit, a miss or a stale value, split by which (per second).
    lookups: Mapping[str, float]
    #: Operations per second, split by what was asked for (per second).
    throughput: Mapping[str, float]
    #: Half of all operations are faster than this (seconds).
    latency_p50: float | None
    #: Nine in ten operations are faster than this (seconds).
    latency_p90: float | None
    #: 99 in 100 operations are faster than this (seconds).
    latency_p99: float | None
    #: Mean time of an operation; read it beside the quantiles, it hides the slow ones (seconds).
    latency_mean: float | None
    #: 99 in 100 lookups that hit are faster than this (seconds).
    hit_latency_p99: float | None
    #: 99 in 100 lookups that miss are faster than this, without the time to load the value (seconds).
    miss_latency_p99: float | None
    #: Share of all operations that failed (ratio).
    error_ratio: float | None
    #: Failed operations per second, split by kind of error (per second).
    errors: Mapping[str, float]
    #: Attempts per second that were made again after a failed one (per second).
    retries: float | None
    #: Operations per second that failed because a value could not be written or read (per second).
    serialization_errors: float | None
    #: Operations per second that failed because the cache refused the connection or did not answer in time (per second).
    unreachable: float | None
    #: Share of lookups that were served a value past its time (ratio).
    stale_ratio: float | None
    #: Values loaded from the source per second, split by how it ended (per second).
    loads: Mapping[str, float]
    #: Half of the loads after a miss are faster than this (seconds).
    load_p50: float | None
    #: 99 in 100 loads after a miss are faster than this (seconds).
    load_p99: float | None
    #: Entries per second that were removed to make room (per second).
    evictions: float | None
    #: Values per second that were computed again although an entry was there (per second).
    recalculations: float | None
    #: Callers per second that gave up waiting for another one's load (per second).
    wait_timeouts: float | None
    #: Values per second that were too large to be stored (per second).
    size_limit_rejections: float | None
    #: Entries in the cache, as the process that sees most of them counts (count).
    entries: float | None
    #: Memory that the entries take (bytes).
    size: float | None
    #: Memory that the cache may take (bytes).
    size_limit: float | None
    #: Share of the memory limit that is in use; no value where there is no limit (ratio).
    memory_share: float | None
    #: Connections of the pool, split by what they are doing (count).
    pool_connections: Mapping[str, float]
    #: Connections of the pool that are in use (count).
    pool_in_use: float | None
    #: Connections that the pool may open (count).
    pool_limit: float | None
    #: Share of the connections that the pool may open that are in use; no value where there is no limit (ratio).
    pool_share: float | None
    #: Callers per second that waited because every connection of the pool was in use (per second).
    pool_waits: float | None
    #: 99 in 100 of the callers that waited for a connection waited less than this (seconds).
    pool_wait_p99: float | None
    #: Memory that the server takes over the memory that it uses; far above 1, memory is lost between the entries (ratio).
    fragmentation: float | None
    #: State of the circuit breaker; the worst one where there are several (count).
    circuit_breaker: float | None
    #: What the last health check found; the worst where there are several instances (count).
    health: float | None
    #: 99 in 100 health checks are answered faster than this (seconds).
    probe_p99: float | None


class CacheMetrics:
    """The golden signals of a cache, as its callers see them.

    Build it once for each set of its labels; built again, it records to the same series. Its methods may be called from
    any thread, coroutine, signal handler or finalizer.

    A method is empty here: the engine puts one made for the labels in its place, for each instance. With
    `enabled=False` it does not, so nothing is recorded or exposed.

    `sampling=0.1` looks at the time of one observation in ten and lets it stand for all; counters are exact. `shared`
    is a directory in which the processes of a prefork server keep their numbers, so that each of them exposes the sum.

    Raises ValueError for a value outside a closed set that has no `other`, and OSError where `shared` cannot be used.
    """

    def __init__(
        self,
        cache: str,
        backend: Backend,
        *,
        registry: runtime.CollectorRegistry | None = runtime.REGISTRY,
        enabled: bool = True,
        sampling: float = 1.0,
        shared: str | PathLike[str] | None = None,
    ) -> None:
        self._exporter = runtime.Exporter.build(
            _SPEC,
            {"cache": cache, "backend": backend},
            registry=registry,
            enabled=enabled,
            sampling=sampling,
            shared=shared,
        )
        self._exporter.attach(self)

    def snapshot(self, window: Window | None = None) -> CacheSnapshot:
        """The signals over the life of this process, or over a window.

        Windows are known from the first call with one on, as often as the process is scraped or asked; until then, and
        in a younger process, a snapshot covers all of its life.
        """
        return CacheSnapshot(*self._exporter.snapshot(window))

    def reset(self) -> None:
        """Forget all that this process recorded of the definition, whatever the labels. For tests."""
        self._exporter.reset()

    def record_hit(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A lookup found a fresh value."""

    def record_miss(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A lookup found nothing."""

    def record_stale(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A lookup found a value past its time and served it."""

    def record_set(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A value was stored."""

    def record_delete(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A value was removed by its key."""

    def record_invalidate(self, seconds: float, *, trace_id: str | None = None) -> None:
        """Values were removed by pattern, tag or all at once."""

    def record_other(self, seconds: float, *, trace_id: str | None = None) -> None:
        """Something else was done on the server."""

    def record_error(self, seconds: float, operation: Operation, kind: Kind, *, trace_id: str | None = None) -> None:
        """An operation failed."""

    def record_load(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A value was loaded from its source after a miss."""

    def record_load_error(self, seconds: float, *, trace_id: str | None = None) -> None:
        """Loading a value from its source failed."""

    def record_retry(self) -> None:
        """An operation failed and was tried again."""

    def record_pool_wait(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A caller waited for a connection, or gave up waiting for it."""

    def record_eviction(self, entries: float = 1) -> None:
        """Entries were removed to make room."""

    def record_recalculation(self) -> None:
        """A value was computed again although an entry was there."""

    def record_wait_timeout(self) -> None:
        """A caller gave up waiting for another one's load."""

    def record_size_limit_rejection(self) -> None:
        """A value was too large to be stored."""

    def record_probe(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A health check asked the cache, and it answered."""

    def record_probe_error(self, seconds: float, *, trace_id: str | None = None) -> None:
        """A health check asked the cache in vain."""

    def time_get(self) -> GetTimer:
        """Time one get. One that raises counts as `error`."""
        timer: GetTimer = runtime.OFF
        return timer

    def time_set(self) -> SetTimer:
        """Time one set. A body that says nothing counts as `set`, one that raises counts as `error`."""
        timer: SetTimer = runtime.OFF
        return timer

    def time_delete(self) -> DeleteTimer:
        """Time one delete. A body that says nothing counts as `delete`, one that raises counts as `error`."""
        timer: DeleteTimer = runtime.OFF
        return timer

    def time_invalidate(self) -> InvalidateTimer:
        """Time one invalidate. A body that says nothing counts as `invalidate`, one that raises counts as `error`."""
        timer: InvalidateTimer = runtime.OFF
        return timer

    def time_other(self) -> OtherTimer:
        """Time one other. A body that says nothing counts as `other`, one that raises counts as `error`."""
        timer: OtherTimer = runtime.OFF
        return timer

    def time_load(self) -> LoadTimer:
        """Time one load. A body that says nothing counts as `load`, one that raises counts as `load_error`."""
        timer: LoadTimer = runtime.OFF
        return timer

    def time_pool_wait(self) -> PoolWaitTimer:
        """Time one pool wait. A body that says nothing counts as `pool_wait`."""
        timer: PoolWaitTimer = runtime.OFF
        return timer

    def time_probe(self) -> ProbeTimer:
        """Time one probe. A body that says nothing counts as `probe`, one that raises counts as `probe_error`."""
        timer: ProbeTimer = runtime.OFF
        return timer

    def set_entries(self, value: float) -> None:
        """Set: Entries in the cache."""

    def inc_entries(self, amount: float = 1) -> None:
        """Add to: Entries in the cache."""

    def dec_entries(self, amount: float = 1) -> None:
        """Take from: Entries in the cache."""

    def set_entries_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: Entries in the cache."""

    def remove_entries(self) -> None:
        """Expose it no longer, until it is set again: Entries in the cache."""

    def set_size(self, value: float) -> None:
        """Set: Memory that the entries take."""

    def inc_size(self, amount: float = 1) -> None:
        """Add to: Memory that the entries take."""

    def dec_size(self, amount: float = 1) -> None:
        """Take from: Memory that the entries take."""

    def set_size_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: Memory that the entries take."""

    def remove_size(self) -> None:
        """Expose it no longer, until it is set again: Memory that the entries take."""

    def set_size_limit(self, value: float) -> None:
        """Set: Memory that the cache may take; 0 where there is no limit."""

    def inc_size_limit(self, amount: float = 1) -> None:
        """Add to: Memory that the cache may take; 0 where there is no limit."""

    def dec_size_limit(self, amount: float = 1) -> None:
        """Take from: Memory that the cache may take; 0 where there is no limit."""

    def set_size_limit_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: Memory that the cache may take; 0 where there is no limit."""

    def remove_size_limit(self) -> None:
        """Expose it no longer, until it is set again: Memory that the cache may take; 0 where there is no limit."""

    def set_pool_connections(self, value: float, state: State) -> None:
        """Set: Connections of the pool, by what they are doing."""

    def inc_pool_connections(self, state: State, amount: float = 1) -> None:
        """Add to: Connections of the pool, by what they are doing."""

    def dec_pool_connections(self, state: State, amount: float = 1) -> None:
        """Take from: Connections of the pool, by what they are doing."""

    def set_pool_connections_function(self, function: Callable[[], float] | None, state: State) -> None:
        """Ask this function at each scrape: Connections of the pool, by what they are doing."""

    def remove_pool_connections(self, state: State) -> None:
        """Expose it no longer, until it is set again: Connections of the pool, by what they are doing."""

    def set_pool_limit(self, value: float) -> None:
        """Set: Connections that the pool may open; 0 where there is no limit."""

    def inc_pool_limit(self, amount: float = 1) -> None:
        """Add to: Connections that the pool may open; 0 where there is no limit."""

    def dec_pool_limit(self, amount: float = 1) -> None:
        """Take from: Connections that the pool may open; 0 where there is no limit."""

    def set_pool_limit_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: Connections that the pool may open; 0 where there is no limit."""

    def remove_pool_limit(self) -> None:
        """Expose it no longer, until it is set again: Connections that the pool may open; 0 where there is no limit."""

    def set_fragmentation(self, value: float) -> None:
        """Set: Memory that the server takes from its machine, over the memory that it uses."""

    def inc_fragmentation(self, amount: float = 1) -> None:
        """Add to: Memory that the server takes from its machine, over the memory that it uses."""

    def dec_fragmentation(self, amount: float = 1) -> None:
        """Take from: Memory that the server takes from its machine, over the memory that it uses."""

    def set_fragmentation_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: Memory that the server takes from its machine, over the memory that it
        uses.
        """

    def remove_fragmentation(self) -> None:
        """Expose it no longer, until it is set again: Memory that the server takes from its machine, over the memory
        that it uses.
        """

    def set_circuit_breaker_state(self, value: float) -> None:
        """Set: State of the circuit breaker (0 closed, 1 half open, 2 open)."""

    def inc_circuit_breaker_state(self, amount: float = 1) -> None:
        """Add to: State of the circuit breaker (0 closed, 1 half open, 2 open)."""

    def dec_circuit_breaker_state(self, amount: float = 1) -> None:
        """Take from: State of the circuit breaker (0 closed, 1 half open, 2 open)."""

    def set_circuit_breaker_state_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: State of the circuit breaker (0 closed, 1 half open, 2 open)."""

    def remove_circuit_breaker_state(self) -> None:
        """Expose it no longer, until it is set again: State of the circuit breaker (0 closed, 1 half open, 2 open)."""

    def set_health_state(self, value: float) -> None:
        """Set: What the last health check found (0 healthy, 1 degraded, 2 unhealthy)."""

    def inc_health_state(self, amount: float = 1) -> None:
        """Add to: What the last health check found (0 healthy, 1 degraded, 2 unhealthy)."""

    def dec_health_state(self, amount: float = 1) -> None:
        """Take from: What the last health check found (0 healthy, 1 degraded, 2 unhealthy)."""

    def set_health_state_function(self, function: Callable[[], float] | None) -> None:
        """Ask this function at each scrape: What the last health check found (0 healthy, 1 degraded, 2 unhealthy)."""

    def remove_health_state(self) -> None:
        """Expose it no longer, until it is set again: What the last health check found (0 healthy, 1 degraded, 2
        unhealthy).
        """
