"""The methods that an observed client has in place of its own: each calls its own one, and records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from stackgen.instrument.observed import put_in, put_on, state_of
from stackgen.instrument.redis.modules import module_makers
from stackgen.instrument.redis.pipelines import async_pipeline_methods, pipeline_methods
from stackgen.instrument.redis.recording import Recording
from stackgen.instrument.redis.retries import counted

# What comes after a command was answered runs with cold caches, and a command on the same machine takes no longer than
# some thousand instructions: the two commands that caches live by are told apart here, before anything is called.


def client_methods(plain: Any) -> Mapping[str, Any]:
    """Of a sync client."""
    thin = _thin(plain)

    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        try:
            recording: Recording = self._stackgen
        except AttributeError:
            return plain.execute_command(self, *args, **options)
        started = perf_counter()
        try:
            if plain.execute_command is thin:
                answer = self._execute_command(*args, **options)
            else:
                answer = plain.execute_command(self, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, args, error)
            raise
        seconds = perf_counter() - started
        if args[0] != "GET":
            recording.ended(seconds, args, answer)
        elif answer is not None:
            recording.hit(seconds)
        else:
            recording.miss(seconds)
        return answer

    return {"execute_command": execute_command, **_made_by(plain, pipeline_methods, client_methods)}


def _thin(plain: Any) -> Any:
    """The class's `execute_command` if all it does is to call `_execute_command`, as it is since redis-py 5.1.

    That call is left out then, and pays for ours. Where somebody has put another one in its place, before or after, it
    is called.
    """
    code = getattr(plain.execute_command, "__code__", None)
    return plain.execute_command if code is not None and code.co_names == ("_execute_command",) else None


def async_client_methods(plain: Any) -> Mapping[str, Any]:
    """Of an asyncio client."""

    async def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        try:
            recording: Recording = self._stackgen
        except AttributeError:
            return await plain.execute_command(self, *args, **options)
        started = perf_counter()
        try:
            answer = await plain.execute_command(self, *args, **options)
        except BaseException as error:
            recording.failed(perf_counter() - started, args, error)
            raise
        seconds = perf_counter() - started
        if args[0] != "GET":
            recording.ended(seconds, args, answer)
        elif answer is not None:
            recording.hit(seconds)
        else:
            recording.miss(seconds)
        return answer

    return {"execute_command": execute_command, **_made_by(plain, async_pipeline_methods, async_client_methods)}


def _made_by(plain: Any, of_pipelines: Any, of_clients: Any) -> dict[str, Any]:
    """The methods that make something of a client: it is observed too."""

    def pipeline(self: Any, *args: Any, **options: Any) -> Any:
        pipe = plain.pipeline(self, *args, **options)
        if (recording := state_of(self)) is not None:
            put_on(pipe, of_pipelines, recording)
        return pipe

    def client(self: Any) -> Any:
        single = plain.client(self)
        if (recording := state_of(self)) is not None:
            put_in(single, of_clients, recording)
        return single

    def set_retry(self: Any, retry: Any) -> None:
        if (recording := state_of(self)) is not None:
            retry = counted(retry, recording.metrics)
        plain.set_retry(self, retry)

    made = {"pipeline": pipeline, "client": client, "set_retry": set_retry}
    return {name: method for name, method in made.items() if hasattr(plain, name)} | module_makers(plain)


# -- clusters: they try again themselves, with another node or after they have asked for the nodes anew --

#: Attempts of the command under way that failed, and that the cluster's client would make again.
_attempts: ContextVar[list[BaseException] | None] = ContextVar("_attempts", default=None)


@contextmanager
def _counted_attempts(recording: Recording | None) -> Iterator[None]:
    failed: list[BaseException] = []
    token = _attempts.set(failed)
    given_up = 0
    try:
        yield
    except BaseException:
        given_up = 1
        raise
    finally:
        _attempts.reset(token)
        if recording is not None:
            for _ in range(len(failed) - given_up):
                recording.metrics.record_retry()


def _attempt_failed(plain: Any, error: BaseException) -> None:
    failed = _attempts.get()
    if failed is not None and type(error) in plain.ERRORS_ALLOW_RETRY:
        failed.append(error)


def cluster_methods(plain: Any) -> Mapping[str, Any]:
    """Of a sync client of a cluster."""
    methods = client_methods(plain)

    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        with _counted_attempts(state_of(self)):
            return methods["execute_command"](self, *args, **options)

    def _execute_command(self: Any, *args: Any, **options: Any) -> Any:
        try:
            return plain._execute_command(self, *args, **options)  # noqa: SLF001  -- each attempt goes through it
        except BaseException as error:
            _attempt_failed(plain, error)
            raise

    return {**methods, "execute_command": execute_command, "_execute_command": _execute_command}


def async_cluster_methods(plain: Any) -> Mapping[str, Any]:
    """Of an asyncio client of a cluster."""
    methods = async_client_methods(plain)

    async def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        with _counted_attempts(state_of(self)):
            return await methods["execute_command"](self, *args, **options)

    async def _execute_command(self: Any, *args: Any, **options: Any) -> Any:
        try:
            return await plain._execute_command(self, *args, **options)  # noqa: SLF001
        except BaseException as error:
            _attempt_failed(plain, error)
            raise

    return {**methods, "execute_command": execute_command, "_execute_command": _execute_command}
