"""Feeds sinks with what changes, on an interval, in a thread of its own."""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

from stackgen.runtime.attempts import Attempts
from stackgen.runtime.exporter import Exporter
from stackgen.runtime.sinks.changes import Changes, Reader

_log = logging.getLogger("stackgen")

#: How many samples were lost, by why.
Losses = Mapping[str, int]

#: How long the end of the process, or `close`, waits for the last samples to go out, in seconds.
PATIENCE = 2.0


class Sink(Protocol):
    """Where samples go. It is called by one thread at a time."""

    @property
    def name(self) -> str:
        """What losses are counted under."""

    def send(self, changes: Changes) -> Losses:
        """Send these on. What raises is logged, and all of its samples count as lost."""

    def after_fork(self) -> None:
        """This is a new process: let go of what belongs to the old one."""

    def close(self) -> None:
        """Nothing more will be sent, unless somebody does after all."""


class Metrics(Protocol):
    """A generated exporter."""

    _exporter: Exporter


class Feed:
    """Sends what is recorded of a definition to its sinks, `every` so many seconds, from `start` to `close`.

    All exporters of the definition in the same registry are sent, so one feed is enough for several caches. The process
    sends the last samples when it ends, for which it waits two seconds at most; a forked child goes on with a feed of
    its own numbers. Of a disabled exporter nothing is sent.

    What is lost is counted in `stackgen_sink_samples_lost_total`, and logged when it begins and when it ends. It is not
    sent later: it would seem to have happened then.
    """

    def __init__(self, metrics: Metrics, *sinks: Sink, every: float = 10.0) -> None:
        if not every > 0:
            message = f"every must be above 0 seconds, not {every!r}"
            raise ValueError(message)
        self.sinks = sinks
        self.every = every
        self._store = metrics._exporter.store  # noqa: SLF001 - what every generated class has
        self._reader = Reader(self._store) if self._store is not None else None
        self._attempts = Attempts("reading the metrics for their sinks")
        self._failing: set[str] = set()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._sending = threading.Lock()
        if self._store is not None:
            self._store.followers.add(self)

    def start(self) -> Self:
        """Begin to send; done again it changes nothing."""
        if self._thread is None and self._reader is not None and self.sinks:
            atexit.register(self.close)
            _close_in_worker(self)
            self._run_thread()
        return self

    def _run_thread(self) -> None:
        # Its own: the thread before may be still at it.
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stopping,), name="stackgen-sinks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Send what there is, and end; wait for that two seconds at most. A feed that was not started sends nothing."""
        atexit.unregister(self.close)
        thread, self._thread = self._thread, None
        if thread is None:
            self._close_sinks()
            return
        self._stopping.set()
        thread.join(PATIENCE)
        if thread.is_alive():
            _log.warning("the last samples did not go out within %g s", PATIENCE)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def flush(self) -> None:
        """Send what there is now, in the calling thread. For a process that has no time for an interval."""
        if self._reader is None:
            return
        with self._sending:
            changes = self._reader.read()
            for sink in self.sinks:
                self._send(sink, changes)

    @property
    def lost(self) -> dict[tuple[str, str], int]:
        """How many samples were lost, by the sink's name and why."""
        return {} if self._store is None else dict(self._store.lost)

    # -- the thread --

    def _run(self, stopping: threading.Event) -> None:
        last = False
        while not last:
            last = stopping.wait(self.every)
            with self._attempts:
                self.flush()
        self._close_sinks()

    def _close_sinks(self) -> None:
        if self._sending.acquire(timeout=PATIENCE):
            try:
                for sink in self.sinks:
                    sink.close()
            finally:
                self._sending.release()

    def _send(self, sink: Sink, changes: Changes) -> None:
        try:
            lost = sink.send(changes)
        except Exception:  # noqa: BLE001 - a sink of the user's; it is logged and counted
            lost = {"raised": len(changes.counted) + len(changes.observed) + len(changes.held)}
            if sink.name not in self._failing:
                _log.exception("%s raised; its samples are lost while it does", sink.name)
        self._note(sink.name, {why: count for why, count in lost.items() if count})

    def _note(self, name: str, lost: Losses) -> None:
        assert self._store is not None
        for why, count in lost.items():
            self._store.lost[name, why] += count
        if lost and name not in self._failing:
            _log.warning("%s: samples are lost (%s), see stackgen_sink_samples_lost_total", name, ", ".join(lost))
            self._failing.add(name)
        elif not lost and name in self._failing:
            _log.warning("%s: no more samples are lost", name)
            self._failing.discard(name)

    # -- forks --

    def after_fork(self) -> None:
        """Go on in this process: with its numbers, a thread and sockets of its own."""
        self._sending = threading.Lock()
        self._failing = set()
        if self._reader is not None:
            self._reader.start_over()
        for sink in self.sinks:
            sink.after_fork()
        if self._thread is not None:
            if util := sys.modules.get("multiprocessing.util"):
                # A worker of multiprocessing forgets its parent's finalizers; this is called after that.
                util.register_after_fork(self, _close_in_worker)
            self._run_thread()


def _close_in_worker(feed: Feed) -> None:
    """Have a worker of multiprocessing send the last samples: it ends without what `atexit` knows."""
    multiprocessing, util = sys.modules.get("multiprocessing"), sys.modules.get("multiprocessing.util")
    if multiprocessing is not None and util is not None and multiprocessing.parent_process() is not None:
        util.Finalize(feed, feed.close, exitpriority=0)
