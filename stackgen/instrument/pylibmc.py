"""Clients of pylibmc, observed; what a pool clones from an observed client is observed too.

    client = instrument(pylibmc.Client(["127.0.0.1"]), CacheMetrics(cache="sessions", backend="memcached"))

libmemcached, which does the work, has one connection for each client and server.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")

_MAKERS: Final[Mapping[str, Maker]] = {
    "get": lookup,
    "gets": lookup_with_token,
    "get_multi": lookup_many,
    **dict.fromkeys(("set", "add", "replace", "append", "prepend", "cas", "incr", "decr"), change("set")),
    **dict.fromkeys(("set_multi", "add_multi", "incr_multi"), change_many("set")),
    # `delete_multi` calls it for each key.
    "delete": change("delete"),
    "flush_all": change("invalidate"),
    **dict.fromkeys(("touch", "get_stats"), change("other")),
}


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a client and give it back. Raises TypeError for anything else."""
    uninstrument(target)
    put_on(target, _methods, Recording(metrics, _kind))
    return target


def uninstrument(target: T) -> T:
    """Have the client be as it was, and give it back. Raises TypeError for anything that is no client."""
    from pylibmc import Client  # noqa: PLC0415  -- imported with the first client, not before

    if not isinstance(target, Client):
        cls = plain_class(target)
        message = f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a client of pylibmc"
        raise TypeError(message)
    take_off(target)
    return target


def _methods(plain: Any) -> Mapping[str, Any]:
    def clone(self: Any) -> Any:
        copy = plain.clone(self)
        recording: Recording | None = state_of(self)
        if recording is not None:
            put_on(copy, _methods, recording)
        return copy

    return {**methods_of(plain, _MAKERS), "clone": clone}


def _kind(error: BaseException, kinds: Kinds) -> Kind:
    # libmemcached's time-out has no class of its own; its text is the library's.
    if "TIMEOUT" in str(error).upper():
        return "timeout"
    return kinds(error)
