"""How caches are, asked of real servers: up, stopped, hung, silent and with their pools exhausted."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import pylibmc
import pymemcache
import pytest
import redis
import redis.asyncio
from django.core.cache import cache as default_cache
from django.core.cache import caches
from django.test import AsyncRequestFactory, RequestFactory
from pymemcache.client.retrying import RetryingClient

from stackgen.instrument import instrument
from stackgen.instrument.health import AsyncHealth, AsyncMonitor, Health, Limits, Monitor, Report
from tests.integration.instrument import django_site
from tests.integration.instrument.clusters import cluster, sentinel
from tests.integration.instrument.django_site import KINDS, observed, parameters, site
from tests.integration.instrument.moments import stops_at_any_moment
from tests.integration.instrument.programs import program
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, silent_port
from tests.waiting import wait_until

#: For what is not about time: a machine that stalls is no slow cache.
PATIENT: dict[str, Any] = {"limits": Limits(slow=None), "timeout": 30}

#: Keeps a server busy for a second.
BUSY = """
local function now() local t = redis.call('TIME') return t[1] + t[2] / 1e6 end
local started = now()
repeat until now() - started > 1
"""


def told(report: Report) -> tuple[str, str | None]:
    return str(report.status), report.error


def memcached_clients(port: int) -> dict[str, Any]:
    address = ("127.0.0.1", port)
    return {
        "Client": pymemcache.Client(address),
        "PooledClient": pymemcache.PooledClient(address),
        "HashClient": pymemcache.HashClient([address]),
        "pooled HashClient": pymemcache.HashClient([address], use_pooling=True, ignore_exc=True),
        "RetryingClient": RetryingClient(pymemcache.Client(address), attempts=5, retry_delay=0.01),
        "pylibmc": pylibmc.Client([f"127.0.0.1:{port}"], behaviors={"retry_timeout": 1, "dead_timeout": 1}),
    }


@pytest.mark.parametrize("kind", ["Redis", "BlockingConnectionPool", "single connection"])
def test_a_redis_that_stops_and_comes_back(kind: str, own_redis: Server, recorded: Recorded) -> None:
    waits: Any = redis.BlockingConnectionPool
    pool = waits(port=own_redis.port) if kind == "BlockingConnectionPool" else None
    options: dict[str, Any] = {"single_connection_client": kind == "single connection"}
    with redis.Redis(connection_pool=pool, port=own_redis.port, **options) as client:
        instrument(client, recorded.metrics)
        health = Health(recorded.metrics, client, **PATIENT)
        assert told(health()) == ("healthy", None)
        own_redis.stop()
        assert told(health()) == ("unhealthy", "connection")
        own_redis.start()
        assert told(health()) == ("healthy", None)
        assert recorded.operations == {}, "health checks are no traffic"
        assert recorded.value("cache_probe_duration_seconds_count", "ok") == 2


def test_a_redis_that_hangs_and_goes_on(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client:
        health = Health(recorded.metrics, client, timeout=0.2)
        with own_redis.hung():
            started = time.monotonic()
            for _ in range(3):
                assert told(health()) == ("unhealthy", "timeout")
            assert time.monotonic() - started < 30
        wait_until(lambda: health().connected, "it answers again")
        wait_until(
            lambda: not [each for each in threading.enumerate() if each.name == "stackgen-health-probe"],
            "no thread is left",
        )


def test_a_port_that_takes_connections_and_says_nothing(recorded: Recorded) -> None:
    with silent_port() as port, redis.Redis(port=port) as client:
        assert told(Health(recorded.metrics, client, timeout=0.2)()) == ("unhealthy", "timeout")


def test_a_slow_redis_is_degraded(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client, redis.Redis(port=own_redis.port) as other:
        health = Health(recorded.metrics, client, timeout=10)
        busy = threading.Thread(target=other.eval, args=(BUSY, 0))
        busy.start()
        wait_until(lambda: health().status == "degraded", "the server is busy")
        busy.join()
        assert health.latest is not None
        assert health.latest.connected
        assert health.latest.reasons[0].startswith("slow: it took ")
        wait_until(lambda: health().status == "healthy", "the server is idle again")


def test_an_exhausted_pool_is_degraded_and_not_unreachable(own_redis: Server, recorded: Recorded) -> None:
    pool = redis.ConnectionPool(port=own_redis.port, max_connections=2)
    with redis.Redis(connection_pool=pool) as client:
        instrument(client, recorded.metrics)
        health = Health(recorded.metrics, client, **PATIENT)
        taken = [pool.get_connection() for _ in range(2)]
        found = health(detailed=True)
        assert (found.status, found.connected) == ("degraded", True)
        assert found.pool is not None
        assert (found.pool.in_use, found.pool.limit, found.pool.share) == (2, 2, 1)
        for connection in taken:
            pool.release(connection)
        assert told(health()) == ("healthy", None)


def test_a_redis_that_wants_a_password(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client:
        client.config_set("requirepass", "secret")
    with redis.Redis(port=own_redis.port, password="secret") as client:
        assert told(Health(recorded.metrics, client, **PATIENT)()) == ("healthy", None)
    with redis.Redis(port=own_redis.port) as client:
        report = Health(recorded.metrics, client, **PATIENT)(detailed=True)
        assert report.status == "unhealthy"
        assert "secret" not in json.dumps(report.json())


def test_connections_are_closed_again(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as client, redis.Redis(port=own_redis.port) as onlooker:
        before = len(onlooker.client_list())
        health = Health(recorded.metrics, client, **PATIENT)
        for _ in range(20):
            assert health().connected
        wait_until(lambda: len(onlooker.client_list()) == before, "the connections are gone")


def test_asyncio_redis(own_redis: Server, recorded: Recorded) -> None:
    async def main() -> None:
        async with redis.asyncio.Redis(port=own_redis.port) as client:
            instrument(client, recorded.metrics)
            health = AsyncHealth(recorded.metrics, client, **PATIENT)
            assert told(await health()) == ("healthy", None)
            with own_redis.hung():
                hasty = AsyncHealth(recorded.metrics, client, timeout=0.3)
                assert told(await hasty()) == ("unhealthy", "timeout")
            own_redis.stop()
            assert told(await health()) == ("unhealthy", "connection")
            assert not [task for task in asyncio.all_tasks() if "stackgen" in task.get_name()]

    asyncio.run(main())
    assert recorded.operations == {}


def test_clusters(tmp_path: Path, recorded: Recorded) -> None:
    with (
        cluster(program("redis-server"), tmp_path) as nodes,
        redis.RedisCluster(host="127.0.0.1", port=nodes[0].port) as client,
    ):
        instrument(client, recorded.metrics)
        health = Health(recorded.metrics, client, **PATIENT)
        assert told(health()) == ("healthy", None)

        async def main() -> None:
            async with redis.asyncio.RedisCluster(host="127.0.0.1", port=nodes[0].port) as own:
                assert told(await AsyncHealth(recorded.metrics, own, **PATIENT)()) == ("healthy", None)

        asyncio.run(main())
        for node in nodes:
            node.stop()
        assert health().status == "unhealthy"
    assert recorded.operations == {}


def test_what_a_sentinel_hands_out(tmp_path: Path, recorded: Recorded) -> None:
    with sentinel(program("redis-server"), tmp_path, "main") as watcher:
        made: Any = redis.Sentinel
        watching = made([("127.0.0.1", watcher.port)])
        with watching.master_for("main") as client:
            health = Health(recorded.metrics, client, **PATIENT)
            assert told(health()) == ("healthy", None)
            watcher.stop()
            assert health().status == "unhealthy", "nobody says where the server is"
        for each in watching.sentinels:
            each.close()


@pytest.mark.parametrize("kind", list(memcached_clients(0)))
def test_a_memcached_that_stops_and_comes_back(kind: str, own_memcached: Server, recorded: Recorded) -> None:
    client = instrument(memcached_clients(own_memcached.port)[kind], recorded.metrics)
    health = Health(recorded.metrics, client, **PATIENT)
    assert told(health()) == ("healthy", None)
    own_memcached.stop()
    assert told(health()) == ("unhealthy", "connection")
    own_memcached.start()
    wait_until(lambda: health().connected, "it answers again")
    assert recorded.operations == {}


def test_one_of_two_memcached_servers_is_enough(own_memcached: Server, recorded: Recorded) -> None:
    with silent_port() as silent:
        client = pymemcache.HashClient([("127.0.0.1", silent), ("127.0.0.1", own_memcached.port)])
        assert told(Health(recorded.metrics, client, timeout=2)()) in {("healthy", None), ("degraded", None)}
        client.close()


def test_health_checks_leave_a_client_that_is_in_use_alone(own_memcached: Server, recorded: Recorded) -> None:
    """pymemcache's `Client` is for one thread: answers would be mixed up."""
    client = pymemcache.Client(("127.0.0.1", own_memcached.port))
    client.set("key", b"value")
    with Monitor(Health(recorded.metrics, client), every=0.001):
        assert all(client.get("key") == b"value" for _ in range(2000))
    client.close()


