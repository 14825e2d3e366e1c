"""An objective without its guard gives Sloth's rules, compared as parsed YAML (Sloth 0.16; see docs/language.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from stackgen.definition import load
from stackgen.generators import rules

DEFINITION = """\
stackgen: 1
name: shop
title: Shop
labels: {result: {values: [ok, error]}}
metrics: {sales: {type: counter, help: Sales., labels: [result]}}
signals: {traffic: {title: Sales, rate: {of: sales}}}
slos:
  sold:
    objective: 99.9
    period: PERIOD
    guard: false
    bad: {of: sales, where: {result: error}}
    total: {of: sales}
"""
IDS = {"sloth_id": "shop-sold", "sloth_service": "shop", "sloth_slo": "sold"}
F = '{sloth_id="shop-sold", sloth_service="shop", sloth_slo="sold"}'
BUDGET = "0.0009999999999999432"


def sloth(period: str, days: int, factors: tuple[str, str, str, str]) -> list[dict[str, Any]]:
    """The rules that Sloth makes, written out from its templates; annotations, `severity` are the user's own there."""

    def recording(record: str, expr: str, **labels: str) -> dict[str, Any]:
        return {"record": record, "expr": expr, "labels": IDS | labels}

    def pair(short: str, long: str, factor: str) -> str:
        both = (
            f"max(slo:sli_error:ratio_rate{window}{F} > ({factor} * {BUDGET})) without (sloth_window)"
            for window in (short, long)
        )
        return f"({' and '.join(both)})"

    def alert(severity: str, *pairs: str) -> dict[str, Any]:
        own = {"severity": {"page": "critical", "ticket": "warning"}[severity]}
        labels = own | {"sloth_severity": severity}
        return {"alert": "ShopSoldBudgetBurn", "expr": " or ".join(pairs), "labels": labels}

    ratios = [
        recording(
            f"slo:sli_error:ratio_rate{window}",
            f'(sum(rate(shop_sales_total{{result="error"}}[{window}]))) / (sum(rate(shop_sales_total[{window}])))',
            sloth_window=window,
        )
        for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
    ]
    over = f"slo:sli_error:ratio_rate5m{F}[{period}]"
    ratios.append(
        recording(
            f"slo:sli_error:ratio_rate{period}",
            f"sum_over_time({over}) / ignoring (sloth_window) count_over_time({over})",
            sloth_window=period,
        )
    )
    by_budget = f"/ on(sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio{F}"
    about = [
        recording("slo:objective:ratio", "vector(0.9990000000000001)"),
        recording("slo:error_budget:ratio", "vector(1-0.9990000000000001)"),
        recording("slo:time_period:days", f"vector({days})"),
        recording("slo:current_burn_rate:ratio", f"slo:sli_error:ratio_rate5m{F} {by_budget}"),
        recording("slo:period_burn_rate:ratio", f"slo:sli_error:ratio_rate{period}{F} {by_budget}"),
        recording("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{F}"),
        recording("sloth_slo_info", "vector(1)"),
    ]
    quick, slow, ticket_quick, ticket_slow = factors
    return [
        {"name": "sloth-slo-sli-recordings-shop-sold", "rules": ratios},
        {"name": "sloth-slo-meta-recordings-shop-sold", "rules": about},
        {
            "name": "sloth-slo-alerts-shop-sold",
            "rules": [
                alert("page", pair("5m", "1h", quick), pair("30m", "6h", slow)),
                alert("ticket", pair("2h", "1d", ticket_quick), pair("6h", "3d", ticket_slow)),
            ],
        },
    ]


def comparable(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups with expressions in one layout, without annotations and without what describes Sloth itself."""
    for group in groups:
        for rule in group["rules"]:
            rule["expr"] = " ".join(str(promql_parser.parse(rule["expr"])).split())
            rule.pop("annotations", None)
            if rule.get("record") == "sloth_slo_info":
                rule["labels"] = {label: rule["labels"][label] for label in IDS}
    return groups


@pytest.mark.parametrize(
    ("period", "printed", "days", "factors"),
    [
        ("30d", "30d", 30, ("14.4", "6", "3", "1")),
        ("28d", "4w", 28, ("13.44", "5.6000000000000005", "2.8000000000000003", "0.9333333333333333")),
        ("90d", "90d", 90, ("43.2", "18", "9", "3")),
    ],
)
def test_the_rules_are_those_of_sloth(
    tmp_path: Path, period: str, printed: str, days: int, factors: tuple[str, str, str, str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(DEFINITION.replace("PERIOD", period), encoding="utf-8")
    (text,) = rules.generate(load(path)).values()
    assert comparable(yaml.safe_load(text)["groups"]) == comparable(sloth(printed, days, factors))


def test_traffic_can_be_asked_for_over_the_longer_window_of_each_pair(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    text = DEFINITION.replace("PERIOD", "30d").replace("guard: false", "when: {signal: traffic, above: 30/min}")
    path.write_text(text, encoding="utf-8")
    (rendered,) = rules.generate(load(path)).values()
    page, ticket = (" ".join(rule["expr"].split()) for rule in yaml.safe_load(rendered)["groups"][2]["rules"])
    for expr, windows in ((page, ("1h", "6h")), (ticket, ("1d", "3d"))):
        assert expr.count("and on ()") == 2
        for long in windows:
            _, _, after = expr.partition(f"slo:sli_error:ratio_rate{long}{F.replace(' ', '')}")
            assert (
                after.partition(" or ")[0]
                .rstrip(" )")
                .endswith(f"and on () (sum(rate(shop_sales_total[{long}])) > 0.5")
            )
