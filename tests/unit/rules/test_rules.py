"""Generated rules, as Prometheus reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from stackgen.definition import Definition, load
from stackgen.generators import dashboards, rules, runbooks

QUEUE = Path(__file__).parents[2] / "definitions" / "job_queue.yaml"


def groups(definition: Definition) -> list[dict[str, Any]]:
    return [group for text in rules.generate(definition).values() for group in yaml.safe_load(text)["groups"]]


def flat(expr: str) -> str:
    """An expression on one line, whatever its layout."""
    return " ".join(str(promql_parser.parse(expr)).replace("{}", "").split())


def alerts(definition: Definition) -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in groups(definition)[0]["rules"] if "alert" in rule}


def recordings(definition: Definition) -> dict[str, str]:
    return {rule["record"]: flat(rule["expr"]) for rule in groups(definition)[0]["rules"] if "record" in rule}


@pytest.fixture(scope="module")
def cache() -> Definition:
    return load("cache")


@pytest.fixture(scope="module")
def queue() -> Definition:
    return load(QUEUE)


def test_an_alert_compares_a_recorded_signal_and_is_guarded(cache: Definition) -> None:
    rule = alerts(cache)["CacheHitRatioLow"]
    assert flat(rule["expr"]) == (
        "job_cache_backend:cache_hit_ratio:ratio_rate5m < 0.3 and job_cache_backend:cache_lookups:rate5m > 1"
    )
    assert rule["for"] == "5m"
    assert rule["labels"] == {"severity": "warning"}
    assert rule["annotations"]["summary"] == (
        "{{ $labels.cache }}: only {{ $value | humanizePercentage }} of lookups are hits"
    )
    assert rule["annotations"]["runbook_url"] == "http://127.0.0.1:9095/runbooks/cache/CacheHitRatioLow"


def test_an_alert_links_to_the_panel_that_shows_its_signal(cache: Definition) -> None:
    url = alerts(cache)["CacheErrorRatioHigh"]["annotations"]["dashboard_url"]
    text = dashboards.generate(cache)["cache/overview.json"]
    shown = {panel["id"]: panel for panel in json.loads(text)["panels"]}
    panel = shown[int(url.rsplit("panel-", 1)[1])]
    assert (panel["type"], panel["title"]) == ("timeseries", "Error ratio by cache")
    assert url.startswith(
        "http://127.0.0.1:3000/d/cache-overview?from=now-3h&to=now&var-job={{ $labels.job | urlquery }}"
    )
    assert "&var-cache={{ $labels.cache | urlquery }}&" in url


def test_every_alert_links_to_a_panel_of_the_series_it_is_about(cache: Definition, queue: Definition) -> None:
    for definition in (cache, queue):
        for group in groups(definition):
            for rule in group["rules"]:
                if "alert" in rule and "sloth_severity" not in rule["labels"]:
                    assert panel_title(definition, rule["annotations"]["dashboard_url"]), rule["alert"]
    titles = {
        rule["alert"]: panel_title(cache, rule["annotations"]["dashboard_url"])
        for group in groups(cache)
        for rule in group["rules"]
        if rule.get("alert") in {"CacheUnreachable", "CachePoolExhausted"}
    }
    assert titles == {
        "CacheUnreachable": "Errors by kind",
        "CachePoolExhausted": "Connections in use",
    }


def test_an_objective_links_to_its_dashboard_over_the_longest_window_that_burns(cache: Definition) -> None:
    address = "http://127.0.0.1:3000/d/cache-slo"
    assert slo_links(cache) == {
        "page": {f"{address}?from=now-6h&to=now"},
        "ticket": {f"{address}?from=now-3d&to=now"},
    }


def test_an_objective_whose_dashboard_was_taken_out_links_to_panels_of_what_it_counts(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("stackgen: 1\nextends: cache\ndashboards: {slo: null}\n", encoding="utf-8")
    definition = load(tmp_path / "mine.yaml")
    for links in slo_links(definition).values():
        assert {panel_title(definition, url) for url in links} == {"Error ratio by cache", "Latency"}


def slo_links(definition: Definition) -> dict[str, set[str]]:
    """Where the alerts of objectives lead to, by severity."""
    links: dict[str, set[str]] = {"page": set(), "ticket": set()}
    for rule in (each for group in groups(definition) for each in group["rules"]):
        if severity := rule.get("labels", {}).get("sloth_severity"):
            links[severity].add(rule["annotations"]["dashboard_url"])
    return links


def panel_title(definition: Definition, url: str) -> str:
    """The title of the panel at an address, on the dashboard that is named there."""
    boards = {board["uid"]: board for board in map(json.loads, dashboards.generate(definition).values())}
    board = boards[url.split("/d/")[1].partition("?")[0]]
    number = int(url.rsplit("panel-", 1)[1])
    panels = [panel for each in board["panels"] for panel in (each, *each.get("panels", ()))]
    return next(str(panel["title"]) for panel in panels if panel["id"] == number)


def test_whatever_an_alert_uses_is_recorded_before_it_in_its_own_group(cache: Definition, queue: Definition) -> None:
    for definition in (cache, queue):
        seen: set[str] = set()
        for rule in groups(definition)[0]["rules"]:
            used = {word for word in flat(rule["expr"]).replace("(", " ").replace("[", " ").split() if ":" in word}
            assert used <= seen, rule
            seen.add(rule.get("record", ""))


def test_nothing_is_recorded_twice_or_for_nobody(cache: Definition) -> None:
    names = [rule["record"] for rule in groups(cache)[0]["rules"] if "record" in rule]
    assert len(names) == len(set(names))
    used = " ".join(rule["expr"] for rule in alerts(cache).values())
    assert all(name in used for name in names)


def test_the_guard_of_a_split_signal_is_its_sum(cache: Definition) -> None:
    assert recordings(cache)["job_cache_backend:cache_lookups:rate5m"].startswith("sum by (job, cache, backend)")


@pytest.mark.parametrize(
    ("name", "expr"),
    [
        (
            "JobsStopped",
            "(job_queue:job_queue_throughput:rate5m"
            " or 0 * avg_over_time(job_queue:job_queue_throughput:rate5m[1d] offset 5m))"
            " < 0.2 * avg_over_time(job_queue:job_queue_throughput:rate5m[1d] offset 5m)",
        ),
        (
            "QueueGrowing",
            "job_queue:job_queue_depth:max > 1.5 * (avg_over_time(job_queue:job_queue_depth:max[1d] offset 5m) > 0)",
        ),
        (
            "QueueFilling",
            "(job_queue:job_queue_depth:max < (job_queue:job_queue_room:max > 0) or job_queue:job_queue_depth:max"
            " and min_over_time(job_queue:job_queue_depth:max[1h]) < 0.99 * (job_queue:job_queue_room:max > 0))"
            " and predict_linear(job_queue:job_queue_depth:max[1h], 14400) >= (job_queue:job_queue_room:max > 0)",
        ),
        ("QueueFull", "job_queue:job_queue_depth:max > job_queue:job_queue_room:max"),
        (
            "JobsUnknown",
            'group by (job)(absent(job_queue_jobs_total{job="job_queue"})'
            ' and on (job) absent(stackgen_series{definition="job_queue",job="job_queue"}))',
        ),
    ],
)
def test_every_kind_of_condition(queue: Definition, name: str, expr: str) -> None:
    assert flat(alerts(queue)[name]["expr"]) == flat(expr)


def test_what_is_left_runs_out_by_falling() -> None:
    definition = load(QUEUE.with_name("edges.yaml"))
    rule = alerts(definition)["RoomRunsOut"]
    name = "job:edges_room:sum"
    assert flat(rule["expr"]) == flat(
        f"{name} and max_over_time({name}[2h]) > 0 and predict_linear({name}[2h], 86400) <= 0"
    )
    share = "job:edges_share_left:min"
    assert flat(alerts(definition)["ShareRunsOut"]["expr"]) == flat(
        f"({share} > 0.05 or {share} and max_over_time({share}[1h]) > 0.0505)"
        f" and predict_linear({share}[1h], 14400) <= 0.05"
    )
    assert rule["annotations"]["description"].startswith("Room has been on course for 10m to fall to 0B within 1d;")
    description = alerts(definition)["ShareFills"]["annotations"]["description"]
    assert description.startswith("Share has been on course for 5m to reach 95% within 30m;")


def test_targets_down_are_those_of_the_definition(cache: Definition) -> None:
    assert flat(alerts(cache)["CacheTargetDown"]["expr"]) == 'min by (job, instance)(up{job="cache"}) < 1'


def test_values_are_written_in_their_unit(queue: Definition) -> None:
    assert alerts(queue)["JobsWaiting"]["annotations"]["summary"].endswith("{{ $value | humanizeDuration }}")
    assert alerts(queue)["JobsFailing"]["annotations"]["description"] == (
        "More than 10% of the jobs of {{ $labels.queue }} failed for 5m."
    )


def test_the_burn_rate_rules_of_an_objective_are_those_of_sloth(cache: Definition) -> None:
    by_name = {group["name"]: group["rules"] for group in groups(cache)[1:]}
    assert list(by_name)[:3] == [
        "sloth-slo-sli-recordings-cache-available",
        "sloth-slo-meta-recordings-cache-available",
        "sloth-slo-alerts-cache-available",
    ]
    ratios, about, (page, ticket) = list(by_name.values())[:3]
    windows = [rule["labels"]["sloth_window"] for rule in ratios]
    assert windows == ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]
    assert [rule["record"] for rule in about][:2] == ["slo:objective:ratio", "slo:error_budget:ratio"]
    assert about[0]["expr"] == "vector(0.9990000000000001)"
    assert about[1]["expr"] == "vector(1-0.9990000000000001)"
    assert page["labels"] == {"severity": "critical", "sloth_severity": "page"}
    assert ticket["labels"] == {"severity": "warning", "sloth_severity": "ticket"}
    assert "> (14.4 * 0.0009999999999999432)" in flat(page["expr"])
    assert "> (6 * 0.0009999999999999432)" in flat(page["expr"])
    assert "> (3 * 0.0009999999999999432)" in flat(ticket["expr"])
    assert "> (1 * 0.0009999999999999432)" in flat(ticket["expr"])


def test_a_latency_objective_counts_what_lies_beyond_a_bucket_bound(cache: Definition) -> None:
    (rule,) = [
        rule
        for group in groups(cache)
        for rule in group["rules"]
        if rule.get("labels", {}).get("sloth_slo") == "fast" and rule.get("labels", {}).get("sloth_window") == "5m"
    ]
    assert flat(rule["expr"]) == (
        "(sum(rate(cache_operation_duration_seconds_count[5m]))"
        ' - sum(rate(cache_operation_duration_seconds_bucket{le="0.05"}[5m])))'
        " / (sum(rate(cache_operation_duration_seconds_count[5m])) > 0)"
    )


def test_a_definition_without_alerts_has_no_rules(tmp_path: Path) -> None:
    path = tmp_path / "bare.yaml"
    path.write_text("stackgen: 1\nname: bare\ntitle: Bare\n", encoding="utf-8")
    assert rules.generate(load(path)) == {}
    assert runbooks.generate(load(path)) == {}


def test_every_alert_has_a_runbook_where_its_link_leads(cache: Definition) -> None:
    pages = runbooks.generate(cache)
    for group in groups(cache):
        for rule in group["rules"]:
            if "alert" in rule:
                page = rule["annotations"]["runbook_url"].removeprefix("http://127.0.0.1:9095/")
                assert pages[f"{page}.md"].splitlines()[2] == f"# {rule['alert']}"


def test_the_guard_of_a_drop_is_told_of_the_baseline_which_it_is_on(tmp_path: Path) -> None:
    def guarded(condition: str) -> str:
        path = tmp_path / "shop.yaml"
        path.write_text(
            "stackgen: 1\nname: shop\ntitle: Shop\nmetrics: {orders: {type: counter, help: Orders.}}\n"
            "signals: {sales: {title: Sales, rate: {of: orders}}}\n"
            f"alerts: {{Sales: {{signal: sales, {condition}, when: {{signal: sales, above: 1}}, summary: s}}}}\n"
        )
        page = runbooks.generate(load(path))["runbooks/shop/Sales.md"]
        (line,) = [each for each in page.splitlines() if each.startswith("- Only")]
        return line

    dropped = "- Only where the mean of the signal *Sales* over the 1h before was above 1/s"
    assert guarded("drop: {share: 50%, baseline: 1h}") == dropped
    assert guarded("growth: {share: 50%, baseline: 1h}") == "- Only while the signal *Sales* is above 1/s"


def test_a_runbook_says_what_causes_diagnosis_fixes_and_when_to_page(cache: Definition) -> None:
    page = runbooks.generate(cache)["runbooks/cache/CacheErrorRatioHigh.md"]
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["## What it means", "## Likely causes", "## Diagnose", "## Fix", "## When to page"]
    assert "**Error ratio is above 5% for 2m.**" in page
    assert "redis-cli PING" in page


def test_one_changed_threshold_changes_its_rule_and_its_runbook_alone(tmp_path: Path, cache: Definition) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: cache\nalerts: {CacheLatencyHigh: {above: 250ms}}\n", encoding="utf-8")
    mine = load(path)
    changed = [name for name, rule in alerts(mine).items() if rule != alerts(cache)[name]]
    assert changed == ["CacheLatencyHigh"]
    assert recordings(mine) == recordings(cache)
    assert "> 0.25 and" in flat(alerts(mine)["CacheLatencyHigh"]["expr"])
    assert "250ms" in alerts(mine)["CacheLatencyHigh"]["annotations"]["description"]

    def pages(definition: Definition) -> dict[str, list[str]]:
        return {path: text.splitlines()[1:] for path, text in runbooks.generate(definition).items()}

    assert [page for page, lines in pages(mine).items() if lines != pages(cache)[page]] == [
        "runbooks/cache/CacheLatencyHigh.md",
        "runbooks/cache/README.md",
    ]


FOREIGN = """\
stackgen: 1
name: shop
title: Shop
labels: {kind: {max_values: 9}}
metrics:
  all: {type: counter, help: All., exposed: shop_all_total}
  errors: {type: counter, help: Errors., labels: [kind], exposed: shop_errors_total}
