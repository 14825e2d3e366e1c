"""A definition that says nothing about dashboards gets one that follows from its signals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from stackgen.definition import load
from stackgen.generators import dashboards
from stackgen.generators.grafana.defaults import default_dashboards
from tests.unit.dashboards.contract import problems, targets
from tests.unit.dashboards.definitions import WEB, all_drawn, defined, drawn


def rows(folder: Path, text: str = WEB) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Each row's panels: kind and signals, or metric."""
    overview = default_dashboards(defined(folder, text=text))["overview"]
    return {
        row.title: [(panel.kind.value, panel.signals or (panel.metric or "",)) for panel in row.panels]
        for row in overview.rows
    }


def test_rows_are_in_the_order_in_which_an_incident_is_read(tmp_path: Path) -> None:
    assert list(rows(tmp_path)) == [
        "At a glance",
        "Traffic",
        "Errors",
        "Duration",
        "Saturation",
        "State",
        "Internals",
    ]


def test_the_numbers_on_top_are_one_of_each_golden_signal_then_what_alerts_look_at(tmp_path: Path) -> None:
    numbers = [signals for _, signals in rows(tmp_path)["At a glance"]]
    assert numbers[:3] == [("traffic",), ("errors",), ("p99",)]
    assert ("busy_share",) in numbers
    assert len(numbers) <= 6


def test_each_signal_stands_where_its_meaning_puts_it(tmp_path: Path) -> None:
    found = rows(tmp_path)
    graph = "timeseries"
    assert found["Traffic"] == [(graph, ("traffic",)), (graph, ("requests_total",)), (graph, ("sent",))]
    assert found["Errors"] == [(graph, ("errors",))]
    assert found["Duration"] == [(graph, ("p50", "p99")), ("heatmap", ("duration",))]
    assert found["Saturation"] == [(graph, ("busy", "busy_limit")), (graph, ("busy_share",))]
    assert found["State"] == [("statetimeline", ("mode",))]
    assert found["Internals"] == [("statetimeline", ("targets",)), ("table", ("build",))]


def test_internals_are_folded(tmp_path: Path) -> None:
    overview = default_dashboards(defined(tmp_path))["overview"]
    assert [row.title for row in overview.rows if row.collapsed] == ["Internals"]


def test_no_signal_is_left_out(tmp_path: Path) -> None:
    for definition in (load("cache"), defined(tmp_path)):
        bare = replace(definition, dashboards={})
        shown = {target["refId"] for board in all_drawn(bare) for target in targets(board)}
        histograms = {key for key, metric in definition.metrics.items() if metric.buckets}
        assert shown == definition.signals.keys() | histograms


def test_quantiles_of_one_histogram_share_a_graph_named_by_what_they_have_in_common(tmp_path: Path) -> None:
    overview = default_dashboards(defined(tmp_path))["overview"]
    (graph, _) = next(row.panels for row in overview.rows if row.title == "Duration")
    assert graph.title == "Duration"


def test_signals_without_labels_of_their_own_are_split_by_the_first_bound_label(tmp_path: Path) -> None:
    overview = default_dashboards(defined(tmp_path))["overview"]
    by = {panel.signals: panel.by for row in overview.rows[1:] for panel in row.panels if panel.signals}
    assert by[("errors",)] == ("service",)
    assert by[("traffic",)] is None, "it has its own"
    assert by[("targets",)] == ("instance",), "`up` has no bound labels"


def test_there_is_nothing_wrong_with_it(tmp_path: Path) -> None:
    for definition in (load("cache"), load(Path(__file__).parents[2] / "definitions" / "job_queue.yaml")):
        for board in all_drawn(replace(definition, dashboards={})):
            assert problems(board) == []
    assert problems(drawn(defined(tmp_path))) == []


def test_many_signals_go_on_on_further_dashboards_each_below_250_kb(tmp_path: Path) -> None:
    definition = defined(tmp_path)
    many = {f"s{number}": replace(definition.signals["traffic"], key=f"s{number}") for number in range(200)}
    files = dashboards.generate(replace(definition, signals=many, alerts={}))
    assert list(files)[:3] == ["web/overview.json", "web/overview-2.json", "web/overview-3.json"]
    assert all(len(text.encode()) < 250_000 for text in files.values())
    shown = {target["refId"] for text in files.values() for target in targets(json.loads(text))}
    assert many.keys() <= shown
    assert [problems(json.loads(text)) for text in files.values()] == [[]] * len(files)


def test_where_there_is_nothing_to_show_there_is_no_dashboard(tmp_path: Path) -> None:
    bare = defined(tmp_path, text="stackgen: 1\nname: web\ntitle: Web\n")
    assert dashboards.generate(bare) == {}
