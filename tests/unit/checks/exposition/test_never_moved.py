"""exposition/never-moved."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/never-moved"


def test_counters_and_histograms_that_stay_the_same_are_told_and_gauges_are_not(tmp_path: Path) -> None:
    looks = [shop.reading(shop.with_changes()) for _ in range(2)]
    problems = {each.problem for each in shop.findings(ID, shop.observation(tmp_path, *looks))}
    assert problems == {
        "'shop_orders_total' did not move in 30s",
        "'shop_duration_seconds' did not move in 30s",
    }


def test_one_series_that_moves_is_enough(tmp_path: Path) -> None:
    text = '# TYPE shop_orders_total counter\nshop_orders_total{method="card",country="de"} 1\n'
    looks = [shop.reading(shop.with_changes(each)) for each in (text, text.replace("} 1", "} 2"))]
    problems = [each.problem for each in shop.findings(ID, shop.observation(tmp_path, *looks))]
    assert problems == ["'shop_duration_seconds' did not move in 30s"]


def test_a_series_that_comes_between_the_looks_has_moved(tmp_path: Path) -> None:
    before = '# TYPE shop_orders_total counter\nshop_orders_total{method="card",country="de"} 1\n'
    after = before + 'shop_orders_total{method="cash",country="de"} 1\n'
    looks = [shop.reading(shop.with_changes(each)) for each in (before, after)]
    problems = [each.problem for each in shop.findings(ID, shop.observation(tmp_path, *looks))]
    assert problems == ["'shop_duration_seconds' did not move in 30s"]


def test_after_one_look_nothing_is_known(tmp_path: Path) -> None:
    assert shop.findings(ID, shop.observation(tmp_path, shop.reading(shop.with_changes()))) == []
