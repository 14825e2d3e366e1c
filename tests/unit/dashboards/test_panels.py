"""Each kind of panel shows its signals in the way of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackgen.definition.model import Severity
from stackgen.generators.grafana import look
from tests.unit.dashboards.contract import panels, resolved
from tests.unit.dashboards.definitions import WEB, defined, drawn

GOOD, WARNING, CRITICAL = look.GOOD, look.SEVERITIES[Severity.WARNING], look.SEVERITIES[Severity.CRITICAL]


def shown(folder: Path, one: str, text: str = WEB) -> dict[str, Any]:
    """The panel that this line of a definition becomes."""
    (only,) = panels(drawn(defined(folder, f"[{{title: Row, panels: [{one}]}}]", text=text)))
    return only


def defaults(drawn_panel: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = drawn_panel["fieldConfig"]["defaults"]
    return result


def overrides(drawn_panel: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The settings that a panel's overrides make, by what they match."""
    return {
        each["matcher"]["options"]: {setting["id"]: setting["value"] for setting in each["properties"]}
        for each in drawn_panel["fieldConfig"]["overrides"]
    }


def step_values(field: dict[str, Any]) -> list[tuple[float | None, str]]:
    return [(step["value"], step["color"]) for step in field["thresholds"]["steps"]]


# -- what all panels have ---------------------------------------------------------------------------------------------


def test_title_and_description_come_from_the_signal_unless_the_panel_has_its_own(tmp_path: Path) -> None:
    plain = shown(tmp_path, "{stat: traffic}")
    assert (plain["title"], plain["description"]) == ("Requests", "Requests per second.")
    own = shown(tmp_path, "{stat: traffic, title: Load, description: How busy it is.}")
    assert (own["title"], own["description"]) == ("Load", "How busy it is.")


def test_the_description_tells_which_alerts_look_at_what_is_shown(tmp_path: Path) -> None:
    assert shown(tmp_path, "{timeseries: errors}")["description"].split("\n\n") == [
        "Share of requests that failed.",
        "Alert ErrorsHigh (critical) fires above 5 % for 2m.",
        "Alert ErrorsRising (warning) fires above 1 % for 10m.",
    ]
    assert "Alert Slow (warning) fires above 500ms." in shown(tmp_path, "{stat: p99}")["description"]


def test_a_panel_without_a_description_anywhere_says_what_it_shows(tmp_path: Path) -> None:
    assert shown(tmp_path, "{timeseries: [p50, busy], title: Both}")["description"] == "p50 duration. Workers."


def test_alerts_link_to_their_runbooks(tmp_path: Path) -> None:
    high, rising = shown(tmp_path, "{gauge: errors}")["links"]
    assert high["title"] == "Runbook: ErrorsHigh"
    assert high["url"].endswith("/web/ErrorsHigh")
    assert high["targetBlank"] is True
    assert rising["url"].endswith("/web/ErrorsRising")
    assert "links" not in shown(tmp_path, "{bargauge: traffic}")


def test_units_of_signals_are_shown_as_grafana_names_them(tmp_path: Path) -> None:
    row = "{title: R, panels: [{stat: p50}, {stat: sent}, {stat: errors}, {stat: requests_total}, {stat: busy}]}"
    units = {each["title"]: defaults(each)["unit"] for each in panels(drawn(defined(tmp_path, f"[{row}]")))}
    assert units == {
        "p50 duration": "s",
        "Sent": "Bps",
        "Errors": "percentunit",
        "All requests": "reqps",
        "Workers": "short",
    }


def test_the_refid_of_a_query_is_its_signals_key(tmp_path: Path) -> None:
    alone = shown(tmp_path, "{timeseries: p99, title: Duration}")
    both = shown(tmp_path, "{timeseries: [p50, p99], title: Duration}")
    assert [each["refId"] for each in alone["targets"]] == ["p99"]
    assert [each["refId"] for each in both["targets"]] == ["p50", "p99"]
    assert alone["targets"][0] == both["targets"][1]


