"""The examples on the page on health run as they are printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.integration.instrument.servers import Server

PAGE = (Path(__file__).parents[3] / "docs" / "health.md").read_text()


def test_the_examples(new_redis: Server) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    environment = {**os.environ, "REDIS_URL": f"redis://127.0.0.1:{new_redis.port}/0"}
    for example in examples:
        command = [sys.executable, "-W", "error", "-c", example]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == 0, ran.stderr
        # It says what is slow; a busy machine may be.
        assert ran.stdout.split("\n")[0] in {"healthy", "degraded"}
