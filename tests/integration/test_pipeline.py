"""One definition becomes a running, observed cache: from YAML to an alert that arrives, on real programs."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stackgen.workload.counts import quantile_bucket
from tests.integration.pipeline import (
    RunningStack,
    get_json,
    panel_queries,
    redis_stopped,
    resolved,
    running_stack,
    wait_for,
)

#: The shipped definition with windows short enough to be waited for.
SHORT = """\
stackgen: 1
extends: cache
alerts:
  CacheErrorRatioHigh: {window: 10s, for: 4s}
stack:
  scrape_interval: 1s
  evaluation_interval: 1s
"""

#: Seconds over which the workload's own counts are compared with Prometheus's.
WINDOW = 40

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=["native", pytest.param("docker", marks=pytest.mark.docker)])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    project = tmp_path_factory.mktemp(f"project-{request.param}")
    with running_stack(project, request.param, SHORT) as running:
        yield running


def test_every_target_is_up(stack: RunningStack) -> None:
    def all_up() -> bool:
        targets = get_json(stack.url("prometheus", "/api/v1/targets"))["data"]["activeTargets"]
        jobs = {target["labels"]["job"]: target["health"] for target in targets}
        return {"cache", "prometheus", "alertmanager"} <= set(jobs) and set(jobs.values()) == {"up"}

    wait_for("every target is up", all_up)


#: Panels that have nothing to show while nothing fires and nothing is lost; their expressions evaluate all the same.
WHILE_ALL_IS_WELL = {
    *("Firing and pending now", "Critical alerts over time", "Warnings over time", "Informational alerts over time"),
    *("Samples lost by sink", "Failed gauge functions by metric", "Files skipped by reason"),
}


def test_every_panel_has_data_and_every_expression_evaluates(stack: RunningStack) -> None:
    dashboards = {path.parent.name + "/" + path.stem: path for path in (stack.project / "dashboards").rglob("*.json")}
    assert {"cache/overview", "cache/detail", "cache/slo", "cache/alerts", "exporter/overview"} <= dashboards.keys()
    for name, path in dashboards.items():
        panels = list(panel_queries(json.loads(path.read_text(encoding="utf-8"))))
        assert panels
        for panel in panels:
            quiet = panel.title in WHILE_ALL_IS_WELL or not is_of_this_stack(name)
            wait_for(
                f"{name}: data in {panel.title!r}: {panel.expressions}",
                lambda panel=panel, quiet=quiet: all(  # type: ignore[misc]
                    has_numbers(stack.query(expr)) or quiet for expr in panel.expressions
                ),
                seconds=90,
            )


def is_of_this_stack(dashboard: str) -> bool:
    """Whether the workload moves a dashboard: those of other included packs have tests of their own."""
    return dashboard.startswith(("cache/", "exporter/"))


def shown(stack: RunningStack, dashboard: str, title: str, query: str, **chosen: str) -> str:
    """What a panel asks, as Grafana sends it with these values of variables chosen."""
    board = json.loads((stack.project / "dashboards" / "cache" / f"{dashboard}.json").read_text(encoding="utf-8"))
    targets = [target for panel in board["panels"] if panel["title"] == title for target in panel["targets"]]
    expr: str = next(target["expr"] for target in targets if target["refId"] == query)
    for name, value in chosen.items():
        expr = expr.replace(f"${name}", value)
    return resolved(expr)


def has_numbers(samples: list[dict[str, Any]]) -> bool:
    assert all(sample["value"][1] not in ("NaN", "+Inf") for sample in samples), samples
    return bool(samples)


def test_every_variable_of_a_dashboard_has_values(stack: RunningStack) -> None:
    for path in (stack.project / "dashboards").rglob("*.json"):
        for variable in json.loads(path.read_text(encoding="utf-8"))["templating"]["list"]:
            if variable["type"] != "query":
                continue
            query = variable["query"]["query"] if isinstance(variable["query"], dict) else variable["query"]
            series, label = query.removeprefix("label_values(").removesuffix(")").rsplit(",", 1)
            selected = resolved(series)
            samples = wait_for(f"values of {query}", lambda expr=selected: stack.query(expr) or None)  # type: ignore[misc]
            assert all(label.strip() in sample["metric"] for sample in samples)


def test_every_rule_evaluates(stack: RunningStack) -> None:
    def rules() -> list[dict[str, Any]] | None:
        groups = get_json(stack.url("prometheus", "/api/v1/rules"))["data"]["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if found and all(rule["health"] != "unknown" for rule in found) else None

    evaluated = wait_for("every rule was evaluated", rules, seconds=90)
    assert {rule["name"] for rule in evaluated} >= {"CacheErrorRatioHigh", "CacheTargetDown", "CacheHitRatioLow"}
    assert [(rule["name"], rule.get("lastError")) for rule in evaluated if rule["health"] != "ok"] == []


@dataclass(frozen=True, slots=True)
class Reading:
    """What the workload had counted when Prometheus scraped it."""

    scraped_at: float
    counts: dict[str, Any]


def read_at_a_scrape(stack: RunningStack) -> Reading:
    """Wait for the next scrape, and read the workload's own counts right after it."""
    newest = 'timestamp(cache_operations_total{cache="sessions", operation="get", result="hit"})'
    seen = stack.value(newest)
    scraped_at = wait_for("a scrape", lambda: (now := stack.value(newest)) > seen and now, every=0.02)
    return Reading(float(scraped_at), get_json(stack.url("workload", "/counts")))


