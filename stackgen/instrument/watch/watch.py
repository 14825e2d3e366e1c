"""Evaluates alerts on an interval, in a thread of its own, and tells whoever wants to know."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from stackgen.instrument.health.forks import follow_forks
from stackgen.instrument.watch.notices import Notice
from stackgen.instrument.watch.rules import Metrics, Rules

_log = logging.getLogger("stackgen")


class Watch:
    """Evaluates the definition's alerts every so many seconds, from `start` to `stop`, in a daemon thread.

    What begins to fire or ends is logged and told to each of `notify`; one that raises is logged, and the others get
    theirs. A forked child goes on with its own numbers, and its own thread.
    """

    def __init__(self, metrics: Metrics, *notify: Callable[[Notice], object], every: float = 15.0) -> None:
        if not every > 0:
            message = f"every must be above 0 seconds, not {every!r}"
            raise ValueError(message)
        self.rules = Rules(metrics)
        self._metrics = metrics
        self._notify = notify
        self._every = every
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        follow_forks(self)

    def start(self) -> Self:
        """Begin; done again it changes nothing."""
        if self._thread is None:
            # Its own: the thread before may be still at its last round.
            self._stopping = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._stopping,), name="stackgen-watch", daemon=True
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """End, and wait for the thread, which may be telling somebody; two seconds at most."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join(2)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def after_fork(self) -> None:
        """Go on in the child."""
        self.rules = Rules(self._metrics)
        if self._thread is not None:
            self._thread = None
            self.start()

    def _run(self, stopping: threading.Event) -> None:
        while True:
            for notice in self.rules.evaluate():
                self._tell(notice)
            if stopping.wait(self._every):
                return

    def _tell(self, notice: Notice) -> None:
        state = "fires" if notice.firing else "has ended"
        _log.warning("alert %s %s: %s", notice.name, state, notice.summary)
        for notify in self._notify:
            try:
                notify(notice)
            except Exception:  # noqa: BLE001  -- somebody else's code; the others have to be told all the same
                _log.exception("a notice of %s could not be given", notice.name)
