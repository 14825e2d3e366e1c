"""Which wrapper is for which class of redis-py, and what else is put on with it."""

from __future__ import annotations

from typing import Any

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.retry
import redis.asyncio.sentinel
import redis.cluster
import redis.retry
import redis.sentinel

from stackgen.instrument.observed import Methods, put_in, put_on, state_of, take_off, take_out
from stackgen.instrument.pools import hide, show
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.redis import methods, pipelines, pools, retries, sentinels
from stackgen.instrument.redis.recording import Recording

#: The first that the object is an instance of: a pipeline is a client too.
_METHODS: tuple[tuple[Any, Methods], ...] = (
    # Before the plain one, which that of a module may be too.
    (redis.asyncio.client.Pipeline, pipelines.async_pipeline_methods),
    (redis.client.Pipeline, pipelines.pipeline_methods),
    (redis.cluster.ClusterPipeline, pipelines.pipeline_methods),
    (redis.asyncio.cluster.ClusterPipeline, pipelines.async_pipeline_methods),
    (redis.cluster.RedisCluster, methods.cluster_methods),
    (redis.asyncio.cluster.RedisCluster, methods.async_cluster_methods),
    (redis.client.Redis, methods.client_methods),
    (redis.asyncio.client.Redis, methods.async_client_methods),
    (redis.sentinel.Sentinel, sentinels.sentinel_methods),
    (redis.asyncio.sentinel.Sentinel, sentinels.sentinel_methods),
)

#: Those that have a pool of their own, and the pools among them that wait; clusters have their nodes'.
_POOLED: tuple[tuple[Any, Any, Methods, Any], ...] = (
    (redis.client.Redis, redis.BlockingConnectionPool, pools.pool_methods, redis.retry.Retry),
    (
        redis.asyncio.client.Redis,
        redis.asyncio.BlockingConnectionPool,
        pools.async_pool_methods,
        redis.asyncio.retry.Retry,
    ),
)

#: Made by something that is observed itself, or make something: they have no connections to count.
_WITHOUT_POOL = (pipelines.pipeline_methods, pipelines.async_pipeline_methods, sentinels.sentinel_methods)


def observe(target: Any, metrics: Recorder) -> None:
    """Put the wrapper on. Raises TypeError for an object that there is none for."""
    release(target)
    wrapper = _methods(target)
    if wrapper in _WITHOUT_POOL:
        put_on(target, wrapper, Recording(metrics))
        return
    put_in(target, wrapper, Recording(metrics))
    show(target, metrics, pools.usages)
    for client_class, waiting_class, waiting, retry_class in _POOLED:
        if isinstance(target, client_class):
            pool = target.connection_pool
            pools.join(pool, target, waiting if isinstance(pool, waiting_class) else None)
            retries.count_retries(pool, metrics, retry_class)


def release(target: Any) -> None:
    """Take the wrapper off, if it wears one. Raises TypeError for an object that there is none for."""
    wrapper = _methods(target)
    recording: Recording | None = state_of(target)
    if recording is None:
        return
    if wrapper in _WITHOUT_POOL:
        take_off(target)
        return
    take_out(target)
    hide(target, recording.metrics)
    if any(isinstance(target, pooled[0]) for pooled in _POOLED) and pools.leave(target.connection_pool, target):
        retries.leave_retries(target.connection_pool)


def _methods(target: Any) -> Methods:
    for cls, wrapper in _METHODS:
        if isinstance(target, cls):
            return wrapper
    cls = type(target)
    message = (
        f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a client of redis-py, a pipeline or a Sentinel"
    )
    raise TypeError(message)
