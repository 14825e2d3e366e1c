"""exposition/unknown-label."""

from __future__ import annotations

from pathlib import Path

from tests.unit.checks.exposition import shop

ID = "exposition/unknown-label"


def test_a_label_that_is_not_declared(tmp_path: Path) -> None:
    text = '# TYPE shop_orders_total counter\nshop_orders_total{method="card",country="at",customer="7"} 1\n'
    assert shop.changed(ID, tmp_path, text) == [
        "series of 'shop_orders_total' have the label 'customer' at http://shop:8000/metrics"
    ]


def test_a_job_that_the_target_exposes_is_named_as_prometheus_stores_it(tmp_path: Path) -> None:
    text = '# TYPE shop_waiting gauge\nshop_waiting{job="batch"} 1\n'
    assert shop.changed(ID, tmp_path, text) == [
        "series of 'shop_waiting' have the label 'exported_job' at http://shop:8000/metrics"
    ]


def test_the_bounds_of_a_histogram_are_no_label_of_it(tmp_path: Path) -> None:
    assert shop.changed(ID, tmp_path, "") == []
