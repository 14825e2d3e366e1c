"""Panels show what alerts compare, over the same window and of the same groups, or draw none of their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackgen.generators.grafana import look
from stackgen.generators.grafana.recordings import recordings
from tests.unit.dashboards.contract import panels, problems
from tests.unit.dashboards.definitions import defined, drawn

JOBS = """
stackgen: 1
name: jobs
title: Jobs
labels:
  batch: {max_values: 20}
  result: {values: [ok, failed]}
  topic: {max_values: 9}
  machine: {bind: true, max_values: 50}
metrics:
  rows: {type: counter, help: Rows., labels: [batch, result]}
  duration: {type: histogram, unit: seconds, help: Runs., labels: [batch], buckets: [1, 60, 3600]}
  lag: {type: gauge, help: Behind., labels: [topic]}
  free: {type: gauge, unit: bytes, help: Free.}
  size: {type: gauge, unit: bytes, help: All.}
  last: {type: gauge, unit: seconds, help: When it last succeeded., labels: [batch], combine: max}
signals:
  rows: {title: Rows, good: high, increase: {of: rows}}
  row_rate: {title: Row rate, rate: {of: rows}}
  failed: {title: Failed, good: low, rate: {of: rows, where: {result: failed}}}
  share: {title: Share, good: low, ratio: {part: {of: rows, where: {result: failed}}, whole: {of: rows}}}
  mean: {title: Mean, good: low, mean: {of: duration}}
  p99: {title: p99, good: low, quantile: {of: duration, q: 0.99}}
  lag: {title: Lag, good: low, level: {of: lag}}
  worst_lag: {title: Worst lag, good: low, level: {of: lag, aggregate: max}}
  memory: {title: Memory left, good: high, ratio: {part: {of: free}, whole: {of: size}}}
  age: {title: Age, good: low, unit: seconds, promql: "time() - max by ($by) (last)"}
  restarts: {title: Restarts, good: low, unit: count, promql: "sum by ($by) (changes(last[$window]))"}
alerts:
"""


def alert(signal: str, rest: str, name: str = "Any") -> str:
    return f"  {name}: {{signal: {signal}, {rest}, severity: warning, summary: s}}\n"


def shown(folder: Path, panel: dict[str, Any], *alerts: str) -> dict[str, Any]:
    rows = json.dumps([{"title": "Row", "panels": [panel]}])
    dashboard = drawn(defined(folder, rows, name="jobs.yaml", text=JOBS + "".join(alerts)))
    assert problems(dashboard) == []
    (only,) = panels(dashboard)
    return only


def expr(panel: dict[str, Any]) -> str:
    (target,) = panel["targets"]
    text: str = target["expr"]
    return text.replace('{job=~"$job", instance=~"$instance", machine=~"$machine"}', "")


def lines(panel: dict[str, Any]) -> list[float]:
    """The numbers that are drawn, without the hair by which a step is above a whole one."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [round(step["value"], 3) for step in steps if step["value"] is not None]


# -- windows ----------------------------------------------------------------------------------------------------------


def test_an_increase_is_over_the_window_of_its_alert_and_says_so(tmp_path: Path) -> None:
    watched = alert("rows", "below: 1000, window: 1d, per: [batch]")
    panel = shown(tmp_path, {"timeseries": "rows", "by": ["batch"]}, watched)
    assert expr(panel) == "sum by (batch) (increase(jobs_rows_total[1d]))"
    assert lines(panel) == [1000]
    assert panel["title"] == "Rows (1d)"
    assert "Over the last 1d." in panel["description"]


def test_an_increase_without_an_alert_is_over_a_step_of_the_graph(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"timeseries": "rows"}, alert("lag", "above: 10"))
    assert expr(panel) == "sum (increase(jobs_rows_total[$__rate_interval]))"
    assert panel["title"] == "Rows"


def test_of_windows_that_differ_the_longest_is_shown_and_its_number_alone_is_drawn(tmp_path: Path) -> None:
    alerts = alert("rows", "below: 1000, window: 1d"), alert("rows", "below: 10, window: 1h", "Other")
    panel = shown(tmp_path, {"timeseries": "rows"}, *alerts)
    assert "[1d]" in expr(panel)
    assert lines(panel) == [1000]
    assert "Alert Other (warning) fires below 10 in all over 1h." in panel["description"]


def test_raw_promql_that_grows_with_its_window_is_over_that_of_its_alert(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"timeseries": "restarts"}, alert("restarts", "above: 3, window: 15m"))
    assert "[15m]" in expr(panel)
    assert lines(panel) == [3]


@pytest.mark.parametrize("signal", ["mean", "p99", "share", "row_rate"])
def test_what_has_a_value_but_once_a_day_is_read_over_the_day_that_its_alert_looks_at(
    tmp_path: Path, signal: str
) -> None:
    panel = shown(tmp_path, {"timeseries": signal}, alert(signal, "above: 50%" if signal == "share" else "above: 5"))
    assert "$__rate_interval" in expr(panel) or "[$__interval]" in expr(panel)
    daily = alert(signal, f"above: {'50%' if signal == 'share' else 5}, window: 1d")
    panel = shown(tmp_path, {"timeseries": signal}, daily)
    # Both sides of a share or a mean alike, as they were recorded or not.
    assert set(_windows(expr(panel))) == {"[1d]"}
    assert len(lines(panel)) == 1
    assert panel["title"].endswith(" (1d)")


