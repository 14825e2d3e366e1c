"""Which stores there are: one per definition and registry, and a new beginning for all of them after a fork."""

from __future__ import annotations

import os
import threading
import weakref

from prometheus_client.registry import Collector, CollectorRegistry

from stackgen.runtime.selfmetrics import SelfMetrics
from stackgen.runtime.spec import Spec
from stackgen.runtime.store import Options, Store


class _Registered:
    """What a registry has been given: a store per definition, and the metrics about all of them."""

    def __init__(self) -> None:
        self.stores: dict[str, Store] = {}
        self.about = SelfMetrics(self.stores)


_registered: weakref.WeakKeyDictionary[CollectorRegistry, _Registered] = weakref.WeakKeyDictionary()
_alive: weakref.WeakSet[Store] = weakref.WeakSet()
_building = threading.RLock()


def _make(spec: Spec, options: Options) -> Store:
    store = Store(spec, options)
    _alive.add(store)
    return store


def store_for(spec: Spec, registry: CollectorRegistry | None, options: Options) -> Store:
    """The store of a definition in a registry, made and registered if it is new; without a registry always a new one.

    One that was taken out of its registry is put back with all that it has, so that exporters that were built before
    are seen too; with other options, or of another version, a new one takes its place.

    Raises ValueError if the registry has another version of the definition, the same with other options, or another
    collector with its names.
    """
    if registry is None:
        return _make(spec, options)
    with _building:
        known = _registered.setdefault(registry, _Registered())
        store = known.stores.get(spec.name)
        if store is not None and not _has(registry, store):
            if store.spec.digest == spec.digest and store.options == options:
                _register(registry, store, known)
            else:
                known.stores.pop(spec.name, None)
                store = None
        if store is None:
            made = _make(spec, options)
            # A signal handler or finalizer may have made it meanwhile; what it has is what everybody gets.
            store = known.stores.get(spec.name)
            if store is None:
                _register(registry, made, known)
                return made
    if store.spec.digest != spec.digest:
        message = (
            f"the registry already has metrics of another version of {spec.name!r}; restart the process, or give each "
            f"version its own registry"
        )
        raise ValueError(message)
    if store.options != options:
        message = (
            f"{spec.name!r} was first built with {_told(store.options)}, now with {_told(options)}; all exporters of a "
            f"definition in one registry share these"
        )
        raise ValueError(message)
    return store


def _register(registry: CollectorRegistry, store: Store, known: _Registered) -> None:
    registry.register(store)
    if not _has(registry, known.about):
        registry.register(known.about)
    known.stores[store.spec.name] = store


def _has(registry: CollectorRegistry, collector: Collector) -> bool:
    """Whether a collector is registered.

    Registering it to find out would take the registry's lock, which a signal handler that builds an exporter during a
    scrape would wait for without end.
    """
    return collector in getattr(registry, "_collector_to_names", (collector,))


def _told(options: Options) -> str:
    return f"sampling={options.sampling:g}, shared={options.shared!r}"


def after_fork() -> None:
    """Tell every exporter that this is a new process: it begins at zero.

    Python does so itself wherever `os.fork` is called; only a server that forks without telling Python needs to.
    """
    global _building  # noqa: PLW0603 - a lock that another thread held while forking is never let go
    _building = threading.RLock()
    for store in list(_alive):
        store.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)
