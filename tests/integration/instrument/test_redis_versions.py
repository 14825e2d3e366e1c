"""The wrapper works with every redis-py that it is for, from the oldest to the newest."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackgen.stack.packages import cache_folder
from tests.conftest import require
from tests.integration.instrument.clusters import cluster
from tests.integration.instrument.programs import program
from tests.integration.instrument.servers import Server

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


def library(version: str) -> Path:
    """A folder with that redis-py and what it needs, filled by pip the first time."""
    folder = cache_folder() / "python" / f"redis-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
            answer = subprocess.run([*pip, f"redis=={version}"], capture_output=True, text=True, check=False)
            require(answer.returncode == 0, f"redis-py {version} cannot be had from PyPI: {answer.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def cluster_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with cluster(program("redis-server"), tmp_path_factory.mktemp("cluster")) as servers:
        yield servers[0].port


# The last of each generation but for the first, whose first release is the oldest that is promised to work.
@pytest.mark.parametrize("version", ["5.0.0", "5.3.1", "6.4.0", "7.4.0", "8.1.0"])
def test_a_version(version: str, old_redis: Server, cluster_port: int) -> None:
    script = Path(__file__).with_name("version_check.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(old_redis.port), str(cluster_port)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(library(version)), str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, version), ran.stderr
