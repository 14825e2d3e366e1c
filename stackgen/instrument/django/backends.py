"""The classes for `settings.CACHES`: each is a class of caches as it was, whose objects are observed from the start."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from django.core.cache import BaseCache, caches
from django.utils.connection import ConnectionProxy
from django.utils.module_loading import import_string

from stackgen.instrument.django.independent import StandInRecording, has_stand_in
from stackgen.instrument.django.methods import cache_methods
from stackgen.instrument.django.recording import CacheRecording
from stackgen.instrument.django.settings import KEY, metrics_for, wrapped_class
from stackgen.instrument.observed import STATE, observed_class, plain_class, put_on, take_off
from stackgen.instrument.recorder import Recorder

#: The classes that are observed, by the name that they have here.
CLASSES: Final = {
    "LocMemCache": "django.core.cache.backends.locmem.LocMemCache",
    "FileBasedCache": "django.core.cache.backends.filebased.FileBasedCache",
    "DatabaseCache": "django.core.cache.backends.db.DatabaseCache",
    "PyMemcacheCache": "django.core.cache.backends.memcached.PyMemcacheCache",
    "PyLibMCCache": "django.core.cache.backends.memcached.PyLibMCCache",
    "RedisCache": "django.core.cache.backends.redis.RedisCache",
    "DjangoRedisCache": "django_redis.cache.RedisCache",
}


def backend(name: str) -> Any:
    """The class of that name. Raises AttributeError where there is none, ImportError where its library is missing."""
    if name == "AnyCache":
        return AnyCache
    if name not in CLASSES:
        message = f"module 'stackgen.instrument.django' has no attribute {name!r}"
        raise AttributeError(message)
    return drop_in(import_string(CLASSES[name]))


@cache
def drop_in(plain: Any) -> Any:
    """A subclass whose objects are observed, as their settings say."""

    def __new__(cls: Any, *args: Any, **options: Any) -> Any:  # noqa: N807  -- is what it will be
        # Observed from birth: an object whose class is exchanged later loses the fast way to its attributes.
        observed = observed_class(vars(cls).get("__stackgen_plain__", cls), cache_methods)
        return (
            object.__new__(observed) if plain.__new__ is object.__new__ else plain.__new__(observed, *args, **options)
        )

    def __init__(self: Any, location: Any, params: dict[str, Any]) -> None:  # noqa: N807
        params = dict(params)
        settings = params.pop(KEY, {})
        metrics = metrics_for(plain, settings)
        plain.__init__(self, location, params)
        if metrics is None:
            self.__class__ = plain_class(self)
        else:
            setattr(self, STATE, _recording(plain, metrics))

    about = {name: getattr(plain, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(plain.__name__, (plain,), {**about, "__new__": __new__, "__init__": __init__})


class AnyCache:
    """A cache of any class, which `STACKGEN: {"BACKEND": ...}` names, observed."""

    def __new__(cls, location: Any, params: dict[str, Any]) -> Any:
        """Make the other class's object."""
        return drop_in(wrapped_class(params.get(KEY, {})))(location, params)


def instrument(target: Any, metrics: Recorder) -> Any:
    """Observe one cache object, which serves one thread, and give it back. Raises TypeError for anything else.

    All objects of a cache are observed through its `BACKEND`.
    """
    cache_object = _object(target)
    take_off(cache_object)
    put_on(cache_object, cache_methods, _recording(type(cache_object), metrics))
    return target


def uninstrument(target: Any) -> Any:
    """Have one cache object be as it was, and give it back. Raises TypeError for anything else."""
    take_off(_object(target))
    return target


def _object(target: Any) -> Any:
    """The cache object itself, also of `django.core.cache.cache`."""
    if isinstance(target, ConnectionProxy):
        return caches[target._alias]  # noqa: SLF001  -- it has no public name
    if not isinstance(target, BaseCache):
        cls = type(target)
        message = f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a cache of Django's"
        raise TypeError(message)
    return target


def _recording(cls: type, metrics: Recorder) -> CacheRecording:
    if any(base.__module__ == "django_redis.cache" for base in cls.__mro__):
        from stackgen.instrument.django.swallowed import WatchfulRecording  # noqa: PLC0415  -- for this library alone

        return WatchfulRecording(metrics)
    return StandInRecording(metrics) if has_stand_in(cls) else CacheRecording(metrics)
