"""What an application sees of a Redis that fails is what it would have seen without us; the metrics say which kind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from stackgen.instrument import instrument, uninstrument
from stackgen.instrument.health import Health
from tests.integration.instrument.outages import open_files, outage_under_load
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, dropping_port, silent_port
from tests.waiting import wait_until

ONCE: dict[str, Any] = {"retry": Retry(NoBackoff(), 0)}
#: To connect may take as long as a machine stalls: what these are about is a server that does not answer.
QUICK: dict[str, Any] = {**ONCE, "socket_timeout": 0.1, "socket_connect_timeout": 30}

#: Untyped in redis-py.
BLOCKING_POOL: Any = redis.BlockingConnectionPool


def raised(call: Callable[[], Any]) -> tuple[type[BaseException], str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011  -- which one is what the tests are about
        call()
    return type(caught.value), str(caught.value)


def test_a_server_that_is_not_there(recorded: Recorded) -> None:
    with redis.Redis(port=1, **ONCE) as plain, redis.Redis(port=1, **ONCE) as observed:
        instrument(observed, recorded.metrics)
        assert raised(lambda: observed.get("k")) == raised(lambda: plain.get("k"))
    assert recorded.errors == {("get", "connection"): 1}


def test_a_server_that_never_answers(recorded: Recorded) -> None:
    with silent_port() as port, redis.Redis(port=port, **QUICK) as plain, redis.Redis(port=port, **QUICK) as observed:
        instrument(observed, recorded.metrics)
        assert raised(lambda: observed.get("k")) == raised(lambda: plain.get("k"))
    assert recorded.errors == {("get", "timeout"): 1}


def test_a_server_whose_packets_are_dropped(recorded: Recorded) -> None:
    options = {**QUICK, "socket_connect_timeout": 0.1}
    with (
        dropping_port() as port,
        redis.Redis(port=port, **options) as plain,
        redis.Redis(port=port, **options) as observed,
    ):
        instrument(observed, recorded.metrics)
        assert raised(lambda: observed.get("k")) == raised(lambda: plain.get("k"))
        assert Health(recorded.metrics, observed, timeout=0.1)().error == "timeout"
    assert recorded.errors == {("get", "timeout"): 1}


def test_a_server_that_hangs_and_comes_back(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port, **QUICK) as plain:
        client: Any = instrument(plain, recorded.metrics)
        with redis.Redis(port=own_redis.port) as patient:
            patient.set("k", 1)
        with own_redis.hung():
            for name, keys in (("get", "k"), ("mget", "kl"), ("delete", "k")):
                with pytest.raises(redis.TimeoutError):
                    getattr(client, name)(*keys)
            with pytest.raises(redis.TimeoutError):
                client.pipeline(transaction=False).get("k").set("k", 2).execute()
        assert recorded.errors == {("get", "timeout"): 4, ("delete", "timeout"): 1, ("set", "timeout"): 1}

        def answered() -> bool:
            try:
                return bool(client.get("k") == b"1")
            except redis.TimeoutError:
                return False

        wait_until(answered, "the server answers again")
    assert recorded.operations[("get", "hit")] == 1


def test_a_server_that_answers_errors(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as plain, redis.Redis(port=own_redis.port) as observed:
        plain.config_set("maxmemory", 1)
        instrument(observed, recorded.metrics)
        assert raised(lambda: observed.set("k", "v")) == raised(lambda: plain.set("k", "v"))
        assert raised(lambda: observed.execute_command("NONSENSE")) == raised(lambda: plain.execute_command("NONSENSE"))
    assert recorded.errors == {("set", "other"): 1, ("other", "other"): 1}


def test_a_server_that_wants_a_password(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port) as admin, redis.Redis(port=own_redis.port, **ONCE) as client:
        admin.config_set("requirepass", "secret")
        instrument(client, recorded.metrics)
        with pytest.raises(redis.AuthenticationError):
            client.get("k")
    assert recorded.errors == {("get", "connection"): 1}


def test_an_exhausted_pool(own_redis: Server, recorded: Recorded) -> None:
    pool: Any = redis.ConnectionPool(port=own_redis.port, max_connections=1)
    with redis.Redis(connection_pool=pool) as client:
        instrument(client, recorded.metrics)
        taken = pool.get_connection()
        assert raised(lambda: client.get("k"))[0].__name__ in {"ConnectionError", "MaxConnectionsError"}
        assert recorded.value("cache_pool_connections", "in_use") == 1
        pool.release(taken)
        assert client.get("k") is None
    pool.disconnect()
    assert recorded.errors == {("get", "connection"): 1}


def test_an_exhausted_pool_that_waits(own_redis: Server, recorded: Recorded) -> None:
    pool: Any = BLOCKING_POOL(port=own_redis.port, max_connections=1, timeout=0.05)
    with redis.Redis(connection_pool=pool) as client:
        instrument(client, recorded.metrics)
        client.get("k")
        taken = pool.get_connection()
        with pytest.raises(redis.ConnectionError):
            client.get("k")
        pool.release(taken)
        client.get("k")
    pool.disconnect()
    assert recorded.errors == {("get", "connection"): 1}
    # Only who waited is counted; the time is what it waited.
    assert recorded.value("cache_pool_wait_duration_seconds_count") == 1
    waited = recorded.value("cache_pool_wait_duration_seconds_sum")
    assert waited is not None
    assert waited >= 0.05


def test_redis_stopped_under_load_and_back(own_redis: Server, recorded: Recorded) -> None:
    threads_before, files_before = threading.active_count(), open_files()
    client = instrument(redis.Redis(port=own_redis.port, **QUICK), recorded.metrics)
    raised = outage_under_load(own_redis, recorded, lambda: client.get("k"), (redis.RedisError,))
    assert raised <= {redis.ConnectionError, redis.TimeoutError}
    uninstrument(client).close()
    client.connection_pool.disconnect()
    assert threading.active_count() == threads_before
    assert open_files() == files_before


def test_retries_are_counted_those_that_help_and_those_that_do_not(own_redis: Server, recorded: Recorded) -> None:
    retry = Retry(ConstantBackoff(0.01), 3)
    with redis.Redis(port=own_redis.port, retry=retry, socket_timeout=0.1) as client:
        client.get("k")  # a connection from before
        instrument(client, recorded.metrics)
        assert client.get_retry() == retry
        with own_redis.hung(), pytest.raises(redis.TimeoutError):
            client.get("k")
        while_hung = recorded.value("cache_retries_total")
        assert while_hung is not None
        assert while_hung >= 3
        client.get("k")
        counted = recorded.value("cache_retries_total")
        uninstrument(client)
        with own_redis.hung(), pytest.raises(redis.TimeoutError):
            client.get("k")
        assert client.get_retry() == retry
    assert recorded.value("cache_retries_total") == counted
    assert recorded.errors == {("get", "timeout"): 1}


def test_a_retry_that_is_set_later_is_counted_too(own_redis: Server, recorded: Recorded) -> None:
    with redis.Redis(port=own_redis.port, socket_timeout=0.1, **ONCE) as client:
        instrument(client, recorded.metrics)
        client.set_retry(Retry(NoBackoff(), 2))
        with own_redis.hung(), pytest.raises(redis.TimeoutError):
            client.get("k")
    counted = recorded.value("cache_retries_total")
    assert counted is not None
    assert counted >= 2
