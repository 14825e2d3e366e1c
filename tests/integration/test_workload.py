"""The workload against a real Redis: what it exports is what happened, and each scenario shows what it is for."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise

import pytest
import redis
from prometheus_client import CollectorRegistry, generate_latest

from stackgen.definition import load
from stackgen.definition.model import MetricType
from stackgen.workload.application import Application
from stackgen.workload.counts import quantile_bucket
from stackgen.workload.scenarios import SCENARIOS
from stackgen.workload.settings import Settings
from tests.integration.workload_process import CACHES, Reading, RedisServer, Workload, parse, running, wait_until

pytest_plugins = ["tests.integration.workload_fixtures"]

DURATION = "cache_operation_duration_seconds"


def bounds_around(cumulative: dict[float, float], q: float) -> tuple[float, float]:
    """The exporter's bucket that holds the quantile."""
    bounds = [0.0, *cumulative]
    total = max(cumulative.values())
    return next((low, high) for low, high in pairwise(bounds) if cumulative[high] >= q * total)


# -- what is exported is what happened --------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["normal", "errors", "burst"])
def test_after_it_has_stopped_metrics_and_counts_are_the_same_to_the_last_operation(
    redis_server: RedisServer, scenario: str
) -> None:
    registry = CollectorRegistry()
    application = Application(Settings(redis=redis_server.url, rate=600, scenario=scenario), registry)
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


def test_while_it_runs_two_readings_of_both_agree(workload: Workload) -> None:
    workload.wait_for_operations(200)
    counts_before, scrape_before = workload.read(), workload.scrape()
    workload.wait_for_operations(2000)
    counts_after, scrape_after = workload.read(), workload.scrape()
    for cache in CACHES:
        before, after = counts_before[cache], counts_after[cache]

        def increase(cache: str = cache, **labels: str) -> float:
            return scrape_after.total("cache_operations_total", cache=cache, **labels) - scrape_before.total(
                "cache_operations_total", cache=cache, **labels
            )

        found = increase(operation="get", result="hit") + increase(operation="get", result="stale")
        exported = found / (found + increase(operation="get", result="miss"))
        assert exported == pytest.approx((after.found - before.found) / (after.answered - before.answered), abs=0.01)
        assert increase() == pytest.approx(after.operations() - before.operations(), rel=0.05)
        for q in (0.5, 0.99):
            fine = [now - then for then, now in zip(before.buckets(), after.buckets(), strict=True)]
            low, high = quantile_bucket(after.bounds, fine, q)
            then = scrape_before.buckets(DURATION, cache=cache)
            exported_low, exported_high = bounds_around(
                {bound: now - then[bound] for bound, now in scrape_after.buckets(DURATION, cache=cache).items()}, q
            )
            # The two readings are some operations apart, so the quantile may lie just beyond a bound of the exporter's.
            assert low <= exported_high * 1.1, (cache, q)
            assert exported_low <= high * 1.1, (cache, q)


@pytest.mark.slow
def test_every_metric_of_the_definition_is_there_and_every_one_that_can_moves(redis_server: RedisServer) -> None:
    def wait_for_rise(*metrics: str) -> None:
        names = [f"cache_{metric}_total" for metric in metrics]
        wait_until(
            lambda: all(workload.scrape().total(name) > 0 for name in names), f"{', '.join(names)} rise", within=60
        )

    with running(redis_server.url, "--rate", "1000", "--scenario", "cold") as workload:
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


def test_in_normal_operation_every_gauge_is_set_for_both_caches(workload: Workload) -> None:
    workload.wait_for_operations(1000)
    wait_until(lambda: workload.scrape().total("cache_entries", cache="sessions") > 0, "entries are counted")
    scrape = workload.scrape()
    for cache in CACHES:
        assert scrape.total("cache_entries", cache=cache) > 0
        assert 0 < scrape.total("cache_size_bytes", cache=cache) < scrape.total("cache_size_limit_bytes", cache=cache)
        assert scrape.total("cache_fragmentation_ratio", cache=cache) > 0
        assert scrape.total("cache_pool_limit", cache=cache) == 16
        assert 0 < scrape.total("cache_pool_connections", cache=cache) <= 16
        assert scrape.total("cache_circuit_breaker_state", cache=cache) == 0


def test_in_normal_operation_every_histogram_of_both_caches_gets_observations(workload: Workload) -> None:
    histograms = [m.exposed for m in load("cache").metrics.values() if m.type is MetricType.HISTOGRAM]
    # A crowd, in which callers wait for connections, comes every thirty seconds, and first after fifteen at most.
    wait_until(
        lambda: all(
            workload.scrape().total(f"{name}_count", cache=cache) > 0 for name in histograms for cache in CACHES
        ),
        f"observations of {', '.join(histograms)}",
        within=25,
    )


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


def difference(workload: Workload, cache: str, operations: int) -> tuple[Reading, Reading]:
    before = workload.read()[cache]
    workload.wait_for_operations(operations)
    return before, workload.read()[cache]


def test_normal_is_mostly_hits_and_next_to_no_errors(workload: Workload) -> None:
    workload.wait_for_operations(3000)
    for cache in CACHES:
        before, after = difference(workload, cache, 1000)
        assert (after.found - before.found) / (after.answered - before.answered) > 0.7
        assert after.errors() == before.errors()
        assert after.event("dropped_request") == before.event("dropped_request")


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
        assert after.errors() == before.errors()


