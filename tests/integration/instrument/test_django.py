"""Django's caches: they give and raise what plain ones do, and what their callers ask for is counted once."""

from __future__ import annotations

import copy
import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache as default_cache
from django.core.cache import caches
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from stackgen.findings import StackgenError
from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument import django_site
from tests.integration.instrument.django_site import KINDS, TalkativeCache, observed, parameters, plain, site
from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server, silent_port

pytestmark = pytest.mark.filterwarnings(
    "ignore:Cache key:django.core.cache.CacheKeyWarning",
    "ignore:Cache key contains:django.core.cache.CacheKeyWarning",
)

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    django_site.set_up(folder)
    return folder


@pytest.fixture(scope="session")
def ports(folder: Path, new_redis: Server, shared_memcached: Server) -> dict[str, int]:
    return {"redis": new_redis.port, "memcached": shared_memcached.port}


@pytest.fixture
def settings_of(ports: dict[str, int], folder: Path) -> Any:
    return lambda kind, **more: parameters(kind, ports, folder, **more)


# -- behaviour --

KEYS = st.sampled_from(["a", "b", "c", "with space", "k" * 300])
VALUES = st.sampled_from([0, "", None, False, 1, "text", [1], {"k": b""}, threading.Lock()])
TIMEOUTS = st.sampled_from([None, 0, 100])
VERSIONS = st.sampled_from([None, 1, 2])
MANY = st.lists(KEYS, max_size=3)


def failing() -> Any:
    raise LookupError("the source is gone")


