"""From a command and its answer to the events of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import NoScriptError, RedisError, WatchError

from stackgen.instrument.errors import THROWN_IN, kinds_of
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.redis.commands import WAITING, Arguments, command_of, name_of

#: How redis-py is told that it has to do something else first: a part of the protocol, and no failure.
_EXPECTED: Final = (WatchError, NoScriptError)


class Recording:
    """What a client's commands are recorded by. It never raises, whatever a command or an answer looks like."""

    __slots__ = ("_done", "_kind", "hit", "metrics", "miss")

    def __init__(self, metrics: Recorder) -> None:
        self.metrics = metrics
        self._kind = kinds_of(metrics)
        self._done = {
            "set": metrics.record_set,
            "delete": metrics.record_delete,
            "invalidate": metrics.record_invalidate,
            "other": metrics.record_other,
        }
        self.hit = metrics.record_hit
        self.miss = metrics.record_miss

    def ended(self, seconds: float, arguments: Arguments, answer: Any) -> None:
        """A command was answered, after so many seconds."""
        command = command_of(arguments)
        if command.found is not None:
            hits, misses = command.found(answer)
            for _ in range(hits):
                self.hit(seconds)
            for _ in range(misses):
                self.miss(seconds)
        elif command.operation != "other" or name_of(arguments) not in WAITING:
            record = self._done[command.operation]
            for _ in range(command.entries(arguments)):
                record(seconds)

    def failed(self, seconds: float, arguments: Arguments, error: BaseException) -> None:
        """A command ended in an exception, after so many seconds."""
        if isinstance(error, (*THROWN_IN, *_EXPECTED)):
            return
        command = command_of(arguments)
        kind = self._kind(error)
        for _ in range(command.entries(arguments)):
            self.metrics.record_error(seconds, command.operation, kind)

    def answered(self, seconds: float, batch: Sequence[Arguments], answers: Sequence[Any]) -> None:
        """The commands of a pipeline were answered, all in so many seconds; an answer may be an exception."""
        # Commands from before the pipeline was observed are not in the batch; their answers come first.
        for arguments, answer in zip(batch, answers[len(answers) - len(batch) :], strict=False):
            if isinstance(answer, RedisError):
                self.failed(seconds, arguments, answer)
            else:
                self.ended(seconds, arguments, answer)

    def broken_off(self, seconds: float, batch: Sequence[Arguments], error: BaseException) -> None:
        """A pipeline ended in an exception: its caller has the answer of none of its commands."""
        for arguments in batch:
            self.failed(seconds, arguments, error)
