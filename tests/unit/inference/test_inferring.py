"""What `stackgen infer` makes of expositions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from stackgen.definition import Definition, load
from stackgen.definition.model import Above, Below, Level, Quantile, Rate, Ratio, Raw, Selector
from stackgen.findings import StackgenError
from stackgen.generation import wanted_folders
from stackgen.generators.grafana.recordings import recordings
from stackgen.generators.registry import KINDS
from stackgen.inference.inferring import Wishes, infer
from stackgen.scrape.exposition import parse
from stackgen.scrape.targets import Reading, Target
from tests.unit.scrape.strategies import expositions


def inferred_text(text: str, later: str | None = None, **wishes: object) -> str:
    target = Target(reference="http://127.0.0.1:9000/metrics", url="http://127.0.0.1:9000/metrics")
    second = Reading(target, parse(later, "page")) if later is not None else None
    return infer(Reading(target, parse(text, "page")), Wishes(**wishes), second).text  # type: ignore[arg-type]


def inferred(folder: Path, text: str, later: str | None = None, **wishes: object) -> Definition:
    file = folder / "inferred.yaml"
    file.write_text(inferred_text(text, later, **wishes), encoding="utf-8")
    return load(file)


def counters(*names: str, labels: str = "", value: float = 5) -> str:
    return "".join(f"# HELP {name} Some {name}.\n# TYPE {name} counter\n{name}{labels} {value}\n" for name in names)


def gauges(**values: float) -> str:
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items())


@given(expositions)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_exposed_the_definition_is_right_and_generates(text: str) -> None:
    target = Target(reference="page", file="page")
    try:
        found = infer(Reading(target, parse(text, "page")), Wishes())
    except StackgenError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ends are right
        return
    assert found.text == infer(Reading(target, parse(text, "page")), Wishes()).text


def test_every_kind_of_artefact_is_generated(tmp_path: Path) -> None:
    text = counters("shop_hits_total", "shop_misses_total") + gauges(shop_used_bytes=1, shop_max_bytes=2)
    folders = wanted_folders([inferred(tmp_path, text)], list(KINDS.values()), tmp_path / "out")
    kinds = {each.kind for folder in folders for each in folder.wanted.values()}
    assert kinds == set(KINDS) - {"exporter"}  # nothing is recorded


def histograms(number: int, *codes: str) -> str:
    text = ""
    for name in (f"shop_step{n}_seconds" for n in range(number)):
        text += f"# HELP {name} Time of it.\n# TYPE {name} histogram\n"
        for code in codes:
            own = f'code="{code}"'
            text += "".join(f'{name}_bucket{{{own},le="{le}"}} 5\n' for le in (*(n / 8 for n in range(1, 12)), "+Inf"))
            text += f"{name}_sum{{{own}}} 1\n{name}_count{{{own}}} 5\n"
    return text.replace('code="",', "").replace('{code=""}', "")


def test_many_plain_histograms_are_not_recorded_and_wide_ones_once_each(tmp_path: Path) -> None:
    assert recordings(inferred(tmp_path, histograms(20, ""))) == []
    wide = recordings(inferred(tmp_path, histograms(20, "a", "b", "c")))
    assert len(wide) == 20
    assert all(each.expr.startswith("sum by (job, instance, le) (rate(") for each in wide)


def test_names_types_units_and_labels_are_as_exposed(tmp_path: Path) -> None:
    text = (
        "# HELP shop_wait_milliseconds Time.\n# TYPE shop_wait_milliseconds gauge\nshop_wait_milliseconds 5\n"
        "# TYPE shop_orders_total counter\n"
        'shop_orders_total{kind="card",path="/a"} 1\nshop_orders_total{kind="cash"} 1\n'
        "shop_old 3\n"
    )
    definition = inferred(tmp_path, text)
    assert definition.name == "shop"
    wait, orders = definition.metrics["wait"], definition.metrics["orders"]
    assert (wait.exposed, wait.unit, wait.scale) == ("shop_wait_milliseconds", "seconds", 0.001)
    assert (orders.exposed, orders.labels) == ("shop_orders_total", ("kind", "path"))
    assert definition.labels["kind"].values == ("card", "cash")
    assert definition.labels["path"].max_values == 5
    assert "# nobody says its type, which is guessed" in (tmp_path / "inferred.yaml").read_text()


@pytest.mark.parametrize(
    ("part", "rest", "whole_is_both"),
    [
        ("shop_cache_hits_total", "shop_cache_misses_total", True),
        ("shop_calls_failed_total", "shop_calls_total", False),
        ("shop_evaluation_failures_total", "shop_evaluations_total", False),
        ("shop_mail_errors_total", "shop_mail_sent_total", True),
        ("shop_query_errors_total", "shop_query_attempts_total", False),
    ],
)
def test_counters_that_belong_together_become_a_ratio(
    tmp_path: Path, part: str, rest: str, whole_is_both: bool
) -> None:  # fmt: skip
    definition = inferred(tmp_path, counters(part, rest))
    exposed = {key: metric.exposed for key, metric in definition.metrics.items()}
    (ratio,) = [each.expression for each in definition.signals.values() if isinstance(each.expression, Ratio)]
    assert [exposed[each.of] for each in ratio.part] == [part]
    assert [exposed[each.of] for each in ratio.whole] == ([part, rest] if whole_is_both else [rest])


def test_what_has_nothing_to_do_with_each_other_does_not(tmp_path: Path) -> None:
    definition = inferred(tmp_path, counters("shop_login_errors_total", "shop_orders_total", "shop_hits_total"))
    assert not [each for each in definition.signals.values() if isinstance(each.expression, Ratio)]


def test_statuses_become_the_share_without_server_errors(tmp_path: Path) -> None:
    text = '# TYPE shop_requests_total counter\nshop_requests_total{code="200"} 9\nshop_requests_total{code="404"} 1\n'
    ratio = inferred(tmp_path, text).signals["requests_success_ratio"].expression
    assert isinstance(ratio, Ratio)
    assert "500" in ratio.part[0].where_not["code"]
    assert ratio.whole == (Selector(of="requests"),)


def test_results_become_hit_and_error_ratios(tmp_path: Path) -> None:
    gets = "".join(f'shop_gets_total{{result="{each}"}} 1\n' for each in ("hit", "miss", "error"))
    jobs = "".join(f'shop_jobs_total{{outcome="{each}"}} 1\n' for each in ("success", "failed"))
    text = f"# TYPE shop_gets_total counter\n{gets}# TYPE shop_jobs_total counter\n{jobs}"
    signals = inferred(tmp_path, text).signals
    hits, failed = signals["gets_hit_ratio"].expression, signals["jobs_error_ratio"].expression
    assert isinstance(hits, Ratio)
    assert isinstance(failed, Ratio)
    assert (hits.part[0].where, hits.whole[0].where) == ({"result": ("hit",)}, {"result": ("hit", "miss")})
    assert failed.part[0].where == {"outcome": ("failed",)}


@pytest.mark.parametrize(
    ("values", "good"),
    [
        ({"shop_memory_used_bytes": 1, "shop_memory_max_bytes": 2}, "low"),
        ({"shop_connections": 1, "shop_max_connections": 2}, "low"),
        ({"shop_open_fds": 1, "shop_max_fds": 2}, "low"),
        ({"shop_disk_avail_bytes": 1, "shop_disk_size_bytes": 2}, "high"),
        (
            {"shop_memory_MemAvailable_bytes": 1, "shop_memory_MemFree_bytes": 1, "shop_memory_MemTotal_bytes": 2},
            "high",
        ),
    ],
)
def test_gauges_with_their_limits_become_shares(tmp_path: Path, values: dict[str, float], good: str) -> None:
    definition = inferred(tmp_path, gauges(**values))
    (share,) = [each for each in definition.signals.values() if isinstance(each.expression, Ratio)]
    assert share.good == good
    (alert,) = [each for each in definition.alerts.values() if each.signal == share.key]
    assert alert.condition == (Above(0.9) if good == "low" else Below(0.1))


def test_a_limit_that_is_none_has_no_panel_and_a_remark(tmp_path: Path) -> None:
    definition = inferred(tmp_path, gauges(shop_memory_used_bytes=1, shop_memory_max_bytes=0))
    shown = {
        key for board in definition.dashboards.values() for row in board.rows for p in row.panels for key in p.signals
    }
    assert "memory_used_share" in definition.signals
    assert "memory_used_share" not in shown
    assert "there was no limit when this was written" in (tmp_path / "inferred.yaml").read_text()


HISTOGRAM = """\
# HELP shop_duration_seconds Time {of} an order.
# TYPE shop_duration_seconds histogram
shop_duration_seconds_bucket{le="0.1"} 90
shop_duration_seconds_bucket{le="0.5"} 100
shop_duration_seconds_bucket{le="1"} 100
shop_duration_seconds_bucket{le="5"} 100
shop_duration_seconds_bucket{le="+Inf"} 100
shop_duration_seconds_sum 10
shop_duration_seconds_count 100
"""


def test_a_histogram_has_quantiles_and_an_alert_on_a_bound(tmp_path: Path) -> None:
    definition = inferred(tmp_path, HISTOGRAM)
    quantiles = {k: s.expression.q for k, s in definition.signals.items() if isinstance(s.expression, Quantile)}
    assert quantiles == {"duration_p50": 0.5, "duration_p99": 0.99}
    assert isinstance(definition.signals["duration_rate"].expression, Rate)
    alert = definition.alerts["ShopDurationP99High"]
    assert alert.condition == Above(1.0)  # the p99 was at most 0.5; the bound at twice of it is 1
    assert alert.when is not None
    assert alert.when.signal == "duration_rate"


def test_what_did_not_move_between_two_looks_has_no_panel(tmp_path: Path) -> None:
    quiet = {
        key for key, each in inferred(tmp_path, HISTOGRAM, HISTOGRAM).signals.items() if key.startswith("duration")
    }
    board = (tmp_path / "inferred.yaml").read_text().partition("dashboards:")[2]
    assert quiet == {"duration_rate", "duration_p50", "duration_p99"}
    assert "duration_rate" in board
    assert "duration_p99" not in board


def test_a_summary_is_its_rate_and_its_mean(tmp_path: Path) -> None:
    text = (
        "# HELP shop_size_bytes Size.\n# TYPE shop_size_bytes summary\n"
        'shop_size_bytes{quantile="0.9"} 5\nshop_size_bytes_sum 100\nshop_size_bytes_count 20\n'
    )
    definition = inferred(tmp_path, text)
    assert {each.exposed for each in definition.metrics.values()} == {"shop_size_bytes_sum", "shop_size_bytes_count"}
    mean = definition.signals["size_mean"]
    assert isinstance(mean.expression, Raw)
    assert mean.unit == "bytes"


def test_points_in_time_become_the_time_since(tmp_path: Path) -> None:
    definition = inferred(tmp_path, gauges(shop_last_backup_timestamp_seconds=1.7e9))
    (age,) = [each for each in definition.signals.values() if isinstance(each.expression, Raw)]
    assert (age.title, age.unit) == ("Time since last backup timestamp", "seconds")


def test_gos_gauge_and_counter_of_one_name_are_both_there(tmp_path: Path) -> None:
    text = gauges(go_memstats_alloc_bytes=5) + counters("go_memstats_alloc_bytes_total", "shop_orders_total")
    exposed = {each.exposed for each in inferred(tmp_path, text).metrics.values()}
    assert {"go_memstats_alloc_bytes", "go_memstats_alloc_bytes_total"} <= exposed


def test_what_the_language_cannot_name_is_left_out_and_told(tmp_path: Path) -> None:
    text = '{"shop.requests"} 1\n# TYPE shop_a gauge\nshop_a{job="x",instance="y",_z="1"} 2\n'
    definition = inferred(tmp_path, text)
    assert definition.metrics["a"].labels == ("exported_instance", "exported_job")
    written = (tmp_path / "inferred.yaml").read_text()
    assert "# - shop.requests: its name has to be quoted in PromQL" in written
    assert "without its labels _z" in written


def test_a_system_that_says_that_it_is_not_up_is_alerted_on(tmp_path: Path) -> None:
    definition = inferred(tmp_path, gauges(shop_up=1, shop_load=3))
    assert {each.signal for each in definition.alerts.values()} == {"shop_up", "targets_up"}
    assert isinstance(definition.signals["shop_up"].expression, Level)


def test_a_large_system_has_an_overview_and_pages_of_its_parts(tmp_path: Path) -> None:
    text = counters(*(f"shop_{part}_thing{n}_total" for part in ("disk", "net", "cpu") for n in range(20)))
    definition = inferred(tmp_path, text + gauges(shop_x=1))
    assert list(definition.dashboards) == ["overview", "part_cpu", "part_disk", "part_net", "details", "alerts"]
    assert all(len([p for row in b.rows for p in row.panels]) <= 40 for b in definition.dashboards.values())


def test_wishes_are_heeded(tmp_path: Path) -> None:
    text = counters("shop_orders_total", "go_things_total")
    definition = inferred(tmp_path, text, name="my_shop", title="My shop", job="web", drop=("go_*",))
    assert (definition.name, definition.title, definition.stack.jobs) == ("my_shop", "My shop", ("web",))
    assert [each.exposed for each in definition.metrics.values()] == ["shop_orders_total"]
    assert definition.stack.targets[0].addresses == ("host.docker.internal:9000",)
    with pytest.raises(StackgenError, match="no metric is left"):
        inferred_text(text, keep=("nothing_*",))
    with pytest.raises(StackgenError, match="did you mean 'my_shop'"):
        inferred_text(text, name="My Shop")


def test_hostile_texts_stand_in_quotes(tmp_path: Path) -> None:
    value = 'a: {b}\x85"\\\u2028\x7f#'
    text = f"# HELP shop_a {value} {{{{ x }}}}\n# TYPE shop_a gauge\nshop_a{{b={json.dumps('{' + chr(0x7F))}}} 1\n"
    definition = inferred(tmp_path, text)
    assert definition.metrics["a"].help.startswith("a: {b}")


def test_ten_thousand_series_are_fine(tmp_path: Path) -> None:
    lines = "".join(f'shop_orders_total{{customer="c{n}"}} {n}\n' for n in range(10_000))
    definition = inferred(tmp_path, f"# TYPE shop_orders_total counter\n{lines}")
    assert definition.labels["customer"].max_values == 20_000
    assert definition.signals["orders"].by == ()


def test_an_alert_does_not_begin_by_firing_on_what_was_read(tmp_path: Path) -> None:
    text = (
        "# HELP node_network_up Whether it is up\n# TYPE node_network_up gauge\n"
        'node_network_up{device="eth0"} 1\nnode_network_up{device="lo"} 0\n'
        "# HELP node_raid_up Whether it is up\n# TYPE node_raid_up gauge\n"
        'node_raid_up{device="md0"} 1\nnode_raid_up{device="md1"} 1\n'
        + gauges(node_disk_used_bytes=97, node_disk_max_bytes=100, node_heap_used_bytes=5, node_heap_max_bytes=10)
        + counters("node_calls_total", value=100)
        + counters("node_calls_failed_total", value=20)
    )
    definition = inferred(tmp_path, text)
    written = (tmp_path / "inferred.yaml").read_text()
    assert "NodeNetworkUpNot" not in definition.alerts
    assert "# no alert on network_up: something of it was down when this was written" in written
    assert not [name for name in definition.alerts if "Disk" in name]
    assert "# no alert on disk_used_share: it was 97 % when this was written" in written
    assert [name for name in definition.alerts if "Heap" in name]
    (failing,) = [alert for alert in definition.alerts.values() if "Calls" in alert.name]
    assert failing.condition == Above(0.4)
    assert "it was 20 % when this was written" in written
    up = definition.alerts["NodeRaidUpNot"]
    assert up.per == ("instance", "device")
    assert "that it is always to be up is a guess" in written


def test_help_without_a_full_stop_still_reads_as_a_sentence(tmp_path: Path) -> None:
    text = histograms(1, "").replace("Time of it.", "Time of it")
    descriptions = [alert.description for alert in inferred(tmp_path, text).alerts.values()]
    assert any("Time of it. One in a hundred takes longer than {threshold}." in each for each in descriptions)
