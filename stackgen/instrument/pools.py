"""Gauges of connection pools: in use, idle and their limit, asked for at each scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from stackgen.instrument.recorder import Recorder

#: What libraries write for no limit.
UNLIMITED = 2**31


class Usage(NamedTuple):
    """Connections of a pool; `limit` is 0 where there is none."""

    in_use: int
    idle: int
    limit: int


#: How the pools of a client are used at the moment, by the pools' ids: clients may share a pool.
Usages = Callable[[Any], Iterable[tuple[int, Usage]]]


class PoolGauges:
    """The pools of all clients that record to the same metrics; it keeps none of the clients alive."""

    def __init__(self, metrics: Recorder) -> None:
        self._clients: WeakKeyDictionary[Any, Usages] = WeakKeyDictionary()
        metrics.set_pool_connections_function(lambda: self._sum().in_use, "in_use")
        metrics.set_pool_connections_function(lambda: self._sum().idle, "idle")
        metrics.set_pool_limit_function(lambda: self._sum().limit)

    def add(self, client: Any, usages: Usages) -> None:
        """Have a client's pools be part of the gauges."""
        self._clients[client] = usages

    def discard(self, client: Any) -> bool:
        """Leave a client's pools out again; whether any client is left."""
        self._clients.pop(client, None)
        return bool(self._clients)

    def _sum(self) -> Usage:
        pools: dict[int, Usage] = {}
        for client, usages in list(self._clients.items()):
            pools.update(usages(client))
        used = pools.values()
        # One pool without a limit is none for all of them.
        limit = sum(pool.limit for pool in used) if all(pool.limit for pool in used) else 0
        return Usage(sum(pool.in_use for pool in used), sum(pool.idle for pool in used), limit)


_gauges: WeakKeyDictionary[Any, PoolGauges] = WeakKeyDictionary()


def show(client: Any, metrics: Recorder, usages: Usages) -> None:
    """Have the metrics' gauges count this client's connections."""
    gauges = _gauges.get(metrics)
    if gauges is None:
        gauges = _gauges[metrics] = PoolGauges(metrics)
    gauges.add(client, usages)


def hide(client: Any, metrics: Recorder) -> None:
    """Have the gauges not count this client's connections; those of no client are not exposed any more."""
    gauges = _gauges.get(metrics)
    if gauges is not None and not gauges.discard(client):
        del _gauges[metrics]
        metrics.set_pool_connections_function(None, "in_use")
        metrics.set_pool_connections_function(None, "idle")
        metrics.set_pool_limit_function(None)
