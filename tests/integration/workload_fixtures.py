"""Fixtures of the tests that need the workload; a test module has them by naming this one in `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stackgen.findings import StackgenError
from stackgen.stack.binaries import Located, locate
from tests.conftest import require
from tests.integration.workload_process import FAST, RedisServer, Workload, running
from tests.waiting import wait_until


@pytest.fixture(scope="session")
def redis_program() -> Located:
    try:
        return locate("redis-server", lambda _: None)
    except StackgenError as error:
        require(condition=False, reason=str(error))
        raise


@pytest.fixture
def stopped_redis(redis_program: Located, tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(redis_program, tmp_path)
    yield server
    server.stop()


@pytest.fixture
def redis_server(stopped_redis: RedisServer) -> RedisServer:
    stopped_redis.start()
    return stopped_redis


@pytest.fixture
def workload(redis_server: RedisServer) -> Iterator[Workload]:
    """The workload on a real Redis."""
    with running(redis_server.url, *FAST) as started:
        wait_until(started.healthy, "the workload is healthy")
        yield started


@pytest.fixture(scope="module")
def long_running(redis_program: Located, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workload]:
    """One workload for all tests that leave it and its Redis as they are; its first crowds come within four seconds."""
    server = RedisServer(redis_program, tmp_path_factory.mktemp("redis"))
    server.start()
    try:
        with running(server.url, *FAST, "--seed", "16") as started:
            wait_until(started.healthy, "the workload is healthy")
            yield started
    finally:
        server.stop()


@pytest.fixture
def steady(long_running: Workload) -> Iterator[Workload]:
    """The workload that tests share, in normal operation; what a test switches is switched back."""
    yield long_running
    if long_running.json("/scenario")["scenario"] != "normal":
        long_running.switch("normal")
