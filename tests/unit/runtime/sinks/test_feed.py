"""A feed's life: the interval, receivers that come and go, sinks that raise or hang, forks, and the end."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen import runtime
from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import Callback, Changes, DogStatsD, Feed, Losses, StatsD
from tests.unit.runtime.sinks.receivers import Receiver, udp, unix
from tests.waiting import wait_until

RETRY = "cache.retries.sessions.redis:1|c"


@pytest.fixture
def metrics() -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=CollectorRegistry())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with udp() as found:
        yield found


#: Makes a feed that sends when it is told to.
Made = Callable[..., Feed]


@pytest.fixture
def made() -> Iterator[Made]:
    with ExitStack() as stack:
        yield lambda *given: stack.enter_context(closing(Feed(*given)))


def test_samples_go_out_on_the_interval_to_every_sink(metrics: CacheMetrics, receiver: Receiver) -> None:
    told: list[Changes] = []
    with (
        udp() as second,
        Feed(metrics, StatsD(port=receiver.port), DogStatsD(port=second.port), Callback(told.append), every=0.01),
    ):
        metrics.record_retry()
        assert receiver.packet() == RETRY
        assert second.packet() == "cache.retries:1|c|#cache:sessions,backend:redis"
        metrics.record_retry()
        assert receiver.packet() == RETRY
        wait_until(lambda: sum(len(changes.counted) for changes in told) == 2)


def test_to_close_is_to_send_the_last(metrics: CacheMetrics, receiver: Receiver) -> None:
    feed = Feed(metrics, StatsD(port=receiver.port), every=3600).start()
    assert feed.start() is feed, "done again it changes nothing"
    assert [thread.name for thread in threading.enumerate()].count("stackgen-sinks") == 1
    metrics.record_retry()
    feed.close()
    assert receiver.packet() == RETRY
    assert "stackgen-sinks" not in [thread.name for thread in threading.enumerate()]
    feed.close()
    metrics.record_retry()
    feed.start().close()
    assert receiver.packet() == RETRY, "it can be started again"


def test_an_interval_is_longer_than_nothing(metrics: CacheMetrics) -> None:
    with pytest.raises(ValueError, match="every must be above 0"):
        Feed(metrics, every=0)


# -- receivers that come and go --


def test_nobody_listens_and_then_somebody_does(
    made: Made, metrics: CacheMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    with udp() as gone:
        port = gone.port
    sink = StatsD(port=port)
    feed = made(metrics, sink)
    for _ in range(4):
        metrics.record_retry()
        feed.flush()
    # Of a packet that nobody took one learns with the next.
    assert feed.lost == {(sink.name, "refused"): 3}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    with udp(port) as back:
        metrics.record_retry()
        feed.flush()
        assert back.packet() == RETRY, "what was lost is not sent later"
        metrics.record_retry()
        feed.flush()
        assert back.packet() == RETRY
    assert feed.lost == {(sink.name, "refused"): 4}
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "samples are lost (refused), see stackgen_sink_samples_lost_total",
        "no more samples are lost",
    ]


def test_a_unix_socket_that_is_not_there_yet_goes_and_comes_back(
    made: Made, metrics: CacheMetrics, tmp_path: Path
) -> None:
    path = tmp_path / "dsd.socket"
    sink = DogStatsD(socket=path)
    feed = made(metrics, sink)

    def one() -> None:
        metrics.record_retry()
        feed.flush()

    one()
    assert feed.lost == {(sink.name, "unreachable"): 1}
    for _ in range(2):
        with unix(path) as there:
            one()
            assert there.packet().startswith("cache.retries:1|c")
        one()
    assert sum(feed.lost.values()) == 3


def test_a_receiver_that_does_not_read_holds_nobody_up_for_long(
    made: Made, metrics: CacheMetrics, tmp_path: Path
) -> None:
    sink = DogStatsD(socket=tmp_path / "full.socket", max_packet_bytes=120)
    with unix(tmp_path / "full.socket"):
        for index in range(700):
            metrics.record_error(index / 100, "get", "other")
        feed = made(metrics, sink)
        started = time.monotonic()
        for _ in range(80):  # until the queue is full; it takes a few packets more at each time
            metrics.record_retry()
            feed.flush()
            if feed.lost:
                break
    assert set(feed.lost) == {(sink.name, "full")}
    assert time.monotonic() - started < 60


def test_a_name_stands_for_an_address_at_which_receivers_listen(
    made: Made, metrics: CacheMetrics, receiver: Receiver
) -> None:
    metrics.record_retry()
    made(metrics, StatsD("localhost", receiver.port)).flush()
    assert receiver.packet() == RETRY


def test_a_name_that_is_none(made: Made, metrics: CacheMetrics) -> None:
    sink = StatsD("no-such-host.invalid")
    metrics.record_retry()
    feed = made(metrics, sink)
    feed.flush()
    assert feed.lost == {(sink.name, "unreachable"): 1}


# -- sinks of one's own --


class Raises:
    name = "mine"

    def __init__(self) -> None:
        self.calls = 0

    def send(self, changes: Changes) -> Losses:
        self.calls += 1
        raise ZeroDivisionError

    def after_fork(self) -> None: ...

    def close(self) -> None: ...


def test_a_sink_that_raises_is_logged_once_and_the_others_get_theirs(
    made: Made, metrics: CacheMetrics, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    bad = Raises()
    feed = made(metrics, bad, StatsD(port=receiver.port))
    for _ in range(3):
        metrics.record_retry()
        feed.flush()
        assert receiver.packet() == RETRY
    assert bad.calls == 3
    assert feed.lost == {("mine", "raised"): 3}
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_a_sink_that_hangs_delays_the_end_by_two_seconds_at_most(metrics: CacheMetrics) -> None:
    hanging, begun = threading.Event(), threading.Event()

    def hang(_: Changes) -> None:
        begun.set()
        hanging.wait(60)

    feed = Feed(metrics, Callback(hang), every=0.01).start()
    assert begun.wait(60)
    started = time.monotonic()
    feed.close()
    assert time.monotonic() - started < 30, "nor for as long as the sink hangs"
    hanging.set()


# -- forks --


def child(work: Callable[[], None]) -> None:
    """Do something in a forked process, and wait for it."""
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_forked_child_sends_its_own_numbers_from_a_thread_of_its_own(
    metrics: CacheMetrics, receiver: Receiver
) -> None:
    told: list[Changes] = []
    feed = Feed(metrics, StatsD(port=receiver.port), Callback(told.append), every=0.02).start()
    metrics.record_retry()
    assert receiver.packet() == RETRY
    metrics.record_wait_timeout()
    assert "wait_timeouts" in receiver.packet()

    def work() -> None:
        told.clear()
        metrics.record_recalculation()
        wait_until(lambda: any(changes.counted for changes in told))

    child(work)
    assert receiver.packet() == "cache.recalculations.sessions.redis:1|c", "and nothing of its parent's"
    metrics.record_retry()
    assert receiver.packet() == RETRY
    feed.close()


def test_a_server_that_forks_without_telling_python_says_so(
    made: Made, metrics: CacheMetrics, receiver: Receiver
) -> None:
    feed = made(metrics, StatsD(port=receiver.port))
    metrics.record_retry()
    feed.flush()
    receiver.packet()
    runtime.after_fork()
    metrics.record_retry()
    feed.flush()
    assert receiver.packet() == RETRY


def test_a_lock_that_was_held_at_the_fork_holds_nobody_up_in_the_child(metrics: CacheMetrics) -> None:
    told: list[Changes] = []
    feed = Feed(metrics, Callback(told.append))
    with feed._sending:
        child(feed.flush)


def _work(port: int) -> None:
    mine = CacheMetrics("sessions", "redis")
    Feed(mine, StatsD(port=port), every=3600).start()
    mine.record_retry()


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_worker_of_multiprocessing_sends_the_last(method: str, receiver: Receiver) -> None:
    context: Any = multiprocessing.get_context(method)
    worker = context.Process(target=_work, args=(receiver.port,))
    worker.start()
    worker.join(240)
    assert worker.exitcode == 0
    assert receiver.packet() == RETRY


def test_a_forked_worker_of_multiprocessing_sends_the_last(metrics: CacheMetrics, receiver: Receiver) -> None:
    with Feed(metrics, StatsD(port=receiver.port), every=3600):
        worker = multiprocessing.get_context("fork").Process(target=metrics.record_retry)
        worker.start()
        worker.join(240)
    assert worker.exitcode == 0
    assert receiver.packet() == RETRY


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "import sys, os; os.fork() or sys.exit()"])
def test_the_end_of_the_process_sends_the_last(end: str, receiver: Receiver) -> None:
    program = f"""
from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import Feed, StatsD
metrics = CacheMetrics("sessions", "redis")
Feed(metrics, StatsD(port={receiver.port}), every=3600).start()
metrics.record_retry()
{end}
"""
    subprocess.run([sys.executable, "-W", "error::ResourceWarning", "-c", program], check=True, timeout=60)
    assert receiver.packets() == [RETRY]
