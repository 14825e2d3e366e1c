"""The configuration that Prometheus, Alertmanager and Grafana are given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from stackgen import conventions
from stackgen.definition import load
from stackgen.definition.model import Above, Alert, Definition, Level, Selector, Service, Severity, Target
from stackgen.generators.compose import generate
from tests.unit.compose.definitions import definition, known


def prometheus(of: Definition) -> dict[str, Any]:
    data = yaml.safe_load(generate(of)["prometheus/prometheus.yml"])
    assert isinstance(data, dict)
    return data


def scraped(of: Definition) -> dict[str, list[str]]:
    """Addresses by job."""
    return {
        entry["job_name"]: [address for group in entry["static_configs"] for address in group["targets"]]
        for entry in prometheus(of)["scrape_configs"]
    }


def alertmanager(of: Definition) -> dict[str, Any]:
    data = yaml.safe_load(generate(of)["alertmanager/alertmanager.yml"])
    assert isinstance(data, dict)
    return data


class TestPrometheus:
    def test_scrapes_everything_that_the_stack_runs(self) -> None:
        assert scraped(definition()) == {
            "cache": ["workload:8000"],
            "redis-exporter": ["redis-exporter:9121"],
            "prometheus": ["prometheus:9090"],
            "alertmanager": ["alertmanager:9093"],
        }

    def test_the_workloads_job_is_the_one_that_the_definitions_dashboards_ask_for(self) -> None:
        assert scraped(definition(stack={"jobs": ("shop", "other")}))["shop"] == ["workload:8000"]

    def test_scrapes_the_users_targets(self) -> None:
        targets = (Target(job="shop", addresses=("a:1", "b:2"), path="/internal/metrics"),)
        of = definition(stack={"targets": targets, "services": {}})
        assert scraped(of)["shop"] == ["a:1", "b:2"]
        assert prometheus(of)["scrape_configs"][0]["metrics_path"] == "/internal/metrics"

    def test_a_job_is_one_entry_whoever_adds_to_it(self) -> None:
        targets = (Target(job="cache", addresses=("a:1",)), Target(job="cache", addresses=("b:2",), path="/m"))
        entry = prometheus(definition(stack={"targets": targets}))["scrape_configs"][0]
        assert entry == {
            "job_name": "cache",
            "static_configs": [
                {"targets": ["workload:8000"]},
                {"targets": ["a:1"]},
                {"targets": ["b:2"], "labels": {"__metrics_path__": "/m"}},
            ],
        }

    def test_a_service_with_metrics_is_scraped_under_its_name(self) -> None:
        app = Service(name="app", image="app:1", port=8080, metrics="/m")
        silent = Service(name="silent", image="app:1", port=8081)
        of = definition(stack={"services": {**known("workload"), "app": app, "silent": silent}})
        assert scraped(of)["app"] == ["app:8080"]
        assert "silent" not in scraped(of)

    def test_the_only_service_with_metrics_is_the_job_that_dashboards_ask_for(self) -> None:
        app = Service(name="app", image="app:1", port=8080, metrics="/metrics")
        assert scraped(definition(stack={"services": {"app": app}}))["cache"] == ["app:8080"]
        assert scraped(definition(stack={"services": {"app": app}, "jobs": ("app",)}))["app"] == ["app:8080"]

    def test_intervals_are_the_definitions(self) -> None:
        settings = prometheus(definition(stack={"scrape_interval": 1.0, "evaluation_interval": 0.5}))["global"]
        assert settings == {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "500ms"}

    def test_evaluates_the_generated_rules_and_notifies_alertmanager(self) -> None:
        settings = prometheus(definition())
        assert settings["rule_files"] == ["/etc/prometheus/rules/*.rules.yaml"]
        (entry,) = settings["alerting"]["alertmanagers"]
        assert entry["static_configs"] == [{"targets": ["alertmanager:9093"]}]


class TestAlertmanager:
    def test_everything_goes_to_the_receiver_and_is_said_to_be_over(self) -> None:
        settings = alertmanager(definition())
        assert settings["route"]["receiver"] == "stack"
        assert settings["receivers"] == [
            {"name": "stack", "webhook_configs": [{"url": "http://receiver:9095/alerts", "send_resolved": True}]}
        ]

    def test_a_webhook_of_the_users_is_told_too(self) -> None:
        (receiver,) = alertmanager(definition(stack={"webhook": "https://example.org/hook"}))["receivers"]
        assert [hook["url"] for hook in receiver["webhook_configs"]] == [
            "http://receiver:9095/alerts",
            "https://example.org/hook",
        ]

    def test_every_severity_has_a_route(self) -> None:
        matchers = [route["matchers"] for route in alertmanager(definition())["route"]["routes"]]
        assert matchers == [['severity="critical"'], ['severity="warning"'], ['severity="info"']]

    def test_a_target_that_is_down_holds_back_what_is_less_urgent_in_its_job(self) -> None:
        rule = alertmanager(with_slow_alert())["inhibit_rules"][0]
        assert rule["source_matchers"] == ['alertname=~"CacheTargetDown"']
        assert rule["target_matchers"] == ['alertname=~"Slow"']
        assert rule["equal"] == ["job"]

    def test_a_target_down_alert_of_an_included_definition_counts(self) -> None:
        of = definition(name="shop", alerts={}, includes=(with_slow_alert(),))
        assert alertmanager(of)["inhibit_rules"][0]["source_matchers"] == ['alertname=~"CacheTargetDown"']

    def test_critical_holds_back_warnings_about_the_same_thing(self) -> None:
        """What is about one queue says nothing of another, nor of all of them; what is about the job, of each."""
        base = with_slow_alert("QueueOld", per=("queue",), severity=Severity.CRITICAL)
        old = base.alerts["QueueOld"]
        more = {
            "QueueLong": replace(old, name="QueueLong", severity=Severity.WARNING),
            "NoWorkers": replace(old, name="NoWorkers", per=(), severity=Severity.WARNING),
            "AllStuck": replace(old, name="AllStuck", per=()),
            # What is measured by other metrics may be the cause.
            "DiskFull": replace(old, name="DiskFull", signal="disk", severity=Severity.WARNING),
        }
        disk = replace(base.signals["other"], key="disk", expression=Level((Selector(of="disk"),)))
        base = replace(base, signals={**base.signals, "disk": disk})
        rules = alertmanager(replace(base, alerts={**base.alerts, **more}))["inhibit_rules"]
        held = {rule["source_matchers"][0]: (rule["target_matchers"][0], rule["equal"]) for rule in rules}
        assert held['alertname=~"QueueOld"'] == ('alertname=~"QueueLong"', ["job", "queue"])
        assert held['alertname=~"AllStuck"'] == ('alertname=~"QueueLong|NoWorkers"', ["job"])

    def test_a_target_that_is_down_holds_back_what_is_about_that_target(self) -> None:
        """Alerts on what is missing have no instance, and are about all of them."""
        rules = alertmanager(load("prometheus"))["inhibit_rules"]
        down = [rule for rule in rules if rule["source_matchers"] == ['alertname=~"PrometheusDown"']]
        assert {
            rule["target_matchers"][0] == 'alertname=~"PrometheusMetricsMissing"': rule["equal"] for rule in down
        } == {
            False: ["job", "instance"],
            True: ["job"],
        }

    def test_a_definition_holds_back_its_own_alerts_alone(self) -> None:
        """Labels that two alerts both lack count as equal, so another definition's alerts must not be matched."""
        rules = alertmanager(with_slow_alert(name="shop", includes=(with_slow_alert("Late", name="other"),)))
        matched = [str(rule["source_matchers"]) + str(rule["target_matchers"]) for rule in rules["inhibit_rules"]]
        assert sum("Slow" in each for each in matched) == 1
        assert sum("Late" in each for each in matched) == 1
        assert not any("Slow" in each and "Late" in each for each in matched)


