"""exposition/undeclared."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/undeclared"


def test_near_metrics_are_told_one_by_one_with_their_line_and_the_nearest_name(tmp_path: Path) -> None:
    seen = shop.observation(
        tmp_path, shop.reading(shop.with_changes("\n# TYPE shop_order_total counter\nshop_order_total 1\n"))
    )
    (found,) = shop.findings(ID, seen)
    assert (found.level, found.place.file, found.place.line) == ("warning", "http://shop:8000/metrics", 2)
    assert found.cure == "declare it; did you mean 'shop_orders_total'?"


def test_others_are_one_hint_and_those_of_client_libraries_are_none(tmp_path: Path) -> None:
    text = "node_load1 1\nnode_load5 1\ngo_goroutines 7\nprocess_open_fds 3\n"
    seen = shop.observation(tmp_path, shop.reading(shop.with_changes(text)))
    (found,) = shop.findings(ID, seen)
    assert found.level == "info"
    assert found.problem == "2 metrics are exposed that no definition declares: node_load1, node_load5"
