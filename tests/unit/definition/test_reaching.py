"""What Prometheus talks to outside of the stack: what a definition may say, and what Prometheus is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stackgen.definition import load
from stackgen.findings import DefinitionError
from stackgen.generators.compose import generate


def generated(tmp_path: Path, stack: str) -> dict[str, Any]:
    """The files of the stack, read."""
    file = tmp_path / "stackgen.yaml"
    file.write_text(f"stackgen: 1\nname: shop\nextends: cache\nstack: {stack}\n")
    return {path: yaml.safe_load(text) for path, text in generate(load(file)).items() if path.endswith(("yml", "yaml"))}


def problems(tmp_path: Path, stack: str) -> str:
    file = tmp_path / "stackgen.yaml"
    file.write_text(f"stackgen: 1\nname: shop\nextends: cache\nstack: {stack}\n")
    with pytest.raises(DefinitionError) as caught:
        load(file)
    return str(caught.value)


def test_a_target_behind_tls_and_a_password(tmp_path: Path) -> None:
    target = (
        "{job: api, addresses: ['api:9000'], basic_auth: {username: scraper, password_file: api_password}, "
        "tls: {ca_file: ca.pem, server_name: api.example.org}}"
    )
    files = generated(tmp_path, f"{{targets: [{target}]}}")
    (job,) = [job for job in files["prometheus/prometheus.yml"]["scrape_configs"] if job["job_name"] == "api"]
    assert job["scheme"] == "https"
    assert job["basic_auth"] == {"username": "scraper", "password_file": "/run/secrets/api_password"}
    assert job["tls_config"] == {"ca_file": "/run/secrets/ca.pem", "server_name": "api.example.org"}
    compose = files["compose.yaml"]
    assert compose["services"]["prometheus"]["secrets"] == ["api_password", "ca.pem"]
    assert compose["secrets"]["ca.pem"] == {"file": "./secrets/ca.pem"}


def test_a_token_is_read_from_a_file(tmp_path: Path) -> None:
    files = generated(tmp_path, "{targets: [{job: api, addresses: ['api:9000'], bearer_token_file: api_token}]}")
    (job,) = [job for job in files["prometheus/prometheus.yml"]["scrape_configs"] if job["job_name"] == "api"]
    assert job["authorization"] == {"credentials_file": "/run/secrets/api_token"}
    assert "scheme" not in job


def test_targets_that_are_listed_in_files(tmp_path: Path) -> None:
    files = generated(tmp_path, "{targets: [{job: api, files: ['api-*.json', more.yml]}]}")
    (job,) = [job for job in files["prometheus/prometheus.yml"]["scrape_configs"] if job["job_name"] == "api"]
    assert job["file_sd_configs"] == [
        {"files": ["/etc/prometheus/targets/api-*.json", "/etc/prometheus/targets/more.yml"]}
    ]
    assert "./targets:/etc/prometheus/targets:ro" in files["compose.yaml"]["services"]["prometheus"]["volumes"]


def test_a_job_that_is_reached_in_two_ways_stays_one_job_for_whoever_asks(tmp_path: Path) -> None:
    files = generated(
        tmp_path, "{jobs: [shop], targets: [{job: shop, addresses: ['api:9000'], tls: {insecure: true}}]}"
    )
    first, second = [
        job for job in files["prometheus/prometheus.yml"]["scrape_configs"] if job["job_name"].startswith("shop")
    ]
    assert first == {"job_name": "shop", "static_configs": [{"targets": ["workload:8000"]}]}
    assert second["job_name"] == "shop/2", "Prometheus takes no name twice"
    assert second["relabel_configs"] == [{"target_label": "job", "replacement": "shop"}]
    assert second["tls_config"] == {"insecure_skip_verify": True}


def test_every_sample_can_be_sent_elsewhere(tmp_path: Path) -> None:
    store = "{url: 'https://metrics.example.org/push', name: central, bearer_token_file: push_token}"
    files = generated(tmp_path, f"{{remote_write: [{store}], services: {{victoriametrics: null}}}}")
    assert files["prometheus/prometheus.yml"]["remote_write"] == [
        {
            "url": "https://metrics.example.org/push",
            "name": "central",
            "authorization": {"credentials_file": "/run/secrets/push_token"},
        }
    ]
    assert "push_token" in files["compose.yaml"]["services"]["prometheus"]["secrets"]


def test_exemplars_lead_to_their_trace(tmp_path: Path) -> None:
    files = generated(tmp_path, "{traces: 'https://tempo.example.org/trace/{trace_id}'}")
    for source in files["grafana/provisioning/datasources/prometheus.yaml"]["datasources"][:2]:
        (link,) = source["jsonData"]["exemplarTraceIdDestinations"]
        # $$ is a dollar sign in Grafana's provisioning files.
        assert link["url"] == "https://tempo.example.org/trace/$${__value.raw}"
        assert link["name"] == "trace_id"


@pytest.mark.parametrize(
    ("stack", "problem"),
    [
        ("{targets: [{job: a}]}", "stack.targets[0]: a target needs either addresses or files; give one of them"),
        ("{targets: [{job: a, addresses: ['a:1'], files: [a.yml]}]}", "a target needs either addresses or files"),
        ("{targets: [{job: a, files: [../a.yml]}]}", "'../a.yml'"),
        ("{targets: [{job: a, addresses: ['a:1'], tls: {cert_file: c}}]}", "a certificate and its key go together"),
        ("{targets: [{job: a, addresses: ['a:1'], basic_auth: {username: u}}]}", "password_file"),
        ("{remote_write: [{url: 'a:1'}]}", "'a:1'"),
        ("{remote_write: [{url: 'http://a', name: a}, {url: 'http://b', name: a}]}", "two stores are called 'a'"),
        ("{traces: 'https://tempo.example.org/'}", "'https://tempo.example.org/'"),
        (
            "{services: {app: {image: 'app:1', depends_on: [redis]}}}",
            "'redis' is started with the profile 'demo' only; give 'app' that profile, or it none",
        ),
        (
            "{targets: [{job: a, addresses: ['a:1'], bearer_token_file: t, "
            "basic_auth: {username: u, password_file: p}}]}",
            "a password and a token at once; give one of them",
        ),
    ],
)
def test_what_cannot_be_is_said_with_a_cure(tmp_path: Path, stack: str, problem: str) -> None:
    assert problem in problems(tmp_path, stack)


def test_a_target_with_labels_parameters_and_an_interval_of_its_own(tmp_path: Path) -> None:
    target = (
        "{job: api, addresses: ['api:9000'], labels: {tier: 1}, params: {format: openmetrics}, scrape_interval: 5s}"
    )
    files = generated(tmp_path, f"{{targets: [{target}, {{job: api, addresses: ['late:9000']}}]}}")
    first, second = [job for job in files["prometheus/prometheus.yml"]["scrape_configs"] if "api" in job["job_name"]]
    assert first["static_configs"] == [{"targets": ["api:9000"], "labels": {"tier": "1"}}]
    assert first["params"] == {"format": ["openmetrics"]}
    assert (first["scrape_interval"], first["scrape_timeout"]) == ("5s", "5s")
    assert second["static_configs"] == [{"targets": ["late:9000"]}]
    assert second["relabel_configs"] == [{"target_label": "job", "replacement": "api"}]


def test_labels_of_targets_that_are_listed_in_files(tmp_path: Path) -> None:
    files = generated(tmp_path, "{targets: [{job: api, files: [api.json], labels: {tier: gold}}]}")
    (job,) = [job for job in files["prometheus/prometheus.yml"]["scrape_configs"] if job["job_name"] == "api"]
    assert job["relabel_configs"] == [{"target_label": "tier", "replacement": "gold"}]


def test_who_prometheus_says_it_is(tmp_path: Path) -> None:
    files = generated(tmp_path, "{external_labels: {cluster: eu, replica: 1}}")
    assert files["prometheus/prometheus.yml"]["global"]["external_labels"] == {"cluster": "eu", "replica": "1"}


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("{targets: [{job: a, addresses: ['h:99999']}]}", "stack.targets[0].addresses[0]: 99999 is no port"),
        ("{targets: [{job: a, addresses: ['my host:90']}]}", "'my host:90' is no address; write host:port"),
        ("{targets: [{job: a, addresses: ['http://h:90/m']}]}", "is no address; write host:port; `path` and `tls` say"),
        ("{targets: [{job: a, addresses: [h]}]}", "'h' has no port; write host:port"),
        (
            "{targets: [{job: a, addresses: ['h:1'], path: '/m?x=y'}]}",
            "a path has no parameters; put them into `params`",
        ),
        ("{targets: [{job: a, addresses: ['h:1'], labels: {job: b}}]}", "the label 'job' is not free"),
        ("{targets: [{job: shop, addresses: ['h:1'], scrape_interval: 1m}]}", "set `stack.scrape_interval` instead"),
        ("{external_labels: {severity: x}}", "stack.external_labels.severity: the label 'severity' is not free"),
        ("{images: {workload: x}}", "'workload' is built on the image `python`; set `images: {python: ...}` instead"),
        (
            "{services: {app: {image: x}}, ports: {app: 80}}",
            "'app' has no port; give the service its `port`",
        ),
        ("{ports: {prometheus: 3000}}", "'grafana' and 'prometheus' are both published at 3000"),
        (
            "{services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}}",
            "wait for each other; leave one of them out",
        ),
    ],
)
def test_what_cannot_work_is_told_at_its_place(tmp_path: Path, stack: str, expected: str) -> None:
    assert expected in problems(tmp_path, stack)
