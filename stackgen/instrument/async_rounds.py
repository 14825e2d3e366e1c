"""Something done again and again in a task."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from stackgen.runtime.attempts import Attempts


class AsyncRounds(ABC):
    """Goes round in a task of the running loop from `start` to `stop`, first at once; failures as `Rounds` has them."""

    def __init__(self, task: str, *, every: float) -> None:
        """`task`: what it is called. `every`: how often it usually goes round, in seconds."""
        self._name = task
        self._every = every
        self._attempts = Attempts(task)
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def _round(self) -> float:
        """Do it once; gives the seconds until the next time."""

    def start(self) -> Self:
        """Begin; done again it changes nothing. Raises RuntimeError where no loop runs."""
        if self._task is None or self._task.done():
            # Its own: the task before may be still at its last round.
            self._ending = asyncio.Event()
            self._task = asyncio.create_task(self._run(self._ending), name=self._name)
        return self

    async def stop(self) -> None:
        """End, and wait until the task has."""
        task, self._task = self._task, None
        if task is not None:
            # A cancellation that comes together with an answer may be lost in the client that is asked.
            self._ending.set()
            task.cancel()
            # Not awaited itself: who cancels this caller must not be mistaken for the task's own end.
            await asyncio.wait({task})

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self, ending: asyncio.Event) -> None:
        while True:
            pause = self._every
            with self._attempts:
                pause = await self._round()
            if ending.is_set():
                return
            await asyncio.sleep(pause)
