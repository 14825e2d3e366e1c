"""What all files of the stack have in common."""

from __future__ import annotations

import pytest

from stackgen.generators.compose import generate
from tests.unit.compose.definitions import definition

PATHS = [
    "alertmanager/alertmanager.yml",
    "alertmanager/templates/stackgen.tmpl",
    "compose.yaml",
    "grafana/provisioning/dashboards/dashboards.yaml",
    "grafana/provisioning/datasources/prometheus.yaml",
    "prometheus/healthy.sh",
    "prometheus/prometheus.yml",
    "secrets/.gitignore",
    "workload/.dockerignore",
    "workload/Dockerfile",
]


def test_these_are_the_files() -> None:
    assert sorted(generate(definition())) == PATHS


@pytest.mark.parametrize("path", PATHS)
def test_each_says_what_it_was_made_from_and_how_to_make_it_again(path: str) -> None:
    text = generate(definition(source="metrics/queue.yaml"))[path]
    head = text.split("\n\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "metrics/queue.yaml" in head
    assert "stackgen generate metrics/queue.yaml" in head


@pytest.mark.parametrize("path", PATHS)
def test_each_ends_with_one_line_break_and_has_no_space_at_the_end_of_a_line(path: str) -> None:
    text = generate(definition())[path]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_the_same_definition_gives_the_same_bytes() -> None:
    assert generate(definition()) == generate(definition())


def test_a_title_cannot_break_out_of_the_comment_at_the_top() -> None:
    hostile = definition(title="Cache\nservices: {}\n")
    assert "\nservices: {}" not in generate(hostile)["compose.yaml"]


def test_no_file_holds_a_password() -> None:
    for text in generate(definition()).values():
        assert "PASSWORD=" not in text
        assert "password: " not in text
