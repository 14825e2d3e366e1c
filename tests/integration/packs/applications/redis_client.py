"""An application whose redis-py exposes its own OpenTelemetry metrics: `python -m ...redis_client PORT REDIS_PORT`."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import Any

import redis
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import REGISTRY, generate_latest
from redis.backoff import NoBackoff
from redis.cache import CacheConfig
from redis.observability import MetricGroup, OTelConfig, get_observability_instance
from redis.retry import Retry

from tests.integration.packs.applications.serving import serve


class Client:
    """Its pools, and what it does with them."""

    def __init__(self, port: int) -> None:
        once: dict[str, Any] = {"port": port, "retry": Retry(NoBackoff(), 1)}
        self._plain: Any = redis.Redis(**once)
        self._caching: Any = redis.Redis(**once, protocol=3, cache_config=CacheConfig())
        self._hasty: Any = redis.Redis(**once, socket_timeout=0.05)
        pool: Any = redis.BlockingConnectionPool  # redis-py leaves it untyped
        self._narrow = pool(**once, max_connections=1, timeout=5)
        # Errors and attempts that failed have series from the first one on.
        self.err()
        self.hasten()

    def use(self) -> None:
        """Hits, misses and pipelines; connections come and go."""
        for number in range(10):
            self._plain.set(f"page:{number}", number)
            self._caching.get(f"page:{number}")
            self._caching.get(f"page:{number}")
        for transaction in (True, False):
            self._plain.pipeline(transaction=transaction).get("page:1").execute()
        self._narrow.release(self._narrow.get_connection())
        self._forget()

    def _forget(self) -> None:
        """Close all connections, so that new ones are made; only those are timed."""
        self._plain.connection_pool.disconnect()
        self._plain.connection_pool.reset()

    def err(self) -> None:
        """Ask for what cannot be."""
        for _ in range(10):
            with suppress(redis.ResponseError):
                self._plain.execute_command("INCR")

    def dawdle(self) -> None:
        """Run a command that takes long."""
        self._plain.execute_command("DEBUG", "SLEEP", "0.3")

    def hasten(self) -> None:
        """Give up on an answer too soon, and try again."""
        with suppress(redis.TimeoutError):
            self._hasty.execute_command("DEBUG", "SLEEP", "0.3")
        self._hasty.connection_pool.disconnect()

    def connect(self) -> None:
        """Connect while the server keeps everybody waiting."""
        self._plain.client_pause(800)
        self._forget()
        self._plain.ping()

    def wait(self) -> None:
        """Ask for a connection while somebody else has the only one."""
        held = self._narrow.get_connection()
        release = threading.Timer(0.3, self._narrow.release, [held])
        release.start()
        self._narrow.release(self._narrow.get_connection())
        release.join()


if __name__ == "__main__":
    metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()]))
    get_observability_instance().init(OTelConfig(metric_groups=list(MetricGroup)))
    client = Client(int(sys.argv[2]))
    actions = {
        "use": client.use,
        "err": client.err,
        "dawdle": client.dawdle,
        "hasten": client.hasten,
        "connect": client.connect,
        "wait": client.wait,
    }
    serve(int(sys.argv[1]), lambda: generate_latest(REGISTRY).decode(), actions)