def with_slow_alert(
    alert: str = "Slow", *, per: tuple[str, ...] = (), severity: Severity = Severity.WARNING, **changes: Any
) -> Definition:
    """The definition with an alert on something else than `up`."""
    base = definition(**changes)
    other = replace(base.signals["targets_up"], key="other", expression=Level((Selector(of="x"),)))
    slow = Alert(name=alert, signal="other", condition=Above(1.0), summary="slow", severity=severity, per=per)
    return replace(base, signals={**base.signals, "other": other}, alerts={**base.alerts, alert: slow})


class TestGrafana:
    def test_has_the_datasource_that_dashboards_use_with_the_interval_of_the_scrapes(self) -> None:
        text = generate(definition(stack={"scrape_interval": 30.0}))["grafana/provisioning/datasources/prometheus.yaml"]
        first = yaml.safe_load(text)["datasources"][0]
        assert first["uid"] == conventions.DATASOURCE_UID
        assert first["isDefault"] is True
        assert first["jsonData"]["timeInterval"] == "30s"

    def test_shows_the_dashboards_of_each_definition_in_a_folder_of_its_own(self) -> None:
        text = generate(definition(title="Shop: caches"))["grafana/provisioning/dashboards/dashboards.yaml"]
        (provider,) = yaml.safe_load(text)["providers"]
        assert provider["options"]["foldersFromFilesStructure"] is True
        assert "folder" not in provider  # Grafana takes one or the other
        grafana = yaml.safe_load(generate(definition())["compose.yaml"])["services"]["grafana"]
        assert f"../dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
