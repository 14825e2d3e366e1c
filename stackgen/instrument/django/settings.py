"""What `settings.CACHES` says about a cache's metrics, and which of its caches is being made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from stackgen.exporters.cache import Backend, CacheMetrics
from stackgen.findings import StackgenError
from stackgen.instrument.recorder import Recorder

#: The key of a cache's settings that holds ours, beside Django's `TIMEOUT` or `OPTIONS`.
KEY: Final = "STACKGEN"

#: What the exporter is built with, by the names that settings have.
_ARGUMENTS: Final = {"CACHE": "cache", "KIND": "backend", "SAMPLING": "sampling", "SHARED": "shared"}
_KNOWN: Final = (*_ARGUMENTS, "ENABLED", "METRICS", "BACKEND")

#: What holds the entries, by the module of a class of caches or of one that it derives from.
_BACKENDS: Final[Mapping[str, Backend]] = {
    "django.core.cache.backends.locmem": "local",
    "django.core.cache.backends.filebased": "file",
    "django.core.cache.backends.db": "database",
    "django.core.cache.backends.memcached": "memcached",
    "django.core.cache.backends.redis": "redis",
    "django_redis.cache": "redis",
}


class CacheSettingsError(StackgenError, ImproperlyConfigured):  # type: ignore[misc]  # Django has no types
    """The settings of a cache that cannot be observed as they say."""


#: An exporter is made once for what it is made with: Django makes a cache object for each thread and each request.
_made: dict[tuple[object, ...], CacheMetrics] = {}


def metrics_for(cls: type, settings: Any) -> Recorder | None:
    """What a cache of this class records to; None if its settings say that it is not observed.

    Raises CacheSettingsError for settings that nobody knows or that the exporter does not take.
    """
    if not isinstance(settings, Mapping):
        message = f"CACHES: {KEY} must be a dict of {', '.join(_KNOWN)}, not {settings!r}"
        raise CacheSettingsError(message)
    unknown = [name for name in settings if name not in _KNOWN]
    if unknown:
        message = f"CACHES: {KEY} has no {unknown[0]!r}; it knows {', '.join(_KNOWN)}"
        raise CacheSettingsError(message)
    if not settings.get("ENABLED", True):
        return None
    given = settings.get("METRICS")
    if given is not None:
        recorder: Recorder = _imported(given, "METRICS") if isinstance(given, str) else given
        return recorder
    arguments: dict[str, Any] = {"cache": settings.get("CACHE") or alias(), "backend": backend_of(cls)}
    arguments |= {_ARGUMENTS[name]: value for name, value in settings.items() if name in _ARGUMENTS}
    key = tuple(arguments.items())
    found = _made.get(key)
    if found is None:
        try:
            found = CacheMetrics(**arguments)
        except (ValueError, OSError) as error:
            message = f"CACHES: the metrics of {arguments['cache']!r} cannot be made: {error}"
            raise CacheSettingsError(message) from error
        _made[key] = found
    return found


def wrapped_class(settings: Mapping[str, Any]) -> Any:
    """The class that `AnyCache` is to observe. Raises CacheSettingsError where there is none."""
    path = settings.get("BACKEND")
    if not path:
        message = f"CACHES: AnyCache needs to know what to observe; add {KEY!r}: {{'BACKEND': 'path.of.its.Class'}}"
        raise CacheSettingsError(message)
    return _imported(path, "BACKEND") if isinstance(path, str) else path


def _imported(path: str, name: str) -> Any:
    try:
        return import_string(path)
    except ImportError as error:
        message = f"CACHES: {KEY}: {name} {path!r} cannot be imported: {error}"
        raise CacheSettingsError(message) from error


def backend_of(cls: type) -> Backend:
    """The `backend` of a class of caches."""
    return next((_BACKENDS[base.__module__] for base in cls.__mro__ if base.__module__ in _BACKENDS), "django")


def alias() -> str:
    """The alias of the cache that is being made, `unnamed` for one that somebody makes himself.

    Django tells it to nobody but its own handler, which is among our callers.
    """
    frame: Any = sys._getframe(1)  # noqa: SLF001  -- the way to one's callers
    while frame is not None:
        if frame.f_code.co_name in {"create_connection", "__getitem__"} and isinstance(
            frame.f_locals.get("alias"), str
        ):
            found: str = frame.f_locals["alias"]
            return found
        frame = frame.f_back
    return "unnamed"
