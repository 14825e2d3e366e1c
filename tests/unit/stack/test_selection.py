import pytest
import yaml

from stackgen.definition import load
from stackgen.generators.compose import generate
from stackgen.stack.selection import without

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


@pytest.mark.parametrize("text", ["", "- workload:8000\n", "scrape_configs: [workload]\n", "datasources: workload\n"])
def test_what_is_no_configuration_of_ours_is_left_to_whom_it_belongs(text: str) -> None:
    assert without(text, ["workload"]) == text
