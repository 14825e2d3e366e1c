"""The dashboards that follow from alerts and objectives, and how a definition changes them and those of a pack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stackgen.definition import load
from stackgen.definition.budgets import PAGE, TICKET
from stackgen.definition.model import Dashboard, Definition
from stackgen.findings import DefinitionError
from stackgen.generators import dashboards
from stackgen.generators.grafana.defaults import dashboard_set
from tests.unit.dashboards.contract import named_selectors, panel, panels, problems, targets
from tests.unit.dashboards.definitions import WEB, defined, drawn

SLOS = "slos: {good: {objective: 99, period: 28d, bad: {of: requests, where: {code: error}}, total: {of: requests}}}\n"


def extended(folder: Path, text: str) -> Definition:
    """A definition that builds on the cache."""
    file = folder / "mine.yaml"
    file.write_text(f"stackgen: 1\nextends: cache\n{text}")
    return load(file)


def titles(dashboard: Dashboard) -> dict[str, list[str]]:
    return {row.title: [each.title for each in row.panels] for row in dashboard.rows}


def asked_severities(dashboard: dict[str, Any]) -> set[str]:
    """The severities that its queries name."""
    return {word for each in targets(dashboard) for word in re.findall(r'[( ,{]severity="(\w+)"', each["expr"])}


# -- which there are --------------------------------------------------------------------------------------------------


def test_alerts_and_objectives_each_bring_a_dashboard_beside_all_others(tmp_path: Path) -> None:
    assert [*dashboard_set(defined(tmp_path))] == ["overview", "alerts"]
    assert [*dashboard_set(defined(tmp_path, text=WEB + SLOS))] == ["overview", "slo", "alerts"]
    quiet = WEB[: WEB.index("alerts:")]
    assert [*dashboard_set(defined(tmp_path, text=quiet))] == ["overview"]
    # An objective has alerts of its own.
    assert [*dashboard_set(defined(tmp_path, text=quiet + SLOS))] == ["overview", "slo", "alerts"]


def test_they_are_called_after_the_definition(tmp_path: Path) -> None:
    definition = defined(tmp_path, text=WEB + SLOS)
    assert [drawn(definition, key)["title"] for key in ("slo", "alerts")] == ["Web / SLO", "Web / Alerts"]


def test_of_a_severity_that_no_alert_has_nothing_is_asked(tmp_path: Path) -> None:
    without_slos = drawn(defined(tmp_path), "alerts")  # critical alerts, and warnings
    assert asked_severities(without_slos) == {"critical", "warning"}
    assert not {"Informational alerts firing", "Informational alerts over time"} & {
        each["title"] for each in panels(without_slos)
    }
    assert len(panel(without_slos, "Alerts firing by severity")["targets"]) == 2
    quiet = WEB[: WEB.index("alerts:")]
    note = "alerts: {Note: {signal: errors, above: 0.1, severity: info, summary: note}}\n"
    assert asked_severities(drawn(defined(tmp_path, text=quiet + note), "alerts")) == {"info"}
    # Without a word an alert is a warning; those of an objective are critical ones and warnings.
    plain = note.replace("severity: info, ", "")
    assert asked_severities(drawn(defined(tmp_path, text=quiet + plain), "alerts")) == {"warning"}
    assert asked_severities(drawn(defined(tmp_path, text=quiet + SLOS), "alerts")) == {"critical", "warning"}
    assert asked_severities(drawn(defined(tmp_path, text=quiet + note + SLOS), "alerts")) == {
        "critical", "warning", "info",
    }  # fmt: skip


@pytest.mark.parametrize("severity", ["urgent", "3", "{}", "null"])
def test_a_severity_that_is_none_is_told_once(tmp_path: Path, severity: str) -> None:
    alert = f"alerts: {{Note: {{signal: errors, above: 0.1, severity: {severity}, summary: note}}}}\n"
    with pytest.raises(DefinitionError) as raised:
        defined(tmp_path, text=WEB[: WEB.index("alerts:")] + alert)
    assert [each.path for each in raised.value.findings] == ["alerts.Note.severity"]


# -- what they ask ----------------------------------------------------------------------------------------------------


def test_alerts_are_the_definitions_own_and_follow_the_variables(tmp_path: Path) -> None:
    for target in targets(drawn(defined(tmp_path, text=WEB + SLOS), "alerts")):
        for name, matchers in named_selectors(target["expr"]):
            assert name in ("ALERTS", "ALERTS_FOR_STATE")
            assert 'alertname=~"ErrorsHigh|ErrorsRising|Slow|Off|WebGoodBudgetBurn"' in matchers
            assert 'service=~"$service|"' in matchers


def test_objectives_are_the_definitions_own(tmp_path: Path) -> None:
    for target in targets(drawn(defined(tmp_path, text=WEB + SLOS), "slo")):
        for name, matchers in named_selectors(target["expr"]):
            assert name.startswith("slo:")
            assert 'sloth_service="web"' in matchers


def test_the_limits_drawn_are_those_of_the_burn_rate_alerts() -> None:
    slo = drawn(load("cache"), "slo")
    names = ("Fast burn, page", "Slow burn, page", "Fast burn, ticket", "Slow burn, ticket")
    for burn, title in zip((*PAGE, *TICKET), names, strict=True):
        short, long = burn.name.split("/")
        shown = panel(slo, f"{title} ({short} and {long})")
        *rates, limit = (each["expr"] for each in shown["targets"])
        assert all(f"ratio_rate{window}{{" in each for window, each in zip((short, long), rates, strict=True))
        # `max by (sloth_slo) (slo:time_period:days{...}) * 24 * 0.02 / 1`, of an objective over 30 days
        factor = eval(limit.rpartition(")")[2].removeprefix(" * "))
        assert 30 * factor == pytest.approx(burn.factor(30 * 86400))


def test_each_alert_and_objective_stands_there_with_its_runbook() -> None:
    cache = load("cache")
    (catalogue,) = (each for each in panels(drawn(cache, "alerts")) if each["type"] == "text")
    lines = catalogue["options"]["content"].splitlines()
    assert len(lines) == 2 + len(cache.alerts) + len(cache.slos)
    shown = next(line for line in lines if "CacheHitRatioLow" in line)
    address = "http://127.0.0.1:9095/runbooks/cache/CacheHitRatioLow"
    assert shown == f"| [CacheHitRatioLow]({address}) | warning | Hit ratio is below 30% for 5m |"
    (objectives,) = (each for each in panels(drawn(cache, "slo")) if each["type"] == "text")
    assert "| Operations that succeed | 99.9 % over 30d |" in objectives["options"]["content"]


def test_a_click_on_an_alert_opens_its_runbook() -> None:
    table = panel(drawn(load("cache"), "alerts"), "Firing and pending now")
    (links,) = [
        setting["value"]
        for each in table["fieldConfig"]["overrides"] if each["matcher"]["options"] == "alertname"
        for setting in each["properties"] if setting["id"] == "links"
    ]  # fmt: skip
    assert [each["url"] for each in links] == ["http://127.0.0.1:9095/runbooks/cache/${__value.text}"]


# -- how they are changed ---------------------------------------------------------------------------------------------


def test_null_takes_one_out_a_row_or_a_panel(tmp_path: Path) -> None:
    assert "alerts" not in dashboard_set(extended(tmp_path, "dashboards: {alerts: null}\n"))
    less = extended(tmp_path, "dashboards: {slo: {rows: {about: null, budget: {panels: {errors: null}}}}}\n")
    before, after = titles(load("cache").dashboards["slo"]), titles(less.dashboards["slo"])
    assert before.keys() - after.keys() == {"What is promised"}
    assert after["Error budget"] == ["Error budget left over time"]


def test_rows_and_panels_are_added_under_keys_of_their_own(tmp_path: Path) -> None:
    more = """
