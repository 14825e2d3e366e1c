"""The examples on the pages of the clients run as they are printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.instrument.servers import Server

PAGES = Path(__file__).parents[3] / "docs" / "instrument"
EXAMPLES = [
    pytest.param(example, id=f"{page}-{number}")
    for page in ("redis.md", "memcached.md")
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(), re.DOTALL), 1)
]

#: Appended to an example: what it has recorded.
SHOWN = """
from prometheus_client import REGISTRY
print(sum(s.value for f in REGISTRY.collect() for s in f.samples if s.name == "cache_operations_total"))
"""


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example(example: str, new_redis: Server, shared_memcached: Server) -> None:
    environment = {
        **os.environ,
        "REDIS_URL": f"redis://127.0.0.1:{new_redis.port}/0",
        "MEMCACHED": f"127.0.0.1:{shared_memcached.port}",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", example + SHOWN],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert float(ran.stdout) >= 1


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4
