"""exposition/over-budget."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/over-budget"


def orders(*countries: str) -> str:
    lines = [f'shop_orders_total{{method="card",country="{each}"}} 1' for each in countries]
    return "\n".join(["# TYPE shop_orders_total counter", *lines, ""])


def test_more_values_than_allowed_at_one_target(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, orders("at", "be", "ch", "de")) == [
        "label 'country' has 4 values at http://shop:8000/metrics, of 3 allowed: at, be, ch and 1 more"
    ]


def test_the_budget_is_for_each_target_and_other_is_for_the_rest(tmp_path: Path) -> None:
    one, two = shop.with_changes(orders("at", "be", "ch", "other")), shop.with_changes(orders("de", "es"))
    seen = shop.observation(tmp_path, shop.reading(one, "http://a"), shop.reading(two, "http://b"))
    assert shop.findings(ID, seen) == []


def test_values_of_several_looks_add_up(tmp_path: Path) -> None:
    looks = [shop.reading(shop.with_changes(orders(*each))) for each in (("at", "be"), ("ch", "de"))]
    assert len(shop.findings(ID, shop.observation(tmp_path, *looks))) == 1
