"""A panel can show what no signal says: PromQL of its own, and Grafana's own options, checked like the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackgen.definition.model import Severity
from stackgen.findings import DefinitionError
from stackgen.generators.grafana import look
from tests.unit.dashboards.definitions import WEB, defined, shown, wrong

PER_CODE = "sum by ($by) (rate(requests[$window]))"


def raw(promql: str, **words: Any) -> dict[str, Any]:
    return {"title": "Own", "unit": "per_second", "promql": promql} | words


def test_promql_names_metrics_by_key_and_is_narrowed_by_the_variables(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"timeseries": raw(PER_CODE, by=["code"])})
    (target,) = panel["targets"]
    narrowed = 'web_requests_total{job=~"$job", instance=~"$instance", service=~"$service"}'
    assert target["expr"] == f"sum by (code) (rate({narrowed}[$__rate_interval]))"
    assert (target["refId"], target["legendFormat"]) == ("own", "{{code}}")
    assert (panel["title"], panel["fieldConfig"]["defaults"]["unit"]) == ("Own", "ops")


def test_signals_by_key_and_written_out_stand_side_by_side(tmp_path: Path) -> None:
    written_out = {"title": "Twice", "promql": "2 * sum by ($by) (workers)", "unit": "count"}
    panel = shown(tmp_path, {"timeseries": ["busy", written_out], "title": "Both"})
    assert [each["refId"] for each in panel["targets"]] == ["busy", "twice"]
    assert [each["legendFormat"] for each in panel["targets"]] == ["Workers", "Twice"]


def test_any_kind_of_signal_can_be_written_out(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"stat": {"title": "p75", "quantile": {"of": "duration", "q": 0.75}}})
    assert panel["targets"][0]["expr"].startswith("histogram_quantile(0.75, ")
    assert panel["fieldConfig"]["defaults"]["unit"] == "s"


def test_the_time_that_is_shown_is_grafanas_range(tmp_path: Path) -> None:
    panel = shown(tmp_path, {"stat": raw("sum (increase(requests[$range]))", unit="count")})
    assert panel["targets"][0]["expr"].endswith("[$__range]))")


def test_thresholds_colour_what_no_alert_looks_at(tmp_path: Path) -> None:
    marks = [{"above": 10, "severity": "warning"}, {"at_least": 20, "severity": "critical"}]
    panel = shown(tmp_path, {"gauge": raw(PER_CODE), "thresholds": marks})
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    warning, critical = look.SEVERITIES[Severity.WARNING], look.SEVERITIES[Severity.CRITICAL]
    assert [(each["value"], each["color"]) for each in steps] == [(None, look.GOOD), (10.0, warning), (20.0, critical)]


def test_grafanas_own_words_are_laid_over_what_follows_from_the_rest(tmp_path: Path) -> None:
    override = {"matcher": {"id": "byName", "options": "ok"}, "properties": [{"id": "unit", "value": "short"}]}
    panel = shown(
        tmp_path,
        {
            "timeseries": "traffic",
            "options": {"legend": {"placement": "right"}},
            "fields": {"max": 100, "custom": {"fillOpacity": 0}},
            "overrides": [override],
        },
    )
    assert panel["options"]["legend"]["placement"] == "right"
    assert panel["options"]["legend"]["displayMode"] == "table"
    defaults = panel["fieldConfig"]["defaults"]
    assert (defaults["max"], defaults["custom"]["fillOpacity"]) == (100, 0)
    assert defaults["custom"]["lineWidth"] == look.LINE_WIDTH
    assert panel["fieldConfig"]["overrides"][-1] == override


@pytest.mark.parametrize(
    ("panel", "line"),
    [
        ({"stat": raw("sum(")}, "dashboards.main.rows[0].panels[0].stat.promql: not PromQL: "),
        ({"stat": raw("sum (requets)")}, "no metric 'requets'; did you mean 'requests'?"),
        ({"stat": raw("sum (up)", by=["code"])}, "nothing here has a label 'code'; known: instance, job"),
        ({"stat": {"title": "T", "promql": "sum (workers)"}}, "raw PromQL without a unit; add `unit`"),
        ({"stat": {"promql": "sum (workers)", "unit": "count"}}, "'title' is missing; add 'title'"),
        ({"stat": {"title": "T"}}, "the signal says nothing to compute"),
        ({"timeseries": ["busy", raw("sum (workers)", title="Busy")], "title": "T"}, "has the title 'Busy'"),
        ({"stat": "busy", "options": {"graphmode": "none"}}, "no 'graphmode' here; did you mean 'graphMode'?"),
        ({"stat": "busy", "fields": {"units": "s"}}, "Grafana has no 'units' here; did you mean 'unit'?"),
        ({"stat": "busy", "thresholds": [{"severity": "info"}]}, "the threshold has no number; add one of above"),
        ({"stat": "busy", "thresholds": [{"above": "3x", "severity": "info"}]}, "'3x' is no quantity in count"),
        ({"stat": "errors", "thresholds": [{"above": 90, "severity": "info"}]}, "never comes to 90; write 90% or 0.9"),
        ({"stat": raw('sum (requests{cod="ok"})')}, "metric 'requests' has no label 'cod'; did you mean 'code'?"),
        ({"stat": raw('sum (requests{code="okay"})')}, "label 'code' has no value 'okay'; did you mean 'ok'?"),
        ({"stat": raw('sum (requests{path="/a}", code!="eror"})')}, "no value 'eror'; did you mean 'error'?"),
        ({"stat": raw('sum (requests{code=~"ok|redirected"})')}, "no value 'redirected'; did you mean 'redirect'?"),
        ({"stat": raw('sum (requests{code=~"5.."})')}, "no value of label 'code' matches '5..'; known: ok"),
        ({"gauge": "busy"}, "gauge: the dial of 'busy' has no end; add `fields: {max: ...}`, or use stat or bargauge"),
        ({"gauge": "busy", "thresholds": [{"below": 3, "severity": "info"}]}, "the dial of 'busy' has no end"),
        ({"table": ["traffic", "errors"], "title": "T"}, "'traffic' is by code, 'errors' by nothing; split all"),
        ({"stat": "busy", "height": 1}, "height: 1 is too small; use 2 or more"),
        ({"stat": "busy", "height": 41}, "height: 41 is too large; use 40 or less"),
        ({"text": "hello", "fields": {"unit": "s"}}, "this kind of panel has no use for it; remove 'fields'"),
        ({"stat": "busy", "before": "x"}, "what is in a list has no key; use a mapping, or move it"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_told_in_one_line(tmp_path: Path, panel: dict[str, Any], line: str) -> None:
    assert line in wrong(tmp_path, panel)


@pytest.mark.parametrize(
    "braces",
    [
        '{code="ok", path=~"/a/.*", instance!="x", service=""}',
        "{code=~'o.|err(or)?', job=~\"$job\"}",
        '{code=~"$code"}',
        "{ }",
    ],
)
def test_series_are_picked_by_the_labels_and_values_that_there_are(tmp_path: Path, braces: str) -> None:
    assert shown(tmp_path, {"stat": raw(f"sum (rate(requests{braces}[$window]))")})["targets"]


def test_buckets_have_a_bound(tmp_path: Path) -> None:
    assert shown(tmp_path, {"stat": raw('sum (rate(duration_bucket{le="0.1"}[$window]))')})["targets"]


def test_what_dashboards_show_of_time_and_rules_is_not_for_signals(tmp_path: Path) -> None:
    for promql, line in (
        ("sum (increase(requests[$range]))", "$range is the time that a dashboard shows"),
        ("count (ALERTS)", "'ALERTS' is made by rules"),
    ):
        text = "stackgen: 1\nname: web\ntitle: Web\nmetrics: {requests: {type: counter, help: Requests.}}\n"
        text += f"signals: {{own: {{title: Own, unit: count, promql: '{promql}'}}}}\n"
        with pytest.raises(DefinitionError, match=line.replace("$", r"\$")):
            defined(tmp_path, text=text)


def test_a_dial_beside_a_limit_is_better_a_ratio(tmp_path: Path) -> None:
    text = WEB + "  Full: {signal: busy, above: busy_limit, severity: warning, summary: full}\n"
    text += "dashboards: {main: {title: Web, rows: [{title: R, panels: [{gauge: busy}]}]}}\n"
    with pytest.raises(DefinitionError, match="show the ratio of it to 'busy_limit', or add `fields: "):
        defined(tmp_path, text=text)


def test_a_dial_whose_end_is_an_override_has_one(tmp_path: Path) -> None:
    override = {"matcher": {"id": "byFrameRefID", "options": "busy"}, "properties": [{"id": "max", "value": 9}]}
    assert shown(tmp_path, {"gauge": "busy", "overrides": [override]})["fieldConfig"]["overrides"] == [override]


def test_columns_that_are_split_alike_are_one_table(tmp_path: Path) -> None:
    assert shown(tmp_path, {"table": ["traffic", "errors"], "title": "T", "by": ["code"]})
    assert shown(tmp_path, {"table": ["busy", "build"], "title": "T"})  # an info brings labels of its own


@pytest.mark.parametrize("panel", [{"table": "busy"}, {"heatmap": "duration"}, {"text": "hello"}])
def test_a_panel_is_as_high_as_it_says(tmp_path: Path, panel: dict[str, Any]) -> None:
    assert shown(tmp_path, panel | {"height": 20})["gridPos"] == {"h": 20, "w": 24, "x": 0, "y": 1}
