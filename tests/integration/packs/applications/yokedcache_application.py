"""An application that keeps things in YokedCache and reports to its PrometheusCollector, as YokedCache documents it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any

from prometheus_client import REGISTRY, generate_latest
from yokedcache.backends import MemoryBackend
from yokedcache.monitoring import CacheMetrics, PrometheusCollector

from tests.integration.packs.applications.serving import serve


class Shop:
    """What the application does with its cache."""

    def __init__(self) -> None:
        self._cache = MemoryBackend(max_size=1_000_000)
        self._metrics = CacheMetrics([PrometheusCollector()])
        self._hits = self._lookups = 0

    async def open(self) -> None:
        """Connect the cache."""
        await self._cache.connect()

    async def get(self, key: str, delay: float = 0.0) -> None:
        """Look a key up; with a delay the cache is slow."""
        timer = self._metrics.start_timer("get")
        await asyncio.sleep(delay)  # the fault itself, not a wait
        found = await self._cache.get(key) is not None
        await self._metrics.end_timer(timer, "get")
        await self._metrics.increment("cache.gets", tags={"result": "hit" if found else "miss"})
        self._hits, self._lookups = self._hits + found, self._lookups + 1
        await self._metrics.gauge("cache.hit_rate", self._hits / self._lookups)

    async def set(self, key: str) -> None:
        """Keep something."""
        timer = self._metrics.start_timer("set")
        await self._cache.set(key, "value", ttl=600, tags={"products"})
        await self._metrics.end_timer(timer, "set")
        await self._metrics.increment("cache.sets")

    async def use(self) -> None:
        """Ordinary use: nine lookups of ten find something."""
        await self.set("tea")
        for _ in range(9):
            await self.get("tea")
        await self.get("absent")
        await self._cache.delete("tea")
        await self._metrics.increment("cache.deletes")
        await self.measure()

    async def measure(self) -> None:
        """Report how much there is."""
        await self._metrics.gauge("cache.keys_total", len(await self._cache.get_all_keys()))
        await self._metrics.gauge("cache.size_bytes", await self._cache.get_size_bytes())

    async def invalidate(self) -> None:
        """Invalidate in each of the ways there are."""
        await self._cache.invalidate_tags({"products"})
        await self._metrics.increment("cache.invalidations", tags={"type": "tags"})
        await self._cache.invalidate_pattern("te*")
        await self._metrics.increment("cache.invalidations", tags={"type": "pattern"})
        await self._metrics.increment("cache.invalidations", tags={"type": "manual"})

    async def cold(self) -> None:
        """A cache in which nothing is found."""
        for _ in range(20):
            await self.get("absent")

    async def slow(self) -> None:
        """A cache that takes its time."""
        await asyncio.gather(*(self.get(f"slow-{number}", delay=0.3) for number in range(20)))

    async def storm(self) -> None:
        """One invalidation after the other."""
        for _ in range(10):
            await self.invalidate()

    async def fill(self) -> None:
        """Keep things that are never the same twice."""
        for _ in range(500):
            await self.set(f"request-{time.monotonic_ns()}")
        await self.measure()


def main() -> None:
    """Serve on the port that is given, with the cache on an event loop of its own."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()
    shop = Shop()

    def done(work: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
        return lambda: asyncio.run_coroutine_threadsafe(work(), loop).result()

    done(shop.open)()
    done(shop.invalidate)()
    serve(
        int(sys.argv[1]),
        lambda: generate_latest(REGISTRY).decode(),
        {work.__name__: done(work) for work in (shop.use, shop.cold, shop.slow, shop.storm, shop.fill)},
    )


if __name__ == "__main__":
    main()
