"""The workload against a real Redis: what it exports is what happened, and each scenario shows what it is for."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from functools import partial

import pytest
import redis
from prometheus_client import CollectorRegistry, generate_latest

from stackgen.definition import load
from stackgen.definition.model import MetricType
from stackgen.workload.application import Application
from stackgen.workload.counts import quantile_bucket
from stackgen.workload.scenarios import SCENARIOS
from stackgen.workload.settings import Settings
from tests.integration.workload_process import (
    CACHES,
    DURATION,
    FAST,
    FEW,
    LONGEST_END,
    RedisServer,
    Workload,
    difference,
    error_ratio,
    parse,
    running,
)
from tests.waiting import wait_until

pytest_plugins = ["tests.integration.workload_fixtures"]

#: It is a real application: what it measures of itself, on a busy machine, is the machine.
pytestmark = pytest.mark.quiet


# -- what is exported is what happened --------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["normal", "errors", "burst"])
def test_after_it_has_stopped_metrics_and_counts_are_the_same_to_the_last_operation(
    redis_server: RedisServer, scenario: str
) -> None:
    registry = CollectorRegistry()
    application = Application(Settings(redis=redis_server.url, rate=300, scenario=scenario), registry)
    application.start()
    wait_until(
        lambda: all(cache["lookups"]["hit"] > 500 for cache in application.counts()["caches"].values()),
        "500 hits of each cache",
    )
    application.stop()
    assert not any(cache["running"] for cache in application.health()[1]["caches"].values())
    scrape = parse(generate_latest(registry).decode())
    counted = application.counts()
    for cache in CACHES:
        counts = counted["caches"][cache]
        for operation, results in counts["operations"].items():
            for result, durations in results.items():
                labels = {"cache": cache, "operation": operation, "result": result}
                assert scrape.total(f"{DURATION}_count", **labels) == durations["count"], labels
                assert scrape.total("cache_operations_total", **labels) == durations["count"], labels
                assert scrape.total(f"{DURATION}_sum", **labels) == pytest.approx(durations["seconds"]), labels
                for bound, count in scrape.buckets(DURATION, **labels).items():
                    below = sum(
                        n
                        for upper, n in zip([*counted["bounds"], float("inf")], durations["buckets"], strict=True)
                        if upper <= bound
                    )
                    assert count == below, (labels, bound)
        for operation, kinds in counts["errors"].items():
            for kind, count in kinds.items():
                assert scrape.total("cache_errors_total", cache=cache, operation=operation, kind=kind) == count
        for result, durations in counts["loads"].items():
            assert scrape.total("cache_load_duration_seconds_count", cache=cache, result=result) == durations["count"]
        for metric, event in (
            ("evictions", "eviction"),
            ("retries", "retry"),
            ("recalculations", "recalculation"),
            ("wait_timeouts", "wait_timeout"),
            ("size_limit_rejections", "size_limit_rejection"),
        ):
            assert scrape.total(f"cache_{metric}_total", cache=cache) == counts["events"].get(event, 0)
        assert scrape.total("cache_pool_wait_duration_seconds_count", cache=cache) == counts["pool_waits"]["count"]
        for result, probes in counts["probes"].items():
            assert scrape.total("cache_probe_duration_seconds_count", cache=cache, result=result) == probes["count"]
        in_use, idle = (counts["levels"].pop(f"pool_{state}") for state in ("in_use", "idle"))
        for state, connections in (("in_use", in_use), ("idle", idle)):
            assert scrape.total("cache_pool_connections", cache=cache, state=state) == connections
        for level, value in counts["levels"].items():
            unit = "_bytes" if level.startswith("size") else "_ratio" if level == "fragmentation" else ""
            assert scrape.total(f"cache_{level}{unit}", cache=cache) == value, level


@pytest.mark.slow
def test_every_metric_of_the_definition_is_there_and_every_one_that_can_moves(redis_server: RedisServer) -> None:
    def wait_for_rise(*metrics: str) -> None:
        names = [f"cache_{metric}_total" for metric in metrics]
        wait_until(
            lambda: all(workload.scrape().total(name) > 0 for name in names), f"{', '.join(names)} rise", within=150
        )

    with running(redis_server.url, "--rate", "500", "--scenario", "cold") as workload:
        # Entries live for about a second when it is cold, so that the first stale one is there soon.
        wait_for_rise("recalculations", "size_limit_rejections")
        redis_server.stop()
        workload.switch("normal")
        # Every lookup of a popular key now has to load it, so callers are sure to wait for each other.
        wait_for_rise("errors", "retries", "wait_timeouts")
        redis_server.start()
        workload.switch("burst")
        wait_for_rise("evictions")
        scrape = workload.scrape()
        for metric in load("cache").metrics.values():
            name = f"{metric.exposed}_count" if metric.type is MetricType.HISTOGRAM else metric.exposed
            for cache in CACHES:
                assert any(("cache", cache) in labels for labels in scrape.samples[name]), f"{name} of {cache}"
            if metric.key not in ("circuit_breaker_state", "health_state"):  # 0 is what they are when all is well
                assert scrape.total(name) > 0, name


def test_the_limit_of_redis_itself_is_the_memory_limit_where_it_has_one(
    redis_server: RedisServer, workload: Workload
) -> None:
    with redis.Redis(port=redis_server.port) as client:
        client.config_set("maxmemory", "32mb")
    wait_until(
        lambda: workload.scrape().total("cache_size_limit_bytes", cache="products") == 32 * 1024 * 1024,
        "the limit is exported",
    )


# -- scenarios --------------------------------------------------------------------------------------------------------


def fewer_than(client: redis.Redis, cache: str, entries: float) -> bool:
    return client.zcard(f"workload:{cache}") < entries


def test_cold_flushes_what_is_there_and_few_lookups_hit(redis_server: RedisServer, workload: Workload) -> None:
    workload.wait_for_operations(1500)
    with redis.Redis(port=redis_server.port) as client:
        client.set("somebody-else", "keeps this")
        full = {cache: client.zcard(f"workload:{cache}") for cache in CACHES}
        workload.switch("cold")
        for cache in CACHES:
            wait_until(partial(fewer_than, client, cache, full[cache] / 2), f"{cache} is flushed")
        assert client.get("somebody-else") == b"keeps this"
    for cache in CACHES:
        before, after = difference(workload, cache, 1000)
        assert (after.found - before.found) / (after.answered - before.answered) < 0.3
        assert error_ratio(before, after) < FEW


def test_slow_puts_the_p99_above_100_ms_and_leaves_the_p50(workload: Workload) -> None:
    workload.switch("slow")
    workload.wait_for_operations(500)
    for cache in CACHES:
        before, after = difference(workload, cache, 1000)
        fine = [now - then for then, now in zip(before.buckets(), after.buckets(), strict=True)]
        assert quantile_bucket(after.bounds, fine, 0.99)[0] > 0.1
        assert quantile_bucket(after.bounds, fine, 0.5)[1] < 0.1
        assert error_ratio(before, after) < FEW


def test_errors_fail_more_than_5_percent_by_refusal_and_by_timeout_and_the_breaker_stays_closed(
    workload: Workload,
) -> None:
    workload.switch("errors")
    workload.wait_for_operations(200)
    for cache in CACHES:
        before, after = difference(workload, cache, 1500)
        assert 0.05 < error_ratio(before, after) < 0.3
        assert after.errors("connection") > before.errors("connection")
        assert after.errors("timeout") > before.errors("timeout")
        assert workload.scrape().total("cache_circuit_breaker_state", cache=cache) == 0
    wait_until(
        lambda: all(reading.errors("serialization") for reading in workload.read().values()),
        "unreadable entries are found",
    )


@pytest.mark.slow
def test_burst_fills_the_pool_evicts_and_takes_memory(redis_server: RedisServer) -> None:
    # Slow to begin with, so that what comes more often in the burst does so on a busy machine too.
    with running(redis_server.url, "--rate", "100") as workload:
        wait_until(workload.healthy, "the workload is healthy")
        normal = {cache: difference(workload, cache, 200) for cache in CACHES}
        workload.switch("burst")

        def full(cache: str) -> bool:
            scrape = workload.scrape()
            in_use = scrape.total("cache_pool_connections", cache=cache, state="in_use")
            return in_use / scrape.total("cache_pool_limit", cache=cache) > 0.9

        for cache in CACHES:
            wait_until(partial(full, cache), f"the pool of {cache} is full")
        wait_until(
            lambda: all(reading.event("eviction") > 100 for reading in workload.read().values()),
            "both caches evict",
            within=150,
        )
        wait_until(
            lambda: (
                workload.scrape().total("cache_size_bytes") > 0.8 * workload.scrape().total("cache_size_limit_bytes")
            ),
            "memory is nearly full",
            within=150,
        )
        for cache in CACHES:
            wait_until(partial(full, cache), f"the pool of {cache} is still full")
            before, after = difference(workload, cache, 1000)
            then, later = normal[cache]
            rate = (after.operations() - before.operations()) / (after.time - before.time)
            assert rate > 1.5 * (later.operations() - then.operations()) / (later.time - then.time)


def test_after_every_scenario_normal_is_normal_again(workload: Workload) -> None:
    for scenario in SCENARIOS:
        workload.switch(scenario)
        workload.wait_for_operations(300)
    workload.switch("normal")
    workload.wait_for_operations(2000)
    for cache in CACHES:
        before, after = difference(workload, cache, 1000)
        assert (after.found - before.found) / (after.answered - before.answered) > 0.5
        assert error_ratio(before, after) < FEW


# -- Redis goes away and comes back -----------------------------------------------------------------------------------


def test_while_redis_is_away_all_operations_are_errors_and_values_come_from_the_source(
    redis_server: RedisServer, workload: Workload
) -> None:
    workload.wait_for_operations(500)
    redis_server.stop()
    wait_until(lambda: not workload.healthy(), "the workload says that it is not healthy")
    wait_until(
        lambda: workload.scrape().total("cache_circuit_breaker_state") == 4, "both circuit breakers are open (2)"
    )
    for cache in CACHES:
        # The open breaker refuses nearly all of these; they count, so the error ratio stays what it is: all of them.
        before, after = difference(workload, cache, 500)
        assert after.errors("connection") - before.errors("connection") == after.operations() - before.operations()
        assert after.counts["loads"]["ok"]["count"] > before.counts["loads"]["ok"]["count"]
        assert workload.scrape().total("cache_pool_connections", cache=cache) == 0
    health = workload.json("/health")
    assert health["status"] == "unhealthy"
    assert "refused" in health["redis"]["error"]
    assert {cache["circuit_breaker"] for cache in health["caches"].values()} == {"open"}

    redis_server.start()
    wait_until(workload.healthy, "the workload is healthy again")
    wait_until(lambda: workload.scrape().total("cache_circuit_breaker_state") == 0, "both circuit breakers are closed")
    workload.wait_for_operations(1000)
    for cache in CACHES:
        before, after = difference(workload, cache, 1000)
        assert after.found > before.found
        assert error_ratio(before, after) < FEW


def test_a_redis_that_hangs_is_counted_as_timeouts_and_does_not_hold_up_the_end(
    redis_server: RedisServer, workload: Workload
) -> None:
    workload.wait_for_operations(200)
    before = workload.read()
    with redis_server.hung():
        wait_until(
            lambda: all(
                now.errors("timeout") >= before[cache].errors("timeout") + 5 for cache, now in workload.read().items()
            ),
            "operations run out of time",
        )
        wait_until(
            lambda: workload.scrape().total("cache_circuit_breaker_state") == 4, "both circuit breakers are open (2)"
        )
        assert workload.stop() == 0


def test_it_starts_without_a_redis_and_becomes_healthy_with_one(stopped_redis: RedisServer) -> None:
    with running(stopped_redis.url, *FAST) as workload:
        status, _, body = workload.ask("/health")
        assert (status, json.loads(body)["status"]) == (503, "unhealthy")
        workload.wait_for_operations(200)
        assert all(reading.errors("connection") > 0 for reading in workload.read().values())
        stopped_redis.start()
        wait_until(workload.healthy, "the workload is healthy")
        wait_until(lambda: all(reading.found > 0 for reading in workload.read().values()), "lookups hit")


# -- the process and its HTTP server ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_ends_soon_whatever_it_is_doing(redis_server: RedisServer, scenario: str) -> None:
    with running(redis_server.url, "--rate", "500", "--scenario", scenario) as workload:
        workload.wait_for_operations(300)
        assert workload.stop() == 0


def test_control_c_ends_it_as_well(workload: Workload) -> None:
    workload.process.send_signal(signal.SIGINT)
    assert workload.process.wait(timeout=LONGEST_END) == 0


def started_wrongly(*flags: str) -> str:
    """What is said on stderr by a command that cannot run."""
    ended = subprocess.run(
        [sys.executable, "-m", "stackgen.workload", *flags], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    return line


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = started_wrongly("--port", str(port))
    assert said.startswith(f"stackgen.workload: cannot listen on 127.0.0.1 port {port} (")
    assert "choose another --port" in said


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--rate", "-1"), "is not a number of requests per second"),
        (("--redis", "localhost"), "is not the URL of a Redis"),
        (("--scenario", "slo"), "did you mean 'slow'"),
        (("--host", "203.0.113.1", "--port", "0"), "cannot listen on 203.0.113.1"),
    ],
)
def test_a_bad_flag_is_one_line(flags: tuple[str, ...], said: str) -> None:
    assert said in started_wrongly(*flags)
