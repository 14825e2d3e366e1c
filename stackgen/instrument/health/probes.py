"""What a cache is asked to see whether it answers, over a connection of the question's own.

An application's own connections are left alone: not all clients may be used by two threads, and an exhausted pool is
something else than a server that cannot be reached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from stackgen.instrument.observed import plain_class, state_of

Probe = Callable[[], Any]

#: What is asked for where a cache knows nothing but entries; nobody stores it.
KEY = "stackgen:health"


def probe_of(target: Any, timeout: float) -> Probe:
    """The probe for a cache or its client; health checks do not count as traffic.

    It raises where the cache does not answer, if it can after about `timeout` seconds. For an asyncio client it gives
    an awaitable. A function is taken as it is. Raises TypeError for an object that it cannot ask.
    """
    plain = plain_class(target)
    libraries = {cls.__module__.partition(".")[0] for cls in plain.__mro__}
    if hasattr(plain, "execute_command"):
        return _async_redis(target, timeout) if is_async(target) else _redis(target, timeout)
    if "pymemcache" in libraries:
        return _pymemcache(target, timeout)
    if "pylibmc" in libraries:
        return _pylibmc(target)
    if "django" in libraries:
        return _django(target)
    if callable(target):
        function: Probe = target
        return function
    message = (
        f"cannot ask {plain.__module__}.{plain.__qualname__} how it is: give a client of redis-py, pymemcache or "
        f"pylibmc, a cache of Django's, or a function that asks and raises where there is no answer"
    )
    raise TypeError(message)


def is_async(target: Any) -> bool:
    """Whether the probe of this cache has to be awaited."""
    asks = getattr(plain_class(target), "execute_command", None) or target
    return iscoroutinefunction(asks) or iscoroutinefunction(getattr(asks, "__call__", None))  # noqa: B004


def _redis(target: Any, timeout: float) -> Probe:
    import redis  # noqa: PLC0415 - imported with the first client of its
    import redis.retry  # noqa: PLC0415

    from stackgen.instrument.redis.polling import own_client  # noqa: PLC0415

    def ask() -> None:
        own = own_client(target, timeout, redis.Redis, redis.ConnectionPool, redis.retry.Retry)
        if own is None:  # a cluster, which knows its nodes
            plain_class(target).execute_command(target, "PING")
            return
        try:
            own.execute_command("PING")
        finally:
            own.connection_pool.disconnect()

    return ask


def _async_redis(target: Any, timeout: float) -> Callable[[], Awaitable[None]]:
    import redis.asyncio  # noqa: PLC0415
    import redis.asyncio.retry  # noqa: PLC0415

    from stackgen.instrument.redis.polling import own_client  # noqa: PLC0415

    kinds = (redis.asyncio.Redis, redis.asyncio.ConnectionPool, redis.asyncio.retry.Retry)

    async def ask() -> None:
        own = own_client(target, timeout, *kinds)
        if own is None:
            await plain_class(target).execute_command(target, "PING")
            return
        try:
            await own.execute_command("PING")
        finally:
            await own.connection_pool.disconnect()

    return ask


def _pymemcache(target: Any, timeout: float) -> Probe:
    from pymemcache import Client  # noqa: PLC0415

    while "_client" in vars(target):  # a client that retries; a probe does not
        target = vars(target)["_client"]

    def ask() -> None:
        servers = list(getattr(target, "clients", {"": target}).values())
        failure: Exception = ConnectionError("the client has no server")
        for each in servers:
            patience = timeout / len(servers)
            client = Client(each.server, connect_timeout=patience, timeout=patience, tls_context=each.tls_context)
            try:
                client.version()
            except Exception as error:  # noqa: BLE001 - of many servers another one may answer
                failure = error
            else:
                return
            finally:
                client.close()
        raise failure

    return ask


def _pylibmc(target: Any) -> Probe:
    plain = plain_class(target)
    # Its clients may not be used by two threads at once, not even to make another one.
    pattern = plain.clone(target)

    def ask() -> None:
        # One that has been connected takes a server that has gone for a miss.
        own = plain.clone(pattern)
        try:
            plain.get(own, KEY)
        finally:
            own.disconnect_all()

    return ask


def _django(target: Any) -> Probe:
    from django.core.cache import caches  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415
    from django.utils.connection import ConnectionProxy  # noqa: PLC0415

    if isinstance(target, ConnectionProxy):
        alias = target._alias  # noqa: SLF001 - it has no public name
    else:
        alias = next((each for each in caches if caches[each] is target), None)

    def ask() -> None:
        # Every thread has a cache object of its own; that of this one, with its connection, is for this question.
        cache: Any = target if alias is None else caches[alias]
        recording = state_of(cache)
        try:
            (cache if recording is None else recording.inner(cache)).get(KEY)
        finally:
            if alias is not None:
                cache.close()
            # The thread that asks ends after it, and so would never use what it has opened of databases again.
            connections.close_all()

    return ask
