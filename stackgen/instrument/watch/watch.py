"""Evaluates alerts on an interval, in a thread of its own, and tells whoever wants to know."""

from __future__ import annotations

import logging
from collections.abc import Callable

from stackgen.instrument.rounds import Rounds
from stackgen.instrument.watch.notices import Notice
from stackgen.instrument.watch.rules import Metrics, Rules

_log = logging.getLogger("stackgen")


class Watch(Rounds):
    """Evaluates the definition's alerts every so many seconds, from `start` to `stop`, in a daemon thread.

    What begins to fire or ends is logged and told to each of `notify`; one that raises is logged, and the others get
    theirs. A forked child goes on with its own numbers, and its own thread.
    """

    def __init__(self, metrics: Metrics, *notify: Callable[[Notice], object], every: float = 15.0) -> None:
        if not every > 0:
            message = f"every must be above 0 seconds, not {every!r}"
            raise ValueError(message)
        super().__init__("stackgen-watch", every=every, patience=2)
        self.rules = Rules(metrics)
        self._metrics = metrics
        self._notify = notify

    def after_fork(self) -> None:
        """Go on in the child, whose numbers begin anew."""
        self.rules = Rules(self._metrics)
        super().after_fork()

    def _round(self) -> float:
        for notice in self.rules.evaluate():
            self._tell(notice)
        return self._every

    def _tell(self, notice: Notice) -> None:
        state = "fires" if notice.firing else "has ended"
        _log.warning("alert %s %s: %s", notice.name, state, notice.summary)
        for notify in self._notify:
            try:
                notify(notice)
            except Exception:  # noqa: BLE001  -- somebody else's code; the others have to be told all the same
                _log.exception("a notice of %s could not be given", notice.name)
