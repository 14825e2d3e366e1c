"""Clients of pymemcache, observed: `Client`, `PooledClient`, `HashClient` and `RetryingClient`.

    client = instrument(PooledClient("127.0.0.1:11211"), CacheMetrics(cache="sessions", backend="memcached"))

With `ignore_exc` the client turns failures into misses before anybody can see them, and they are counted as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from stackgen.exporters.cache import Kind
from stackgen.instrument.errors import Kinds
from stackgen.instrument.memcached import (
    Maker,
    change,
    change_many,
    lookup,
    lookup_many,
    lookup_with_token,
    methods_of,
)
from stackgen.instrument.observed import plain_class, put_on, state_of, take_off
from stackgen.instrument.pools import UNLIMITED, Usage, hide, show
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")

_MAKERS: Final[Mapping[str, Maker]] = {
    "get": lookup,
    "gets": lookup_with_token,
    **dict.fromkeys(("get_many", "get_multi", "gets_many"), lookup_many),
    **dict.fromkeys(("set", "add", "replace", "append", "prepend", "cas", "incr", "decr"), change("set")),
    **dict.fromkeys(("set_many", "set_multi"), change_many("set")),
    "delete": change("delete"),
    **dict.fromkeys(("delete_many", "delete_multi"), change_many("delete")),
    "flush_all": change("invalidate"),
    **dict.fromkeys(("touch", "stats", "version", "raw_command", "cache_memlimit"), change("other")),
}


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a client and give it back. Raises TypeError for anything else."""
    uninstrument(target)
    inner = _inner(target)
    put_on(inner, _methods, Recording(metrics, _kind))
    if hasattr(inner, "client_pool") or getattr(inner, "use_pooling", False):
        show(inner, metrics, _usages)
    return target


def uninstrument(target: T) -> T:
    """Have the client be as it was, and give it back. Raises TypeError for anything that is no client."""
    inner = _inner(target)
    recording: Recording | None = state_of(inner)
    if recording is not None:
        take_off(inner)
        hide(inner, recording.metrics)
    return target


def _inner(target: Any) -> Any:
    """The client that does the work: one that retries has it do so, and each attempt is an operation of its own."""
    from pymemcache import Client, HashClient, PooledClient  # noqa: PLC0415  -- imported with the first client
    from pymemcache.client.retrying import RetryingClient  # noqa: PLC0415

    client = target
    while isinstance(client, RetryingClient):
        client = client._client  # noqa: SLF001  -- it has no public name
    if isinstance(client, (Client, HashClient, PooledClient)):
        return client
    cls = plain_class(target)
    message = f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a client of pymemcache"
    raise TypeError(message)


def _methods(plain: Any) -> Mapping[str, Any]:
    from pymemcache import HashClient  # noqa: PLC0415

    # That client's `gets_many` goes through its `get_many`, which is observed.
    left_out = {"gets_many"} if issubclass(plain, HashClient) else set()
    return methods_of(plain, {name: maker for name, maker in _MAKERS.items() if name not in left_out})


def _kind(error: BaseException, kinds: Kinds) -> Kind:
    # An exhausted pool says so with the error of no class of its own.
    if type(error) is RuntimeError and str(error).startswith("Too many objects"):
        return "connection"
    return kinds(error)


def _usages(client: Any) -> Iterator[tuple[int, Usage]]:
    """Of a client's pool, or of those of its servers."""
    for each in list(getattr(client, "clients", {"": client}).values()):
        pool = getattr(each, "client_pool", None)
        if pool is not None:
            limit = pool.max_size if pool.max_size < UNLIMITED else 0
            yield id(pool), Usage(len(pool.used), len(pool.free), limit)
