"""A site of Django's: its settings, and caches of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.test import override_settings

from stackgen.instrument import Recorder

DJANGO = "django.core.cache.backends"
KINDS = ["locmem", "file", "database", "pymemcache", "pylibmc", "redis", "django-redis", "any"]

_BACKENDS = {
    "locmem": ("LocMemCache", f"{DJANGO}.locmem.LocMemCache"),
    "file": ("FileBasedCache", f"{DJANGO}.filebased.FileBasedCache"),
    "database": ("DatabaseCache", f"{DJANGO}.db.DatabaseCache"),
    "pymemcache": ("PyMemcacheCache", f"{DJANGO}.memcached.PyMemcacheCache"),
    "pylibmc": ("PyLibMCCache", f"{DJANGO}.memcached.PyLibMCCache"),
    "redis": ("RedisCache", f"{DJANGO}.redis.RedisCache"),
    "django-redis": ("DjangoRedisCache", "django_redis.cache.RedisCache"),
    "any": ("AnyCache", f"{__name__}.TalkativeCache"),
}


class TalkativeCache(LocMemCache):  # type: ignore[misc]  # Django has no types
    """Somebody's own: its `get` has other parameters, its operations call each other, and it says goodbye."""

    closed = 0

    def get(self, key: Any, default: Any = None, version: Any = None, quiet: bool = True) -> Any:
        found = self.get_many([key], version=version)
        return found.get(key, default)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        missing = object()
        found = {key: LocMemCache.get(self, key, missing, version) for key in keys}
        return {key: value for key, value in found.items() if value is not missing}

    def __del__(self) -> None:
        TalkativeCache.closed += 1


def set_up(folder: Path) -> None:
    """Settings for the whole process; a database with tables for sessions and the database's cache."""
    if not settings.configured:
        settings.configure(
            SECRET_KEY="of no worth",
            ALLOWED_HOSTS=["testserver"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.sqlite3")}},
            INSTALLED_APPS=["django.contrib.sessions"],
            MIDDLEWARE=[
                "django.middleware.cache.UpdateCacheMiddleware",
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.cache.FetchFromCacheMiddleware",
            ],
            CACHE_MIDDLEWARE_ALIAS="pages",
            SESSION_ENGINE="django.contrib.sessions.backends.cache",
            SESSION_CACHE_ALIAS="sessions",
            ROOT_URLCONF="tests.integration.instrument.django_pages",
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
            USE_TZ=True,
        )
        django.setup()
        with override_settings(CACHES={"default": {"BACKEND": _BACKENDS["database"][1], "LOCATION": "entries"}}):
            call_command("createcachetable", verbosity=0)


def parameters(kind: str, ports: dict[str, int], folder: Path, **more: Any) -> dict[str, Any]:
    """The settings of a cache of this kind, without its `BACKEND`."""
    location: dict[str, Any] = {
        "file": str(folder / "entries"),
        "database": "entries",
        "pymemcache": f"127.0.0.1:{ports['memcached']}",
        "pylibmc": f"127.0.0.1:{ports['memcached']}",
        "redis": f"redis://127.0.0.1:{ports['redis']}",
        "django-redis": f"redis://127.0.0.1:{ports['redis']}",
    }
    return {"LOCATION": location.get(kind, kind), **more}


def plain(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The settings of a cache as Django has it."""
    return {"BACKEND": _BACKENDS[kind][1], **parameters}


def observed(kind: str, parameters: dict[str, Any], metrics: Recorder | None = None, **ours: Any) -> dict[str, Any]:
    """The settings of the same cache, observed."""
    name, path_of_plain = _BACKENDS[kind]
    own = {**ours, **({"METRICS": metrics} if metrics else {}), **({"BACKEND": path_of_plain} if kind == "any" else {})}
    return {"BACKEND": f"stackgen.instrument.django.{name}", **parameters, **({"STACKGEN": own} if own else {})}


@contextmanager
def site(**by_alias: dict[str, Any]) -> Iterator[None]:
    """The site with these caches."""
    with override_settings(CACHES={"default": {"BACKEND": f"{DJANGO}.dummy.DummyCache"}, **by_alias}):
        try:
            yield
        finally:
            for cache in caches.all(initialized_only=True):
                client: Any = getattr(cache, "_cache", None)
                if hasattr(client, "disconnect_all"):
                    client.disconnect_all()
                for pool in getattr(client, "_pools", {}).values():
                    pool.disconnect()
