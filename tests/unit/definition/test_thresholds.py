"""Thresholds that hold and do not: what is a share of a whole, and what only a quotient of two sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.definition.ends import dial_end
from stackgen.findings import DefinitionError

WEB = """\
stackgen: 1
name: web
title: Web
metrics:
  duration: {{type: histogram, unit: seconds, help: Time., buckets: [0.1, 1, 10]}}
  rss: {{type: gauge, unit: bytes, help: Resident.}}
  used: {{type: gauge, unit: bytes, help: Used.}}
  sent: {{type: counter, unit: bytes, help: Sent.}}
  requests: {{type: counter, help: Requests.}}
signals:
  p99: {{title: p99, quantile: {{of: duration, q: 0.99}}}}
  fragmentation: {{title: Fragmentation, ratio: {{part: {{of: rss}}, whole: {{of: used}}}}}}
  size: {{title: Size, unit: bytes, ratio: {{part: {{of: sent}}, whole: {{of: requests}}}}}}
alerts:
  Alert: {{{alert}, summary: s}}
dashboards:
  overview: {{title: O, rows: [{{title: R, panels: [{panel}]}}]}}
"""


def defined(tmp_path: Path, alert: str, panel: str = "{stat: p99}") -> Path:
    path = tmp_path / "web.yaml"
    path.write_text(WEB.format(alert=alert, panel=panel), encoding="utf-8")
    return path


def test_a_quantile_comes_to_its_last_bucket_bound_and_not_beyond(tmp_path: Path) -> None:
    load(defined(tmp_path, "signal: p99, at_least: 10s"))
    with pytest.raises(DefinitionError, match="10 is not below the largest bucket bound, 10, so this never holds"):
        load(defined(tmp_path, "signal: p99, above: 10s"))


@pytest.mark.parametrize(
    ("alert", "panel", "end"),
    [
        (
            "signal: fragmentation, above: 1.5",
            "{gauge: fragmentation, thresholds: [{above: 1.6, severity: warning}]}",
            2,
        ),
        ("signal: size, above: 1MiB", "{gauge: size, thresholds: [{above: 1MiB, severity: warning}]}", 1.5 * 2**20),
    ],
)
def test_a_quotient_of_two_sizes_may_be_above_1(tmp_path: Path, alert: str, panel: str, end: float) -> None:
    definition = load(defined(tmp_path, alert, panel))
    (drawn,) = definition.dashboards["overview"].rows[0].panels
    (key,) = drawn.signals
    assert dial_end(definition.signals[key], [*definition.alerts.values(), *drawn.thresholds]) == end