def test_prometheus_agrees_with_what_the_workload_counted_itself(stack: RunningStack) -> None:
    stack.scenario("normal")
    before = read_at_a_scrape(stack)
    time.sleep(WINDOW)  # what is measured is what happens in this time, not a condition that could be waited for
    after = read_at_a_scrape(stack)
    for cache in ("sessions", "products"):
        compare(stack, cache, before, after)


def test_what_panels_show_of_errors_is_what_the_workload_counted(stack: RunningStack) -> None:
    stack.scenario("errors")
    # The windows that panels look at have to be in the scenario as a whole.
    wait_for("errors are shown", lambda: stack.query(f"{panel_of_errors(stack, 'sessions')} > 0.02"), seconds=90)
    before = read_at_a_scrape(stack)
    time.sleep(WINDOW)  # what is measured is what happens in this time, not a condition that could be waited for
    after = read_at_a_scrape(stack)
    stack.scenario("normal")
    seconds = after.counts["time"] - before.counts["time"]

    def over_the_time(expr: str) -> float:
        """The mean of what a panel shows; panels look at the last twenty seconds, recordings at four."""
        return stack.value(f"avg_over_time(({expr})[{WINDOW - 20}s:4s])", after.scraped_at)

    for cache in ("sessions", "products"):
        first, last = before.counts["caches"][cache], after.counts["caches"][cache]
        operations, failed = (counted(last, failed=failed) - counted(first, failed=failed) for failed in (False, True))
        assert failed > 20
        asked = shown(stack, "detail", "Operations per second", "throughput", cache=cache)
        assert over_the_time(f"sum({asked})") == pytest.approx(operations / seconds, rel=0.15)
        assert over_the_time(panel_of_errors(stack, cache)) == pytest.approx(failed / operations, rel=0.3)
        kinds = {sample["metric"]["kind"] for sample in stack.query(
            f"{shown(stack, 'detail', 'Errors by kind', 'errors', cache=cache)} > 0", after.scraped_at
        )}  # fmt: skip
        assert kinds <= {kind for kinds in last["errors"].values() for kind in kinds}
        assert {"connection", "timeout"} <= kinds


def panel_of_errors(stack: RunningStack, cache: str) -> str:
    return shown(stack, "detail", "Error ratio", "error_ratio", cache=cache)


def counted(counts: dict[str, Any], *, failed: bool) -> int:
    """Operations that the workload counted, all or those that failed."""
    return sum(
        durations["count"]
        for results in counts["operations"].values()
        for result, durations in results.items()
        if result == "error" or not failed
    )


