"""Variables narrow each other and every query of a dashboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackgen.definition import load
from stackgen.definition.model import Definition
from stackgen.findings import DefinitionError
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.narrowing import narrowing_labels
from stackgen.generators.grafana.recordings import recordings
from stackgen.generators.grafana.variables import variables
from tests.unit.dashboards.contract import panel, resolved, selectors, targets
from tests.unit.dashboards.definitions import WEB, defined, drawn


def every_variable(definition: Definition) -> list[Json]:
    return variables(definition, narrowing_labels(definition))


def test_data_source_then_target_labels_then_bound_labels() -> None:
    assert [each["name"] for each in every_variable(load("cache"))] == [
        "datasource",
        "job",
        "instance",
        "cache",
        "backend",
    ]


def test_each_variable_offers_what_those_before_it_leave_over() -> None:
    queries = [each["query"] for each in every_variable(load("cache"))[1:]]
    assert queries == [
        "label_values(cache_evictions_total, job)",
        'label_values(cache_evictions_total{job=~"$job"}, instance)',
        'label_values(cache_evictions_total{job=~"$job", instance=~"$instance"}, cache)',
        'label_values(cache_evictions_total{job=~"$job", instance=~"$instance", cache=~"$cache"}, backend)',
    ]


def test_any_number_of_values_or_all_refreshed_with_the_time() -> None:
    for each in every_variable(load("cache"))[1:]:
        assert (each["multi"], each["includeAll"], each["allValue"], each["refresh"]) == (True, True, ".+", 2)
        assert each["current"]["value"] == ["$__all"]
        assert each["description"]


@pytest.mark.parametrize(
    ("metrics", "series"),
    [
        # A counter without labels is at 0 from the first scrape on, and is one series.
        (
            "{a: {type: gauge, help: A.}, b: {type: counter, help: B., labels: [code]}, c: {type: counter, help: C.}}",
            "c",
        ),
        # A counter by an open label has no series before something happened; a gauge has.
        ("{a: {type: counter, help: A., labels: [path]}, b: {type: gauge, help: B.}}", "b"),
        ("{a: {type: histogram, help: A., buckets: [1], labels: [code]}, b: {type: gauge, help: B.}}", "a"),
    ],
)
def test_values_come_from_a_metric_that_is_there_from_the_start(tmp_path: Path, metrics: str, series: str) -> None:
    labels = "{code: {values: [ok, error]}, path: {max_values: 9}}"
    text = f"stackgen: 1\nname: web\ntitle: Web\nlabels: {labels}\nmetrics: {metrics}\nsignals: {{}}\n"
    exposed = {"a": "web_a_count", "b": "web_b", "c": "web_c_total"}[series]
    assert every_variable(defined(tmp_path, text=text))[1]["query"] == f"label_values({exposed}, job)"


@pytest.mark.parametrize("forgotten", ["{type: counter, help: F.}", "{type: gauge, help: F.}"])
def test_values_do_not_come_from_a_metric_that_no_event_records(tmp_path: Path, forgotten: str) -> None:
    text = f"""
stackgen: 1
name: web
title: Web
labels: {{path: {{max_values: 9}}}}
metrics:
  forgotten: {forgotten}
  duration: {{type: histogram, unit: seconds, help: D., labels: [path], buckets: [1]}}
  requests: {{type: counter, help: R., count_of: duration}}
