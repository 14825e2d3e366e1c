"""A signal handler that comes at the worst moment: at each place where CPython lets one run, one after the other."""

from __future__ import annotations

import dis
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.runtime.cells import Cells
from stackgen.runtime.shared import SharedCells
from stackgen.runtime.sharedfile import SharedFile
from stackgen.runtime.store import Store
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, value

#: What makes series, and cells for them.
MAKERS: list[Any] = [Cells.lane, Cells.reserve, Store.offset, SharedCells.lane, SharedCells.declare]
#: What makes a process's file and its places for gauges after a fork.
OPENERS: list[Any] = [SharedCells._new_file, SharedCells._opened, SharedCells._add_own, SharedFile.cells]


def moments(code: CodeType) -> list[int]:
    """The places in a function's code before which a handler can run: its beginning, and where a call has returned."""
    found, before = [], ""
    for each in dis.get_instructions(code):
        if before.startswith(("RESUME", "CALL", "JUMP_BACKWARD")):
            found.append(each.offset)
        before = each.opname
    return found


@contextmanager
def interrupted(code: CodeType, moment: int, handler: Callable[[], None]) -> Iterator[None]:
    """In the body, the handler runs once: when the code first comes to this place."""
    left = 1

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code is not code:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_lasti == moment and left:
            left = 0
            handler()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.fixture(scope="module")
def job_queue_metrics() -> Any:
    return exporter_class(JOB_QUEUE)


@pytest.mark.parametrize("known", [False, True], ids=["a new thread", "a thread that has recorded"])
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__qualname__)
def test_a_handler_loses_nothing_wherever_it_comes(
    maker: Any, known: bool, job_queue_metrics: Any, tmp_path: Path
) -> None:
    code = maker.__code__
    for moment in moments(code):
        registry = CollectorRegistry()
        shared = tmp_path / str(moment) if maker.__qualname__.startswith("Shared") else None
        metrics = job_queue_metrics("eu", registry=registry, shared=shared)
        handled = 0

        def handler(metrics: Any = metrics) -> None:
            nonlocal handled
            handled += 1
            for queue in ("new", "newer", "known"):
                metrics.record_done(0.25, queue)
                metrics.record_retry(queue)

        if known:
            metrics.record_done(0.5, "known")
        with interrupted(code, moment, handler):
            metrics.record_done(0.5, "new")
            metrics.record_retry("new")
        metrics.record_done(0.5, "newest")
        done = {"new": 1 + handled, "newer": handled, "known": handled + known, "newest": 1}
        for queue, count in done.items():
            seconds = count * 0.5 - (handled * 0.25 if queue != "newest" else 0)
            where = {"queue": queue}
            assert (value(registry, "job_queue_jobs_total", **where) or 0) == count, (moment, queue)
            assert (value(registry, "job_queue_run_duration_seconds_sum", **where) or 0) == seconds, (moment, queue)
            retries = (handled if queue != "newest" else 0) + (queue == "new")
            assert (value(registry, "job_queue_retries_total", **where) or 0) == retries, (moment, queue)


@pytest.mark.parametrize("maker", OPENERS, ids=lambda maker: maker.__qualname__)
def test_a_handler_may_come_while_a_new_process_makes_its_file(
    maker: Any, job_queue_metrics: Any, tmp_path: Path
) -> None:
    registry = CollectorRegistry()
    metrics = job_queue_metrics("eu", registry=registry, shared=tmp_path)

    def handler() -> None:
        metrics.set_depth(4, "handler")
        metrics.record_retry("handler")

    def child(moment: int) -> None:
        with interrupted(maker.__code__, moment, handler):
            metrics.set_depth(3, "new")
            metrics.record_retry("new")
        other = CollectorRegistry()
        job_queue_metrics("eu", registry=other, shared=tmp_path)
        for each in (registry, other):
            assert value(each, "job_queue_depth", queue="new") == 3
            assert value(each, "job_queue_depth", queue="handler") in {4, None}, "None: it did not come"

    for number, moment in enumerate(moments(maker.__code__), 1):
        pid = os.fork()
        if not pid:
            code = 1
            try:
                child(moment)
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, moment
        assert value(registry, "job_queue_retries_total", queue="new") == number


def test_a_definition_that_a_handler_registers_first_is_registered_once(job_queue_metrics: Any) -> None:
    registry = CollectorRegistry()

    def handler() -> None:
        job_queue_metrics("eu", registry=registry).record_retry("mail")

    code = Store.__init__.__code__
    with interrupted(code, moments(code)[-1], handler):
        metrics = job_queue_metrics("eu", registry=registry)
    metrics.record_retry("mail")
    assert value(registry, "job_queue_retries_total", queue="mail") == 2
