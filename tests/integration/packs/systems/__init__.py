"""The systems that packs are for, by the pack's name; `cache` is proven by tests/integration/test_pipeline.py."""

from __future__ import annotations

from collections.abc import Mapping

from tests.integration.packs.system import Starter
from tests.integration.packs.systems import (
    alertmanager,
    cache_kit,
    cachier,
    django,
    exporter,
    memcached,
    prometheus,
    python,
    redis,
    redis_py,
    yokedcache,
)

SYSTEMS: Mapping[str, Starter] = {
    "alertmanager": alertmanager.system,
    "cache-kit": cache_kit.system,
    "cachier": cachier.system,
    "django": django.system,
    "exporter": exporter.system,
    "memcached": memcached.system,
    "prometheus": prometheus.system,
    "python": python.system,
    "redis": redis.system,
    "redis-py": redis_py.system,
    "yokedcache": yokedcache.system,
}