def test_a_share_of_what_is_recorded_is_recorded_on_both_sides_over_the_same_day(tmp_path: Path) -> None:
    text = JOBS + alert("share", "above: 50%, window: 1d")
    rows = json.dumps([{"title": "Row", "panels": [{"timeseries": "share"}]}])
    definition = defined(tmp_path, rows, name="jobs.yaml", text=text)
    (panel,) = panels(drawn(definition))
    names = {each.name for each in recordings(definition)}
    assert len(names) == 2
    assert all(f"avg_over_time({name}" in expr(panel) for name in names)
    assert set(_windows(expr(panel))) == {"[1d]"}


def _windows(text: str) -> list[str]:
    return [f"[{part.split(']')[0]}]" for part in text.split("[")[1:]]


def test_a_gauge_has_no_window(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"timeseries": "lag"}, alert("lag", "above: 10, window: 1d"))
    assert panel["title"] == "Lag"
    assert "Over the last" not in panel["description"]


# -- groups -----------------------------------------------------------------------------------------------------------


def test_a_sum_of_groups_is_not_held_against_the_number_of_one(tmp_path: Path) -> None:
    watched = alert("lag", "above: 10000, per: [topic]")
    assert lines(shown(tmp_path, {"timeseries": "lag", "by": ["topic"]}, watched)) == [10000]
    number = shown(tmp_path, {"stat": "lag"}, watched)
    assert lines(number) == []
    assert number["fieldConfig"]["defaults"]["color"] == {"fixedColor": look.NEUTRAL, "mode": "fixed"}
    assert "fires above 10000 by topic over 5m." in number["description"]


def test_parts_are_not_held_against_the_number_of_their_sum(tmp_path: Path) -> None:
    watched = alert("row_rate", "above: 100")
    assert lines(shown(tmp_path, {"timeseries": "row_rate"}, watched)) == [100]
    assert lines(shown(tmp_path, {"timeseries": "row_rate", "by": ["batch"]}, watched)) == []


def test_a_label_that_has_one_value_in_all_that_is_read_tells_no_groups_apart(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"timeseries": "failed"}, alert("failed", "above: 5, per: [result]"))
    assert lines(panel) == [5]


def test_several_jobs_are_groups_of_every_alert(tmp_path: Path) -> None:
    watched = alert("row_rate", "above: 100") + "stack: {jobs: [one, two]}\n"
    assert lines(shown(tmp_path, {"timeseries": "row_rate"}, watched)) == []
    assert lines(shown(tmp_path, {"timeseries": "row_rate", "by": ["job"]}, watched)) == [100]


def test_a_sum_is_above_nothing_where_any_of_its_groups_is(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"stat": "failed"}, alert("failed", "above: 0, per: [batch]"))
    assert len(lines(panel)) == 1


@pytest.mark.parametrize(
    ("signal", "rest", "extreme", "word"),
    [
        ("memory", "below: 10%, per: [instance]", "min (sum by (instance)", "lowest"),
        ("share", "above: 10%, per: [batch]", "max ((sum by (batch)", "highest"),
        ("p99", "above: 5s, per: [batch]", "max (histogram_quantile(0.99, sum by (le, batch)", "highest"),
        ("mean", "above: 5s, per: [batch]", "max (sum by (batch)", "highest"),
        ("age", "above: 26h, per: [batch]", "max (time() - max by (batch)", "highest"),
    ],
)
@pytest.mark.parametrize("kind", ["stat", "gauge", "bargauge"])
def test_a_single_number_is_that_of_the_worst_group(
    tmp_path: Path, signal: str, rest: str, extreme: str, word: str, kind: str
) -> None:
    panel = shown(tmp_path, {kind: signal}, alert(signal, rest))
    assert expr(panel).startswith(extreme)
    assert len(lines(panel)) == 1
    assert panel["title"].endswith(f" ({word})")
    label = rest.split("[")[1].removesuffix("]")
    assert f"The {word} by {label}." in panel["description"]


def test_the_worst_is_that_of_each_part_that_the_panel_shows(tmp_path: Path) -> None:
    panel = shown(
        tmp_path, {"stat": "memory", "by": ["machine"]}, alert("memory", "below: 10%, per: [machine, instance]")
    )
    assert expr(panel).startswith("min by (machine) (sum by (machine, instance)")


@pytest.mark.parametrize(
    ("panel", "watched"),
    [
        ({"stat": "memory", "by": ["instance"]}, alert("memory", "below: 10%, per: [instance]")),
        ({"stat": "memory"}, alert("memory", "below: 10%")),
        ({"timeseries": "memory"}, alert("memory", "below: 10%, per: [instance]")),
        # An idle group, which the alert leaves out, must not be what is shown.
        ({"stat": "share"}, alert("share", "above: 10%, per: [batch], when: {signal: row_rate, above: 1}")),
        # The largest is the worst already.
        ({"stat": "worst_lag"}, alert("worst_lag", "above: 10, per: [topic]")),
        # What is worst of batches is not what is worst of instances.
        ({"stat": "share"}, alert("share", "above: 10%, per: [batch]") + alert("share", "above: 5%", "Other")),
        ({"stat": "share", "by": ["machine"]}, alert("share", "above: 10%, per: [batch]")),
    ],
)
def test_otherwise_a_number_is_of_all_that_it_says(tmp_path: Path, panel: dict[str, Any], watched: str) -> None:
    made = shown(tmp_path, panel, watched)
    assert not expr(made).startswith(("min (", "max (sum"))
    assert "(lowest)" not in made["title"]
    assert lines(made) != []


def test_a_count_that_is_as_large_as_it_may_be_is_not_coloured(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"stat": "worst_lag"}, alert("worst_lag", "above: 1"))
    _, behind = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert 1 < behind["value"] < 1.001
