"""Pipelines and transactions: their commands are recorded one by one, when they are executed."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from time import perf_counter
from typing import Any

from stackgen.instrument.observed import state_of
from stackgen.instrument.redis.recording import Recording

#: The attribute, of a pipeline, that holds its commands until they are executed.
_BATCH = "_stackgen_batch"


def _buffered(pipe: Any, args: tuple[Any, ...]) -> None:
    batch = getattr(pipe, _BATCH, None)
    if batch is None:
        setattr(pipe, _BATCH, [args])
    else:
        batch.append(args)


def _batch(pipe: Any) -> list[tuple[Any, ...]]:
    """The commands that are about to be executed: the last ones, as the pipeline may have forgotten earlier ones."""
    batch: list[tuple[Any, ...]] = vars(pipe).pop(_BATCH, [])
    return batch[len(batch) - len(pipe) :]


def pipeline_methods(plain: Any) -> Mapping[str, Any]:
    """Of a sync pipeline: its commands wait until `execute`, but for those between `WATCH` and `MULTI`."""

    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        started = perf_counter()
        try:
            answer = plain.execute_command(self, *args, **options)
        except BaseException as error:
            if recording is not None:
                recording.failed(perf_counter() - started, args, error)
            raise
        if recording is not None:
            if answer is self:
                _buffered(self, args)
            else:
                recording.ended(perf_counter() - started, args, answer)
        return answer

    def execute(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return plain.execute(self, *args, **options)
        batch = _batch(self)
        started = perf_counter()
        try:
            answers = plain.execute(self, *args, **options)
        except BaseException as error:
            recording.broken_off(perf_counter() - started, batch, error)
            raise
        recording.answered(perf_counter() - started, batch, answers)
        return answers

    return {"execute_command": execute_command, "execute": execute}


async def _immediate(recording: Recording, args: tuple[Any, ...], answering: Awaitable[Any]) -> Any:
    started = perf_counter()
    try:
        answer = await answering
    except BaseException as error:
        recording.failed(perf_counter() - started, args, error)
        raise
    recording.ended(perf_counter() - started, args, answer)
    return answer


def async_pipeline_methods(plain: Any) -> Mapping[str, Any]:
    """Of an asyncio pipeline."""

    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        answer = plain.execute_command(self, *args, **options)
        if recording is None:
            return answer
        if answer is self:
            _buffered(self, args)
            return answer
        return _immediate(recording, args, answer)

    async def execute(self: Any, *args: Any, **options: Any) -> Any:
        recording: Recording | None = state_of(self)
        if recording is None:
            return await plain.execute(self, *args, **options)
        batch = _batch(self)
        started = perf_counter()
        try:
            answers = await plain.execute(self, *args, **options)
        except BaseException as error:
            recording.broken_off(perf_counter() - started, batch, error)
            raise
        recording.answered(perf_counter() - started, batch, answers)
        return answers

    return {"execute_command": execute_command, "execute": execute}
