"""Which kind of error an exception is, whichever library it comes from."""

from __future__ import annotations

import asyncio
import json
import pickle
from pathlib import Path
from typing import Any

import pylibmc
import pytest
import redis
from dogpile.cache import make_region
from prometheus_client import CollectorRegistry
from pymemcache.exceptions import MemcacheServerError, MemcacheUnexpectedCloseError
from redis.exceptions import ClusterDownError, MaxConnectionsError, RedisClusterException

from stackgen.instrument import instrument, kind_of, kinds_of
from stackgen.instrument.functions import observe
from stackgen.instrument.health import Health
from tests.unit.runtime.exporters import exporter_class, value


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), "connection"),
        (BrokenPipeError(), "connection"),
        (redis.ConnectionError(), "connection"),
        (redis.BusyLoadingError(), "connection"),
        (redis.AuthenticationError(), "connection"),
        (MaxConnectionsError(), "connection"),
        (MemcacheUnexpectedCloseError(), "connection"),
        (pylibmc.ServerDown(), "connection"),
        (pylibmc.HostLookupError(), "connection"),
        (TimeoutError(), "timeout"),
        (redis.TimeoutError(), "timeout"),
        (asyncio.CancelledError(), "timeout"),
        (redis.DataError(), "serialization"),
        (pickle.UnpicklingError(), "serialization"),
        (json.JSONDecodeError("", "", 0), "serialization"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, ""), "serialization"),
        (redis.ResponseError("WRONGTYPE"), "other"),
        (ClusterDownError("CLUSTERDOWN"), "other"),
        (MemcacheServerError(), "other"),
        (KeyError(), "other"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_the_kind(error: BaseException, kind: str) -> None:
    assert kind_of(error) == kind


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def test_an_error_that_says_nothing_itself_is_of_the_kind_of_its_cause() -> None:
    unreachable = raised_from(RedisClusterException("Redis Cluster cannot be connected"), redis.ConnectionError())
    assert kind_of(unreachable) == "connection"
    assert kind_of(raised_from(redis.TimeoutError(), ConnectionResetError())) == "timeout"


def test_a_circle_of_causes_ends() -> None:
    first, second = KeyError(), ValueError()
    assert kind_of(raised_from(raised_from(first, second), raised_from(second, first))) == "other"


class QuotaError(Exception):
    """Of a service behind the cache."""


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def own_kinds(tmp_path: Path, registry: CollectorRegistry) -> Any:
    """Metrics of a definition that extends the cache's by a kind."""
    path = tmp_path / "services.yaml"
    path.write_text("""
        stackgen: 1
        extends: cache
        name: services
        labels:
          kind:
            values: [connection, timeout, serialization, quota, other]
            exceptions: {quota: [QuotaError], connection: [OSError], timeout: [TimeoutError]}
    """)
    return exporter_class(path)("users", "local", registry=registry)


def test_a_definition_that_extends_the_caches_says_its_own_kinds(own_kinds: Any) -> None:
    kinds = kinds_of(own_kinds)
    assert [kinds(error) for error in (QuotaError(), BrokenPipeError(), KeyError())] == [
        "quota", "connection", "other",
    ]  # fmt: skip
    assert kinds_of(object())(BrokenPipeError()) == "connection"


def test_wrappers_record_the_kind_that_a_timer_does(own_kinds: Any, registry: CollectorRegistry) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise QuotaError

    with pytest.raises(QuotaError), own_kinds.time_get():
        failing()
    with pytest.raises(QuotaError):
        observe(own_kinds)(failing)()
    region: Any = make_region().configure("dogpile.cache.memory")
    region.backend.get_serialized = region.backend.get = failing
    with pytest.raises(QuotaError):
        instrument(region, own_kinds).get("k")
    client: Any = redis.Redis(port=1)
    client.execute_command = failing
    with pytest.raises(QuotaError):
        instrument(client, own_kinds).get("k")
    assert Health(own_kinds, failing)().error == "quota"
    assert value(registry, "services_errors_total", kind="quota", operation="get") == 4
    assert value(registry, "services_errors_total") == 4