def call(name: str, *arguments: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A call of an operation, or of its asynchronous sister."""
    either = st.sampled_from([name, f"a{name}"])
    return st.tuples(either, st.tuples(*arguments), st.fixed_dictionaries({}, optional=named))


CALLS = st.one_of(
    call("get", KEYS, default=VALUES, version=VERSIONS),
    call("get", KEYS, st.sampled_from([None, 0, "default"]), VERSIONS),
    call("get"),
    call("get_many", MANY, version=VERSIONS),
    call("get_or_set", KEYS, st.sampled_from([0, None, "v", lambda: 0, lambda: None, failing]), version=VERSIONS),
    call("get_or_set", KEYS, default=st.just(7), timeout=TIMEOUTS),
    call("set", KEYS, VALUES, timeout=TIMEOUTS, version=VERSIONS),
    call("set", KEYS, VALUES, TIMEOUTS),
    call("set_many", st.dictionaries(KEYS, st.sampled_from([0, "", None, "v"]), max_size=3), timeout=TIMEOUTS),
    call("add", KEYS, VALUES, timeout=TIMEOUTS),
    call("incr", KEYS, delta=st.sampled_from([0, 1, -1, 10])),
    call("decr", KEYS, st.just(2)),
    call("incr_version", KEYS),
    call("decr_version", KEYS, version=st.just(2)),
    call("has_key", KEYS, version=VERSIONS),
    call("touch", KEYS, timeout=TIMEOUTS),
    call("delete", KEYS, version=VERSIONS),
    call("delete_many", MANY),
    st.tuples(st.just("__contains__"), st.tuples(KEYS), st.just({})),
    call("clear"),
    call("set", KEYS),
)


def outcome(cache: Any, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    method = getattr(cache, name)
    try:
        value = (async_to_sync(method) if name.startswith("a") and name != "add" else method)(*arguments, **named)
    except Exception as error:  # noqa: BLE001  -- whatever it is, both caches have to raise it
        return type(error), str(error)
    return type(value), value


def outcomes(cache: Any, calls: list[Any]) -> list[Any]:
    cache.clear()
    return [outcome(cache, name, arguments, dict(named)) for name, arguments, named in calls]


@every_kind
@given(calls=st.lists(CALLS, min_size=1, max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_values_and_exceptions(kind: str, settings_of: Any, calls: list[Any]) -> None:
    about = settings_of(kind)
    with site(plain=plain(kind, about), observed=observed(kind, about, Recorded("django").metrics)):
        expected = outcomes(caches["plain"], calls)
        assert outcomes(caches["observed"], calls) == expected
        assert outcomes(uninstrument(caches["observed"]), calls) == expected


@every_kind
def test_an_operation_counts_once_whatever_it_is_made_of(kind: str, settings_of: Any) -> None:
    recorded = Recorded("django")
    with site(c=observed(kind, settings_of(kind), recorded.metrics)):
        caches["c"].clear()
        _use(caches["c"])
        assert recorded.operations == {
            ("get", "hit"): 5, ("get", "miss"): 4, ("set", "ok"): 9, ("delete", "ok"): 3,
            ("other", "ok"): 3, ("invalidate", "ok"): 1,
        }  # fmt: skip
        assert not recorded.errors
        assert recorded.value("cache_load_duration_seconds_count", "ok") == 1


def _use(cache: Any) -> None:
    cache.set("zero", 0)
    assert cache.get("zero", "default") == 0
    cache.set("none", None)
    assert cache.get("none", "default") is None
    assert cache.get("missing") is None
    assert cache.get_many(["zero", "missing", "none", "zero"]) == {"zero": 0, "none": None}
    assert cache.get_or_set("created", lambda: 5) == 5
    assert cache.get_or_set("created", lambda: 6) == 5
    assert cache.get_or_set("plain", 7) == 7
    assert cache.set_many({"x": 1, "y": 2}) in ([], None)
    cache.incr("x")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")
    cache.incr_version("y")
    assert cache.has_key("zero")
    assert "zero" in cache
    cache.touch("zero", 100)
    cache.delete("zero")
    cache.delete_many(iter(["x", "none"]))


@every_kind
def test_asynchronous_operations_count_once(kind: str, settings_of: Any) -> None:
    recorded = Recorded("django")

    async def use(cache: Any) -> None:
        await cache.aset("zero", 0)
        assert await cache.aget("zero", "default") == 0
        assert await cache.aget("missing") is None
        assert await cache.aget_many(["zero", "missing"]) == {"zero": 0}
        assert await cache.aget_or_set("created", lambda: 5) == 5
        assert await cache.aget_or_set("created", lambda: 6) == 5
        await cache.aset_many({"x": 1, "y": 2})
        await cache.aincr("x")
        await cache.adecr("x")
        assert await cache.aincr_version("y") == 2
        assert await cache.ahas_key("zero")
        await cache.atouch("zero", 100)
        await cache.adelete("zero")
        await cache.adelete_many(["x", "y"])
        await cache.aclear()

    with site(c=observed(kind, settings_of(kind), recorded.metrics)):
        caches["c"].clear()
        async_to_sync(use)(caches["c"])
        assert recorded.operations == {
            ("get", "hit"): 3, ("get", "miss"): 3, ("set", "ok"): 7, ("delete", "ok"): 3,
            ("other", "ok"): 2, ("invalidate", "ok"): 2,
        }  # fmt: skip
        assert not recorded.errors


def test_what_a_source_does_within_get_or_set_counts_by_itself(settings_of: Any) -> None:
    recorded = Recorded("django")
    with site(c=observed("file", settings_of("file"), recorded.metrics)):
        cache = caches["c"]
        cache.clear()
        assert cache.get_or_set("outer", lambda: cache.get_or_set("inner", lambda: 1) + 1) == 2
        with pytest.raises(LookupError):
            cache.get_or_set("failing", failing)
    assert recorded.operations == {("get", "miss"): 3, ("set", "ok"): 2, ("invalidate", "ok"): 1}
    assert recorded.value("cache_load_duration_seconds_count", "ok") == 2
    assert recorded.value("cache_load_duration_seconds_count", "error") == 1


def test_key_functions_prefixes_and_versions_are_the_caches_own(settings_of: Any) -> None:
    about = settings_of("locmem", KEY_FUNCTION=f"{__name__}.upper_key", KEY_PREFIX="p", VERSION=3)
    with site(c=observed("locmem", about), p=plain("locmem", about)):
        caches["c"].get_or_set("k", 1)
        assert caches["p"].get("K") == 1
        caches["c"].version = 4
        assert caches["c"].get_many(["k"]) == {}
        assert caches["c"].decr_version("k", 2) if caches["c"].add("k", 2) else False
        assert caches["p"].get("k", version=2) == 2


def upper_key(key: str, prefix: str, version: int) -> str:
    return f"{prefix}-{version}-{key.upper()}"


def test_django_redis_own_operations_count_too(settings_of: Any) -> None:
    recorded = Recorded("redis")
    with site(c=observed("django-redis", settings_of("django-redis"), recorded.metrics)):
        cache = caches["c"]
        cache.clear()
        cache.set("k", 1, timeout=50)
        assert cache.ttl("k") == 50
        assert cache.keys("*") == ["k"]
        assert cache.delete_pattern("k*") == 1
    assert recorded.operations == {("invalidate", "ok"): 2, ("set", "ok"): 1, ("other", "ok"): 2}


# -- failures --


@pytest.mark.parametrize("kind", ["pymemcache", "redis", "django-redis"])
def test_a_server_that_is_gone_or_silent(
    kind: str, settings_of: Any, ports: dict[str, int], own_redis: Server, own_memcached: Server, folder: Path
) -> None:
    options: dict[str, Any] = {
        "pymemcache": {"timeout": 0.1, "connect_timeout": 0.1},
        "redis": {"socket_timeout": 0.1},
        "django-redis": {"SOCKET_TIMEOUT": 0.1},
    }
    own_redis.stop()
    own_memcached.stop()
    gone = {"redis": own_redis.port, "memcached": own_memcached.port}
    with silent_port() as port:
        for where, expected in ((gone, "connection"), ({"redis": port, "memcached": port}, "timeout")):
            recorded = Recorded()
            about = parameters(kind, where, folder, OPTIONS=options[kind])
            with site(o=observed(kind, about, recorded.metrics), p=plain(kind, about)):
                raised = []
                for alias in ("p", "o"):
                    with pytest.raises(Exception, match=r".*") as caught:
                        caches[alias].get("k", "default")
                    raised.append((caught.type, str(caught.value)))
                assert raised[0] == raised[1]
            assert recorded.errors == {("get", expected): 1}


def test_failures_that_django_redis_keeps_to_itself_are_no_misses(own_redis: Server, folder: Path) -> None:
    recorded = Recorded("redis")
    about = parameters(
        "django-redis", {"redis": own_redis.port, "memcached": 0}, folder, OPTIONS={"IGNORE_EXCEPTIONS": True}
    )
    django_site.set_up(folder)
    with site(c=observed("django-redis", about, recorded.metrics)):
        cache = caches["c"]
        cache.set("k", 0)
        own_redis.stop()
        assert cache.get("k", "default") == "default"
        assert async_to_sync(cache.aget)("k", "default") == "default"
        assert cache.get_many(["k", "l"]) == {}
        assert cache.set("k", 1) is None
        # A source that uses the cache itself, which fails too.
        assert cache.get_or_set("k", lambda: cache.get("l", 3)) == 3
        assert recorded.errors == {("get", "connection"): 6, ("set", "connection"): 1}
        own_redis.start()
        assert cache.get("k", "default") == "default"
    assert recorded.operations == {
        ("set", "ok"): 1, ("get", "error"): 6, ("set", "error"): 1, ("get", "miss"): 1,
    }  # fmt: skip


def test_what_cannot_be_pickled_is_a_failure_of_its_kind(settings_of: Any) -> None:
    recorded = Recorded("local")
    with site(c=observed("locmem", settings_of("locmem"), recorded.metrics)):
        with pytest.raises(TypeError):
            caches["c"].set("k", threading.Lock())
        with pytest.raises(AttributeError):
            caches["c"].set("k", lambda: 0)
    assert recorded.errors == {("set", "serialization"): 2}


# -- settings --


def operations(cache: str, backend: str, operation: str, result: str) -> float:
    labels = {"cache": cache, "backend": backend, "operation": operation, "result": result}
    return REGISTRY.get_sample_value("cache_operations_total", labels) or 0.0


@pytest.mark.parametrize(
    ("kind", "backend"),
    [("locmem", "local"), ("file", "file"), ("database", "database"), ("pymemcache", "memcached"),
     ("pylibmc", "memcached"), ("redis", "redis"), ("django-redis", "redis"), ("any", "local")],
)  # fmt: skip
def test_the_metrics_say_alias_and_kind_of_backend(kind: str, backend: str, settings_of: Any) -> None:
    alias = f"alias-of-{kind}"
    with site(**{alias: observed(kind, settings_of(kind))}):
        before = operations(alias, backend, "get", "miss")
        caches[alias].get("missing")
        assert operations(alias, backend, "get", "miss") == before + 1


def test_caches_with_the_same_settings_keep_their_names_in_every_thread(folder: Path) -> None:
    with site(first={"BACKEND": LOCMEM}, second={"BACKEND": LOCMEM}):
        before = operations("second", "local", "get", "miss"), operations("first", "local", "get", "miss")

        def look() -> None:
            caches["second"].get("missing in both")

        look()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        after = operations("second", "local", "get", "miss"), operations("first", "local", "get", "miss")
        assert after == (before[0] + 2, before[1])


LOCMEM = "stackgen.instrument.django.LocMemCache"


def test_another_name_and_kind(folder: Path) -> None:
    with site(c={"BACKEND": LOCMEM, "STACKGEN": {"CACHE": "profiles", "KIND": "other"}}):
        caches["c"].get("missing")
    assert operations("profiles", "other", "get", "miss") == 1


def test_a_cache_that_is_not_enabled_is_the_plain_one(folder: Path) -> None:
    with site(disabled={"BACKEND": LOCMEM, "STACKGEN": {"ENABLED": False}}):
        caches["disabled"].get("missing")
        assert "_stackgen" not in vars(caches["disabled"])
    assert operations("disabled", "local", "get", "miss") == 0


@pytest.mark.parametrize(
    ("ours", "told"),
    [
        ({"ENABLE": True}, "has no 'ENABLE'"),
        ([], "must be a dict"),
        ({"METRICS": "nowhere.metrics"}, "METRICS 'nowhere.metrics' cannot be imported"),
        ({"SAMPLING": 2}, "sampling must be above 0"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(ours: Any, told: str, folder: Path) -> None:
    with site(c={"BACKEND": LOCMEM, "STACKGEN": ours}), pytest.raises(StackgenError, match=told):
        caches["c"].get("k")


def test_any_cache_has_to_be_told_which(folder: Path) -> None:
    with (
        site(c={"BACKEND": "stackgen.instrument.django.AnyCache"}),
        pytest.raises(StackgenError, match="add 'STACKGEN'"),
    ):
        caches["c"].get("k")


# -- objects --


@pytest.mark.parametrize("kind", ["locmem", "file", "any"])
def test_a_cache_object_that_nobody_holds_is_freed_at_once(kind: str, settings_of: Any) -> None:
    with site(c=observed(kind, settings_of(kind), Recorded().metrics)):
        cache = caches.create_connection("c")
        cache.held = threading.Event()
        held = weakref.ref(cache.held)
        cache.get_or_set("k", 1)
        closed = TalkativeCache.closed
        gc.disable()
        try:
            del cache
            assert held() is None
        finally:
            gc.enable()
        assert TalkativeCache.closed == closed + (kind == "any")


@every_kind
def test_a_copy_does_what_one_of_a_plain_cache_does_and_counts_too(kind: str, settings_of: Any) -> None:
    recorded = Recorded()

    def use(cache: Any) -> tuple[Any, Any]:
        cache.clear()
        cache.set("k", 1)
        copied = copy.copy(cache)
        assert type(copied) is type(cache)
        copied.key_prefix = "copied"
        return copied.get("k"), cache.get("k")

    with site(c=observed(kind, settings_of(kind), recorded.metrics), p=plain(kind, settings_of(kind))):
        # The client of django-redis keys as the cache did that it was made for, the others as they say themselves.
        assert use(caches["c"]) == use(caches["p"]) == (1 if kind == "django-redis" else None, 1)
    assert recorded.operations[("get", "hit")] + recorded.operations.get(("get", "miss"), 0) == 2


def test_one_object_can_be_observed_and_released(settings_of: Any) -> None:
    recorded = Recorded()
    with site(default=plain("locmem", settings_of("locmem"))):
        plain_class = type(caches["default"])
        assert instrument(default_cache, recorded.metrics) is default_cache
        default_cache.get("missing")
        instrument(caches["default"], recorded.metrics)
        default_cache.get("missing")
        assert isinstance(caches["default"], plain_class)
        uninstrument(default_cache)
        default_cache.get("missing")
        assert type(caches["default"]) is plain_class
    assert recorded.operations == {("get", "miss"): 2}


def test_somebodys_subclass_of_an_observed_class_counts_once(settings_of: Any) -> None:
    recorded = Recorded()
    with site(c={"BACKEND": f"{__name__}.shouting_cache", "STACKGEN": {"METRICS": recorded.metrics}}):
        caches["c"].set("k", "v")
        assert caches["c"].get("k") == "V"
    assert recorded.operations == {("set", "ok"): 1, ("get", "hit"): 1}


def shouting_cache(location: str, params: dict[str, Any]) -> Any:
    from stackgen.instrument.django import LocMemCache

    class Shouting(LocMemCache):  # type: ignore[misc]
        def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
            value = super().get(key, default, version)
            return value.upper() if isinstance(value, str) else value

    return Shouting(location, params)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    caches.close_all()
