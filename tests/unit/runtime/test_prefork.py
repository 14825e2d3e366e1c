"""Processes that share a directory: sums over all, through deaths, restarts and damage."""

from __future__ import annotations

import logging
import mmap
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime import generate_latest
from stackgen.runtime.shared import SharedDirectoryError
from tests.unit.runtime.exporters import JOB_QUEUE, OPEN_LABEL, exporter_class, samples, value

HIT = {"operation": "get", "result": "hit"}
COUNT = "cache_operations_total"
SUM = "cache_operation_duration_seconds_sum"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "shared"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry, directory: Path) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry, shared=directory)


class Child:
    """A forked process that does something, says so, and waits to be ended."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._ready, ready = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                work()
                os.write(ready, b"1")
                signal.pause()
            finally:
                os._exit(1)
        os.close(ready)
        assert os.read(self._ready, 1) == b"1"
        os.close(self._ready)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def hits(metrics: CacheMetrics, seconds: list[float]) -> None:
    for each in seconds:
        metrics.record_hit(each)


def cells(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.cells"))


def test_any_process_shows_the_sum_of_all(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_hit(0.5)
    children = [Child(lambda: hits(metrics, [0.5] * 10)) for _ in range(3)]
    assert value(registry, COUNT, **HIT) == 31
    assert value(registry, SUM, **HIT) == 15.5
    for child in children:
        child.kill()


def test_a_child_shows_the_sum_too(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_hit(0.5)

    def work() -> None:
        metrics.record_hit(0.5)
        assert value(registry, COUNT, **HIT) == 2

    Child(work).kill()


def test_the_dead_are_counted_on_and_their_files_go(
    metrics: CacheMetrics, registry: CollectorRegistry, directory: Path
) -> None:
    for _ in range(10):
        Child(lambda: metrics.record_hit(0.1)).kill()
        assert len(cells(directory)) <= 2
    assert value(registry, COUNT, **HIT) == 10
    assert len(cells(directory)) == 1
    assert len(list(directory.glob("*.base"))) == 1


def test_gauges_combine_as_the_definition_says_and_go_with_the_dead(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.set_size(10)
    metrics.set_pool_connections(1, "idle")

    def work() -> None:
        metrics.set_size(30)
        metrics.inc_pool_connections("idle", 2)

    child = Child(work)
    assert value(registry, "cache_size_bytes") == 30, "combine: max"
    assert value(registry, "cache_pool_connections", state="idle") == 3, "combine: sum"
    child.kill()
    assert value(registry, "cache_size_bytes") == 10
    assert value(registry, "cache_pool_connections", state="idle") == 1


def test_the_last_value_outlives_its_process(tmp_path: Path, registry: CollectorRegistry) -> None:
    path = tmp_path / "queue.yaml"
    path.write_text(JOB_QUEUE.read_text().replace("combine: max", "combine: last"))
    metrics: Any = exporter_class(path)("eu", registry=registry, shared=tmp_path / "shared")
    metrics.set_depth(1, "mail")
    Child(lambda: metrics.set_depth(7, "mail")).kill()
    assert value(registry, "job_queue_depth", queue="mail") == 7
    metrics.set_depth(2, "mail")
    assert value(registry, "job_queue_depth", queue="mail") == 2


def test_series_that_only_others_have_are_shown(tmp_path: Path, registry: CollectorRegistry) -> None:
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=tmp_path)
    children = [Child(partial(metrics.record_retry, name)) for name in ("mail", "push")]
    metrics.record_retry("sms")
    metrics.record_retry("push")
    shown = {queue: value(registry, "job_queue_retries_total", queue=queue) for queue in ("mail", "push", "sms")}
    assert shown == {"mail": 1, "push": 2, "sms": 1}
    for child in children:
        child.kill()
    assert value(registry, "job_queue_retries_total") == 4


def test_budgets_hold_over_restarts(tmp_path: Path, registry: CollectorRegistry) -> None:
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=tmp_path)
    for generation in range(5):

        def work(generation: int = generation) -> None:
            generate_latest(registry)
            for index in range(20):
                metrics.record_retry(f"queue-{generation}-{index}")

        Child(work).kill()
        generate_latest(registry)
    assert value(registry, "job_queue_retries_total") == 100
    assert value(registry, "job_queue_retries_total", queue="other") == 80


def test_who_is_never_scraped_lets_go_of_the_files_of_processes_that_have_gone(
    tmp_path: Path, registry: CollectorRegistry
) -> None:
    metrics: Any = exporter_class(OPEN_LABEL)(registry=registry, shared=tmp_path)
    metrics.set_depth(1, "first")
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir()))
    for number in range(12):
        assert exits_well(partial(metrics.set_depth, 1, f"child-{number}"))
        metrics.set_depth(1, f"parent-{number}")  # a new value, so that it looks at the others' files
    assert len(list(open_files.iterdir())) < before + 6


def test_budgets_hold_over_processes_that_run_at_the_same_time(tmp_path: Path, registry: CollectorRegistry) -> None:
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=tmp_path)

    def work(worker: int) -> None:
        for index in range(8):
            metrics.record_retry(f"queue-{worker}-{index}")

    children = [Child(partial(work, worker)) for worker in range(4)]
    children.pop(0).kill()
    children.append(Child(partial(work, 4)))
    shown = {dict(labels)["queue"] for (name, labels) in samples(registry) if name == "job_queue_retries_total"}
    other = value(registry, "job_queue_retries_total", queue="other")
    for child in children:
        child.kill()
    assert len(shown - {"other"}) == 20
    assert {f"queue-{worker}-0" for worker in range(3)} <= shown
    assert other == 20


def test_a_damaged_file_is_in_nobodys_way_where_a_value_is_new(tmp_path: Path, registry: CollectorRegistry) -> None:
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=tmp_path)
    ours = set(cells(tmp_path))
    child = Child(lambda: metrics.record_retry("mail"))
    (theirs,) = set(cells(tmp_path)) - ours
    damaged(theirs, "corrupt header")
    metrics.record_retry("push")
    assert value(registry, "job_queue_retries_total", queue="push") == 1
    assert value(registry, "stackgen_shared_files_skipped", reason="corrupt") == 1
    child.kill()


def test_threads_of_many_processes(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    def work() -> None:
        def record() -> None:
            for _ in range(1000):
                metrics.record_hit(0.5)

        for _ in range(3):
            threads = [threading.Thread(target=record) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    children = [Child(work) for _ in range(2)]
    assert value(registry, COUNT, **HIT) == 24_000
    for child in children:
        child.kill()
    assert value(registry, SUM, **HIT) == 12_000


def exits_well(work: Callable[[], None]) -> bool:
    """Whether a forked process does this, and all that it asserts, before it hangs."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            signal.alarm(60)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def at_once(number: int, work: Callable[[int], None]) -> None:
    """Do something in so many threads that begin at the same moment."""
    barrier = threading.Barrier(number)

    def begin(index: int) -> None:
        barrier.wait()
        work(index)

    threads = [threading.Thread(target=begin, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_record_first_at_the_same_moment_after_a_fork(
    metrics: CacheMetrics, registry: CollectorRegistry, directory: Path
) -> None:
    for generation in range(10):

        def work(generation: int = generation) -> None:
            at_once(8, lambda _: hits(metrics, [0.5] * 100))
            assert value(registry, COUNT, **HIT) == (generation + 1) * 800, "the child shows it right"
            assert value(registry, "stackgen_processes") == 2, "its own cells are not another process's"
            assert len(cells(directory)) == 2

        assert exits_well(work)
        assert value(registry, COUNT, **HIT) == (generation + 1) * 800


def test_every_gauge_is_seen_wherever_its_cells_are_in_the_file(tmp_path: Path, registry: CollectorRegistry) -> None:
    """Cells for gauges come in blocks, and where one ends another may begin in the middle of a gauge."""
    metrics: Any = exporter_class(OPEN_LABEL)(registry=registry, shared=tmp_path)
    queues = {f"queue-{index}": float(index) for index in range(300)}
    for queue, depth in queues.items():
        metrics.set_depth(depth, queue)
    other = CollectorRegistry()
    exporter_class(OPEN_LABEL)(registry=other, shared=tmp_path)
    for each in (registry, other):
        assert {queue: value(each, "jobs_depth", queue=queue) for queue in queues} == queues


def test_series_that_threads_make_first_after_a_fork(tmp_path: Path, registry: CollectorRegistry) -> None:
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=tmp_path)
    for generation in range(10):

        def work(generation: int = generation) -> None:
            def record(index: int) -> None:
                metrics.record_retry(f"queue-{generation}")
                metrics.record_retry(f"queue-{index}")
                metrics.set_depth(3, f"queue-{index}")

            at_once(8, record)
            shown = [value(registry, "job_queue_depth", queue=f"queue-{index}") for index in range(8)]
            assert shown == [3] * 8, "every gauge has the value that it was given"

        assert exits_well(work)
        assert value(registry, "job_queue_retries_total") == (generation + 1) * 16


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_threads_make_files_and_series(tmp_path: Path, registry: CollectorRegistry) -> None:
    """No lock that is held at the fork stays held in the child, and what it counts there is seen by all."""
    metrics: Any = exporter_class(JOB_QUEUE)("eu", registry=registry, shared=tmp_path)

    def parent() -> None:
        at_once(4, lambda index: metrics.record_retry("parent") if index else fork())

    def fork() -> None:
        assert exits_well(lambda: metrics.record_retry("child"))

    for _ in range(20):
        assert exits_well(parent)
    assert value(registry, "job_queue_retries_total", queue="child") == 20
    assert value(registry, "job_queue_retries_total", queue="parent") == 60


def _spawned(directory: str) -> None:
    CacheMetrics("sessions", "redis", registry=CollectorRegistry(), shared=directory).record_hit(0.1)


def test_spawned_processes_join_in(metrics: CacheMetrics, registry: CollectorRegistry, directory: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_spawned, args=(str(directory),))
    process.start()
    process.join(240)
    assert process.exitcode == 0
    assert value(registry, COUNT, **HIT) == 1


def test_two_apps_may_share_the_directory(metrics: CacheMetrics, registry: CollectorRegistry, directory: Path) -> None:
    other = CollectorRegistry()
    queue: Any = exporter_class(JOB_QUEUE)("eu", registry=other, shared=directory)
    queue.record_retry("mail")
    metrics.record_hit(0.1)
    assert value(registry, COUNT, **HIT) == 1
    assert value(other, "job_queue_retries_total") == 1
    assert not value(registry, "stackgen_shared_files_skipped")


def test_counts_outlive_all_processes(registry: CollectorRegistry, directory: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    program = (
        "from stackgen.exporters.cache import CacheMetrics; import sys;"
        "CacheMetrics('sessions', 'redis', shared=sys.argv[1]).record_hit(0.5)"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program, str(directory)], check=True, env=environment, timeout=60)
    CacheMetrics("sessions", "redis", registry=registry, shared=directory)
    assert value(registry, COUNT, **HIT) == 2


@pytest.mark.timeout(600)
def test_killed_and_restarted_workers_lose_at_most_the_operation_they_were_in(
    metrics: CacheMetrics, registry: CollectorRegistry, directory: Path
) -> None:
    """Eight workers record while one process scrapes; a hundred times one is killed and replaced."""
    random, workers_in_all = Random(1), 108
    # What each worker has recorded for certain: shared memory, so it outlives the worker as the metrics have to.
    acknowledged = memoryview(mmap.mmap(-1, 8 * workers_in_all)).cast("Q")

    def start(number: int) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            while True:
                metrics.record_hit(0.25)
                acknowledged[number] += 1
                if not acknowledged[number] % 100:
                    time.sleep(0.001)  # eight of them leave each other, and the scrapes, room on two processors
        finally:
            os._exit(1)

    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    workers = {number: start(number) for number in range(8)}
    last, started = (0.0, 0.0), 8
    deadline = time.monotonic() + 500
    try:
        while started < workers_in_all:
            assert time.monotonic() < deadline, "the workers do not get on"
            before = sum(acknowledged)
            shown = value(registry, COUNT, **HIT) or 0.0, value(registry, SUM, **HIT) or 0.0
            assert shown[0] >= before, "what was acknowledged before the scrape is in it"
            assert shown[0] >= last[0]
            assert shown[1] >= last[1]
            last = shown
            # One that has not begun to record proves nothing.
            at_work = [number for number in sorted(workers) if acknowledged[number]]
            if at_work:
                number = random.choice(at_work)
                kill(workers.pop(number))
                workers[started] = start(started)
                started += 1
    finally:
        for pid in workers.values():
            kill(pid)
    count, said = value(registry, COUNT, **HIT) or 0.0, sum(acknowledged)
    assert said <= count <= said + started, "each may have been killed before it could say so"
    assert abs((value(registry, SUM, **HIT) or 0.0) - count / 4) <= started / 4
    assert len(cells(directory)) == 1, "no file stays behind"
    assert not value(registry, "stackgen_shared_files_skipped")


def test_sums_never_go_down_by_a_rounding_when_the_dead_are_folded(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    random, last = Random(2), 0.0
    for _ in range(40):
        numbers = [random.random() / 3 for _ in range(7)]
        Child(partial(hits, metrics, numbers)).kill()
        metrics.record_hit(random.random() / 7)
        now = value(registry, SUM, **HIT) or 0.0
        assert now >= last
        last = now


# -- damage -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def other_file(metrics: CacheMetrics, directory: Path) -> Path:
    """The file of a process that is gone and has not been folded."""
    own = set(cells(directory))
    Child(lambda: metrics.record_hit(0.1)).kill()
    (path,) = set(cells(directory)) - own
    return path


def damaged(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    match how:
        case "foreign":
            data[:8] = b"SQLite f"
        case "truncated":
            del data[100:]
        case "corrupt":
            data[75] ^= 0xFF
        case "corrupt header":
            data[20] ^= 0xFF
        case "empty":
            data.clear()
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("how", "reason"),
    [("foreign", "foreign"), ("truncated", "truncated"), ("corrupt", "corrupt"), ("corrupt header", "corrupt"),
     ("empty", "foreign")],
)  # fmt: skip
def test_a_damaged_file_is_reported_once_left_out_and_counted(
    how: str,
    reason: str,
    other_file: Path,
    metrics: CacheMetrics,
    registry: CollectorRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    metrics.record_hit(0.1)
    damaged(other_file, how)
    with caplog.at_level(logging.WARNING, "stackgen"):
        assert value(registry, COUNT, **HIT) == 1
        generate_latest(registry)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert value(registry, "stackgen_shared_files_skipped", definition="cache", reason=reason) == 1


def test_a_file_of_another_version_is_left_out(
    metrics: CacheMetrics, registry: CollectorRegistry, directory: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cache.yaml"
    path.write_text("extends: cache\nlabels: {kind: {values: [connection, timeout, serialization, disk, other]}}\n")
    other: Any = exporter_class(path)("sessions", "redis", registry=CollectorRegistry(), shared=directory)
    other.record_hit(0.1)
    metrics.record_hit(0.1)
    assert value(registry, COUNT, **HIT) == 1
    assert value(registry, "stackgen_shared_files_skipped", definition="cache", reason="stale") == 1


def test_a_damaged_base_is_kept_aside(metrics: CacheMetrics, registry: CollectorRegistry, directory: Path) -> None:
    Child(lambda: metrics.record_hit(0.1)).kill()
    generate_latest(registry)
    (base,) = directory.glob("*.base")
    base.write_bytes(b"garbage")
    metrics.record_hit(0.1)
    assert value(registry, COUNT, **HIT) == 1
    Child(lambda: metrics.record_hit(0.1)).kill()
    assert value(registry, COUNT, **HIT) == 2
    assert base.with_suffix(".damaged").read_bytes() == b"garbage"


def test_strangers_in_the_directory_are_let_be(
    metrics: CacheMetrics, registry: CollectorRegistry, directory: Path
) -> None:
    (directory / "README").write_text("hello")
    (directory / "cache.x.cells").mkdir()
    os.mkfifo(directory / "cache.y.cells")
    (directory / "cache.z.cells").symlink_to("/dev/zero")
    metrics.record_hit(0.1)
    assert value(registry, COUNT, **HIT) == 1
    assert (directory / "README").exists()


def test_a_directory_that_cannot_be_used_is_an_error_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(SharedDirectoryError, match=r"cannot be used: .*; give a directory that every worker can write"):
        CacheMetrics("sessions", "redis", registry=CollectorRegistry(), shared=file / "below")


def test_other_options_for_the_same_metrics_are_refused(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    with pytest.raises(ValueError, match=r"first built with sampling=1, shared='.*', now with sampling=1, shared=None"):
        CacheMetrics("products", "redis", registry=registry)


def test_when_the_disk_fills_up_counts_stay_in_the_process_and_one_warning_says_so(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    """The limit on file sizes stands for the full disk: the kernel refuses to make the file longer either way."""

    def work() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        metrics.record_hit(0.1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            thread = threading.Thread(target=lambda: metrics.record_hit(0.1))
            thread.start()
            thread.join()
            metrics.set_size(5)
        assert [warning.category for warning in caught] == [RuntimeWarning]
        assert value(registry, COUNT, **HIT) == 2
        assert value(registry, "cache_size_bytes") == 5

    Child(work).kill()


def test_processes_that_live_and_that_were_folded_are_counted_whoever_is_scraped(
    metrics: CacheMetrics, registry: CollectorRegistry, directory: Path
) -> None:
    assert value(registry, "stackgen_processes", definition="cache") == 1
    assert value(registry, "stackgen_processes_folded_total", definition="cache") == 0
    children = [Child(partial(hits, metrics, [0.01])) for _ in range(3)]
    assert value(registry, "stackgen_processes", definition="cache") == 4
    for child in children[:2]:
        child.kill()
    assert value(registry, "stackgen_processes", definition="cache") == 2
    assert value(registry, "stackgen_processes_folded_total", definition="cache") == 2
    # Another process was not there, and says the same.
    other = CollectorRegistry()
    CacheMetrics("sessions", "redis", registry=other, shared=directory)
    assert value(other, "stackgen_processes_folded_total", definition="cache") == 2
    children[2].kill()
    assert value(registry, "stackgen_processes_folded_total", definition="cache") == 3


def test_workers_that_die_one_after_the_other_are_counted_though_none_of_them_is_scraped(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    """Each folds the one before it when it starts, and takes no count of that to its grave."""
    for _ in range(5):
        Child(partial(hits, metrics, [0.01] * 10)).kill()
    for _ in range(2):  # nobody is counted again
        assert value(registry, COUNT, **HIT) == 50
        assert value(registry, "stackgen_processes_folded_total", definition="cache") == 5


def test_the_exporter_says_how_many_series_a_scrape_is_given(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.set_size(1)
    shown = [line for line in generate_latest(registry).decode().splitlines() if line.startswith("cache_")]
    assert value(registry, "stackgen_series", definition="cache") == len(shown)
    metrics.set_entries(1)
    assert value(registry, "stackgen_series", definition="cache") == len(shown) + 1
