"""What runs out: told before it has and on once it has; what hovers at its limit, as a full cache does, is not told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.generators import rules
from stackgen.stack.binaries import Located
from tests.promtools import native

DISK = """\
stackgen: 1
name: disk
title: Disk
metrics:
  used: {type: gauge, unit: bytes, help: Used., exposed: used_bytes}
  size: {type: gauge, unit: bytes, help: Size., exposed: size_bytes}
  free: {type: gauge, unit: bytes, help: Free., exposed: free_bytes}
signals:
  used: {title: Used, level: {of: used}}
  size: {title: Size, level: {of: size}}
  free: {title: Free, good: high, level: {of: free}}
alerts:
  ToASignal: {signal: used, runs_out: {limit: size, within: 4h}, for: 15m, summary: "{value}"}
  ToANumber: {signal: used, runs_out: {limit: 1000B, within: 4h}, for: 15m, summary: "{value}"}
  ToNothing: {signal: free, runs_out: {limit: 0, within: 4h}, for: 15m, summary: "{value}"}
"""
#: Minutes of hovering: it takes a little more, then gives some back.
HOVERS = [993 + minute % 8 for minute in range(300)]
ALWAYS_FULL = [1000] * 300
#: From 400 to 1000 in two hours, then full for three.
FILLS = [*range(400, 1000, 5), *[1000] * 180]


@pytest.mark.parametrize(
    ("used", "told"),
    [
        (HOVERS, []),
        (ALWAYS_FULL, []),
        # From when it would be full in four hours until it has been full for one.
        (FILLS, [119, 121, 150, 176]),
    ],
    ids=["hovers", "always full", "fills"],
)
def test_it_is_told_until_it_has_been_so_for_the_window(
    used: list[int], told: list[int], binary: Callable[[str], Located], tmp_path: Path
) -> None:
    (tmp_path / "disk.yaml").write_text(DISK, encoding="utf-8")
    for path, text in rules.generate(load(tmp_path / "disk.yaml")).items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    series = {"used": used, "size": [1000] * 300, "free": [1000 - each for each in used]}
    lines = [
        "rule_files: [disk.rules.yaml]",
        "evaluation_interval: 1m",
        "tests:",
        "  - interval: 1m",
        "    input_series:",
        *(
            f"      - {{series: '{name}_bytes{{job=\"disk\"}}', values: '{' '.join(map(str, values))}'}}"
            for name, values in series.items()
        ),
        "    promql_expr_test:",
    ]
    # What hovers where nothing is left has run out, so that of it is not asked then.
    names = ["ToASignal", "ToANumber", *(["ToNothing"] if used != HOVERS else [])]
    for minute in [*told, *(each for each in range(0, 300, 7) if not told or each > 182)]:
        for name in names:
            firing = f'ALERTS{{alertname="{name}", alertstate="firing"}}'
            lines += [f"      - expr: count({firing})", f"        eval_time: {minute}m", "        exp_samples:"]
            lines[-1] += " [{labels: '{}', value: 1}]" if minute in told else " []"
    (tmp_path / "own.tests.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    passed, said = native(binary("promtool"))(tmp_path, ["own.tests.yaml"])
    assert passed, said
