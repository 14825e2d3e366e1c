from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from stackgen.stack.translate import Translator

PATHS = {
    "/etc/prometheus/config": Path("/home/x/.stackgen/config"),
    "/etc/prometheus/rules": Path("/home/x/alerts"),
    "/var/lib/grafana": Path("/home/x/data"),
    "/var/lib/grafana/dashboards": Path("/home/x/dashboards"),
    "/prometheus": Path("/home/x/tsdb"),
}
ADDRESSES = {("redis", 6379): 16379, ("redis-exporter", 9121): 19121, ("prometheus", 9090): 9090}
translator = Translator(PATHS, ADDRESSES)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("/etc/prometheus/rules/*.rules.yaml", "/home/x/alerts/*.rules.yaml"),
        (
            "--config.file=/etc/prometheus/config/prometheus.yml",
            "--config.file=/home/x/.stackgen/config/prometheus.yml",
        ),
        ("--storage.tsdb.path=/prometheus", "--storage.tsdb.path=/home/x/tsdb"),
        ("/var/lib/grafana/dashboards/a.json", "/home/x/dashboards/a.json"),
        ("/var/lib/grafana/plugins", "/home/x/data/plugins"),
        ("redis:6379", "127.0.0.1:16379"),
        ("redis://redis:6379/0", "redis://127.0.0.1:16379/0"),
        ("redis://:secret@redis:6379/0", "redis://:secret@127.0.0.1:16379/0"),
        ("http://redis-exporter:9121/metrics", "http://127.0.0.1:19121/metrics"),
        ("host.docker.internal:8000", "127.0.0.1:8000"),
    ],
)
def test_paths_and_addresses_become_local(inside: str, outside: str) -> None:
    assert translator.text(inside) == outside


@pytest.mark.parametrize(
    "text",
    [
        "/etc/prometheus/rulesets",
        "/etc/prometheus/rules.d/a",
        "/opt/prometheus",
        "http://example.org/prometheus",
        "redis:63790",
        "redis:6380",
        "my-redis:6379",
        "redis.example.org:6379",
        "eu.redis:6379",
        "app.host.docker.internal",
        "redis",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert translator.text(text) == text


def test_in_yaml_only_values_change_and_types_stay() -> None:
    text = "# redis:6379\nredis:6379: {count: 5, on: true, time: '09:00', at: 15s, to: ['redis:6379', prometheus]}\n"
    translated = translator.file("a.yml", text)
    assert yaml.safe_load(translated) == {
        "redis:6379": {"count": 5, True: True, "time": "09:00", "at": "15s", "to": ["127.0.0.1:16379", "prometheus"]}
    }


def test_a_local_path_that_yaml_would_misread_is_quoted() -> None:
    odd = Path("/home/x #1/it's: here")
    translated = Translator({"/rules": odd}, {}).file("a.yaml", "files:\n  - /rules/*.yaml\n")
    assert yaml.safe_load(translated) == {"files": [f"{odd}/*.yaml"]}


def test_an_alias_is_translated_once() -> None:
    text = "a: &x /prometheus\nb: *x\n"
    nested = Translator({"/prometheus": Path("/data/prometheus"), "/data": Path("/wrong")}, {})
    assert yaml.safe_load(nested.file("a.yaml", text)) == {"a": "/data/prometheus", "b": "/data/prometheus"}


def test_a_file_without_anything_to_translate_keeps_its_bytes() -> None:
    text = "# a comment\na:   [1,2]   # odd spacing\n"
    assert translator.file("a.yaml", text) == text


def test_other_configuration_is_translated_as_text() -> None:
    assert translator.file("a.ini", "path = /prometheus ; redis:6379\n") == "path = /home/x/tsdb ; 127.0.0.1:16379\n"


@given(st.text())
def test_with_nothing_mounted_and_nobody_to_talk_to_nothing_changes(text: str) -> None:
    assume("host.docker.internal" not in text)
    assert Translator({}, {}).text(text) == text
