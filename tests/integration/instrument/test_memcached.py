"""Clients of memcached: they give and raise what plain ones do, and what they do is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pylibmc
import pymemcache
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymemcache.client.retrying import RetryingClient

from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.outages import open_files, outage_under_load
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, dropping_port, silent_port

Make = Callable[[int], Any]


def pylibmc_client(port: int) -> Any:
    return pylibmc.Client([f"127.0.0.1:{port}"], behaviors={"cas": True, "verify_keys": True})


# They wait for each reply: what one client sent without it, the server may do after what the next one sends. They wait
# for as long as a machine may stall: a client that retries would send again what the server has done already.
REPLY: dict[str, Any] = {"timeout": 60, "default_noreply": False}

PYMEMCACHE: dict[str, Make] = {
    "Client": lambda port: pymemcache.Client(("127.0.0.1", port), **REPLY),
    "PooledClient": lambda port: pymemcache.PooledClient(("127.0.0.1", port), **REPLY, max_pool_size=2),
    "HashClient": lambda port: pymemcache.HashClient([("127.0.0.1", port)], **REPLY),
    "HashClient, pooled": lambda port: pymemcache.HashClient([("127.0.0.1", port)], **REPLY, use_pooling=True),
    "Client, ignoring": lambda port: pymemcache.Client(("127.0.0.1", port), **REPLY, ignore_exc=True),
    "RetryingClient": lambda port: RetryingClient(pymemcache.Client(("127.0.0.1", port), **REPLY), attempts=2),
    "pickling": lambda port: pymemcache.Client(("127.0.0.1", port), **REPLY, serde=pymemcache.serde.pickle_serde),
}
CLIENTS: dict[str, Make] = {**PYMEMCACHE, "pylibmc": pylibmc_client}

every_client = pytest.mark.parametrize("make", CLIENTS.values(), ids=CLIENTS.keys())

KEYS = st.sampled_from(["a", "b", "c", "bad key", "k" * 300])
VALUES = st.one_of(st.binary(max_size=3), st.integers(0, 5), st.text(alphabet="x", max_size=2), st.none())
CALLS = st.one_of(
    st.tuples(st.just("get"), st.tuples(KEYS)),
    st.tuples(st.just("get"), st.tuples(KEYS, st.sampled_from([None, 0, "default"]))),
    st.tuples(st.just("get"), st.tuples(KEYS, st.none(), st.none())),
    st.tuples(st.just("gets"), st.tuples(KEYS)),
    st.tuples(st.just("get_multi"), st.tuples(st.lists(KEYS, max_size=3))),
    st.tuples(st.just("set"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("add"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("replace"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("append"), st.tuples(KEYS, VALUES)),
    st.tuples(st.just("set_multi"), st.tuples(st.dictionaries(KEYS, VALUES, max_size=3))),
    st.tuples(st.just("delete"), st.tuples(KEYS)),
    st.tuples(st.just("delete_multi"), st.tuples(st.lists(KEYS, max_size=3))),
    st.tuples(st.just("incr"), st.tuples(KEYS, st.integers(0, 3))),
    st.tuples(st.just("touch"), st.tuples(KEYS, st.just(100))),
    st.tuples(st.just("set"), st.just(())),
)


def outcome(client: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        value = getattr(client, name)(*arguments)
    except Exception as error:  # noqa: BLE001  -- whatever it is, both clients have to raise it
        return type(error), str(error)
    # The tokens of `gets` come from one counter of the server's: that there is one is what both must agree on.
    return (value[0], value[1] is None) if name == "gets" and isinstance(value, tuple) else value


def outcomes(client: Any, calls: list[Any]) -> list[Any]:
    # Not `flush_all`: it goes by the server's clock, which has seconds, and by a counter that other threads move on.
    client.delete_multi(["a", "b", "c"])
    found = [outcome(client, name, arguments) for name, arguments in calls]
    client.disconnect_all()
    return found


@every_client
@given(calls=st.lists(CALLS, min_size=1, max_size=12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_values_and_exceptions(shared_memcached: Server, make: Make, calls: list[Any]) -> None:
    # Each on connections of its own: a refused key leaves half an answer behind in some of the libraries.
    plain = outcomes(make(shared_memcached.port), calls)
    observed = instrument(make(shared_memcached.port), Recorded("memcached").metrics)
    assert outcomes(observed, calls) == plain
    released = uninstrument(instrument(make(shared_memcached.port), Recorded("memcached").metrics))
    assert outcomes(released, calls) == plain


@every_client
def test_what_counts_as_what(shared_memcached: Server, make: Make) -> None:
    recorded = Recorded("memcached")
    client = make(shared_memcached.port)
    client.flush_all()
    instrument(client, recorded.metrics)
    client.set("k", "")
    client.get("k")
    client.get("none")
    client.get("none", "default")
    client.gets("k")
    client.get_multi(["k", "l", "m"])
    client.set_multi({"l": "1", "m": "2"})
    client.incr("l", 1)
    client.delete_multi(["l", "m"])
    client.delete("k")
    client.touch("k", 9)
    client.flush_all()
    assert recorded.operations == {
        ("get", "hit"): 3, ("get", "miss"): 4, ("set", "ok"): 4, ("delete", "ok"): 3,
        ("other", "ok"): 1, ("invalidate", "ok"): 1,
    }  # fmt: skip
    uninstrument(client)
    client.get("k")
    assert sum(recorded.operations.values()) == 16
    client.disconnect_all()


@pytest.mark.parametrize("make", [CLIENTS["pickling"], CLIENTS["pylibmc"]], ids=["pymemcache", "pylibmc"])
def test_a_stored_none_is_a_hit(shared_memcached: Server, make: Make) -> None:
    recorded = Recorded("memcached")
    client = instrument(make(shared_memcached.port), recorded.metrics)
    client.set("k", None)
    assert client.get("k", "default") is None
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 1}
    client.disconnect_all()


def test_keys_that_can_be_gone_through_once(shared_memcached: Server) -> None:
    recorded = Recorded("memcached")
    client = instrument(PYMEMCACHE["Client"](shared_memcached.port), recorded.metrics)
    assert client.delete_many(key for key in ("a", "b"))
    assert recorded.operations == {("delete", "ok"): 2}
    client.close()


def test_the_pool_of_a_pooled_client(shared_memcached: Server) -> None:
    recorded = Recorded("memcached")
    client = instrument(PYMEMCACHE["PooledClient"](shared_memcached.port), recorded.metrics)
    client.get("k")
    assert recorded.value("cache_pool_connections", "idle") == 1
    assert recorded.value("cache_pool_limit") == 2
    with client.client_pool.get_and_release(), client.client_pool.get_and_release():
        assert recorded.value("cache_pool_connections", "in_use") == 2
        with pytest.raises(RuntimeError, match="Too many objects"):
            client.get("k")
    assert recorded.errors == {("get", "connection"): 1}
    uninstrument(client)
    assert recorded.value("cache_pool_limit") is None
    client.close()


def test_what_a_pool_clones_is_observed(shared_memcached: Server) -> None:
    recorded = Recorded("memcached")
    pool = pylibmc.ClientPool(instrument(pylibmc_client(shared_memcached.port), recorded.metrics), 2)
    with pool.reserve() as client:
        client.set("k", 1)
        assert "k" in client
        assert type(client).__name__ == "Client"
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 1}


def seen(client: Any) -> tuple[type[BaseException], str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011  -- which one is what the tests are about
        client.get("k")
    return type(caught.value), str(caught.value)


@pytest.mark.parametrize("make", [CLIENTS["Client"], CLIENTS["PooledClient"], CLIENTS["HashClient"]])
def test_a_server_that_stops(own_memcached: Server, make: Make) -> None:
    recorded = Recorded("memcached")
    plain, observed = make(own_memcached.port), instrument(make(own_memcached.port), recorded.metrics)
    assert (plain.get("k"), observed.get("k")) == (None, None)
    own_memcached.stop()
    assert seen(observed) == seen(plain)
    assert recorded.errors == {("get", "connection"): 1}
    for client in (plain, observed):
        client.disconnect_all()


def test_pylibmc_finds_out_late_that_a_server_has_stopped(own_memcached: Server) -> None:
    recorded = Recorded("memcached")
    client = instrument(pylibmc_client(own_memcached.port), recorded.metrics)
    client.set("k", 1)
    own_memcached.stop()
    # The library takes the closed connection for an answer, so its caller sees a miss, and then the failure.
    assert client.get("k") is None
    with pytest.raises(pylibmc.Error):
        client.get("k")
    assert recorded.operations[("get", "miss")] == 1
    assert recorded.errors == {("get", "connection"): 1}


@pytest.mark.parametrize("port_of", [silent_port, dropping_port], ids=["silent", "dropping"])
@pytest.mark.parametrize("make", [pymemcache.Client, pymemcache.PooledClient])
def test_a_server_that_never_answers(make: Any, port_of: Any) -> None:
    recorded = Recorded("memcached")
    with port_of() as port:
        plain, observed = (make(("127.0.0.1", port), connect_timeout=0.1, timeout=0.1) for _ in range(2))
        instrument(observed, recorded.metrics)
        assert seen(observed) == seen(plain)
        for client in (plain, observed):
            client.close()
    assert recorded.errors == {("get", "timeout"): 1}


def test_memcached_stopped_under_load_and_back(own_memcached: Server) -> None:
    recorded = Recorded("memcached")
    threads_before, files_before = threading.active_count(), open_files()
    client = instrument(
        pymemcache.PooledClient(("127.0.0.1", own_memcached.port), connect_timeout=5, timeout=5), recorded.metrics
    )
    outage_under_load(own_memcached, recorded, lambda: client.get("k"), (OSError, pymemcache.MemcacheError))
    uninstrument(client).close()
    assert threading.active_count() == threads_before
    assert open_files() == files_before


def test_a_value_that_cannot_be_read(shared_memcached: Server) -> None:
    recorded = Recorded("memcached")
    writer = pymemcache.Client(("127.0.0.1", shared_memcached.port))
    writer.set("k", b"no pickle", flags=1, noreply=False)
    client = instrument(pylibmc_client(shared_memcached.port), recorded.metrics)
    with pytest.raises(Exception, match="invalid load key"):
        client.get("k")
    assert recorded.errors == {("get", "serialization"): 1}
    writer.close()


def test_a_server_that_refuses(shared_memcached: Server) -> None:
    recorded = Recorded("memcached")
    client = instrument(PYMEMCACHE["Client"](shared_memcached.port), recorded.metrics)
    with pytest.raises(pymemcache.MemcacheServerError, match="too large"):
        client.set("k", b"x" * 2**21)
    assert recorded.errors == {("set", "other"): 1}
    client.close()


def test_what_cannot_be_instrumented_says_so() -> None:
    with pytest.raises(TypeError, match="give a client of pylibmc"):
        instrument(pylibmc.ClientPool(), Recorded().metrics)
