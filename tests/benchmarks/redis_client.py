"""One client of Redis in a process of its own: for each line of its input it looks up a batch, and says how long.

python -m tests.benchmarks.redis_client sync|asyncio plain|observed PORT

A process has one client because CPython specialises code for the classes that it meets: a plain and an observed client
in one process would slow each other down, as in no application.
"""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter
from typing import Any

import redis
import redis.asyncio
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument import instrument

BATCH = 50


def made(client: Any, how: str) -> Any:
    return (
        instrument(client, CacheMetrics("bench", "redis", registry=CollectorRegistry()))
        if how == "observed"
        else client
    )


def answer(begun: float) -> None:
    sys.stdout.write(f"{(perf_counter() - begun) / BATCH}\n")
    sys.stdout.flush()


def sync(how: str, port: int) -> None:
    get = made(redis.Redis(port=port), how).get
    for _ in range(10 * BATCH):
        get("key")
    for _ in sys.stdin:
        begun = perf_counter()
        for _ in range(BATCH):
            get("key")
        answer(begun)


async def asynchronous(how: str, port: int) -> None:
    client = made(redis.asyncio.Redis(port=port), how)
    get = client.get
    for _ in range(10 * BATCH):
        await get("key")
    for _ in sys.stdin:
        begun = perf_counter()
        for _ in range(BATCH):
            await get("key")
        answer(begun)
    await client.aclose()


if __name__ == "__main__":
    kind, how, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if kind == "sync":
        sync(how, port)
    else:
        asyncio.run(asynchronous(how, port))