def test_a_signal_named_twice_is_asked_for_once(tmp_path: Path) -> None:
    assert len(shown(tmp_path, "{timeseries: [p50, p50], title: Twice}")["targets"]) == 1


def test_the_panels_labels_stand_in_place_of_the_signals_own(tmp_path: Path) -> None:
    (own,) = shown(tmp_path, "{timeseries: traffic}")["targets"]
    (split,) = shown(tmp_path, "{timeseries: traffic, by: [service, path]}")["targets"]
    (summed,) = shown(tmp_path, "{timeseries: traffic, by: []}")["targets"]
    assert own["expr"].startswith("sum by (code) (")
    assert split["expr"].startswith("sum by (service, path) (")
    assert summed["expr"].startswith("sum (")
    assert [each["legendFormat"] for each in (own, split, summed)] == ["{{code}}", "{{service}} {{path}}", "Requests"]


def test_series_of_several_signals_are_named_by_signal_and_labels(tmp_path: Path) -> None:
    both = shown(tmp_path, "{timeseries: [p50, p99], title: Duration, by: [service]}")
    assert [each["legendFormat"] for each in both["targets"]] == [
        "p50 duration {{service}}",
        "p99 duration {{service}}",
    ]


def test_rates_are_taken_over_grafanas_own_window(tmp_path: Path) -> None:
    inline = "{timeseries: {title: One, rate: {of: sent, where: {code: ok}}}}"
    (target,) = shown(tmp_path, inline)["targets"]
    assert "[$__rate_interval]" in target["expr"]


# -- kind by kind -----------------------------------------------------------------------------------------------------


