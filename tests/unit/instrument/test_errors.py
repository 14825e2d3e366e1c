"""Which kind of error an exception is, whichever library it comes from."""

from __future__ import annotations

import asyncio
import json
import pickle

import pylibmc
import pytest
import redis
from pymemcache.exceptions import MemcacheServerError, MemcacheUnexpectedCloseError
from redis.exceptions import ClusterDownError, MaxConnectionsError, RedisClusterException

from stackgen.instrument import kind_of


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