events: {{served: {{observe: duration, arguments: [path]}}}}
"""
    (_, job, _) = every_variable(defined(tmp_path, text=text))
    assert job["query"] == "label_values(web_requests_total, job)"


def test_every_query_is_narrowed_by_every_variable(tmp_path: Path) -> None:
    definition = defined(tmp_path, "[{title: R, panels: [{timeseries: errors}, {heatmap: duration}]}]")
    for target in targets(drawn(definition)):
        for selector in selectors(target["expr"]):
            for label in ("job", "instance", "service"):
                assert f'{label}=~"${label}"' in selector


def test_a_dashboard_has_the_variables_that_narrow_something_and_no_others() -> None:
    objectives, overview = (drawn(load("cache"), key) for key in ("slo", "overview"))
    assert [each["name"] for each in overview["templating"]["list"]][1:] == ["job", "instance", "cache", "backend"]
    # An objective is of everything that the definition watches.
    assert [each["name"] for each in objectives["templating"]["list"]] == ["datasource"]
    text = json.dumps(objectives)
    assert not [name for name in ("job", "instance", "cache", "backend") if f"${{{name}:" in text or f"${name}" in text]


def test_the_default_data_source_comes_first() -> None:
    (source, *_) = variables(load("cache"), ())
    assert source["current"] == {"selected": False, "text": "default", "value": "default"}


def test_up_has_no_bound_labels_and_is_asked_for_the_jobs_of_the_definition_alone(tmp_path: Path) -> None:
    text = WEB + "stack: {jobs: [web-eu, web-us]}\n"
    definition = defined(tmp_path, "[{title: R, panels: [{statetimeline: targets}]}]", text=text)
    (target,) = targets(drawn(definition))
    (selector,) = selectors(target["expr"])
    assert "service" not in selector
    assert 'job=~"$job"' in selector
    assert 'job=~"web-eu|web-us"' in resolved(target["expr"])


def test_a_bound_label_called_datasource_does_not_take_the_data_sources_variable(tmp_path: Path) -> None:
    text = WEB.replace("service:", "datasource:")
    definition = defined(tmp_path, "[{title: R, panels: [{stat: sent}]}]", text=text)
    names = [each["name"] for each in every_variable(definition)]
    assert names == ["datasource", "job", "instance", "datasource_label"]
    (target,) = targets(drawn(definition))
    assert 'datasource=~"$datasource_label"' in target["expr"]


def test_a_click_on_a_series_narrows_the_dashboard_to_it_and_keeps_the_rest(tmp_path: Path) -> None:
    definition = defined(tmp_path, "[{title: R, panels: [{timeseries: sent, by: [service]}, {timeseries: traffic}]}]")
    dashboard = drawn(definition)
    (link,) = panel(dashboard, "Sent")["fieldConfig"]["defaults"]["links"]
    path, query = link["url"].split("?")
    assert path == f"/d/{dashboard['uid']}"
    assert query.split("&") == [
        "${__url_time_range}",
        "${datasource:queryparam}",
        "${job:queryparam}",
        "${instance:queryparam}",
        "var-service=${__field.labels.service}",
    ]
    assert "links" not in panel(dashboard, "Requests")["fieldConfig"]["defaults"], "`code` has no variable"


def test_alerts_are_marked_where_they_fire_and_restarts_where_they_were() -> None:
    definition = load("cache")
    marks = {each["name"]: each for each in drawn(definition, "overview")["annotations"]["list"]}
    assert list(marks) == ["Critical alerts", "Warning alerts", "Info alerts", "Error budgets", "Process restarts"]
    (budgets,) = selectors(marks["Error budgets"]["expr"])
    assert 'sloth_severity="page"' in budgets
    (critical,) = selectors(marks["Critical alerts"]["expr"])
    assert 'alertstate="firing"' in critical
    assert "CacheErrorRatioHigh" in critical
    assert "CacheHitRatioLow" not in critical
    # An alert per cache has no instance: nothing must do as well as any value.
    assert 'instance=~"$instance|"' in critical
    assert marks["Process restarts"]["useValueForTime"] is True
    for mark in marks.values():
        assert mark["expr"] == mark["target"]["expr"]
        assert list(selectors(mark["expr"]))


# -- variables of a dashboard's own -----------------------------------------------------------------------------------


def narrowed_by(folder: Path, variables: str, panel: str) -> Definition:
    rows = f"[{{title: Row, panels: [{panel}]}}]"
    return defined(folder, text=f"{WEB}dashboards: {{main: {{title: Web, variables: {variables}, rows: {rows}}}}}\n")


def asked(folder: Path, variables: str, panel: str) -> list[str]:
    return [each["expr"] for each in targets(drawn(narrowed_by(folder, variables, panel)))]


def test_a_dashboard_is_narrowed_by_labels_that_events_set_where_it_asks_for_them(tmp_path: Path) -> None:
    board = drawn(narrowed_by(tmp_path, "[code, path]", "{timeseries: sent}, {timeseries: p99}"))
    assert [each["name"] for each in board["templating"]["list"]][-2:] == ["code", "path"]
    code, path = (each["query"] for each in board["templating"]["list"][-2:])
    before = 'job=~"$job", instance=~"$instance", service=~"$service"'
    assert code == f"label_values(web_sent_bytes_total{{{before}}}, code)"
    assert path == f'label_values(web_requests_total{{{before}, code=~"$code"}}, path)'
    sent, p99 = (each["expr"] for each in targets(board))
    assert ('code=~"$code"' in sent, 'path=~"$path"' in sent) == (True, False)
    assert ('code=~"$code"' in p99, 'path=~"$path"' in p99) == (True, True)


def test_what_is_recorded_keeps_the_labels_that_it_is_narrowed_by(tmp_path: Path) -> None:
    (read,) = asked(tmp_path, "[code]", "{timeseries: p99}")
    name = "job_instance_service_le_code:web_duration_seconds_bucket:rate1m"
    assert f'{name}{{job=~"$job", instance=~"$instance", service=~"$service", code=~"$code"}}' in read
    definition = narrowed_by(tmp_path, "[code]", "{timeseries: p99}, {heatmap: duration}")
    (recorded,) = recordings(definition)
    assert recorded.name == name
    assert recorded.expr.startswith("sum by (job, instance, service, le, code) (")
    assert any(name in each for each in asked(tmp_path, "[code]", "{heatmap: duration}"))


@pytest.mark.parametrize(
    "panel",
    [
        "{stat: errors}",
        "{stat: {title: Share, unit: ratio, promql: 'sum (requests{code=\"ok\"}) / sum (requests)'}}",
    ],
)
def test_what_a_share_is_of_is_not_narrowed_by_a_label_that_its_part_is_picked_by(tmp_path: Path, panel: str) -> None:
    assert all('"$code"' not in each for each in asked(tmp_path, "[code]", panel))


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ("[cod]", r"variables\[0\]: no metric has a label 'cod'; did you mean 'code'\?"),
        ("[code, service]", r"variables\[1\]: 'service' is bound, and every dashboard has it; leave it out"),
    ],
)
def test_a_variable_is_of_a_label_that_events_set(tmp_path: Path, variables: str, line: str) -> None:
    with pytest.raises(DefinitionError, match=line):
        narrowed_by(tmp_path, variables, "{stat: busy}")
