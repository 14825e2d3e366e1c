"""What `INFO` answers, taken to the metrics; the answers here are those of a server that no test can have in time."""

from __future__ import annotations

from typing import Any

from stackgen.instrument.redis.server import ServerReadings
from tests.integration.instrument.recorded import Recorded


def info(evicted: int, **more: Any) -> dict[str, Any]:
    return {"used_memory": 1000, "maxmemory": 0, "mem_fragmentation_ratio": 1.5, "evicted_keys": evicted, **more}


def evictions(*answers: dict[str, Any]) -> float | None:
    recorded = Recorded()
    readings = ServerReadings(recorded.metrics)
    for answer in answers:
        readings.take(answer, 0)
    return recorded.value("cache_evictions_total")


def test_what_was_evicted_before_the_first_reading_is_not_counted() -> None:
    assert evictions(info(500)) == 0
    assert evictions(info(500), info(503), info(503)) == 3


def test_a_server_that_counts_from_zero_again_was_started_anew() -> None:
    assert evictions(info(500), info(2)) == 2


def test_the_nodes_of_a_cluster_are_told_apart() -> None:
    assert evictions({"a": info(10), "b": info(90)}, {"a": info(12), "b": info(90)}) == 2


def test_a_cluster_has_a_limit_where_all_its_nodes_have_one() -> None:
    recorded = Recorded()
    readings = ServerReadings(recorded.metrics)
    readings.take({"a": info(0, maxmemory=10), "b": info(0)}, 0)
    assert recorded.value("cache_size_limit_bytes") == 0
    readings.take({"a": info(0, maxmemory=10), "b": info(0, maxmemory=30)}, 0)
    assert recorded.value("cache_size_limit_bytes") == 40


def test_keys_are_those_of_the_clients_database() -> None:
    recorded = Recorded()
    ServerReadings(recorded.metrics).take(info(0, db0={"keys": 3}, db2={"keys": 7}), 2)
    assert recorded.value("cache_entries") == 7
    ServerReadings(recorded.metrics).take(info(0), 2)
    assert recorded.value("cache_entries") == 0


def test_what_a_server_does_not_say_has_no_value() -> None:
    recorded = Recorded()
    readings = ServerReadings(recorded.metrics)
    readings.take({"redis_version": "7.0.0", "db0": {"keys": 3}}, 0)
    assert recorded.value("cache_entries") == 3
    assert recorded.value("cache_size_bytes") is None
    assert recorded.value("cache_fragmentation_ratio") is None
    assert recorded.value("cache_evictions_total") == 0
    assert evictions({"used_memory": 1}, info(5), info(7)) == 2
