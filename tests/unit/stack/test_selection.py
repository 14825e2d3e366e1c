from pathlib import Path

import pytest
import yaml

from stackgen.definition import load
from stackgen.generators.compose import generate
from stackgen.generators.rules import generate as generate_rules
from stackgen.stack.selection import unscraped, without

FILES = generate(load("cache"))
PROMETHEUS = FILES["prometheus/prometheus.yml"]
DATASOURCES = FILES["grafana/provisioning/datasources/prometheus.yaml"]


@pytest.mark.parametrize("text", [PROMETHEUS, DATASOURCES])
def test_with_everything_running_a_file_stays_as_it_is_to_the_letter(text: str) -> None:
    assert without(text, ()) == text
    assert without(text, ("nobody", "grafana")) == text


def test_targets_of_what_is_absent_are_gone_and_jobs_without_any_too() -> None:
    before, after = yaml.safe_load(PROMETHEUS), yaml.safe_load(without(PROMETHEUS, ("workload", "victoriametrics")))
    gone = [job["job_name"] for job in before["scrape_configs"] if job not in after["scrape_configs"]]
    assert gone == ["cache", "victoriametrics"]
    assert "remote_write" not in after
    assert {key: before[key] for key in after if key != "scrape_configs"} == {
        key: after[key] for key in after if key != "scrape_configs"
    }


def test_a_job_keeps_the_targets_that_are_there() -> None:
    groups = [{"targets": ["workload:8000"]}, {"targets": ["workload:8000", "shop:80"], "labels": {"a": "b"}}]
    text = yaml.safe_dump({"scrape_configs": [{"job_name": "cache", "static_configs": groups}]})
    (job,) = yaml.safe_load(without(text, ["workload"]))["scrape_configs"]
    assert job == {"job_name": "cache", "static_configs": [{"targets": ["shop:80"], "labels": {"a": "b"}}]}


def test_what_only_begins_like_a_service_is_not_taken_for_it() -> None:
    text = yaml.safe_dump(
        {
            "scrape_configs": [{"job_name": "a", "static_configs": [{"targets": ["workload-two:80"]}]}],
            "remote_write": [{"url": "https://victoriametrics.example.org/api/v1/write"}],
        }
    )
    assert without(text, ("workload", "victoriametrics")) == text


def test_jobs_that_are_found_in_files_stay() -> None:
    text = yaml.safe_dump({"scrape_configs": [{"job_name": "redis", "file_sd_configs": [{"files": ["redis.yml"]}]}]})
    assert without(text, ["redis"]) == text


def test_a_datasource_that_leads_nowhere_is_gone() -> None:
    sources = yaml.safe_load(without(DATASOURCES, ["victoriametrics"]))["datasources"]
    assert [source["name"] for source in sources] == ["Prometheus", "Alertmanager"]


def test_nothing_is_missed_of_a_job_that_is_not_scraped(tmp_path: Path) -> None:
    definition = load("cache")
    file = tmp_path / "compose" / "prometheus" / "prometheus.yml"
    file.parent.mkdir(parents=True)
    file.write_text(PROMETHEUS)
    jobs = unscraped(tmp_path, ["workload"])
    assert jobs == {"cache"}
    assert unscraped(tmp_path, []) == unscraped(tmp_path / "elsewhere", ["workload"]) == frozenset()
    rules = generate_rules(definition)["cache.rules.yaml"]

    def names(text: str) -> list[str]:
        return [rule["alert"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "alert" in rule]

    assert set(names(rules)) - set(names(without(rules, ["workload"], jobs))) == {"CacheMetricsMissing"}
    assert len(names(rules)) - len(names(without(rules, ["workload"], jobs))) == 1
    assert without(rules, ["redis"], {"redis-exporter"}) == rules


@pytest.mark.parametrize("text", ["", "- workload:8000\n", "scrape_configs: [workload]\n", "datasources: workload\n"])
def test_what_is_no_configuration_of_ours_is_left_to_whom_it_belongs(text: str) -> None:
    assert without(text, ["workload"]) == text
