"""cache-kit's mean latency of a window, which raw PromQL takes out of its mean since start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.definition import load
from stackgen.generators import rules
from tests.integration.packs.system import Finder

_MINUTES = 21
_RECORDED = "job:cache_kit_latency_mean:value5m"


def gauges(operations: list[int], spent_us: list[float]) -> list[dict[str, str]]:
    """The input series of one process, from its operations and the time spent in them, minute by minute."""
    means = [spent / count if count else 0.0 for count, spent in zip(operations, spent_us, strict=True)]
    return [
        {
            "series": f'{name}{{job="cache_kit", instance="app:3000"}}',
            "values": " ".join(str(value) for value in values),
        }
        for name, values in (("cache_total_ops", operations), ("cache_avg_latency_us", means))
    ]


def steady() -> list[dict[str, str]]:
    """Ten minutes of fast operations, then slow ones: since start the mean is half of what it is now."""
    operations = [1000 * minute for minute in range(_MINUTES)]
    spent = [1000 * (800.0 * min(minute, 10) + 250_000.0 * max(0, minute - 10)) for minute in range(_MINUTES)]
    return gauges(operations, spent)


def idle() -> list[dict[str, str]]:
    """Slow operations long ago, and none since."""
    operations = [1000 * min(minute, 10) for minute in range(_MINUTES)]
    return gauges(operations, [250_000.0 * count for count in operations])


def started_anew() -> list[dict[str, str]]:
    """A process that began anew three minutes ago, and has done more since than the one before had in all."""
    operations = [*(1000 * minute for minute in range(18)), 500, 30_000, 60_000]
    return gauges(operations, [800.0 * count for count in operations])


@pytest.mark.parametrize(
    ("series", "wanted"),
    [
        (steady(), [{"labels": '{job="cache_kit"}', "value": 0.25}]),
        (idle(), []),
        (started_anew(), []),
    ],
    ids=["slow now", "idle", "started anew"],
)
def test_the_mean_is_that_of_the_window_and_of_nothing_else(
    series: list[dict[str, str]], wanted: list[dict[str, Any]], binary: Finder, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(rules.generate(load("cache-kit"))["cache_kit.rules.yaml"], encoding="utf-8")
    expr = f"round({_RECORDED}, 0.000001)"
    test = {
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [{"expr": expr, "eval_time": "20m", "exp_samples": wanted}],
    }
    file = tmp_path / "tests.yaml"
    file.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [test]}), encoding="utf-8")
    promtool = binary("promtool")
    done = subprocess.run(
        [promtool.path, "test", "rules", str(file)],
        env={**os.environ, **promtool.environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