# -- Django --


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    django_site.set_up(folder)
    return folder


@pytest.fixture
def ports(own_redis: Server, own_memcached: Server) -> dict[str, int]:
    return {"redis": own_redis.port, "memcached": own_memcached.port}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cache_of_django(
    kind: str, ports: dict[str, int], folder: Path, own_redis: Server, own_memcached: Server
) -> None:
    recorded = Recorded("django")
    with site(default=observed(kind, parameters(kind, ports, folder), recorded.metrics)):
        for target in (default_cache, caches["default"]):
            assert told(Health(recorded.metrics, target, **PATIENT)()) == ("healthy", None)
        if kind in {"redis", "django-redis", "pymemcache", "pylibmc"}:
            health = Health(recorded.metrics, default_cache, **PATIENT)
            own_redis.stop()
            own_memcached.stop()
            assert health().status == "unhealthy"
            own_redis.start()
            own_memcached.start()
            wait_until(lambda: health().connected, "it answers again")
        assert recorded.operations == {}


def test_views_of_django(ports: dict[str, int], folder: Path, own_redis: Server) -> None:
    from stackgen.instrument.health.django import async_health_view, health_view

    recorded = Recorded("django")
    with site(default=observed("redis", parameters("redis", ports, folder), recorded.metrics)):
        health = Health(recorded.metrics, default_cache, **PATIENT)
        view, asynchronous = health_view(health, detailed=True), async_health_view({"pages": health})
        response = view(RequestFactory().get("/health"))
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json"
        assert json.loads(response.content)["status"] == "healthy"
        assert "signals" in json.loads(response.content)
        own_redis.stop()
        wait_until(lambda: view(RequestFactory().get("/health")).status_code == 503, "it is told")

        async def main() -> Any:
            return await asynchronous(AsyncRequestFactory().get("/health"))

        response = asyncio.run(main())
        assert response.status_code == 503
        assert json.loads(response.content)["caches"]["pages"]["status"] == "unhealthy"
        assert view(RequestFactory().post("/health")).status_code == 405


def test_a_monitor_that_is_stopped_at_any_moment_ends(redis_port: int, recorded: Recorded) -> None:
    async def main() -> None:
        client = redis.asyncio.Redis(port=redis_port)
        health = AsyncHealth(recorded.metrics, client, **PATIENT)
        await stops_at_any_moment(lambda: AsyncMonitor(health, every=3600))
        await client.aclose()

    asyncio.run(main())
