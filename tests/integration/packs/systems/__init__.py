"""The systems that packs are for, by the pack's name; `cache` is proven by tests/integration/test_pipeline.py."""

from __future__ import annotations

from collections.abc import Mapping

from tests.integration.packs.system import Starter
from tests.integration.packs.systems import memcached, python, redis, redis_py

SYSTEMS: Mapping[str, Starter] = {
    "memcached": memcached.system,
    "python": python.system,
    "redis": redis.system,
    "redis-py": redis_py.system,
}
