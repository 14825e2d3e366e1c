"""Flags and environment become settings, or one clear line."""

from __future__ import annotations

import pytest

from stackgen.definition import load
from stackgen.findings import StackgenError
from stackgen.workload.__main__ import settings_from
from stackgen.workload.clients import check_url
from stackgen.workload.scenarios import SCENARIOS, scenario_named
from stackgen.workload.settings import Settings


def test_without_flags_the_defaults_hold() -> None:
    assert settings_from([], {}) == Settings()


def test_flags_are_taken() -> None:
    flags = "--redis redis://cache:6379/1 --host 0.0.0.0 --port 0 --rate 20.5 --seed 7 --scenario cold"
    assert settings_from(flags.split(), {}) == Settings(
        redis="redis://cache:6379/1", host="0.0.0.0", port=0, rate=20.5, seed=7, scenario="cold"
    )


def test_the_environment_stands_in_for_flags_and_flags_win() -> None:
    environment = {"STACKGEN_WORKLOAD_RATE": "50", "STACKGEN_WORKLOAD_PORT": "9000"}
    assert settings_from(["--port=9001"], environment) == Settings(rate=50.0, port=9001)


@pytest.mark.parametrize(
    ("flags", "environment", "said"),
    [
        (["--rate", "0"], {}, "--rate: '0' is not a number of requests per second"),
        (["--rate", "nan"], {}, "--rate: 'nan' is not a number of requests per second"),
        (["--rate", "fast"], {}, "--rate: 'fast' is not a number of requests per second"),
        (["--port", "65536"], {}, "--port: '65536' is not a port"),
        (["--port", "http"], {}, "--port: 'http' is not a port"),
        (["--seed", "x"], {}, "--seed: invalid int value"),
        (["--sped", "1"], {}, "unrecognized arguments: --sped 1"),
        ([], {"STACKGEN_WORKLOAD_RATE": "fast"}, "--rate: 'fast' is not a number of requests per second"),
    ],
)
def test_what_is_not_understood_is_told_in_one_line(flags: list[str], environment: dict[str, str], said: str) -> None:
    with pytest.raises(StackgenError) as caught:
        settings_from(flags, environment)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_scenario_is_told_with_the_nearest_one() -> None:
    with pytest.raises(StackgenError, match="no scenario 'colt'; did you mean 'cold'"):
        scenario_named("colt")


def test_an_unknown_scenario_like_no_other_is_told_with_all() -> None:
    with pytest.raises(StackgenError, match="choose one of normal, cold, slow, errors, burst"):
        scenario_named("")


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://localhost"])
def test_a_url_that_is_not_of_a_redis_is_told(url: str) -> None:
    with pytest.raises(StackgenError, match="is not the URL of a Redis"):
        check_url(url)


@pytest.mark.parametrize("url", ["redis://localhost", "rediss://:secret@cache:6380/2", "unix:///run/redis.sock"])
def test_every_kind_of_redis_url_is_taken(url: str) -> None:
    check_url(url)


def test_scenarios_name_alerts_of_the_definition() -> None:
    alerts = set(load("cache").alerts)
    for scenario in SCENARIOS.values():
        assert set(scenario.alerts) <= alerts, scenario.name
