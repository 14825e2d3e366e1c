"""exposition/missing-label."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/missing-label"


def test_a_label_that_no_series_has(tmp_path: Path) -> None:
    assert shop.changed(
        ID, tmp_path, '# TYPE shop_orders_total counter\nshop_orders_total{method="card",country=""} 1\n'
    ) == ["no series of 'shop_orders_total' has the label 'country' at http://shop:8000/metrics"]


def test_without_series_nothing_is_known_of_labels(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, "# TYPE shop_orders_total counter\n") == []
