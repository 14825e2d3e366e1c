"""Under gevent, which gives every greenlet locals of its own, cells stay as few as threads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import require

PROGRAM = """
import json, sys
if sys.argv[1] == "before":
    from gevent import monkey; monkey.patch_all()
from prometheus_client import CollectorRegistry
from stackgen.exporters.cache import CacheMetrics
if sys.argv[1] == "after":
    from gevent import monkey; monkey.patch_all()
import gc, gevent
registry = CollectorRegistry()
metrics = CacheMetrics("sessions", "redis", registry=registry)
def work():
    for _ in range(10):
        metrics.record_hit(0.5)
        gevent.sleep(0)
        with metrics.time_set():
            gevent.sleep(0)
gevent.joinall([gevent.spawn(work) for _ in range(2000)])
from stackgen.runtime.cells import Cells
lists = [lane for each in gc.get_objects() if type(each) is Cells for lane in each._lanes]
print(json.dumps([registry.get_sample_value("cache_operations_total",
    {"cache": "sessions", "backend": "redis", "operation": operation, "result": result})
    for operation, result in (("get", "hit"), ("set", "ok"))] + [len(lists)]))
"""


@pytest.mark.parametrize("patched", ["before", "after"])
def test_greenlets_share_their_threads_cells(patched: str) -> None:
    has_gevent = subprocess.run([sys.executable, "-c", "import gevent"], capture_output=True, check=False)
    require(has_gevent.returncode == 0, "gevent is not installed: pip install gevent")
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, patched], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == [20_000, 20_000, 1]
