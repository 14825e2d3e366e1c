"""exposition/unknown-value."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/unknown-value"


def test_a_value_outside_of_a_closed_set(tmp_path: Path) -> None:
    text = '# TYPE shop_orders_total counter\nshop_orders_total{method="voucher",country="at"} 1\n'
    (found,) = shop.findings(ID, shop.observation(tmp_path, shop.reading(shop.with_changes(text))))
    assert found.problem == "label 'method' has 'voucher' at http://shop:8000/metrics"
    assert found.path == "labels.method"


def test_an_open_label_has_any_value(tmp_path: Path) -> None:
    text = '# TYPE shop_orders_total counter\nshop_orders_total{method="card",country="xx"} 1\n'
    assert shop.changed(ID, tmp_path, text) == []