def test_a_stat_shows_what_is_now_and_nothing_of_what_is_gone(tmp_path: Path) -> None:
    stat = shown(tmp_path, "{stat: errors}")
    assert stat["options"]["graphMode"] == "none"
    assert stat["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]
    assert stat["options"]["textMode"] == "value"
    (target,) = stat["targets"]
    assert (target["range"], target["instant"]) == (False, True)
    assert stat["maxDataPoints"] == 11_000  # the window of a rate does not grow with the time that is shown


def test_a_stat_has_its_course_behind_it_where_that_is_asked_for(tmp_path: Path) -> None:
    stat = shown(tmp_path, "{stat: errors, options: {graphMode: area}}")
    assert stat["options"]["graphMode"] == "area"
    (target,) = stat["targets"]
    assert (target["range"], target["instant"]) == (True, False)
    assert "maxDataPoints" not in stat


def test_a_stat_of_several_series_shows_their_names(tmp_path: Path) -> None:
    assert shown(tmp_path, "{stat: traffic}")["options"]["textMode"] == "value_and_name"


def test_a_number_has_the_colour_of_the_alert_that_holds(tmp_path: Path) -> None:
    field = defaults(shown(tmp_path, "{stat: errors}"))
    assert field["color"] == {"mode": "thresholds"}
    assert step_values(field) == [(None, GOOD), (0.01, WARNING), (0.05, CRITICAL)]


def test_a_number_that_no_alert_looks_at_is_neither_good_nor_bad(tmp_path: Path) -> None:
    assert defaults(shown(tmp_path, "{stat: sent}"))["color"] == {"mode": "fixed", "fixedColor": look.NEUTRAL}


def test_a_graph_has_a_legend_with_last_mean_and_max_and_a_tooltip_of_all_series(tmp_path: Path) -> None:
    options = shown(tmp_path, "{timeseries: sent}")["options"]
    assert options["legend"]["displayMode"] == "table"
    assert options["legend"]["calcs"] == ["lastNotNull", "mean", "max"]
    assert options["tooltip"] == {"mode": "multi", "sort": "desc"}


def test_a_graph_draws_the_alerts_numbers_across_and_nothing_where_all_is_well(tmp_path: Path) -> None:
    field = defaults(shown(tmp_path, "{timeseries: errors}"))
    assert field["custom"]["thresholdsStyle"] == {"mode": "dashed"}
    assert step_values(field) == [(None, "transparent"), (0.01, WARNING), (0.05, CRITICAL)]
    assert defaults(shown(tmp_path, "{timeseries: sent}"))["custom"]["thresholdsStyle"] == {"mode": "off"}


def test_a_graph_of_several_signals_draws_the_thresholds_of_all_that_share_its_axis(tmp_path: Path) -> None:
    field = defaults(shown(tmp_path, "{timeseries: [p50, p99], title: Duration}"))
    assert step_values(field) == [(None, "transparent"), (0.5, WARNING)]


def test_a_changed_threshold_of_an_alert_changes_the_panel(tmp_path: Path) -> None:
    changed = WEB.replace("above: 0.05", "above: 0.08")
    assert step_values(defaults(shown(tmp_path, "{gauge: errors}", changed)))[-1] == (0.08, CRITICAL)


HITS = "  hits: {title: Hits, good: high, ratio: {part: {of: requests, where: {code: ok}}, whole: {of: requests}}}\n"
WITH_HITS = WEB.replace("  p50: {title", f"{HITS}  p50: {{title", 1)


def test_a_ratio_is_drawn_from_nothing_to_all(tmp_path: Path) -> None:
    for one in ("{timeseries: hits}", "{timeseries: busy_share}"):
        field = defaults(shown(tmp_path, one, WITH_HITS))
        assert (field["unit"], field["min"], field["max"]) == ("percentunit", 0, 1)
        assert "axisSoftMax" not in field["custom"]


def test_a_share_that_should_be_small_is_drawn_to_twice_its_largest_threshold_and_further_if_it_goes(
    tmp_path: Path,
) -> None:
    field = defaults(shown(tmp_path, "{timeseries: errors}"))
    assert (field["unit"], field["min"], field["custom"]["axisSoftMax"]) == ("percentunit", 0, 0.1)
    assert "max" not in field
    high = defaults(shown(tmp_path, "{timeseries: errors}", WEB.replace("above: 0.05", "above: 60%")))
    assert (high["max"], "axisSoftMax" in high["custom"]) == (1, False)


def test_shares_of_one_axis_that_differ_in_what_is_good_are_drawn_to_all(tmp_path: Path) -> None:
    field = defaults(shown(tmp_path, "{timeseries: [errors, hits], title: Both}", WITH_HITS))
    assert (field["max"], "axisSoftMax" in field["custom"]) == (1, False)
    both = defaults(shown(tmp_path, "{timeseries: [errors, busy_share], title: Both}"))
    assert ("max" in both, both["custom"]["axisSoftMax"]) == (False, 0.1)


@pytest.mark.parametrize(
    ("one", "end"),
    [
        ("{bargauge: errors, by: [service]}", 0.1),
        ("{bargauge: errors, fields: {max: 0.5}}", 0.5),
        ("{bargauge: hits}", 1),
        ("{bargauge: busy}", None),
    ],
)
def test_bars_begin_at_nothing_and_those_of_losses_end_at_twice_their_threshold(
    tmp_path: Path, one: str, end: float | None
) -> None:
    field = defaults(shown(tmp_path, one, WITH_HITS))
    assert (field["min"], field.get("max")) == (0, end)


def test_other_graphs_begin_at_zero_but_may_go_below(tmp_path: Path) -> None:
    field = defaults(shown(tmp_path, "{timeseries: busy}"))
    assert "min" not in field
    assert field["custom"]["axisSoftMin"] == 0


def test_signals_of_another_unit_have_an_axis_of_their_own(tmp_path: Path) -> None:
    both = shown(tmp_path, "{timeseries: [errors, p99], title: Both}")
    assert defaults(both)["unit"] == "percentunit"
    assert "axisSoftMax" not in defaults(both)["custom"], "seconds do not end at 10 %"
    assert overrides(both)["errors"]["custom.axisSoftMax"] == 0.1
    duration = overrides(both)["p99"]
    assert (duration["unit"], duration["custom.axisPlacement"]) == ("s", "right")
    assert step_values(duration) == [(None, "transparent"), (0.5, WARNING)]


def test_a_label_value_has_the_same_colour_on_every_graph(tmp_path: Path) -> None:
    row = "{title: R, panels: [{timeseries: traffic}, {timeseries: sent, by: [code]}]}"
    first, second = panels(drawn(defined(tmp_path, f"[{row}]")))
    assert overrides(first) == overrides(second)
    colours = {value: settings["color"]["fixedColor"] for value, settings in overrides(first).items()}
    assert colours == {"ok": look.SERIES[0], "error": CRITICAL, "redirect": look.SERIES[2]}


def test_of_a_label_with_very_many_values_grafana_picks_the_colours(tmp_path: Path) -> None:
    many = ", ".join(f"c{number}" for number in range(30))
    graph = shown(tmp_path, "{timeseries: traffic}", WEB.replace("ok, error, redirect", f"error, {many}"))
    assert overrides(graph) == {}


def test_series_by_an_open_label_are_coloured_by_their_names(tmp_path: Path) -> None:
    graph = shown(tmp_path, "{timeseries: sent, by: [service]}")
    assert defaults(graph)["color"] == {"mode": "palette-classic-by-name"}
    assert overrides(graph) == {}


def test_quantiles_have_a_colour_each_and_exemplars(tmp_path: Path) -> None:
    graph = shown(tmp_path, "{timeseries: [p50, p99], title: Duration}")
    assert defaults(graph)["color"]["fixedColor"] == look.SERIES[0]
    assert overrides(graph)["p99"]["color"]["fixedColor"] == look.SERIES[1]
    assert all(target["exemplar"] for target in graph["targets"])
    assert not any(target["exemplar"] for target in shown(tmp_path, "{timeseries: traffic}")["targets"])


def test_a_heatmap_shows_the_buckets_of_a_histogram(tmp_path: Path) -> None:
    heatmap = shown(tmp_path, "{heatmap: duration}")
    assert (heatmap["title"], heatmap["description"]) == ("Time that a request took", "Time that a request took.")
    (target,) = heatmap["targets"]
    assert resolved(target["expr"]).startswith(
        "sum by (le) (avg_over_time(job_instance_service_le:web_duration_seconds_bucket:rate1m{"
    )
    assert (target["format"], target["legendFormat"], target["exemplar"]) == ("heatmap", "{{le}}", True)
    assert heatmap["options"]["calculate"] is False
    assert heatmap["options"]["yAxis"]["unit"] == "s"


def test_a_gauge_and_a_bar_gauge_show_the_value_now(tmp_path: Path) -> None:
    for kind in ("gauge", "bargauge"):
        drawn_panel = shown(tmp_path, f"{{{kind}: errors, by: [service]}}")
        assert drawn_panel["type"] == kind
        (target,) = drawn_panel["targets"]
        assert (target["range"], target["instant"], target["format"]) == (False, True, "time_series")
        assert step_values(defaults(drawn_panel)) == [(None, GOOD), (0.01, WARNING), (0.05, CRITICAL)]


@pytest.mark.parametrize(
    ("one", "ends"),
    [
        ("{gauge: errors}", (0, 1)),
        ("{gauge: p99}", (0, 0.8)),  # its alert is at 500 ms
        ("{gauge: mode}", (0, 2)),
        ("{gauge: busy, fields: {max: 12}}", (0, 12)),
        ("{gauge: busy, thresholds: [{above: 30, severity: info}, {above: 50, severity: critical}]}", (0, 80)),
        ("{gauge: {title: Held, level: {of: held}}, thresholds: [{above: 3GiB, severity: info}]}", (0, 4 * 1024**3)),
        ("{gauge: busy, thresholds: [{above: -5, severity: info}], fields: {min: -10, max: 10}}", (-10, 10)),
    ],
)
def test_a_dial_goes_from_nothing_to_where_its_signal_ends(tmp_path: Path, one: str, ends: tuple[float, float]) -> None:
    text = WEB.replace("  mode: {type", "  held: {type: gauge, unit: bytes, help: Bytes held.}\n  mode: {type", 1)
    field = defaults(shown(tmp_path, one, text))
    assert (field["min"], field["max"]) == ends


def test_each_dial_of_several_has_its_own_end(tmp_path: Path) -> None:
    two = shown(tmp_path, "{gauge: [p99, errors], title: Two}")
    assert (defaults(two)["max"], overrides(two)["errors"]["max"]) == (0.8, 1)


def test_a_state_timeline_names_the_states(tmp_path: Path) -> None:
    timeline = shown(tmp_path, "{statetimeline: mode, by: [service]}")
    assert timeline["type"] == "state-timeline"
    (mapping,) = defaults(timeline)["mappings"]
    assert {value: (each["text"], each["color"]) for value, each in mapping["options"].items()} == {
        "0": ("fine", GOOD),
        "1": ("slow", WARNING),
        "2": ("off", CRITICAL),
    }


def test_a_table_has_a_line_for_each_set_of_labels_and_a_column_for_each_signal(tmp_path: Path) -> None:
    table = shown(tmp_path, "{table: [traffic, p99, errors], title: Services, by: [service]}")
    assert all((each["format"], each["instant"]) == ("table", True) for each in table["targets"])
    merge, organize = table["transformations"]
    assert merge["id"] == "merge"
    columns = ["service", "Value #traffic", "Value #p99", "Value #errors"]
    assert organize["options"]["indexByName"] == {name: place for place, name in enumerate(columns)}
    assert organize["options"]["excludeByName"] == {"Time": True}
    assert organize["options"]["renameByName"]["Value #p99"] == "p99 duration"
    assert table["options"]["sortBy"] == [{"displayName": "Requests", "desc": True}]


def test_each_column_of_a_table_has_its_unit_and_thresholds(tmp_path: Path) -> None:
    table = shown(tmp_path, "{table: [traffic, p99, errors], title: Services, by: [service]}")
    columns = overrides(table)
    assert columns["p99 duration"]["unit"] == "s"
    assert columns["p99 duration"]["custom.cellOptions"] == {"type": "color-text"}
    assert step_values(columns["Errors"]) == [(None, GOOD), (0.01, WARNING), (0.05, CRITICAL)]
    assert columns["service"]["unit"] == "string", "a service named 404 is not a number"
    assert "var-service=${__value.text}" in columns["service"]["links"][0]["url"]


def test_a_table_of_one_signal_has_a_column_named_after_it(tmp_path: Path) -> None:
    (organize,) = shown(tmp_path, "{table: errors, by: [service]}")["transformations"]
    assert organize["options"]["renameByName"] == {"Value": "Errors"}


def test_the_only_column_of_a_table_has_its_colour_and_labels_have_none(tmp_path: Path) -> None:
    table = shown(tmp_path, "{table: errors, by: [service]}")
    assert overrides(table)["Errors"]["custom.cellOptions"] == {"type": "color-text"}
    assert "cellOptions" not in defaults(table)["custom"]


def test_of_an_info_metric_the_labels_are_shown_and_not_its_value(tmp_path: Path) -> None:
    (organize,) = shown(tmp_path, "{table: build}")["transformations"]
    assert organize["options"]["excludeByName"] == {"Time": True, "Value": True}
    stat = shown(tmp_path, "{stat: build}")
    assert stat["options"]["textMode"] == "name"
    assert stat["targets"][0]["legendFormat"] == "{{service}} {{path}}"


def test_text_is_markdown_and_asks_nothing(tmp_path: Path) -> None:
    text = shown(tmp_path, "{text: '**Read** this', title: Read me}")
    assert text["options"] == {"content": "**Read** this", "mode": "markdown"}
    assert not {"targets", "datasource", "fieldConfig"} & text.keys()
    assert shown(tmp_path, "{text: Hello}")["title"] == "Note"
