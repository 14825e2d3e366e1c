"""Pools of redis-py: how they are used, and the waits for a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from stackgen.instrument.observed import Methods, put_on, state_of, take_off
from stackgen.instrument.pools import UNLIMITED, Usage


def usage(pool: Any) -> Usage:
    """How a pool, or a node of an asyncio cluster, is used at the moment."""
    # redis-py 8 alone says this publicly; the attributes are the same in 5 to 8.
    if hasattr(pool, "_in_use_connections"):
        in_use, idle = len(pool._in_use_connections), len(pool._available_connections)  # noqa: SLF001
    else:
        # A pool that waits has a queue of places, of which some have a connection; a node has a queue of connections.
        queue = _places(pool) if hasattr(pool, "pool") else pool._free  # noqa: SLF001
        idle = sum(connection is not None for connection in list(queue))
        in_use = max(0, len(pool._connections) - idle)  # noqa: SLF001
    return Usage(in_use, idle, pool.max_connections if pool.max_connections < UNLIMITED else 0)


def _places(pool: Any) -> Any:
    # The asyncio pool of redis-py 5.0.0 has a queue of asyncio's.
    return pool.pool.queue if hasattr(pool.pool, "queue") else pool.pool._queue  # noqa: SLF001


def usages(client: Any) -> Iterator[tuple[int, Usage]]:
    """Of the pools of a client: one, or one for each node of a cluster that was connected to."""
    nodes = getattr(client, "nodes_manager", None)
    if nodes is None:
        yield id(client.connection_pool), usage(client.connection_pool)
        return
    for node in list(nodes.nodes_cache.values()):
        if not hasattr(node, "redis_connection"):
            yield id(node), usage(node)
        elif node.redis_connection is not None:
            yield id(node.redis_connection.connection_pool), usage(node.redis_connection.connection_pool)


# -- whose pool it is, and who waits in it --

#: The observed clients of each pool; several may share one.
_users: WeakKeyDictionary[Any, WeakSet[Any]] = WeakKeyDictionary()


def join(pool: Any, client: Any, methods: Methods | None) -> None:
    """A client of this pool is observed; `methods` are for a pool that waits."""
    users = _users.setdefault(pool, WeakSet())
    users.add(client)
    if methods is not None and state_of(pool) is not users:
        put_on(pool, methods, users)


def leave(pool: Any, client: Any) -> bool:
    """A client of this pool is observed no more; whether none is any more, and the pool is to be what it was."""
    users = _users.get(pool, WeakSet())
    users.discard(client)
    if users:
        return False
    _users.pop(pool, None)
    take_off(pool)
    return True


def _waited(users: WeakSet[Any], seconds: float) -> None:
    """Tell each metrics once, though several of its clients share the pool."""
    recorders = {id(state.metrics): state.metrics for state in map(state_of, list(users)) if state is not None}
    for metrics in recorders.values():
        metrics.record_pool_wait(seconds)


def pool_methods(plain: Any) -> Mapping[str, Any]:
    """Of a sync pool that waits."""

    def get_connection(self: Any, *args: Any, **options: Any) -> Any:
        users = state_of(self)
        if users is None or self.pool.queue:
            return plain.get_connection(self, *args, **options)
        started = perf_counter()
        try:
            return plain.get_connection(self, *args, **options)
        finally:
            _waited(users, perf_counter() - started)

    return {"get_connection": get_connection}


def _has_connection(pool: Any) -> bool:
    """Whether an asyncio pool has one to give, or may make one."""
    return bool(pool.can_get_connection() if hasattr(pool, "can_get_connection") else _places(pool))


def async_pool_methods(plain: Any) -> Mapping[str, Any]:
    """Of an asyncio pool that waits."""

    async def get_connection(self: Any, *args: Any, **options: Any) -> Any:
        users = state_of(self)
        if users is None or _has_connection(self):
            return await plain.get_connection(self, *args, **options)
        started = perf_counter()
        try:
            return await plain.get_connection(self, *args, **options)
        finally:
            _waited(users, perf_counter() - started)

    return {"get_connection": get_connection}
