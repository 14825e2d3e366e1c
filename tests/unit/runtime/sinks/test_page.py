"""What the page on sinks shows works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.unit.runtime.sinks.receivers import udp

PAGE = (Path(__file__).parents[4] / "docs" / "sinks.md").read_text()


def test_the_example() -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    with udp() as statsd, udp() as agent:
        for receiver in (statsd, agent):
            example = example.replace("8125", str(receiver.port), 1)
        command = [sys.executable, "-W", "error", "-c", example]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.startswith("operations {'cache': 'sessions', 'backend': 'redis', 'operation': 'get'")
        assert "shop.cache.operation_duration.sessions.redis.get.hit:0.31|ms" in statsd.lines()
        assert agent.lines()[0].startswith("shop.cache.operations:1|c|#env:prod,cache:sessions,")


def test_every_reason_for_a_loss_is_on_the_page() -> None:
    code = "".join(file.read_text() for file in (Path(__file__).parents[4] / "stackgen/runtime/sinks").glob("*.py"))
    reasons = {
        *re.findall(r'lost\["(\w+)"\]', code),
        *re.findall(r'return "(\w+)"', code),
        *re.findall(r'"(not_finite|negative|raised)"', code),
    }
    assert {"refused", "unreachable", "full", "too_long", "not_finite", "negative", "raised"} == reasons
    assert all(f"`{reason}`" in PAGE for reason in reasons)