signals:
  error_ratio: {title: Errors, good: low, ratio: {part: {of: errors}, whole: {of: all}}}
  traffic: {title: Traffic, unit: per_second, promql: "sum by ($by) (rate(all[$window])) or 0 * sum by ($by) (up)"}
alerts:
  ErrorsUnknown: {signal: error_ratio, absent: true, summary: "{job}"}
slos:
  ok: {objective: 99.9, period: 30d, bad: {of: errors}, total: {of: all}, when: {signal: traffic, above: 1/min}}
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Definition:
    path = tmp_path / "shop.yaml"
    path.write_text(FOREIGN, encoding="utf-8")
    return load(path)


def test_what_may_not_be_exposed_yet_is_not_missed(foreign: Definition) -> None:
    assert flat(alerts(foreign)["ErrorsUnknown"]["expr"]) == flat('absent(shop_all_total{job="shop"})')


def test_a_guard_that_somebody_wrote_is_compared_as_a_whole(foreign: Definition) -> None:
    burning = [rule["expr"] for group in groups(foreign) for rule in group["rules"] if "alert" in rule][1:]
    for expr in burning:
        flattened = flat(expr)
        assert '(sum(rate(shop_all_total[1h])) or 0 * sum(up{job="shop"})) > 0.016' in flattened or "[1d]" in flattened