def test_slow_puts_the_p99_above_100_ms_and_leaves_the_p50(workload: Workload) -> None:
    workload.switch("slow")
    workload.wait_for_operations(500)
    for cache in CACHES:
        before, after = difference(workload, cache, 1000)
        fine = [now - then for then, now in zip(before.buckets(), after.buckets(), strict=True)]
        assert quantile_bucket(after.bounds, fine, 0.99)[0] > 0.1
        assert quantile_bucket(after.bounds, fine, 0.5)[1] < 0.1
        assert after.errors() == before.errors()


def test_errors_fail_more_than_5_percent_by_refusal_and_by_timeout_and_the_breaker_stays_closed(
    workload: Workload,
) -> None:
    workload.switch("errors")
    workload.wait_for_operations(200)
    for cache in CACHES:
        before, after = difference(workload, cache, 1500)
        assert 0.05 < (after.errors() - before.errors()) / (after.operations() - before.operations()) < 0.3
        assert after.errors("connection") > before.errors("connection")
        assert after.errors("timeout") > before.errors("timeout")
        assert workload.scrape().total("cache_circuit_breaker_state", cache=cache) == 0
    wait_until(
        lambda: all(reading.errors("serialization") for reading in workload.read().values()),
        "unreadable entries are found",
    )


@pytest.mark.slow
def test_burst_fills_the_pool_evicts_and_takes_memory(redis_server: RedisServer) -> None:
    with running(redis_server.url) as workload:
        wait_until(workload.healthy, "the workload is healthy")
        normal = {cache: difference(workload, cache, 300) for cache in CACHES}
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
            within=60,
        )
        wait_until(
            lambda: (
                workload.scrape().total("cache_size_bytes") > 0.8 * workload.scrape().total("cache_size_limit_bytes")
            ),
            "memory is nearly full",
            within=60,
        )
        for cache in CACHES:
            assert full(cache), cache
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
        assert (after.errors() - before.errors()) / (after.operations() - before.operations()) < 0.01


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
        assert after.errors() == before.errors()


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
    with running(stopped_redis.url, "--rate", "600") as workload:
        status, _, body = workload.ask("/health")
        assert (status, json.loads(body)["status"]) == (503, "unhealthy")
        workload.wait_for_operations(200)
        assert all(reading.errors("connection") > 0 for reading in workload.read().values())
        stopped_redis.start()
        wait_until(workload.healthy, "the workload is healthy")
        wait_until(lambda: all(reading.found > 0 for reading in workload.read().values()), "lookups hit")


# -- the process and its HTTP server ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_ends_within_two_seconds_whatever_it_is_doing(redis_server: RedisServer, scenario: str) -> None:
    with running(redis_server.url, "--rate", "1000", "--scenario", scenario) as workload:
        workload.wait_for_operations(300)
        assert workload.stop() == 0


def test_control_c_ends_it_as_well(workload: Workload) -> None:
    workload.process.send_signal(signal.SIGINT)
    assert workload.process.wait(timeout=2) == 0


def started_wrongly(*flags: str) -> str:
    """What is said on stderr by a command that cannot run."""
    ended = subprocess.run(
        [sys.executable, "-m", "stackgen.workload", *flags], capture_output=True, text=True, timeout=20, check=False
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


def test_the_page_shows_every_scenario_and_its_button_switches(workload: Workload) -> None:
    status, kind, body = workload.ask("/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    for scenario in SCENARIOS:
        assert f'action="/scenario/{scenario}"' in body
    # As a browser does it: the button posts, the answer sends it back to the page.
    status, _, body = workload.ask("/scenario/slow", method="POST", accept="text/html,*/*")
    assert status == 200
    assert "Scenario now: <b>slow</b>" in body
    assert workload.json("/scenario")["scenario"] == "slow"


def test_a_scenario_can_be_named_in_the_query(workload: Workload) -> None:
    status, _, body = workload.ask("/scenario?name=cold", method="POST")
    assert (status, json.loads(body)["scenario"]) == (200, "cold")
    assert workload.json("/counts")["scenario"] == "cold"
    assert workload.json("/scenario")["since"] == pytest.approx(time.time(), abs=10)


def test_an_unknown_scenario_is_an_error_that_helps_and_changes_nothing(workload: Workload) -> None:
    status, kind, body = workload.ask("/scenario/colt", method="POST")
    assert (status, kind) == (404, "application/json")
    assert json.loads(body) == {"error": "no scenario 'colt'; did you mean 'cold'?"}
    assert workload.json("/scenario")["scenario"] == "normal"


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("POST", "/metrics")])
def test_what_is_not_there_is_told(workload: Workload, method: str, path: str) -> None:
    status, _, body = workload.ask(path, method=method)
    assert status == 404
    assert "error" in json.loads(body)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/plain"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
    ],
)
def test_metrics_come_in_the_format_that_is_asked_for(workload: Workload, accept: str, kind: str) -> None:
    status, got, body = workload.ask("/metrics", accept=accept)
    assert status == 200
    assert got.startswith(kind)
    assert "cache_operation_duration_seconds_bucket" in body
    assert "process_cpu_seconds_total" in body
