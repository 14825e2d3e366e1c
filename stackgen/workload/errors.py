"""What can go wrong between a caller and the cache, and what kind of error each is."""

from __future__ import annotations

import redis.exceptions

from stackgen.exporters.cache import Kind
from stackgen.workload.breaker import CircuitOpenError
from stackgen.workload.entry import EntryError
from stackgen.workload.pool import PoolExhaustedError

#: Every failure of a cache operation; anything else is a defect of the workload.
CACHE_ERRORS = (redis.exceptions.RedisError, OSError, CircuitOpenError, EntryError)


def unreachable(error: Exception) -> bool:
    """Whether the failure speaks for a server that is gone or hangs, as a full pool or an error reply does not."""
    gone = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
    return isinstance(error, gone) and not isinstance(error, PoolExhaustedError)


def worth_a_retry(error: Exception) -> bool:
    """Whether the operation may well succeed at once on another connection; after a timeout there is no time left."""
    return unreachable(error) and kind_of(error) == "connection"


def kind_of(error: Exception) -> Kind:
    """The error's `kind` label.

    An operation that the open circuit breaker refused counts as `connection`: its caller could not reach the cache. If
    it did not count, the breaker would hide the very outage that opened it, and the error alert would end too early.
    """
    match error:
        case redis.exceptions.TimeoutError() | TimeoutError():
            return "timeout"
        case CircuitOpenError() | redis.exceptions.ConnectionError() | OSError():
            return "connection"
        case EntryError():
            return "serialization"
        case _:
            return "other"