dashboards:
  alerts: {rows: {mine: {title: Mine, before: history, panels: {note: {text: Ask me., title: Whom to ask}}}}}
  overview: {rows: {traffic: {panels: {evictions: {timeseries: evictions, before: lookups}}}}}
"""
    definition = extended(tmp_path, more)
    assert [*titles(definition.dashboards["alerts"])] == ["Now", "Mine", "History", "What is watched"]
    assert titles(definition.dashboards["overview"])["Traffic and results"] == [
        "Hit ratio by cache",
        "Operations per second",
        "Evictions",
        "Lookups by result",
    ]
    assert problems(drawn(definition, "alerts")) == []


def test_one_can_be_written_anew(tmp_path: Path) -> None:
    own = "dashboards: {alerts: {title: Mine, rows: [{title: R, panels: [{text: Hello, title: T}]}]}}\n"
    definition = extended(tmp_path, own)
    assert titles(definition.dashboards["alerts"]) == {"R": ["T"]}
    # The overview that follows from signals is there all the same.
    assert [*dashboard_set(defined(tmp_path, text=WEB + own))] == ["overview", "alerts"]


def test_what_a_pack_changed_of_one_a_definition_on_top_of_it_can_change_again(tmp_path: Path) -> None:
    pack = "stackgen: 1\nextends: cache\ndashboards: {slo: null, alerts: {rows: {catalogue: null}}}\n"
    (tmp_path / "pack.yaml").write_text(pack)
    file = tmp_path / "mine.yaml"
    file.write_text("stackgen: 1\nextends: pack.yaml\ndashboards: {alerts: {title: Ours}}\n")
    definition = load(file)
    assert "slo" not in definition.dashboards
    assert definition.dashboards["alerts"].title == "Ours"
    assert "What is watched" not in titles(definition.dashboards["alerts"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dashboards: {alrts: null}\n", "dashboards.alrts: nothing to remove: what this extends has no 'alrts'"),
        ("dashboards: {slo: {rows: {abut: null}}}\n", "nothing to remove: what this extends has no 'abut'"),
        (
            "dashboards: {slo: {rows: {mine: {title: M, before: budgte, panels: [{text: a, title: b}]}}}}\n",
            "nothing here is called 'budgte'; did you mean 'budget'?",
        ),
        ("dashboards: {overview: {drill_down: detial}}\n", "no dashboard 'detial'; did you mean 'detail'?"),
    ],
)
def test_what_cannot_be_changed_is_told(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(DefinitionError) as found:
        extended(tmp_path, text)
    assert line in str(found.value)


# -- from one to another ----------------------------------------------------------------------------------------------


def links(dashboard: Mapping[str, Any], title: str) -> list[str]:
    found = panel(dict(dashboard), title)["fieldConfig"]["defaults"]["links"]
    return [each["url"] for each in found]


def test_every_panel_of_the_overview_leads_to_the_details_with_time_and_variables() -> None:
    overview = drawn(load("cache"), "overview")
    for each in panels(overview):
        columns = [
            {setting["id"]: setting["value"] for setting in override["properties"]}
            for override in each["fieldConfig"]["overrides"]
        ]
        settings = [each["fieldConfig"]["defaults"], *columns]
        urls = [link["url"] for setting in settings for link in setting.get("links", ())]
        assert any(url.startswith("/d/cache-detail?${__url_time_range}&${datasource:queryparam}&") for url in urls)
    by_cache, *_ = links(overview, "Hit ratio by cache")
    assert by_cache.endswith("${instance:queryparam}&${backend:queryparam}&var-cache=${__field.labels.cache}")


def test_the_dashboard_of_details_narrows_itself() -> None:
    detail = drawn(load("cache"), "detail")
    assert "links" not in panel(detail, "Lookups by result")["fieldConfig"]["defaults"]
    (health,) = links(detail, "Health")
    assert health.startswith("/d/cache-detail?")
    assert health.endswith("&var-instance=${__field.labels.instance}")


def test_a_heatmap_leads_to_the_details_of_all_that_it_shows() -> None:
    definition = load("cache")
    (details,) = links(drawn(definition, "overview"), "Latency, all operations")
    assert details.startswith("/d/cache-detail?")
    assert "__field" not in details
    assert "links" not in panel(drawn(definition, "detail"), "Latency, all operations")["fieldConfig"]["defaults"]


def test_without_details_alerts_and_objectives_lead_to_the_first_dashboard() -> None:
    redis = load("redis")
    (first,) = links(drawn(redis, "alerts"), "Warnings over time")
    assert first.startswith("/d/redis-server?")
    assert "links" not in panel(drawn(redis, "server"), "Lookups")["fieldConfig"]["defaults"]


def test_a_dashboard_can_name_where_its_panels_lead(tmp_path: Path) -> None:
    definition = extended(tmp_path, "dashboards: {overview: {drill_down: slo}}\n")
    first, *_ = links(drawn(definition, "overview"), "Error ratio")
    assert first.startswith("/d/cache-slo?")


def test_how_much_of_the_past_is_shown_can_be_said(tmp_path: Path) -> None:
    definition = extended(tmp_path, "dashboards: {overview: {range: 12h}}\n")
    assert drawn(definition, "overview")["time"] == {"from": "now-12h", "to": "now"}
    assert drawn(load("cache"), "overview")["time"]["from"] == "now-3h"
    assert drawn(load("cache"), "slo")["time"]["from"] == "now-1d"


def test_nothing_of_it_is_generated_for_a_definition_without_anything(tmp_path: Path) -> None:
    assert dashboards.generate(defined(tmp_path, text="stackgen: 1\nname: web\ntitle: Web\n")) == {}
