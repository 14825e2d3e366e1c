"""Regions of dogpile.cache, observed, with all that goes through them: `cache_on_arguments` too.

    region = instrument(make_region().configure(...), CacheMetrics(cache="users", backend="redis"))

It is the region that is observed and not its backend, as a `ProxyBackend` would be: only the region knows that a value
has expired, which is a miss, or stale where it is served while another one is made.
"""

from __future__ import annotations

from typing import TypeVar

from stackgen.instrument.dogpile.methods import region_methods
from stackgen.instrument.observed import put_in, state_of, take_out
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording

__all__ = ["instrument", "uninstrument"]

T = TypeVar("T")


def instrument(target: T, metrics: Recorder) -> T:
    """Observe a region, configured or not yet, and give it back. Raises TypeError for anything else."""
    uninstrument(target)
    put_in(target, region_methods, Recording(metrics))
    return target


def uninstrument(target: T) -> T:
    """Have the region be as it was, and give it back. Raises TypeError for anything that is none."""
    from dogpile.cache import CacheRegion  # noqa: PLC0415  -- imported with the first region, not before

    if not isinstance(target, CacheRegion):
        cls = type(target)
        message = f"cannot instrument {cls.__module__}.{cls.__qualname__}: give a region of dogpile.cache"
        raise TypeError(message)
    if state_of(target) is not None:
        take_out(target)
    return target
