"""A server that goes away under load and comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tests.integration.instrument.recorded import Recorded
from tests.integration.instrument.servers import Server
from tests.waiting import wait_until


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def outage_under_load(
    server: Server, recorded: Recorded, look_up: Callable[[], object], failures: tuple[type[Exception], ...]
) -> set[type[Exception]]:
    """Four threads look something up, without a pause, while the server is stopped and started again.

    Every exception that they saw was recorded, and nothing else; gives their classes.
    """
    stopping = threading.Event()
    raised: list[type[Exception]] = []  # not themselves, which would keep what they came through

    def load() -> None:
        while not stopping.is_set():
            try:
                look_up()
            except failures as error:
                raised.append(type(error))

    callers = [threading.Thread(target=load) for _ in range(4)]
    for caller in callers:
        caller.start()
    try:
        wait_until(lambda: recorded.operations.get(("get", "miss"), 0) > 100, "lookups are answered")
        server.stop()
        wait_until(lambda: len(raised) > 20, "callers see that it is gone")
        answered = recorded.operations[("get", "miss")]
        server.start()
        wait_until(lambda: recorded.operations[("get", "miss")] > answered + 100, "lookups are answered again")
    finally:
        stopping.set()
        for caller in callers:
            caller.join(10)
    assert sum(recorded.errors.values()) == len(raised)
    assert {kind for _, kind in recorded.errors} <= {"connection", "timeout"}
    return set(raised)