def compare(stack: RunningStack, cache: str, before: Reading, after: Reading) -> None:
    first, last = before.counts["caches"][cache], after.counts["caches"][cache]
    seconds = after.counts["time"] - before.counts["time"]
    at, window = after.scraped_at, f"{round(after.scraped_at - before.scraped_at)}s"
    lookups = {result: last["lookups"][result] - first["lookups"][result] for result in last["lookups"]}
    found = lookups["hit"] + lookups["stale"]

    def rate(matchers: str) -> float:
        return stack.value(f'sum(rate(cache_operations_total{{cache="{cache}", {matchers}}}[{window}]))', at)

    hit_ratio = rate('operation="get", result=~"hit|stale"') / rate('operation="get", result=~"hit|stale|miss"')
    assert hit_ratio == pytest.approx(found / (found + lookups["miss"]), abs=0.01)

    counted: dict[str, list[int]] = {}
    for operation, results in last["operations"].items():
        deltas = [since(durations, first["operations"].get(operation, {}).get(r)) for r, durations in results.items()]
        counted[operation] = [sum(bucket) for bucket in zip(*deltas, strict=True)]
    for operation, buckets in counted.items():
        if sum(buckets) > 400:  # of fewer, what happens between a scrape and the reading is more than a percent
            assert rate(f'operation="{operation}"') == pytest.approx(sum(buckets) / seconds, rel=0.05), operation

    buckets = [sum(bucket) for bucket in zip(*counted.values(), strict=True)]
    bucket = f'cache_operation_duration_seconds_bucket{{cache="{cache}"}}'
    added = f"sum by (le) ({bucket} @ {at} - {bucket} @ {before.scraped_at})"
    edges = sorted(float(sample["metric"]["le"]) for sample in stack.query(added))
    total = stack.value(f"max({added})")
    # The reading follows the scrape by some milliseconds, so a few operations are in one of the two alone. The true
    # quantile is known but for as many places in the order.
    apart = abs(total - sum(buckets)) / sum(buckets) + 0.001
    for q in (0.5, 0.99):
        low, _ = quantile_bucket(after.counts["bounds"], buckets, q - apart)
        _, high = quantile_bucket(after.counts["bounds"], buckets, min(q + apart, 1))
        lower = max((edge for edge in edges if edge <= low), default=0.0)
        upper = min(edge for edge in edges if edge >= high)
        assert lower <= stack.value(f"histogram_quantile({q}, {added})") <= upper, (cache, q, low, high, apart)


def since(now: dict[str, Any], then: dict[str, Any] | None) -> list[int]:
    """How much was counted in each bucket between two readings of durations."""
    if then is None:
        return list(now["buckets"])
    return [later - earlier for later, earlier in zip(now["buckets"], then["buckets"], strict=True)]


def test_an_alert_fires_arrives_and_resolves(stack: RunningStack) -> None:
    def state() -> str:
        alerts = get_json(stack.url("prometheus", "/api/v1/alerts"))["data"]["alerts"]
        states = {alert["state"] for alert in alerts if alert["labels"]["alertname"] == "CacheErrorRatioHigh"}
        return "firing" if "firing" in states else "pending" if "pending" in states else "quiet"

    def notified(status: str) -> dict[str, Any] | None:
        for alert in arrived(stack):
            if alert["labels"]["alertname"] == "CacheErrorRatioHigh" and alert["status"] == status:
                return alert
        return None

    wait_for("no error alert to begin with", lambda: state() == "quiet")
    with redis_stopped(stack):
        wait_for("the alert is pending", lambda: state() != "quiet", every=0.1)
        wait_for("the alert fires", lambda: state() == "firing")
        firing = wait_for("the firing alert arrives", lambda: notified("firing"))
        alerts = json.loads((stack.project / "dashboards/cache/alerts.json").read_text(encoding="utf-8"))
        for panel in panel_queries(alerts):
            if panel.title in ("Firing and pending now", "Critical alerts over time", "Critical alerts firing"):
                assert any(has_numbers(stack.query(expr)) for expr in panel.expressions), panel
    assert firing["labels"]["severity"] == "critical"
    assert firing["labels"]["backend"] == "redis"
    cache = firing["labels"]["cache"]
    assert cache in ("sessions", "products")
    assert firing["annotations"]["summary"].startswith(f"{cache}: ")
    assert "% of operations fail" in firing["annotations"]["summary"]
    assert f"More than 5% of the operations on {cache} (redis) failed." in firing["annotations"]["description"]
    runbook = firing["annotations"]["runbook_url"]
    assert runbook.endswith("/runbooks/cache/CacheErrorRatioHigh")
    page = stack.url("receiver", "/runbooks/cache/CacheErrorRatioHigh")
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert "redis-cli PING" in answer.read().decode()
    wait_for("the alert is over", lambda: state() == "quiet", seconds=90)
    wait_for("the end arrives", lambda: notified("resolved"), seconds=180)


def arrived(stack: RunningStack) -> list[dict[str, Any]]:
    """All alerts in all notifications that reached the receiver."""
    messages = get_json(stack.url("receiver", "/alerts"))["messages"]
    return [alert for message in messages for alert in message["alerts"]]


def test_status_tells_every_service_and_up_again_changes_nothing(stack: RunningStack) -> None:
    status = stack.stackgen("status")
    for service in ("redis", "workload", "prometheus", "alertmanager", "receiver"):
        assert service in status.stdout
    assert "already" in stack.stackgen("up", "--engine", stack.engine).stdout
