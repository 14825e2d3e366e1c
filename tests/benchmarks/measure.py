"""Measures in a process of its own and prints JSON: nanoseconds, bytes or seconds, by what was measured.

python -m tests.benchmarks.measure WHAT [ARGUMENT]: see `WHAT` below; exposition takes a number, what is shared a path.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from stackgen.runtime import generate_latest, make_wsgi_app
from tests.benchmarks import peers
from tests.unit.runtime.exporters import OPEN_LABEL, exporter_class, parsed

Run = Callable[[int], None]


def best(run: Run, rounds: int, times: int) -> float:
    """The shortest time of one operation, in ns; what is longer was interrupted."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        run(rounds)
        taken.append(time.perf_counter() - begun)
    return min(taken) / rounds / 10 * 1e9


def interleaved(runs: dict[str, Run], rounds: int, times: int) -> dict[str, float]:
    """The best of each, taking turns, so that a busy moment of the machine meets all of them."""
    for run in runs.values():
        run(rounds // 10)
    found = {name: float("inf") for name in runs}
    for _ in range(times):
        for name, run in runs.items():
            found[name] = min(found[name], best(run, rounds, 1))
    return found


def four_threads(run: Run, rounds: int) -> float:
    """Wall time over the operations of all of four threads, in ns."""
    threads = [threading.Thread(target=run, args=(rounds,)) for _ in range(4)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - begun) / rounds / 40 * 1e9


def record() -> dict[str, float]:
    """One thread, four threads, timers."""
    fast: dict[str, peers.Peer] = {
        "ours": peers.ours(),
        "ours, sampling=0.1": peers.ours(sampling=0.1),
        "ours, disabled": peers.ours(enabled=False),
        "prometheus_client, bound": peers.prometheus_bound(),
        "prometheus_client, naive": peers.prometheus_naive(),
        "aioprometheus": peers.aioprometheus(),
        "OpenTelemetry SDK": peers.opentelemetry(),
        "statsd, UDP": peers.statsd(),
    }
    runs = {name: peers.loop(peer) for name, peer in fast.items()}
    found = interleaved(runs, 2000, 9)
    for name in ("ours", "prometheus_client, bound"):
        found[f"{name}, 4 threads"] = min(four_threads(runs[name], 5000) for _ in range(5))
    timers = {"ours, timer": _timer("ok"), "prometheus_client, timer": peers.prometheus_timer()}
    timers["ours, timer, said"] = _timer("said")
    timers["ours, timer, nothing said of several"] = _timer("several")
    return found | interleaved({name: peers.loop(peer) for name, peer in timers.items()}, 2000, 9)


def _timer(how: str) -> peers.Peer:
    from stackgen.exporters.cache import CacheMetrics

    metrics = CacheMetrics("sessions", "redis", registry=CollectorRegistry())
    statement = {
        "ok": "with metrics.time_set(): pass",
        "said": "with metrics.time_get() as op: op.hit()",
        "several": "with metrics.time_get(): pass",
    }[how]
    return {"metrics": metrics}, statement


def multiprocess(directory: str) -> dict[str, float]:
    """Both ways of several processes; the environment says to prometheus_client that it is one of them."""
    runs = {
        "ours, shared": peers.loop(peers.ours(shared=directory)),
        "prometheus_client, multiprocess": peers.loop(peers.prometheus_bound()),
    }
    found = interleaved(runs, 2000, 9)
    for name, run in runs.items():
        found[f"{name}, 4 processes"] = min(_four_processes(run, 20_000) for _ in range(3))
    return found


def _four_processes(run: Run, rounds: int) -> float:
    begun = time.perf_counter()
    children = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            run(rounds)
            os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    return (time.perf_counter() - begun) / rounds / 40 * 1e9


def _filled(series: int, **options: Any) -> tuple[CollectorRegistry, CollectorRegistry]:
    """The same numbers in ours and in prometheus_client: this many series, most of them buckets."""
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    mine, theirs = CollectorRegistry(), CollectorRegistry()
    metrics: Any = exporter_class(peers.DEFINITION)(registry=mine, **options)
    labels = ["key", "result"]
    counter = prometheus_client.Counter("bench_operations", "Operations that ended.", labels, registry=theirs)
    histogram = prometheus_client.Histogram(
        "bench_duration_seconds", "Time that one operation took.", labels, buckets=peers.BUCKETS, registry=theirs
    )
    numbers = random.Random(1)
    # 13 buckets, count, sum and the counter; hits and misses.
    for index in range(series // 32):
        key = f"key-{index}"
        for _ in range(20):
            seconds = numbers.random() / 4
            metrics.record_hit(seconds, key)
            metrics.record_miss(seconds, key)
            for result in ("hit", "miss"):
                counter.labels(key, result).inc()
                histogram.labels(key, result).observe(seconds)
    return mine, theirs


def exposition(series: str) -> dict[str, float]:
    """Rendering everything once, in ms."""
    mine, theirs = _filled(int(series))
    own = {key: number for key, number in parsed(generate_latest(mine)).items() if key[0].startswith("bench")}
    assert own == parsed(prometheus_client.generate_latest(theirs))
    found = {"ours": float("inf"), "prometheus_client": float("inf")}
    renderers: dict[str, Callable[[], bytes]] = {
        "ours": lambda: generate_latest(mine),
        "prometheus_client": lambda: prometheus_client.generate_latest(theirs),
    }
    for _ in range(5):
        for name, render in renderers.items():
            begun = time.perf_counter()
            render()
            found[name] = min(found[name], (time.perf_counter() - begun) * 1e3)
    return {f"{name}, {len(own)} series": taken for name, taken in found.items()}


def held_gil() -> dict[str, float]:
    """The most that a scrape of 10,000 series, compressed, can keep others waiting: all of its CPU time, in ms."""
    mine, _ = _filled(10_000)
    app, environ = make_wsgi_app(mine), {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "gzip"}
    compressed, plain = float("inf"), float("inf")
    for _ in range(20):
        begun = time.thread_time()
        list(app(environ, lambda *_: None))
        compressed = min(compressed, (time.thread_time() - begun) * 1e3)
        begun = time.thread_time()
        generate_latest(mine)
        plain = min(plain, (time.thread_time() - begun) * 1e3)
    # Compressing is done in one call that lets go of the GIL.
    return {"rendering": plain, "rendering and compressing": compressed}


def memory() -> dict[str, float]:
    """Bytes per histogram child with twelve buckets and one observation, in the same process, after a scrape."""
    children = 5000
    metrics: Any = exporter_class(peers.DEFINITION)(registry=(mine := CollectorRegistry()))
    theirs = prometheus_client.Histogram("seconds", "x", ["key"], buckets=peers.BUCKETS, registry=CollectorRegistry())
    keys = [f"key-{index}" for index in range(children)]

    def used(work: Callable[[], object]) -> float:
        gc.collect()
        tracemalloc.start()
        work()
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return taken / children

    def observe() -> None:
        for key in keys:
            theirs.labels(key).observe(0.003)

    def record() -> None:
        for key in keys:
            metrics.record_hit(0.003, key)

    found = {"prometheus_client": used(observe)}
    found["ours"] = used(record)
    found["ours, and its text after a scrape"] = found["ours"] + used(lambda: generate_latest(mine))
    return found


def imports() -> dict[str, float]:
    """CPU time of importing the cache's exporter beyond prometheus_client's own import, in ms."""
    program = (
        "import time, prometheus_client; begun = time.process_time(); import stackgen.exporters.cache;"
        "print((time.process_time() - begun) * 1e3)"
    )
    with tempfile.TemporaryDirectory() as cache:
        # As an installed package is: with its bytecode written, which this environment may forbid.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        command = [sys.executable, "-c", program]
        run = [float(subprocess.check_output(command, env=environment)) for _ in range(8)]
    return {"ours": statistics.median(run[1:])}


def prefork_scrape(directory: str) -> dict[str, float]:
    """A scrape of eight processes with 2,000 series each, in ms: the first one, and those after it."""
    (both := CollectorRegistry()).register(MultiProcessCollector(None))  # type: ignore[no-untyped-call]
    children = []
    for _ in range(8):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            _filled(2000, shared=directory)
            os.write(write, b"1")
            while True:
                time.sleep(60)
        os.read(read, 1)
        children.append(pid)
    mine = CollectorRegistry()
    exporter_class(peers.DEFINITION)(registry=mine, shared=directory)
    found: dict[str, float] = {}
    try:
        renderers: dict[str, Callable[[], bytes]] = {
            "ours": lambda: generate_latest(mine),
            "prometheus_client": lambda: prometheus_client.generate_latest(both),
        }
        for name, render in renderers.items():
            taken = []
            for _ in range(6):
                begun = time.perf_counter()
                render()
                taken.append((time.perf_counter() - begun) * 1e3)
            found |= {f"{name}, first": taken[0], name: min(taken[1:])}
        own = {key: number for key, number in parsed(generate_latest(mine)).items() if key[0].startswith("bench")}
        other = parsed(prometheus_client.generate_latest(both))
        assert own.keys() == other.keys()
        assert all(abs(number - other[key]) <= 1e-9 * abs(number) for key, number in own.items())
    finally:
        for pid in children:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    return found


def snapshots(directory: str) -> dict[str, float]:
    """A snapshot of 100 and of 1,000 series of gauges, in ms, alone and where processes share, with eight threads."""
    found: dict[str, float] = {}
    for name, shared in (("alone", None), ("shared", directory)):
        for series in (100, 1000):
            where = None if shared is None else f"{shared}/{series}"
            jobs: Any = exporter_class(OPEN_LABEL)(registry=CollectorRegistry(), shared=where)
            for number in range(series):
                jobs.set_depth(number, f"q{number}")
            together = threading.Barrier(9)

            def work(jobs: Any = jobs, together: threading.Barrier = together) -> None:
                jobs.record_done("q0")
                together.wait()
                together.wait()

            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            together.wait()
            found[f"{name}, {series} series"] = best(lambda rounds, jobs=jobs: jobs.snapshot(), 1, 5) / 1e5  # type: ignore[misc]
            together.wait()
            for thread in threads:
                thread.join()
    return found


WHAT: dict[str, Callable[..., dict[str, float]]] = {
    "record": record,
    "multiprocess": multiprocess,
    "exposition": exposition,
    "held-gil": held_gil,
    "memory": memory,
    "import": imports,
    "prefork-scrape": prefork_scrape,
    "snapshots": snapshots,
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])))
