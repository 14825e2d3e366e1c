"""What the workload is told when it starts, and what its two caches are like."""

from __future__ import annotations

from dataclasses import dataclass

from stackgen.workload.scenarios import NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """One cache: its traffic, its entries and its limits. Times are in seconds, sizes in bytes."""

    name: str
    #: Keys that callers choose from; the n-th most popular is asked for in proportion to 1 / n ** zipf_exponent.
    keys: int
    zipf_exponent: float
    #: Keys fall into this many groups, which are invalidated as one.
    groups: int
    ttl: float
    #: How much longer one key in four may be served stale while it is loaded anew.
    grace: float = 10.0
    #: Callers at work at once, over all of which requests are spread.
    callers: int = 40
    pool_limit: int = 16
    entry_limit: int = 2000
    #: The largest entry that is stored.
    value_limit: int = 16 * 1024
    #: How long a caller waits for another one that is loading the same value.
    wait: float = 0.15


SESSIONS = CacheSettings(name="sessions", keys=1000, zipf_exponent=1.1, groups=20, ttl=30.0)
PRODUCTS = CacheSettings(name="products", keys=1000, zipf_exponent=1.0, groups=50, ttl=60.0)

#: The memory that the caches may take together when Redis itself has no `maxmemory`, in bytes.
MEMORY_BUDGET = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The flags of the command. `rate` is in requests per second over both caches; port 0 takes a free one."""

    redis: str = "redis://127.0.0.1:6379/0"
    host: str = "127.0.0.1"
    port: int = 8000
    rate: float = 200.0
    seed: int = 1
    scenario: str = NORMAL.name
