"""Django's caches, observed: exchange the class in `settings.CACHES`, and nothing else.

    CACHES = {
        "default": {
            "BACKEND": "stackgen.instrument.django.RedisCache",  # was django.core.cache.backends.redis.RedisCache
            "LOCATION": "redis://127.0.0.1:6379",
        }
    }

`LocMemCache`, `FileBasedCache`, `DatabaseCache`, `PyMemcacheCache`, `PyLibMCCache` and `RedisCache` are Django's own,
`DjangoRedisCache` is django-redis', and `AnyCache` observes the class that `"STACKGEN": {"BACKEND": ...}` names. The
metrics' label `cache` is the alias. `stackgen.instrument.django.urls` serves the metrics.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeVar

from stackgen.instrument.recorder import Recorder

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")


def __getattr__(name: str) -> Any:
    """A class for `BACKEND`; its library is imported when it is asked for."""
    if name.startswith("_"):
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return _backends().backend(name)


def _backends() -> Any:
    # Not `from ... import`, which would ask `__getattr__` again.
    return import_module("stackgen.instrument.django.backends")


def instrument(target: T, metrics: Recorder) -> T:
    """Observe one cache object, `caches["default"]`, and give it back; `BACKEND` observes those of all threads.

    Raises TypeError for anything else.
    """
    _backends().instrument(target, metrics)
    return target


def uninstrument(target: T) -> T:
    """Have one cache object be as it was, and give it back. Raises TypeError for anything else."""
    _backends().uninstrument(target)
    return target
