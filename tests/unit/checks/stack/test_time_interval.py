"""stack/time-interval."""

from __future__ import annotations

from tests.unit.checks.asking import files

ID = "stack/time-interval"


PROMETHEUS = "global: {scrape_interval: 30s}\nrule_files: []"


def found(settings: str, **texts: str) -> list[str]:
    source = f"apiVersion: 1\ndatasources: [{{name: P, uid: p, type: prometheus{settings}}}]"
    return [each.problem for each in files(ID, {"datasources.yaml": source, **texts})]


def test_another_interval_than_the_definitions_is_found() -> None:
    assert found(", jsonData: {timeInterval: 1m}") == ["timeInterval is 1m, and Prometheus scrapes every 15s"]
    assert found(", jsonData: {timeInterval: 15s}") == []


def test_the_configuration_beside_it_counts_more() -> None:
    texts = {"prometheus.yml": PROMETHEUS}
    assert found(", jsonData: {timeInterval: 30s}", **texts) == []
    assert found("", **texts) == ["timeInterval is not set, and Prometheus scrapes every 30s"]


def test_grafanas_default_is_15_seconds() -> None:
    assert found("") == []
