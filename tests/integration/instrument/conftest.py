"""Servers that the tests of the wrappers share: started once, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.integration.instrument.programs import newest_redis, program
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, memcached_server, redis_server, running


@pytest.fixture(scope="session")
def old_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Redis as this machine's release has it: 7 on Debian 12."""
    server = redis_server(program("redis-server"), tmp_path_factory.mktemp("redis"))
    with running(server):
        yield server


@pytest.fixture(scope="session")
def new_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Redis 8 or later."""
    server = redis_server(newest_redis(), tmp_path_factory.mktemp("redis8"))
    with running(server):
        yield server


@pytest.fixture(params=["old_redis", "new_redis"], ids=["redis7", "redis8"])
def redis_port(request: pytest.FixtureRequest) -> int:
    """The port of an empty Redis, once of each generation."""
    server: Server = request.getfixturevalue(request.param)
    with redis.Redis(port=server.port) as client:
        client.flushall()
    return server.port


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis for one test alone, which may stop it, hang it and fill it."""
    server = redis_server(program("redis-server"), tmp_path_factory.mktemp("own"))
    with running(server):
        yield server


@pytest.fixture(scope="session")
def shared_memcached() -> Iterator[Server]:
    server = memcached_server(program("memcached"))
    with running(server):
        yield server


@pytest.fixture
def own_memcached() -> Iterator[Server]:
    """A memcached for one test alone."""
    server = memcached_server(program("memcached"))
    with running(server):
        yield server


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()
