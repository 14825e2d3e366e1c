"""Sentinels: what they hand out is observed; what they are asked about themselves is not a matter of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackgen.instrument.observed import state_of
from stackgen.instrument.redis.recording import Recording


def sentinel_methods(plain: Any) -> Mapping[str, Any]:
    """Of a sync or an asyncio Sentinel."""

    def master_for(self: Any, *args: Any, **options: Any) -> Any:
        return _observed(self, plain.master_for(self, *args, **options))

    def slave_for(self: Any, *args: Any, **options: Any) -> Any:
        return _observed(self, plain.slave_for(self, *args, **options))

    return {"master_for": master_for, "slave_for": slave_for}


def _observed(sentinel: Any, client: Any) -> Any:
    from stackgen.instrument.redis.clients import observe  # noqa: PLC0415  -- it knows this module

    recording: Recording | None = state_of(sentinel)
    if recording is not None:
        observe(client, recording.metrics)
    return client
