"""Modules of a server: what redis-py makes for some of them makes pipelines of its own, past the client's `pipeline`.

Their other commands go through the client's `execute_command`, as all do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.asyncio.client import Pipeline as AsyncPipeline

from stackgen.instrument.observed import put_on, state_of
from stackgen.instrument.redis.pipelines import async_pipeline_methods, pipeline_methods

#: The methods of a client that make something for a module which makes pipelines.
_MAKERS: Final = ("ft", "json", "ts")


def module_makers(plain: Any) -> dict[str, Callable[..., Any]]:
    """Of a client, sync or asyncio: what they make for a module is observed too."""
    return {name: _maker(getattr(plain, name)) for name in _MAKERS if hasattr(plain, name)}


def _maker(make: Callable[..., Any]) -> Callable[..., Any]:
    def module(self: Any, *args: Any, **options: Any) -> Any:
        made = make(self, *args, **options)
        if state_of(self) is not None:
            # Applications keep it for as long as the client, whose wrapper may come off meanwhile.
            put_on(made, _module_methods, self)
        return made

    return module


def _module_methods(plain: Any) -> Mapping[str, Any]:
    def pipeline(self: Any, *args: Any, **options: Any) -> Any:
        pipe = plain.pipeline(self, *args, **options)
        if (recording := state_of(state_of(self))) is not None:
            # The pipelines of an asyncio client are not all asyncio ones, and one that is may be a plain one too.
            put_on(pipe, async_pipeline_methods if isinstance(pipe, AsyncPipeline) else pipeline_methods, recording)
        return pipe

    return {"pipeline": pipeline}
