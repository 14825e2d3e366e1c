"""Something done again and again in a daemon thread."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from stackgen.instrument.forks import follow_forks
from stackgen.runtime.attempts import Attempts


class Rounds(ABC):
    """Goes round in a thread from `start` to `stop`, first at once; a forked child goes on in a thread of its own.

    A round that raises is logged, and the next one comes after the usual time.
    """

    def __init__(self, thread: str, *, every: float, patience: float) -> None:
        """`thread`: what it is called. `every`: how often it usually goes round. `patience`: how long `stop` waits.

        Both in seconds.
        """
        self._name = thread
        self._every = every
        self._attempts = Attempts(thread)
        self._patience = patience
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        follow_forks(self)

    @abstractmethod
    def _round(self) -> float:
        """Do it once; gives the seconds until the next time."""

    def start(self) -> Self:
        """Begin; done again it changes nothing."""
        if self._thread is None or not self._thread.is_alive():
            # Its own: the thread before may be still at its last round.
            self._stopping = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stopping,), name=self._name, daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """End, and wait for the thread, for as long as a round may take."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join(self._patience)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def after_fork(self) -> None:
        """Go on in the child."""
        if self._thread is not None:
            self._thread = None
            self.start()

    def _run(self, stopping: threading.Event) -> None:
        pause = 0.0
        while not stopping.wait(pause):
            pause = self._every
            with self._attempts:
                pause = self._round()
